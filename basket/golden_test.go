package basket_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/rates"
)

// TestGoldenBaskets prices the baskets of testdata/baskets.txt. Their amounts
// were computed from the rules; the file describes its format.
func TestGoldenBaskets(t *testing.T) {
	world, err := tax.NewResolver(rates.World(), nil)
	require.NoError(t, err)
	defer world.Close()
	text, err := os.ReadFile("testdata/baskets.txt")
	require.NoError(t, err)
	invoices, err := os.ReadFile("testdata/invoices.txt")
	require.NoError(t, err)
	text = append(append(text, "\n\n"...), invoices...)

	names := map[string]bool{}
	for block := range strings.SplitSeq(string(text), "\n\n") {
		if block = strings.TrimSpace(block); strings.HasPrefix(block, "#") {
			continue
		}
		g := &golden{world: world}
		name, _, _ := strings.Cut(strings.TrimPrefix(block, "basket "), "\n")
		require.False(t, names[name], "two baskets have the name %q", name)
		names[name] = true
		t.Run(name, func(t *testing.T) {
			for line := range strings.SplitSeq(block, "\n") {
				g.read(t, line)
			}
			g.check(t)
		})
	}
	require.GreaterOrEqual(t, len(names), 187, "baskets were lost")
}

// golden is one block of the file: a basket and the amounts expected of it.
type golden struct {
	world   *tax.Resolver
	place   tax.Place
	classes []tax.Class
	policy  basket.Policy
	basket  basket.Basket
	returns []basket.Return
	// Expected texts, by the first word of the line.
	lines, discounts, charges, parts, rows, refunds []string
	rowNames                                        []string
	sum, pay                                        string
	withheld, accounting                            string
	refused                                         string // the error that there is instead
}

func (g *golden) read(t *testing.T, line string) {
	left, right, _ := strings.Cut(line, "=")
	if strings.HasPrefix(line, "rate ") || strings.HasPrefix(line, "why ") || strings.HasPrefix(line, "refused ") {
		left, right = line, ""
	}
	words, want := strings.Fields(left), strings.Join(strings.Fields(right), " ")
	switch words[0] {
	case "basket", "why":
	case "place":
		l := tax.Lookup{Country: words[1], Date: tax.MustDate(words[len(words)-1])}
		if len(words) == 4 {
			l.Region = words[2]
		}
		var err error
		g.place, err = g.world.Place(context.Background(), l)
		require.NoError(t, err)
	case "rate":
		g.classes = append(g.classes, goldenClass(t, words[1], words[2:], len(g.classes) == 0))
	case "policy":
		g.policy = goldenPolicy(t, words[1:])
	case "line":
		g.basket.Lines = append(g.basket.Lines, g.goldenLine(t, words[1:]))
		g.lines = append(g.lines, want)
	case "repeat":
		for range number(t, words[1]).IntPart() - 1 {
			g.basket.Lines = append(g.basket.Lines, g.basket.Lines[len(g.basket.Lines)-1])
			g.lines = append(g.lines, g.lines[len(g.lines)-1])
		}
	case "discount":
		d := goldenDiscount(t, words[1])
		d.Spread = goldenSpread(t, words[2])
		rest := words[3:]
		if d.Spread == basket.FixedClass {
			d.Class, rest = words[3], words[4:]
		}
		goldenChoice(t, &d, rest)
		g.basket.Discounts = append(g.basket.Discounts, d)
		g.discounts = append(g.discounts, want)
	case "charge":
		c := basket.Charge{ID: words[1], Amount: number(t, words[2]), IncludesTax: words[3] == "gross", Spread: goldenSpread(t, words[4])}
		if c.Spread == basket.FixedClass {
			c.Class = words[5]
		}
		c.Allowance = words[len(words)-1] == "allowance"
		g.basket.Charges = append(g.basket.Charges, c)
		g.charges = append(g.charges, want)
		g.parts = append(g.parts, "")
	case "part":
		g.parts[len(g.parts)-1] += strings.Join(words[1:], " ") + " " + want + "\n"
	case "row":
		g.rowNames = append(g.rowNames, strings.Join(words[1:], " "))
		g.rows = append(g.rows, want)
	case "prepaid":
		g.basket.Prepaid = number(t, words[1])
	case "withheld":
		g.basket.Withheld = []basket.Withholding{{ID: words[1], Percent: number(t, words[2])}}
		g.withheld = want
	case "accounting":
		g.basket.Accounting = &basket.Accounting{Currency: words[1], Rate: number(t, words[2])}
		g.accounting = want
	case "sum":
		g.sum = want
	case "pay":
		g.pay = want
	case "refused":
		g.refused = strings.Join(words[1:], " ")
	case "refund":
		g.returns = append(g.returns, g.goldenReturn(t, words[1:]))
		g.refunds = append(g.refunds, want)
	default:
		t.Fatalf("no such line: %s", line)
	}
}

