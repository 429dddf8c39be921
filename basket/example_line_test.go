package basket_test

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/basket"
)

// F2: goods come back at a total price: the quantity is negative, and the price is not.
func ExampleLine_takenBack() {
	r := sell(oneRate("19"), euros, basket.Basket{Lines: []basket.Line{
		{Class: "STANDARD", Count: -1, PriceMinor: 2500, PriceIsTotal: true},
	}})
	fmt.Println(r.Total)
	// Output: {-2500 -475 -2975}
}

// L1: an allowance and a charge of a line, each with its reason and code.
func ExampleLine_charges() {
	goods := netLine(127300)
	goods[0].Discounts = []basket.Discount{{Amount: decimal.New(12, 0), Reason: "damaged box", Code: "95"}}
	goods[0].Charges = []basket.Charge{{Amount: decimal.New(12, 0), Reason: "engraving", Code: "AA"}}
	l := sell(oneRate("19"), euros, basket.Basket{Lines: goods}).Lines[0]
	fmt.Println(l.Net, l.Discounts[0].Reason, l.Charges[0].Reason)
	// Output: 127300 damaged box engraving
}

// L2: 365 units at 1,585.00 for each 365.
func ExampleLine_per() {
	r := sell(oneRate("19"), euros, basket.Basket{Lines: []basket.Line{
		{Class: "STANDARD", Count: 365, PriceMinor: 158500, Per: decimal.New(365, 0)},
	}})
	fmt.Println(r.Total.Net)
	// Output: 158500
}
