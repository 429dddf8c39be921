package rates_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

func ExampleWorld() {
	r, err := tax.NewResolver(rates.World(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	day := tax.MustDate("2026-11-21")
	for _, l := range []tax.Lookup{
		{Country: "DE", Class: "REDUCED", Date: day},
		{Country: "DE", Class: "REDUCED", Date: tax.MustDate("2020-12-31")},
		{Country: "DE", PostalCode: "27498", Class: "REDUCED", Date: day},
		{Country: "CA", Region: "QC", Date: day},
		{Country: "CA", Date: day},
	} {
		a, err := r.Lookup(context.Background(), l)
		if err != nil {
			fmt.Println(err)
			continue
		}
		x := a.Explain()
		fmt.Println(x.Territory, x.Class, x.Percent, x.Tax, x.Treatment)
	}
	// Output:
	// DE REDUCED 7 VAT taxable
	// DE REDUCED 5 VAT taxable
	// DE-X-HELGOLAND REDUCED 0 VAT outsideScope
	// CA-QC STANDARD 14.975 GST+QST taxable
	// tax: region required: country "CA" on 2026-11-21: pass the region of the address, or a postal code that one of the regions claims
}

func ExampleSource() {
	r, err := tax.NewResolver(rates.World(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	a, err := r.Lookup(context.Background(), tax.Lookup{Country: "GH", Date: tax.MustDate("2026-11-21")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Explain().Percent, a.Evidence().Status, rates.AsOf())
	for _, id := range a.Evidence().Sources {
		source, _ := rates.Source(id)
		fmt.Println(id, source.Name, source.Date)
	}
	// Output:
	// 20 agreed 2026-11-29
	// nst valeriansaliou/node-sales-tax 2026-07-17
	// w-gh1 GhanaWeb (GRA notice) 2026-01-01
	// w-gh2 Crowe Ghana 2026
}

// Local taxes of your own: New York City lies in its state and adds to the state's tax.
func ExampleWorld_localTaxes() {
	city := tax.Configuration{
		Location: tax.Location{Country: "US", Region: "X-NYC"}, Within: "NY",
		PostalCodes:       []tax.PostalRange{{From: "10000", To: "10003"}, {From: "10005", To: "10499"}},
		SharedPostalCodes: []tax.PostalRange{{From: "10004", To: "10004"}}, // a part is in New Jersey
		Classes:           []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Effect: tax.Add, Percent: tax.MustPercent("4.875")}}}},
	}
	mine := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		if key.Country != "US" {
			return nil, nil
		}
		return []tax.Configuration{city.Clone()}, nil
	})
	r, err := tax.NewResolver(tax.Overlay(rates.World(), mine), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for _, l := range []tax.Lookup{{PostalCode: "10001"}, {PostalCode: "12207"}, {PostalCode: "10004", Region: "X-NYC"}} {
		l.Country, l.Date = "US", tax.MustDate("2026-11-21")
		a, err := r.Lookup(context.Background(), l)
		fmt.Println(l.PostalCode, a.Location(), a.Percent(), a.LocalTaxesMissing(), err)
	}
	// Output:
	// 10001 US-X-NYC 8.875 false <nil>
	// 12207 US-NY 4 true <nil>
	// 10004 US-X-NYC 8.875 false <nil>
}

// Customers write names where a code is expected.
func ExampleWorld_names() {
	r, err := tax.NewResolver(rates.World(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for _, l := range []tax.Lookup{
		{Country: "CA", Region: "Québec"}, {Country: "US", Region: "california"}, {Country: "FR", Region: "ile de france"},
		{Country: "CA", Region: "Ontaria"}, {Country: "Deutschland"},
	} {
		l.Date = tax.MustDate("2026-11-21")
		a, err := r.Lookup(context.Background(), l)
		var lookup *tax.LookupError
		if errors.As(err, &lookup) {
			fmt.Println(lookup.Code(), "- did you mean", lookup.Suggestion())
			continue
		}
		fmt.Println(a.Location(), a.Percent(), a.Explain().Steps[0])
	}
	// Output:
	// CA-QC 14.975 region name
	// US-CA 7.25 region name
	// FR-IDF 20 region name
	// unknown_region - did you mean ON
	// unknown_country - did you mean DE
}