// number reads a decimal without the decimal library, whose limits are
// variables.
func number(t *testing.T, text string) decimal.Decimal {
	d, reason := exact.Parse(text)
	require.Empty(t, reason, text)
	return d
}

func goldenClass(t *testing.T, code string, words []string, first bool) tax.Class {
	c := tax.Class{Code: code, Default: first}
	r := tax.Rate{Percent: number(t, words[0])}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		part, percent, isPart := strings.Cut(word, ":")
		switch {
		case word == "gross":
			r.OfGross = true
		case name == "alias":
			c.Aliases = []string{value}
		case name == "tax":
			r.Tax.Code = value
		case isPart:
			percent, compound := strings.CutSuffix(percent, "c")
			r.Components = append(r.Components, tax.Component{Code: part, Percent: number(t, percent), Compound: compound})
		default:
			require.NoError(t, r.Treatment.UnmarshalText([]byte(word)))
		}
	}
	c.Rates = []tax.Rate{r}
	return c
}

func goldenPolicy(t *testing.T, words []string) basket.Policy {
	var p basket.Policy
	var err error
	rest := words[2:]
	switch words[0] {
	case "FineLines":
		p, err = basket.FineLines(words[1], int(number(t, words[2]).IntPart()))
		rest = words[3:]
	case "RunningTotalPolicy":
		p, err = basket.RunningTotalPolicy(words[1])
	case "EN16931":
		p, err = basket.EN16931(words[1])
	case "LinePolicy":
		p, err = basket.LinePolicy(words[1])
	case "DocumentPolicy":
		p, err = basket.DocumentPolicy(words[1])
	default:
		require.NoError(t, p.Level.UnmarshalText([]byte(words[0])))
		var mode tax.Mode
		require.NoError(t, mode.UnmarshalText([]byte(words[1])))
		p.Rounding = tax.RoundTo(int(number(t, words[2]).IntPart()), mode)
		rest = words[3:]
	}
	require.NoError(t, err)
	for i, word := range rest {
		switch word {
		case "net-first":
			p.Rounding = p.Rounding.WithNetFirst(true)
		case "each":
			p.EachComponent = true
		case "reduced":
			p.RoundReduced = true
		case "round-gross":
			p.RoundGross = true
		case "tax-step":
			p.TaxStep, err = p.Rounding.Minor(number(t, rest[i+1]))
			require.NoError(t, err)
		case "cash":
			p.Cash.Step, err = p.Rounding.Minor(number(t, rest[i+1]))
			require.NoError(t, err)
			require.NoError(t, p.Cash.Mode.UnmarshalText([]byte(rest[i+2])))
		}
	}
	return p
}

func (g *golden) goldenLine(t *testing.T, words []string) basket.Line {
	l := basket.Line{
		Class: words[0], Quantity: number(t, words[1]), PriceIsTotal: words[2] == "for",
		Price: number(t, words[3]), IncludesTax: words[4] == "gross",
	}
	if l.Class == "-" {
		l.Class = ""
	}
	for i := 5; i < len(words); i += 2 {
		switch value := words[i+1]; words[i] {
		case "id":
			l.ID = value
		case "off":
			l.Discounts = append(l.Discounts, goldenDiscount(t, value))
		case "plus":
			l.Charges = append(l.Charges, basket.Charge{Amount: number(t, value)})
		case "each-off":
			d := goldenDiscount(t, value)
			d.EachUnit = true
			l.Discounts = append(l.Discounts, d)
		case "per":
			l.Per = number(t, value)
		case "keep", "inside", "exempt", "base", "less", "less-percent", "up-to", "borne", "at", "by-price":
			if l.Tax == nil {
				l.Tax = &basket.Taxation{}
			}
			g.goldenTaxation(t, l.Tax, words[i], value)
		case "as":
			require.NoError(t, l.Assertion.Treatment.UnmarshalText([]byte(value)))
		default:
			t.Fatalf("no such word: %s", words[i])
		}
	}
	return l
}

func goldenDiscount(t *testing.T, text string) basket.Discount {
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		return basket.Discount{Percent: number(t, percent)}
	}
	return basket.Discount{Amount: number(t, text)}
}

func goldenSpread(t *testing.T, text string) basket.Spread {
	spread, ok := map[string]basket.Spread{
		"pro-rata": basket.ProRata, "dominant-rate": basket.DominantRate,
		"highest-rate": basket.HighestRate, "class": basket.FixedClass,
	}[text]
	require.True(t, ok, text)
	return spread
}

