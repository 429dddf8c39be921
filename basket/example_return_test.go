package basket_test

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/basket"
)

// F01: the buyer shows a tax number later, and only the tax is paid back.
func ExampleReturn_taxOnly() {
	sale := sell(oneRate("20"), euros, basket.Basket{Lines: []basket.Line{
		{Class: "STANDARD", Count: 1, PriceMinor: 12000, IncludesTax: true},
	}})
	note, err := basket.Refund(sale, nil, basket.Return{TaxOnly: true})
	fmt.Println(note.Total, err)
	// Output: {0 2000 2000} <nil>
}

// F04: 50.00 without tax are credited over two rates.
func ExampleReturn_net() {
	place, err := newPlace(context.Background(), class("A", plain("22")), class("B", plain("10")))
	if err != nil {
		panic(err)
	}
	sale := sell(place, euros, basket.Basket{Lines: []basket.Line{
		{Class: "A", Count: 1, PriceMinor: 10000},
		{Class: "B", Count: 1, PriceMinor: 10000},
	}})
	note, err := basket.Refund(sale, nil, basket.Return{Net: 5000})
	fmt.Println(note.Total, err)
	// Output: {5000 800 5800} <nil>
}

// bothSigns returns a sale with goods that were sold and goods that were taken back.
func bothSigns() *basket.Result {
	back := basket.Line{Class: "REDUCED", Count: -1, PriceMinor: 2000, IncludesTax: true}
	return sell(shop(context.Background()), euros, basket.Basket{Lines: []basket.Line{
		{Class: "STANDARD", Count: 1, PriceMinor: 10000, IncludesTax: true},
		{Class: "REDUCED", Count: 1, PriceMinor: 5000, IncludesTax: true},
		back,
	}})
}

// RF1: 100.00 were sold and 20.00 taken back, so no more than 80.00 can be paid back.
func ExampleReturn_moreThanPaid() {
	sale := sell(oneRate("0"), euros, basket.Basket{Lines: []basket.Line{
		{Class: "STANDARD", Count: 1, PriceMinor: 10000},
		{Class: "STANDARD", Count: -1, PriceMinor: 2000},
	}})
	_, err := basket.Refund(sale, nil, basket.Return{Amount: 10000})
	fmt.Println(err)
	// Output: tax: returns[0].amount "10000": too large: EUR 80.00 is left
}

// RF2: an amount is divided over lines of both signs, and all of it returns all the tax.
func ExampleReturn_bothSigns() {
	sale := bothSigns()
	note, err := basket.Refund(sale, nil, basket.Return{Amount: 13000})
	fmt.Println(sale.Total, note.Total, err)
	// Output: {11207 1793 13000} {11207 1793 13000} <nil>
}

// X07: less is left than a piece costs, which is an error that says how much.
func ExampleReturn_lessIsLeft() {
	sale := sell(oneRate("0"), euros, basket.Basket{Lines: []basket.Line{{ID: "pen", Class: "STANDARD", Count: 3, PriceMinor: 1000}}})
	earlier, err := basket.Refund(sale, nil, basket.Return{ID: "pen", Amount: 2500})
	if err != nil {
		panic(err)
	}
	_, err = basket.Refund(sale, []basket.CreditNote{earlier}, basket.Return{ID: "pen", Quantity: decimal.New(1, 0)})
	fmt.Println(err)
	// Output: tax: returns[0].quantity "1": too large: it costs EUR 10.00, and only EUR 5.00 is left: return that amount, or all
}
