package tax_test

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

func Example() {
	err := func(ctx context.Context) error {
		r, err := tax.NewResolver(rates.World(), nil)
		if err != nil {
			return err
		}
		defer r.Close()

		a, err := r.Resolve(ctx, "DE", "REDUCED") // today
		if err != nil {
			return err // says what is unknown, and what to pass instead
		}
		fmt.Println(a.Class(), a.Treatment())

		day := tax.MustDate("2026-11-21")
		a, err = r.Lookup(ctx, tax.Lookup{Country: "AT", PostalCode: "6991", Date: day})
		if err != nil {
			return err
		}
		fmt.Println(a.TaxName(tax.MustPreferences("de-AT")), a.Percent().StringFixed(1))

		amounts, err := a.FromNet(decimal.New(1990, -2), tax.RoundTo(2, tax.HalfUp))
		if err != nil {
			return err
		}
		fmt.Println(amounts.Net().StringFixed(2), amounts.Tax().StringFixed(2), amounts.Gross().StringFixed(2))

		record := a.Explain() // plain data, to store with the order
		fmt.Println(record.Territory, record.Steps)
		return nil
	}(context.Background())
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// REDUCED taxable
	// USt 19.0
	// 19.90 3.78 23.68
	// AT-X-MITTELBERG [postal code default class]
}
