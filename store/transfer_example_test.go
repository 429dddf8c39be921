package store_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

func ExampleExport() {
	ctx := context.Background()
	m := store.NewMemory(&store.Options{Clock: func() time.Time { return time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC) }})
	_, err := m.Create(ctx, "shop", tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Classes:  []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent("19")}}}},
	})
	fmt.Println(err)
	_, err = store.Export(ctx, os.Stdout, m, &store.ExportOptions{Tenants: []string{"shop"}})
	fmt.Println(err)
	// Output:
	// <nil>
	// {"format":"taxresolve configurations","version":1}
	// {"tenant":"shop","configuration":{"locationCode":"DE","location":{"country":"DE"},"taxClasses":[{"code":"STANDARD","rates":[{"percent":19}]}],"metadata":{"version":1,"createdAt":"2026-11-30T12:00:00.000Z","modifiedAt":"2026-11-30T12:00:00.000Z"}}}
	// {"records":1}
	// <nil>
}

func ExampleImport() {
	ctx := context.Background()
	old, moved := store.NewMemory(nil), store.NewMemory(nil)
	_, err := store.Seed(ctx, old, rates.World(), "shop")
	fmt.Println(err)

	// From one store to another, versions and times included.
	var file bytes.Buffer
	_, err = store.Export(ctx, &file, old, &store.ExportOptions{Tenants: []string{"shop"}})
	fmt.Println(err)
	report, err := store.Import(ctx, bytes.NewReader(file.Bytes()), moved, nil)
	fmt.Println(report.Refused, report.Written == report.Records, err)

	// Once more changes nothing.
	report, err = store.Import(ctx, bytes.NewReader(file.Bytes()), moved, nil)
	fmt.Println(report.Written, report.Unchanged == report.Records, err)

	// What cannot be read is refused, with its country, and the report says where it is.
	document := `{"location": {"country": "DE"}, "taxClasses": [{"code": "STANDARD", "rate": "19,0"}]}`
	report, err = store.Import(ctx, strings.NewReader(document), moved, &store.ImportOptions{File: "mine.json", Tenant: "shop"})
	fmt.Println(report)
	for _, r := range report.Rejections {
		fmt.Println(r)
	}
	fmt.Println(err != nil)
	// Output:
	// <nil>
	// <nil>
	// 0 true <nil>
	// 0 true <nil>
	// 1 records, 1 refused
	// mine.json:1: DE: taxClasses[0].rate: "19,0": write digits with a point before the decimals, such as 19 or 9.975
	// true
}

func ExampleSeed() {
	ctx := context.Background()
	m := store.NewMemory(nil)
	report, err := store.Seed(ctx, m, rates.World())
	fmt.Println(report.Written == report.Records, err)
	report, err = store.Seed(ctx, m, rates.World())
	fmt.Println(report.Unchanged == report.Records, err)

	r, _ := tax.NewResolver(m, nil)
	defer r.Close()
	rate, err := r.Lookup(ctx, tax.Lookup{Country: "DE", Class: "REDUCED", Date: tax.MustDate("2026-11-30")})
	fmt.Println(rate.Percent(), err)
	// Output:
	// true <nil>
	// true <nil>
	// 7 <nil>
}

func ExampleDocumentsOf() {
	ctx := context.Background()
	m := store.NewMemory(nil)
	// Documents of another kind: here, a country and its percentage.
	format := store.DocumentsOf(func(document []byte) (store.Record, error) {
		country, percent, _ := strings.Cut(strings.Trim(string(document), `{" }`), `": `)
		l, err := tax.ParseLocation(country, "")
		if err != nil {
			return store.Record{}, err
		}
		r := store.Record{Configuration: tax.Configuration{Location: l}}
		p, err := tax.Percent(percent)
		r.Configuration.Classes = []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Percent: p}}}}
		return r, err
	})
	report, err := store.Import(ctx, strings.NewReader(`[{"DE": 19}, {"AT": 20}]`), m, &store.ImportOptions{Format: format})
	fmt.Println(report, err)
	// Output:
	// 2 records, 2 written <nil>
}
