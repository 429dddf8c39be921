package basket_test

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// oneRate returns a place whose only class has the given percentage, and the components of it
// if there are several.
func oneRate(percent string, components ...tax.Component) tax.Place {
	place, err := newPlace(context.Background(), class("STANDARD", tax.Rate{Percent: tax.MustPercent(percent), Components: components}))
	if err != nil {
		panic(err)
	}
	return place
}

// sell prices a basket and returns what is stored.
func sell(place tax.Place, policy basket.Policy, b basket.Basket) *basket.Result {
	priced, err := basket.Price(place, &b, policy)
	if err != nil {
		panic(err)
	}
	result, err := priced.Result()
	if err != nil {
		panic(err)
	}
	return result
}

// netLine returns a line whose price, in cents, has no tax in it.
func netLine(price int64) []basket.Line {
	return []basket.Line{{ID: "goods", Class: "STANDARD", Count: 1, PriceMinor: price}}
}

// A02: a net price was computed from 55.00 and kept with three decimals. The gross amount
// is rounded, and the tax is the rest.
func ExamplePolicy_roundGross() {
	policy, err := basket.FineLines("EUR", 4)
	if err != nil {
		panic(err)
	}
	policy.RoundGross = true
	r := sell(oneRate("24"), policy, basket.Basket{Lines: []basket.Line{
		{Class: "STANDARD", Count: 1, Price: decimal.New(44355, -3)},
	}})
	fmt.Println(r.Total) // in units of 0.0001
	// Output: {443600 106400 550000}
}

// A16: a thousand calls at 0.004 each are 4.00.
func ExampleFineLines() {
	policy, err := basket.FineLines("EUR", 4)
	if err != nil {
		panic(err)
	}
	calls := make([]basket.Line, 1000)
	for i := range calls {
		calls[i] = basket.Line{Class: "STANDARD", Count: 1, Price: decimal.New(4, -3)}
	}
	r := sell(oneRate("19"), policy, basket.Basket{Lines: calls})
	fmt.Println(r.Lines[0].Net, r.Total.Net) // in units of 0.0001
	// Output: 40 40000
}

// A17: three lines of 1.114 are 3.34. A document that shows 1.11 for each states 0.01.
func ExampleResult_RoundedLines() {
	policy, err := basket.FineLines("EUR", 4)
	if err != nil {
		panic(err)
	}
	line := basket.Line{Class: "STANDARD", Count: 1, Price: decimal.New(1114, -3)}
	r := sell(oneRate("19"), policy, basket.Basket{Lines: []basket.Line{line, line, line}})
	lines, rounding, err := r.RoundedLines()
	fmt.Println(lines[0].Net, lines[1].Net, lines[2].Net, "rounding", rounding[0].Net, "total", r.Total.Net, err)
	// Output: 11100 11100 11100 rounding 100 total 33400 <nil>
}

// B01: two taxes, each rounded by itself.
func ExamplePolicy_eachComponent() {
	india := oneRate("18", part("CGST", "9", false), part("SGST", "9", false))
	r := sell(india, basket.Policy{Currency: "INR", EachComponent: true}, basket.Basket{Lines: netLine(42193)})
	fmt.Println(r.Totals[0].Components)
	// Output: [{CGST 3797} {SGST 3797}]
}

// B02: prices in paisa, and taxes in whole rupees.
func ExamplePolicy_taxStep() {
	india := oneRate("18", part("CGST", "9", false), part("SGST", "9", false))
	policy := basket.Policy{Currency: "INR", EachComponent: true, TaxStep: 100}
	r := sell(india, policy, basket.Basket{Lines: netLine(21644)})
	fmt.Println(r.Total.Net, r.Totals[0].Components)
	// Output: 21644 [{CGST 1900} {SGST 1900}]
}

// Y04: the currency decides the decimals; a policy without either is an error.
func ExamplePolicy_currency() {
	b := basket.Basket{Lines: []basket.Line{{Class: "STANDARD", Count: 1, Price: decimal.New(999, -2), IncludesTax: true}}}
	fmt.Println(sell(oneRate("19"), basket.Policy{Currency: "EUR"}, b).Total)
	_, err := basket.Price(oneRate("19"), &b, basket.Policy{})
	fmt.Println(err != nil)
	// Output:
	// {839 160 999}
	// true
}

// The remainder of each line is carried to the next one: three of 3.1773.
func ExampleRunningTotalPolicy() {
	policy, err := basket.RunningTotalPolicy("EUR")
	if err != nil {
		panic(err)
	}
	line := basket.Line{Class: "STANDARD", Count: 1, PriceMinor: 1990, IncludesTax: true}
	r := sell(oneRate("19"), policy, basket.Basket{Lines: []basket.Line{line, line, line}})
	fmt.Println(r.Lines[0].Tax, r.Lines[1].Tax, r.Lines[2].Tax, "=", r.Total.Tax)
	// Output: 318 317 318 = 953
}

// Each of two taxes is rounded by itself, to whole rupees.
func ExampleWholeTaxPolicy() {
	policy, err := basket.WholeTaxPolicy("INR")
	if err != nil {
		panic(err)
	}
	nine := tax.MustPercent("9")
	place := oneRate("18", tax.Component{Code: "CGST", Percent: nine}, tax.Component{Code: "SGST", Percent: nine})
	fmt.Println(sell(place, policy, basket.Basket{Lines: netLine(21644)}).Totals[0].Components)
	// Output: [{CGST 1900} {SGST 1900}]
}

// Half of 83.33 is left, and rounded.
func ExampleReducedPricePolicy() {
	policy, err := basket.ReducedPricePolicy("EUR")
	if err != nil {
		panic(err)
	}
	lines := netLine(8333)
	lines[0].Discounts = []basket.Discount{{Percent: decimal.New(50, 0)}}
	fmt.Println(sell(oneRate("20"), policy, basket.Basket{Lines: lines}).Total.Net)
	// Output: 4167
}
