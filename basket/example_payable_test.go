package basket_test

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/basket"
)

// O01: the buyer withholds 19 % of the net amount.
func ExampleBasket_withheld() {
	r := sell(oneRate("21"), euros, basket.Basket{
		Lines:    netLine(13875),
		Withheld: []basket.Withholding{{ID: "IRPF", Percent: decimal.New(19, 0)}},
	})
	fmt.Println(r.Total, "withheld", r.Withheld[0].Amount, "to pay", r.Payable)
	// Output: {13875 2914 16789} withheld 2636 to pay 14153
}

// X13: 834.90 are prepaid, and what is left is rounded.
func ExampleBasket_rounding() {
	policy := basket.Policy{Currency: "EUR", Cash: basket.Cash{Step: 50}}
	r := sell(oneRate("0"), policy, basket.Basket{Lines: netLine(1083500), Prepaid: decimal.New(83490, -2)})
	fmt.Println("rounding", r.CashRounding, "to pay", r.Payable)
	// Output: rounding -10 to pay 1000000
}

// Z1: the tax in the accounting currency as well.
func ExampleBasket_accounting() {
	r := sell(oneRate("19"), euros, basket.Basket{
		Lines:      netLine(10000),
		Accounting: &basket.Accounting{Currency: "NOK", Rate: decimal.New(1150, -2)},
	})
	fmt.Println(r.Total.Tax, r.Accounting.Tax, r.Accounting.Currency)
	// Output: 1900 21850 NOK
}