func (g *golden) goldenReturn(t *testing.T, words []string) basket.Return {
	r := basket.Return{ID: words[0]}
	if r.ID == "everything" {
		r.ID = ""
	}
	var err error
	switch words[1] {
	case "all":
		r.All = true
	case "quantity":
		r.Quantity = number(t, words[2])
		if len(words) > 3 {
			r.Amount, err = g.policy.Rounding.Minor(number(t, words[4]))
		}
	case "tax-only":
		r.TaxOnly = true
	case "net":
		r.Net, err = g.policy.Rounding.Minor(number(t, words[2]))
	case "amount":
		r.Amount, err = g.policy.Rounding.Minor(number(t, words[2]))
	}
	require.NoError(t, err)
	return r
}

// check prices the basket and compares it with the block.
func (g *golden) check(t *testing.T) {
	if len(g.classes) > 0 {
		g.place = placeOf(t, g.classes...)
	}
	if g.refused != "" {
		_, err := basket.Price(g.place, &g.basket, g.policy)
		require.EqualError(t, err, g.refused)
		require.Empty(t, strings.Join(g.lines, ""), "amounts of a basket that is refused")
		return
	}
	r := resultOf(t, g.place, &g.basket, g.policy)
	for i, want := range g.lines {
		require.Equal(t, want, g.text(r.Lines[i].Sum), "line %d", i+1)
	}
	for i, want := range g.discounts {
		got := g.amount(r.Discounts[i].Amount) + " of"
		for _, share := range r.Discounts[i].Shares {
			got += " " + g.amount(share)
		}
		require.Equal(t, want, got, "discount %d", i+1)
	}
	for i, want := range g.charges {
		c := r.Charges[i]
		require.Equal(t, want, g.text(c.Sum), "charge %d", i+1)
		parts := ""
		for _, part := range c.Parts {
			e := r.Rates[part.Rate]
			parts += e.Class + " " + e.Percent + " " + g.text(part.Sum) + "\n"
		}
		if len(c.Parts) == 1 {
			parts = ""
		}
		require.Equal(t, g.parts[i], parts, "parts of charge %d", i+1)
	}
	require.Len(t, r.Totals, len(g.rows))
	for i, want := range g.rows {
		row := r.Totals[i]
		name := fmt.Sprintf("%s %s %s", row.TaxCode, row.Class, row.Percent)
		if row.OfGross {
			name += " gross"
		}
		require.Equal(t, g.rowNames[i], name+" "+row.Treatment.String())
		got := g.text(row.Sum)
		if (row.Rounding != basket.Sum{}) {
			got += " rounding " + g.text(row.Rounding)
		}
		for _, c := range row.Components {
			got += " " + c.Code + " " + g.amount(c.Amount)
		}
		require.Equal(t, want, got, "row %d", i+1)
	}
	require.Equal(t, g.sum, g.text(r.Total), "sum")
	pay := g.pay
	if pay == "" {
		pay = g.amount(r.Total.Gross)
	}
	require.Equal(t, pay, g.amount(r.Payable), "pay")
	for i := range r.Withheld {
		require.Equal(t, g.withheld, g.amount(r.Withheld[i].Amount), "withheld")
	}
	if r.Accounting != nil {
		require.Equal(t, g.accounting, g.amount(r.Accounting.Tax), "accounting")
	}
	require.NoError(t, basket.Verify(r))
	g.refund(t, r)
}

// refund pays back from the sale as it was stored.
func (g *golden) refund(t *testing.T, sale *basket.Result) {
	stored, err := json.Marshal(sale)
	require.NoError(t, err)
	var notes []basket.CreditNote
	for i, want := range g.refunds {
		var read basket.Result
		require.NoError(t, json.Unmarshal(stored, &read))
		note, err := basket.Refund(&read, notes, g.returns[i])
		if reason, ok := strings.CutPrefix(want, "refused "); ok {
			require.EqualError(t, err, reason, "refund %d", i+1)
			continue
		}
		require.NoError(t, err)
		got := g.text(note.Total)
		if g.policy.Cash.Step > 0 || strings.Contains(want, "pay") {
			got += " pay " + g.amount(note.Payable)
		}
		require.Equal(t, want, got, "refund %d", i+1)
		notes = append(notes, note)
		require.NoError(t, basket.Verify(&read, notes...))
	}
	if len(notes) == 0 {
		return
	}
	// The refunds of every block pay everything back in the end.
	var total basket.Sum
	var payable int64
	for _, note := range notes {
		total.Net, total.Tax, total.Gross = total.Net+note.Total.Net, total.Tax+note.Total.Tax, total.Gross+note.Total.Gross
		payable += note.Payable
	}
	require.Equal(t, sale.Total, total)
	require.Equal(t, sale.Payable+sale.Prepaid, payable)
}

func (g *golden) amount(minor int64) string {
	scale := g.policy.Rounding.Scale()
	return decimal.New(minor, -scale).StringFixed(scale)
}

func (g *golden) text(s basket.Sum) string {
	return g.amount(s.Net) + " " + g.amount(s.Tax) + " " + g.amount(s.Gross)
}
