package basket_test

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/basket"
)

var one = decimal.New(1, 0)

func ExamplePrice() {
	place := shop(context.Background())
	policy, err := basket.EN16931("EUR")
	if err != nil {
		panic(err)
	}
	priced, err := basket.Price(place, &basket.Basket{
		Lines: []basket.Line{
			{ID: "lamp", Class: "STANDARD", Quantity: decimal.New(2, 0), Price: decimal.New(4990, -2), IncludesTax: true},
			{ID: "novel", Class: "REDUCED", Quantity: one, Price: decimal.New(1290, -2), IncludesTax: true},
		},
		Discounts: []basket.Discount{{ID: "WELCOME", Percent: decimal.New(10, 0)}},
		Charges:   []basket.Charge{{ID: "shipping", Amount: decimal.New(490, -2), IncludesTax: true}},
	}, policy)
	if err != nil {
		panic(err)
	}
	result, err := priced.Result()
	if err != nil {
		panic(err)
	}
	for _, l := range result.Lines {
		fmt.Println(l.ID, l.Net, l.Tax, l.Gross)
	}
	for _, t := range result.Totals {
		fmt.Println(t.Class, t.Percent, t.Net, t.Tax, t.Gross)
	}
	fmt.Println("total", result.Total, "check", basket.Verify(result))
	// Output:
	// lamp 7548 1434 8982
	// novel 1085 76 1161
	// STANDARD 19 7908 1502 9410
	// REDUCED 7 1143 80 1223
	// total {9051 1582 10633} check <nil>
}

func ExamplePriced_Line() {
	// Four lines of 2.50 at 8.625 %: the tax is 0.88 if it is rounded for each
	// line, and 0.86 if it is rounded once.
	place := shop(context.Background())
	var b basket.Basket
	for range 4 {
		b.Lines = append(b.Lines, basket.Line{Class: "LOCAL", Quantity: one, Price: decimal.New(250, -2)})
	}
	for _, profile := range []func(string) (basket.Policy, error){basket.LinePolicy, basket.DocumentPolicy} {
		policy, err := profile("USD")
		if err != nil {
			panic(err)
		}
		p, err := basket.Price(place, &b, policy)
		if err != nil {
			panic(err)
		}
		fmt.Println(policy.Level, p.Line(0).Tax, p.Line(1).Tax, p.Line(2).Tax, p.Line(3).Tax, "total", p.Total().Tax)
	}
	// Output:
	// line 22 22 22 22 total 88
	// document 22 22 21 21 total 86
}

func ExampleRefund() {
	place := shop(context.Background())
	policy, err := basket.LinePolicy("EUR")
	if err != nil {
		panic(err)
	}
	priced, err := basket.Price(place, &basket.Basket{Lines: []basket.Line{
		{ID: "pen", Class: "STANDARD", Quantity: decimal.New(3, 0), Price: decimal.New(111, -2), IncludesTax: true},
	}}, policy)
	if err != nil {
		panic(err)
	}
	sale, err := priced.Result() // stored with the order
	if err != nil {
		panic(err)
	}
	var notes []basket.CreditNote
	for range 3 {
		note, err := basket.Refund(sale, notes, basket.Return{ID: "pen", Quantity: one})
		if err != nil {
			panic(err)
		}
		notes = append(notes, note)
		fmt.Println(note.Total)
	}
	fmt.Println(sale.Total)
	// Output:
	// {93 18 111}
	// {94 17 111}
	// {93 18 111}
	// {280 53 333}
}

func ExampleAllocate() {
	parts, err := basket.Allocate(100, 1, 1, 1)
	fmt.Println(parts, err)
	parts, err = basket.Allocate(-5, 70, 0, 30)
	fmt.Println(parts, err)
	// Output:
	// [34 33 33] <nil>
	// [-4 0 -1] <nil>
}

func ExampleSplit() {
	parts, err := basket.Split(1000, 3)
	fmt.Println(parts, err)
	// Output:
	// [334 333 333] <nil>
}
