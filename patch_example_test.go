package tax_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

func ExampleReadPatch() {
	ctx := context.Background()
	m := store.NewMemory(nil)
	_, err := m.Create(ctx, "shop", tax.Configuration{
		Location: tax.Location{Country: "FR"},
		TimeZone: "Europe/Paris",
		Classes: []tax.Class{{
			Code:  "STANDARD",
			Name:  tax.MustLocalizedText(map[string]string{"fr": "taux normal", "en": "standard rate"}),
			Rates: []tax.Rate{{From: tax.MustDate("2014-01-01"), Percent: tax.MustPercent("20")}},
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	p, err := tax.ReadPatch(strings.NewReader(`{
		"metadata": {"version": 1},
		"taxClasses": {"STANDARD": {"name": {"en": null, "de": "Normalsatz"}, "isDefault": true}}
	}`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := m.Get(ctx, "shop", tax.Location{Country: "FR"})
	if err == nil {
		c, err = p.Apply(c)
	}
	if err == nil {
		c, err = m.Update(ctx, "shop", c)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	class := c.Classes[0]
	fmt.Println(c.Metadata.Version, class.Name.All(), class.Default, class.Rates[0].Percent.StringFixed(0), c.TimeZone)

	// The document has changed since the patch was made.
	_, err = p.Apply(c)
	fmt.Println(errors.Is(err, tax.ErrConflict))
	fmt.Println(err)
	// Output:
	// 2 [{de Normalsatz} {fr taux normal}] true 20 Europe/Paris
	// true
	// tax: version conflict: FR is at version 2, not 1: read it again and repeat the change
}

func ExampleConfiguration_Resolve() {
	// A rate that another system knows by a number, and by no place.
	c := tax.Configuration{Classes: []tax.Class{{
		Code:  "7",
		Name:  tax.MustLocalizedText(map[string]string{"en": "VAT", "bg": "ДДС"}),
		Rates: []tax.Rate{{Percent: tax.MustPercent("20")}},
	}}}
	a, err := c.Resolve("7", tax.MustDate("2026-11-22"))
	if err != nil {
		fmt.Println(err)
		return
	}
	amounts, err := a.FromNet(decimal.New(1050, -2), tax.Rounding{Scale: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Name(tax.MustPreferences("bg")), amounts.Tax().StringFixed(2), amounts.Gross().StringFixed(2))
	// Output:
	// ДДС 2.10 12.60
}
