package basket_test

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/emporix"
)

var docModes = []tax.Mode{tax.HalfUp, tax.HalfEven, tax.HalfDown, tax.Up, tax.Down}

func modesExample(p *docPage) {
	header := []any{"at scale 2"}
	for _, mode := range docModes {
		header = append(header, mode)
	}
	p.row(header...)
	for _, text := range []string{"0.124", "0.125", "0.135", "-0.125"} {
		cells := []any{text}
		for _, mode := range docModes {
			rounded, err := tax.RoundTo(2, mode).Round(docNumber(text))
			require.NoError(p, err)
			cells = append(cells, docText(rounded))
		}
		p.row(cells...)
	}
}

func decimalsExample(p *docPage) {
	for _, c := range [][2]string{{"EUR", "100"}, {"JPY", "1001"}, {"KWD", "100.005"}} {
		rounding, err := tax.RoundingFor(c[0])
		require.NoError(p, err)
		net, err := rounding.Round(docNumber(c[1]))
		require.NoError(p, err)
		p.row(c[0], fmt.Sprintf("%d decimals", rounding.Scale()), "10 % of "+docText(net),
			p.amounts(p.rate("10").FromNet(net, rounding)))
	}
}

func givenPriceExample(p *docPage) {
	p.row("95.00 with 19 % inside", p.amounts(p.rate("19").FromGross(docNumber("95.00"), docCents)))
	p.row("11.00 with 19 % inside", p.amounts(p.rate("19").FromGross(docNumber("11.00"), docCents)))
	p.row("106.00 with 19 % inside", p.amounts(p.rate("19").FromGross(docNumber("106.00"), docCents)))
	p.row("4.999 net, 19 %", p.amounts(p.rate("19").FromNet(docNumber("4.999"), docCents)))
}

func netFirstExample(p *docPage) {
	p.row("", "tax first", "net first")
	for _, c := range []struct {
		name, class, gross string
		mode               tax.Mode
	}{
		{"2.99 with 4 % inside, halfUp", "4", "2.99", tax.HalfUp},
		{"1.00 with 19 % inside, halfUp", "19", "1.00", tax.HalfUp},
		{"1.00 with 19 % inside, down", "19", "1.00", tax.Down},
	} {
		cells := []any{c.name}
		for _, first := range []bool{false, true} {
			a, err := p.rate(c.class).FromGross(docNumber(c.gross), tax.RoundTo(2, c.mode).WithNetFirst(first))
			require.NoError(p, err)
			cells = append(cells, docText(a.Net())+" + "+docText(a.Tax()))
		}
		p.row(cells...)
	}
}

func componentsExample(p *docPage) {
	net, gross := docNumber("100.00"), docNumber("100.00")
	p.row("100.00 net, 5 % + 9.975 %", p.amounts(p.rate("5_+_9.975").FromNet(net, docCents)))
	p.row("100.00 net, 5 %, then 10 % on both", p.amounts(p.rate("5,_then_10_on_both").FromNet(net, docCents)))
	p.row("100.00 gross, 5 % + 9.975 %", p.amounts(p.rate("5_+_9.975").FromGross(gross, docCents)))
	p.row("100.00 gross, 5 %, then 10 % on both", p.amounts(p.rate("5,_then_10_on_both").FromGross(gross, docCents)))
}

func ofGrossExample(p *docPage) {
	p.row("100.00 net, 13 % of gross", p.amounts(p.rate("13_of_the_gross_price").FromNet(docNumber("100.00"), docCents)))
	p.row("119.00 gross, 13 % of gross", p.amounts(p.rate("13_of_the_gross_price").FromGross(docNumber("119.00"), docCents)))
}

func convertExample(p *docPage) {
	from, to := p.rate("19"), p.rate("23")
	gross := docNumber("1.59")
	p.row("1.59 with 19 % inside", p.amounts(from.FromGross(gross, docCents)))
	p.row("at 23 %, net kept", p.amounts(tax.Convert(gross, from, to, docCents)))
	p.row("at 23 %, gross kept", p.amounts(to.FromGross(gross, docCents)))
}

func emporixExample(p *docPage) {
	documents := map[string]string{"DE": "19", "PL": "23"}
	r, err := tax.NewResolver(tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		return []tax.Configuration{{
			Location: tax.Location{Country: key.Country},
			TimeZone: "UTC",
			Classes:  []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent(documents[key.Country])}}}},
		}}, nil
	}), nil)
	require.NoError(p, err)
	defer r.Close()
	c, err := emporix.NewCalculator(r, nil)
	require.NoError(p, err)
	for _, v := range []struct {
		name     string
		target   string
		included bool
	}{
		{"1.59 net, 19 %", "DE", false},
		{"1.59 with 19 % inside", "DE", true},
		{"1.59 with 19 % inside, to 23 %", "PL", true},
	} {
		in := emporix.Input{TargetCountry: v.target, TargetClass: "STANDARD", IncludesTax: v.included}
		if v.included {
			in.SourceCountry = "DE"
		}
		in.Price, err = emporix.ParsePrice("1.59")
		require.NoError(p, err)
		answer, err := c.Calculate(context.Background(), emporix.Command{Input: in, Date: p.place.Date()})
		require.NoError(p, err)
		p.row(v.name, "net "+docText(answer.Output.NetPrice), "gross "+docText(answer.Output.GrossPrice))
	}
}

