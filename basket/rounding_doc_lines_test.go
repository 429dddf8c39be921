package basket_test

import (
	"slices"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// one prices one line at a made-up rate.
func (p *docPage) one(percent string, l basket.Line) basket.Sum {
	l.Class = "S"
	if l.Count == 0 {
		l.Count = 1
	}
	r := resultOf(p, placeOf(p, class("S", plain(percent))), &basket.Basket{Lines: []basket.Line{l}}, basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
	require.NoError(p, basket.Verify(r))
	return r.Lines[0].Sum
}

func eachUnitExample(p *docPage) {
	tenth := basket.Discount{Percent: decimal.New(10, 0)}
	each := tenth
	each.EachUnit = true
	pens := basket.Line{Count: 10, PriceMinor: 999}
	p.row("10 x 9.99", docMoney(p.one("21", pens).Net))
	pens.Discounts = []basket.Discount{each}
	p.row("10 % off each unit, 8.99", docMoney(p.one("21", pens).Net))
	pens.Discounts = []basket.Discount{tenth}
	p.row("10 % off the line", docMoney(p.one("21", pens).Net))
	p.row("365 units at 1585.00 per 365", docMoney(p.one("21", basket.Line{Count: 365, PriceMinor: 158500, Per: decimal.New(365, 0)}).Net))
}

func taxBasesExample(p *docPage) {
	for _, c := range []struct {
		name, percent string
		line          basket.Line
		base          basket.TaxBase
	}{
		{"3000.00 with 19 % inside, less 2000.00", "19", basket.Line{PriceMinor: 300000, IncludesTax: true}, basket.TaxBase{Less: decimal.New(2000, 0)}},
		{"100.00 net, 21 %, less 2 %", "21", basket.Line{PriceMinor: 10000}, basket.TaxBase{LessPercent: decimal.New(2, 0)}},
		{"1200.00 net, 3 % up to 500.00", "3", basket.Line{PriceMinor: 120000}, basket.TaxBase{UpTo: decimal.New(500, 0)}},
		{"a gift worth 100.00, 18 %", "18", basket.Line{}, basket.TaxBase{Amount: decimal.New(100, 0)}},
	} {
		c.line.Tax = &basket.Taxation{Base: c.base}
		s := p.one(c.percent, c.line)
		p.row(c.name, docSum(s))
	}
}

func payableExample(p *docPage) {
	p.row("gross", "deducted", "prepaid", "cash rounding", "payable")
	for _, c := range []struct {
		percent     string
		price, step int64
		prepaid     int64
		withheld    int64
	}{{"21", 13875, 0, 0, 19}, {"0", 1213, 5, 999, 0}, {"0", 1083500, 100, 83490, 0}} {
		b := &basket.Basket{Lines: []basket.Line{{Class: "S", Count: 1, PriceMinor: c.price}}, Prepaid: decimal.New(c.prepaid, -2)}
		if c.withheld > 0 {
			b.Withheld = []basket.Withholding{{Percent: decimal.New(c.withheld, 0)}}
		}
		r := resultOf(p, placeOf(p, class("S", plain(c.percent))), b, basket.Policy{Rounding: docCents, Cash: basket.Cash{Step: c.step}})
		deducted := int64(0)
		for _, w := range r.Withheld {
			deducted += w.Amount
		}
		p.row(docMoney(r.Total.Gross), docMoney(deducted), docMoney(r.Prepaid), docMoney(r.CashRounding), docMoney(r.Payable))
	}
}

func policiesExample(p *docPage) {
	p.row("", "default", "each component", "whole rupees")
	place := placeOf(p, class("S", tax.Rate{Percent: tax.MustPercent("18"), Components: []tax.Component{part("CGST", "9", false), part("SGST", "9", false)}}))
	for _, price := range []int64{42193, 21644} {
		taxes, parts := []any{docMoney(price) + " net, 9 % + 9 %"}, []any{"  of which"}
		for _, policy := range []basket.Policy{{}, {EachComponent: true}, {EachComponent: true, TaxStep: 100}} {
			policy.Rounding = docCents
			t := resultOf(p, place, &basket.Basket{Lines: []basket.Line{{Class: "S", Count: 1, PriceMinor: price}}}, policy).Totals[0]
			taxes, parts = append(taxes, docMoney(t.Tax)), append(parts, docMoney(t.Components[0].Amount)+" + "+docMoney(t.Components[1].Amount))
		}
		p.row(taxes...)
		p.row(parts...)
	}
}

func reducedExample(p *docPage) {
	for _, reduced := range []bool{false, true} {
		name := "50 % off 83.33"
		if reduced {
			name += ", reduced"
		}
		l := basket.Line{Class: "19", Count: 1, PriceMinor: 8333, Discounts: []basket.Discount{{Percent: decimal.New(50, 0)}}}
		r := p.price(&basket.Basket{Lines: []basket.Line{l}}, basket.Policy{Rounding: docCents, RoundReduced: reduced})
		p.row(name, docMoney(r.Lines[0].Discounts[0].Amount)+" off", docMoney(r.Lines[0].Net)+" left")
	}
}

func finerExample(p *docPage) {
	p.row("", "lines", "totals", "rounding")
	show := func(name, percent string, gross bool, n int, price decimal.Decimal) {
		policy, err := basket.FineLines("EUR", 4)
		require.NoError(p, err)
		policy.RoundGross = gross
		lines := slices.Repeat([]basket.Line{{Class: "S", Count: 1, Price: price}}, n)
		r := resultOf(p, placeOf(p, class("S", plain(percent))), &basket.Basket{Lines: lines}, policy)
		row := r.Totals[0]
		minus := func(a, b int64) string { return docText(decimal.New(a-b, -4)) }
		p.row(name, minus(row.Net, row.Rounding.Net)+" + "+minus(row.Tax, row.Rounding.Tax),
			docMoney(row.Net/100)+" + "+docMoney(row.Tax/100)+" = "+docMoney(row.Gross/100), minus(row.Rounding.Net, 0)+", "+minus(row.Rounding.Tax, 0))
	}
	show("1000 x 0.004 net, 19 %", "19", false, 1000, decimal.New(4, -3))
	show("3 lines of 1.114 net, 19 %", "19", false, 3, decimal.New(1114, -3))
	show("44.355 net, 24 %", "24", false, 1, decimal.New(44355, -3))
	show("44.355 net, 24 %, gross rounded", "24", true, 1, decimal.New(44355, -3))
}

func couponsExample(p *docPage) {
	p.row("", "off", "left", "goods", "payable")
	for _, c := range []struct {
		name  string
		price int64
		gross bool
		off   basket.Discount
	}{
		{"30.00 at most, off 20.00", 2000, true, basket.Discount{Amount: decimal.New(30, 0), AtMost: true}},
		{"11.90 with tax, off 100.00 net", 10000, false, basket.Discount{Amount: decimal.New(1190, -2), AmountTax: basket.WithTax}},
		{"10.00 after tax, off 20.00 net", 2000, false, basket.Discount{Amount: decimal.New(10, 0), AfterTax: true}},
		{"10.00, off 20.00 net", 2000, false, basket.Discount{Amount: decimal.New(10, 0)}},
	} {
		lines := []basket.Line{{Class: "19", Count: 1, PriceMinor: c.price, IncludesTax: c.gross}}
		r := p.price(&basket.Basket{Lines: lines, Discounts: []basket.Discount{c.off}}, basket.Policy{Rounding: docCents})
		p.row(c.name, docMoney(r.Discounts[0].Amount), docMoney(r.Discounts[0].Left), docSum(r.Total), docMoney(r.Payable))
	}
}

func accountingExample(p *docPage) {
	p.row("tax", "rate", "in the other currency")
	for _, c := range []struct {
		price    int64
		currency string
		rate     string
	}{{10000, "NOK", "11.50"}, {102, "NOK", "11.50"}, {10000, "JPY", "163.27"}} {
		b := &basket.Basket{
			Lines:      []basket.Line{{Class: "19", Count: 1, PriceMinor: c.price}},
			Accounting: &basket.Accounting{Currency: c.currency, Rate: docNumber(c.rate)},
		}
		r := p.price(b, basket.Policy{Currency: "EUR"})
		tax := docText(decimal.New(r.Accounting.Tax, -r.Accounting.Rounding.Scale()))
		p.row(docMoney(r.Total.Tax)+" EUR, 19 % of "+docMoney(c.price), c.rate, tax+" "+c.currency)
	}
}

func refundKindsExample(p *docPage) {
	sale := p.price(&basket.Basket{Lines: []basket.Line{{ID: "coat", Class: "19", Count: 2, PriceMinor: 1000, IncludesTax: true}}},
		basket.Policy{Rounding: docCents})
	p.row("sale of 2 x 10.00 with 19 % inside", docSum(sale.Total))
	var notes []basket.CreditNote
	for _, c := range []struct {
		name string
		what basket.Return
	}{
		{"one worn piece back for 8.00", basket.Return{ID: "coat", Quantity: decimal.New(1, 0), Amount: 800}},
		{"5.00 without tax", basket.Return{Net: 500}},
		{"only the tax of the rest", basket.Return{TaxOnly: true}},
		{"the rest back", basket.Return{All: true}},
	} {
		p.row(c.name, docSum(p.refund(sale, &notes, c.what).Total))
	}
}
