package basket_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/basket"
)

func ExampleVerify() {
	place := shop(context.Background())
	policy, err := basket.EN16931("EUR")
	if err != nil {
		panic(err)
	}
	priced, err := basket.Price(place, &basket.Basket{Lines: []basket.Line{
		{ID: "pen", Class: "STANDARD", Quantity: decimal.New(3, 0), Price: decimal.New(111, -2), IncludesTax: true},
		{ID: "novel", Class: "REDUCED", Quantity: one, Price: decimal.New(1290, -2), IncludesTax: true},
	}}, policy)
	if err != nil {
		panic(err)
	}
	sale, err := priced.Result()
	if err != nil {
		panic(err)
	}
	fmt.Println(basket.Verify(sale))

	// Suppose that another program rounds the tax of the novel differently.
	sale.Lines[1].Tax++
	sale.Lines[1].Net--
	var found basket.Violations
	if errors.As(basket.Verify(sale), &found) {
		for _, v := range found {
			fmt.Println(v)
		}
	}
	// Output:
	// <nil>
	// tax of the level: lines[1].tax: want 84, got 85 (+1)
	// lines = totals: totals[1].net: want 1205, got 1206 (+1)
	// lines = totals: totals[1].tax: want 85, got 84 (-1)
}