var docLevels = []basket.Level{basket.ByUnit, basket.ByLine, basket.ByRate, basket.ByDocument, basket.ByRunningTotal}

func levelsExample(p *docPage) {
	line := func(class, price string, count int64) basket.Line {
		return basket.Line{Class: class, Price: docNumber(price), Count: count}
	}
	four := line("8.625", "2.50", 1)
	baskets := []*basket.Basket{
		{Lines: []basket.Line{four, four, four, four}},
		{Lines: []basket.Line{line("8.625", "2.50", 4)}},
		{Lines: []basket.Line{line("19", "1.02", 1), line("7", "1.05", 1)}},
	}
	p.row("tax by", "4 lines of 1 x 2.50 at 8.625 %", "1 line of 4 x 2.50", "1.02 at 19 % and 1.05 at 7 %")
	for _, level := range docLevels {
		cells := []any{level}
		for _, b := range baskets {
			result := p.price(b, basket.Policy{Level: level, Rounding: docCents})
			text := docMoney(result.Total.Tax)
			if len(result.Lines) > 1 {
				var taxes []string
				for _, l := range result.Lines {
					taxes = append(taxes, docMoney(l.Tax))
				}
				text += " = " + strings.Join(taxes, " + ")
			}
			cells = append(cells, text)
		}
		p.row(cells...)
	}
}

func runningTotalExample(p *docPage) {
	p.row("3 lines of 19.90 with 19 % inside", "exact", "so far", "rounded", "remainder", "tax")
	line := basket.Line{Class: "19", Count: 1, PriceMinor: 1990, IncludesTax: true}
	policy, err := basket.RunningTotalPolicy("EUR")
	require.NoError(p, err)
	r := p.price(&basket.Basket{Lines: []basket.Line{line, line, line}}, policy)
	rounded := int64(0)
	for i, name := range []string{"first", "second", "third"} {
		rounded += r.Lines[i].Tax
		exact := func(lines int) *big.Rat { return big.NewRat(int64(lines)*1990*19, 119*100) }
		rest := new(big.Rat).Sub(exact(i+1), big.NewRat(rounded, 100))
		p.row(name, exact(1).FloatString(4), exact(i+1).FloatString(4), docMoney(rounded), rest.FloatString(4), docMoney(r.Lines[i].Tax))
	}
}

func gapExample(p *docPage) {
	policy, err := basket.EN16931("EUR")
	require.NoError(p, err)
	for _, price := range []string{"0.21", "0.22", "0.23"} {
		r := p.price(&basket.Basket{Lines: []basket.Line{{Class: "19", Price: docNumber(price), Count: 1, IncludesTax: true}}}, policy)
		again, err := p.rate("19").FromNetMinor(r.Total.Net, docCents)
		require.NoError(p, err)
		p.row(price+" with 19 % inside", docSum(r.Total), "19 % of "+docMoney(r.Total.Net)+" is "+docMoney(again.Tax))
	}
}

func remaindersExample(p *docPage) {
	for _, c := range []struct {
		amount  int64
		weights []int64
	}{
		{100, []int64{1, 1, 1}},
		{-100, []int64{1, 1, 1}},
		{5, []int64{70, 0, 30}},
		{-5, []int64{70, 0, 30}},
	} {
		parts, err := basket.Allocate(c.amount, c.weights...)
		require.NoError(p, err)
		weights := strings.Trim(fmt.Sprint(c.weights), "[]")
		p.row(docMoney(c.amount)+" by "+strings.ReplaceAll(weights, " ", ", "), docParts(parts))
	}
}

func lineExample(p *docPage) {
	r := p.price(&basket.Basket{
		Lines: []basket.Line{{Class: "19", Price: docNumber("3.333"), Count: 3, IncludesTax: true, Discounts: []basket.Discount{
			{Percent: docNumber("10")}, {Amount: docNumber("0.50")},
		}}},
		Discounts: []basket.Discount{{Percent: docNumber("5")}},
	}, basket.Policy{Rounding: docCents})
	l := r.Lines[0]
	left := l.Subtotal
	p.row("3 x 3.333", docMoney(left))
	for i, name := range []string{"own discount of 10 %", "own discount of 0.50"} {
		left -= l.Discounts[i].Amount
		p.row(name, "-"+docMoney(l.Discounts[i].Amount), docMoney(left))
	}
	p.row("basket discount of 5 %", "-"+docMoney(l.Shared), docMoney(left-l.Shared))
	p.row("19 % inside", "", docSum(l.Sum))
}

// docGoods returns three lines that include tax; two of them have the same
// rate.
func docGoods() []basket.Line {
	return []basket.Line{
		{ID: "lamp", Class: "19", Price: docNumber("49.90"), Count: 1, IncludesTax: true},
		{ID: "novel", Class: "7", Price: docNumber("12.90"), Count: 1, IncludesTax: true},
		{ID: "atlas", Class: "7", Price: docNumber("39.00"), Count: 1, IncludesTax: true},
	}
}

