package basket_test

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// priceOf prices a basket in the shop of the examples.
func priceOf(b *basket.Basket) *basket.Result {
	return sell(shop(context.Background()), basket.Policy{Currency: "EUR"}, *b)
}

// P01: of used goods, only the margin is taxed.
func ExampleTaxation_margin() {
	used := basket.Line{Class: "STANDARD", Count: 1, PriceMinor: 300000, IncludesTax: true}
	used.Tax = &basket.Taxation{Base: basket.TaxBase{Less: decimal.New(2000, 0)}}
	r := priceOf(&basket.Basket{Lines: []basket.Line{used}})
	fmt.Println(r.Total)
	// Output: {284034 15966 300000}
}

// C01: a price list with tax, sold to a buyer who owes none: the net price is kept.
func ExampleTaxation_export() {
	lamp := basket.Line{Class: "STANDARD", Count: 1, PriceMinor: 11900, IncludesTax: true}
	lamp.Assertion = tax.Assertion{Treatment: tax.Export, Reason: "declaration 4711"}
	lamp.Tax = &basket.Taxation{Exemption: basket.Exemption{Code: "VATEX-EU-G"}}
	r := priceOf(&basket.Basket{Lines: []basket.Line{lamp}})
	fmt.Println(r.Total, r.Exemptions[0].Code)
	// Output: {10000 0 10000} VATEX-EU-G
}

// E01: a coupon that is larger than the goods.
func ExampleDiscount_atMost() {
	r := priceOf(&basket.Basket{
		Lines:     []basket.Line{{Class: "STANDARD", Count: 1, PriceMinor: 2000, IncludesTax: true}},
		Discounts: []basket.Discount{{ID: "GIFT30", Amount: decimal.New(30, 0), AtMost: true}},
	})
	fmt.Println("to pay", r.Payable, "left of the coupon", r.Discounts[0].Left)
	// Output: to pay 0 left of the coupon 1000
}

// D06: 10 % off everything but the fee.
func ExampleDiscount_except() {
	r := priceOf(&basket.Basket{
		Lines: []basket.Line{
			{ID: "goods", Class: "STANDARD", Count: 1, PriceMinor: 10000},
			{ID: "fee", Class: "STANDARD", Count: 1, PriceMinor: 1000},
		},
		Discounts: []basket.Discount{{Percent: decimal.New(10, 0), Except: []string{"fee"}}},
	})
	fmt.Println(r.Discounts[0].Shares, r.Total)
	// Output: [1000 0] {10000 1900 11900}
}

// L3: an allowance of the document with a rate of its own: the lines keep their prices.
func ExampleCharge_allowance() {
	r := priceOf(&basket.Basket{
		Lines:   []basket.Line{{Class: "STANDARD", Count: 1, PriceMinor: 10000}},
		Charges: []basket.Charge{{Reason: "bonus", Code: "95", Allowance: true, Amount: decimal.New(10, 0), Spread: basket.FixedClass, Class: "REDUCED"}},
	})
	for _, row := range r.ByRate() {
		fmt.Println(row.Percent, row.Sum)
	}
	// Output:
	// 19 {10000 1900 11900}
	// 7 {-1000 -70 -1070}
}

// X05: part was paid by card; the rest is rounded to coins. The buyer keeps 2 % back.
func ExampleBasket_prepaid() {
	priced, err := basket.Price(shop(context.Background()), &basket.Basket{
		Lines:    []basket.Line{{Class: "STANDARD", Count: 1, PriceMinor: 1019}},
		Prepaid:  decimal.New(999, -2),
		Withheld: []basket.Withholding{{ID: "IRPF", Percent: decimal.New(2, 0)}},
	}, basket.Policy{Currency: "EUR", Cash: basket.Cash{Step: 5}})
	if err != nil {
		panic(err)
	}
	fmt.Println("total", priced.Total().Gross, "in cash", priced.Payable())
	// Output: total 1213 in cash 195
}

// F11: a piece comes back worn, and the tax of the rest is paid back later.
func ExampleRefund_agreed() {
	sale := priceOf(&basket.Basket{Lines: []basket.Line{{ID: "coat", Class: "STANDARD", Count: 2, PriceMinor: 1190, IncludesTax: true}}})
	worn, err := basket.Refund(sale, nil, basket.Return{ID: "coat", Quantity: decimal.New(1, 0), Amount: 800})
	if err != nil {
		panic(err)
	}
	rest, err := basket.Refund(sale, []basket.CreditNote{worn}, basket.Return{TaxOnly: true})
	if err != nil {
		panic(err)
	}
	fmt.Println(worn.Total, rest.Total, basket.Verify(sale, worn, rest))
	// Output: {672 128 800} {0 252 252} <nil>
}
