package basket_test

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/basket"
)

// E03: a coupon of 11.90 including tax, off prices without tax.
func ExampleDiscount_amountTax() {
	coupon := basket.Discount{Amount: decimal.New(1190, -2), AmountTax: basket.WithTax}
	r := sell(oneRate("19"), euros, basket.Basket{Lines: netLine(10000), Discounts: []basket.Discount{coupon}})
	fmt.Println(r.Total)
	// Output: {9000 1710 10710}
}

// E05: 10 % off the goods and the shipping.
func ExampleDiscount_charges() {
	place, err := newPlace(context.Background(), class("GOODS", plain("12")), class("SHIPPING", plain("25")))
	if err != nil {
		panic(err)
	}
	r := sell(place, euros, basket.Basket{
		Lines:     []basket.Line{{Class: "GOODS", Count: 1, PriceMinor: 5000, IncludesTax: true}},
		Charges:   []basket.Charge{{Amount: decimal.New(4, 0), Spread: basket.FixedClass, Class: "SHIPPING", IncludesTax: true}},
		Discounts: []basket.Discount{{Percent: decimal.New(10, 0), Charges: true}},
	})
	fmt.Println(r.Lines[0].Gross, r.Charges[0].Gross)
	// Output: 4500 360
}

// E07: 5.00 off two of three lines.
func ExampleDiscount_only() {
	var lines []basket.Line
	for _, id := range []string{"a", "b", "c"} {
		lines = append(lines, basket.Line{ID: id, Class: "STANDARD", Count: 1, PriceMinor: 1000})
	}
	off := basket.Discount{Amount: decimal.New(5, 0), Only: []string{"a", "b"}}
	r := sell(oneRate("19"), euros, basket.Basket{Lines: lines, Discounts: []basket.Discount{off}})
	fmt.Println(r.Discounts[0].Shares)
	// Output: [250 250 0]
}

// F1: a discount that finds nothing is an error, unless it is optional.
func ExampleDiscount_optional() {
	off := basket.Discount{Amount: decimal.New(10, 0), Spread: basket.FixedClass, Class: "REDUCED"}
	b := basket.Basket{Lines: netLine(10000), Discounts: []basket.Discount{off}}
	_, err := basket.Price(shop(context.Background()), &b, euros)
	fmt.Println(err != nil)
	b.Discounts[0].Optional = true
	fmt.Println(sell(shop(context.Background()), euros, b).Total)
	// Output:
	// true
	// {10000 1900 11900}
}

// R02: 10 % off each piece, rounded for each piece, and off the line.
func ExampleDiscount_eachUnit() {
	for _, each := range []bool{true, false} {
		line := basket.Line{Class: "STANDARD", Count: 10, PriceMinor: 999}
		line.Discounts = []basket.Discount{{Percent: decimal.New(10, 0), EachUnit: each}}
		fmt.Println(sell(oneRate("21"), euros, basket.Basket{Lines: []basket.Line{line}}).Total.Net)
	}
	// Output:
	// 8990
	// 8991
}