var docSpreads = []basket.Spread{basket.ProRata, basket.DominantRate, basket.HighestRate, basket.FixedClass}

func discountsExample(p *docPage) {
	p.row("10.00 off", "lamp 49.90, 19 %", "novel 12.90, 7 %", "atlas 39.00, 7 %")
	for _, spread := range docSpreads {
		d := basket.Discount{Amount: docNumber("10.00"), Spread: spread}
		name := spread.String()
		if spread == basket.FixedClass {
			d.Class = "7"
			name += ", the class of 7 %"
		}
		r := p.price(&basket.Basket{Lines: docGoods(), Discounts: []basket.Discount{d}}, basket.Policy{Rounding: docCents})
		cells := []any{name}
		for _, share := range r.Discounts[0].Shares {
			cells = append(cells, docMoney(share))
		}
		p.row(cells...)
	}
}

func chargesExample(p *docPage) {
	p.row("4.90 with the tax inside", "at 19 %", "at 7 %")
	for _, spread := range docSpreads {
		c := basket.Charge{Amount: docNumber("4.90"), IncludesTax: true, Spread: spread}
		name := spread.String()
		if spread == basket.FixedClass {
			c.Class = "19"
			name += ", the class of 19 %"
		}
		r := p.price(&basket.Basket{Lines: docGoods(), Charges: []basket.Charge{c}}, basket.Policy{Rounding: docCents})
		cells := []any{name, "", ""}
		for _, part := range r.Charges[0].Parts {
			cells[1+slices.Index([]string{"19", "7"}, r.Rates[part.Rate].Percent)] = docSum(part.Sum)
		}
		p.row(cells...)
	}
}

func cashExample(p *docPage) {
	p.row("gross", "tax", "cash rounding", "payable")
	for _, price := range []string{"12.32", "12.33", "-12.33"} {
		r := p.price(&basket.Basket{Lines: []basket.Line{{Class: "19", Price: docNumber(price), Count: 1, IncludesTax: true}}},
			basket.Policy{Rounding: docCents, Cash: basket.Cash{Step: 5}})
		p.row(docMoney(r.Total.Gross), docMoney(r.Total.Tax), docMoney(r.CashRounding), docMoney(r.Payable))
	}
}

func (p *docPage) refund(sale *basket.Result, notes *[]basket.CreditNote, r basket.Return) basket.CreditNote {
	note, err := basket.Refund(sale, *notes, r)
	require.NoError(p, err)
	*notes = append(*notes, note)
	require.NoError(p, basket.Verify(sale, *notes...))
	return note
}

func refundsExample(p *docPage) {
	sale := p.price(&basket.Basket{Lines: []basket.Line{{ID: "pen", Class: "19", Price: docNumber("1.11"), Count: 3, IncludesTax: true}}},
		basket.Policy{Rounding: docCents})
	p.row("sale of 3 x 1.11 with 19 % inside", docSum(sale.Total))
	var notes []basket.CreditNote
	for _, name := range []string{"first pen back", "second pen back", "third pen back"} {
		note := p.refund(sale, &notes, basket.Return{ID: "pen", Quantity: docNumber("1")})
		p.row(name, docSum(note.Total))
	}
}

func refundComponentsExample(p *docPage) {
	sale := p.price(&basket.Basket{Lines: []basket.Line{{ID: "desk", Class: "5_+_9.975", Price: docNumber("99.99"), Count: 1}}},
		basket.Policy{Rounding: docCents, Cash: basket.Cash{Step: 5}})
	write := func(name string, s basket.Sum, components []basket.ComponentSum, payable int64) {
		p.row(name, docSum(s), "GST "+docMoney(components[0].Amount)+", QST "+docMoney(components[1].Amount), "payable "+docMoney(payable))
	}
	write("sale of 99.99 net, 5 % + 9.975 %", sale.Total, sale.Totals[0].Components, sale.Payable)
	var notes []basket.CreditNote
	for _, r := range []basket.Return{{Amount: 3333}, {Amount: 3333}, {All: true}} {
		name := "33.33 of it back"
		if r.All {
			name = "the rest back"
		}
		note := p.refund(sale, &notes, r)
		write(name, note.Total, note.Totals[0].Components, note.Payable)
	}
}

func asymmetricExample(p *docPage) {
	const other = "toward plus infinity "
	var sums [2]decimal.Decimal
	for _, net := range []string{"2.50", "-2.50"} {
		a, err := p.rate("5").FromNet(docNumber(net), docCents)
		require.NoError(p, err)
		exact := docNumber(net).Mul(docNumber("0.05"))
		up := exact.Shift(2).Add(docNumber("0.5")).Floor().Shift(-2)
		p.row("5 % of "+net+" is "+docText(exact)[:len(docText(exact))-1], "halfUp "+docText(a.Tax()), other+docText(up))
		sums[0], sums[1] = sums[0].Add(a.Tax()), sums[1].Add(up)
	}
	p.row("both together", "halfUp "+docText(sums[0]), other+docText(sums[1]))
}
