package store_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

func ExampleNewMemory() {
	ctx := context.Background()
	m := store.NewMemory(&store.Options{Clock: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }})
	r, _ := tax.NewResolver(m, nil)
	defer r.Close()
	show := func() {
		a, err := r.Lookup(ctx, tax.Lookup{Country: "DE", Class: "STANDARD", Date: tax.MustDate("2026-11-21")})
		fmt.Println(a.Percent(), errors.Is(err, tax.ErrUnknownCountry))
	}

	show()
	c, err := m.Create(ctx, "", tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Classes:  []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent("16")}}}},
	})
	fmt.Println("version", c.Metadata.Version, c.Metadata.Modified.Format(time.RFC3339), err)
	show()

	// A change is a new entry with its own first day. The earlier rate stays.
	c.Classes[0].Rates = append([]tax.Rate{{From: tax.MustDate("2026-11-01"), Percent: tax.MustPercent("19")}}, c.Classes[0].Rates...)
	c, err = m.Update(ctx, "", c)
	fmt.Println("version", c.Metadata.Version, err)
	show()

	c.Metadata.Version = 1 // as if read before the change
	_, err = m.Update(ctx, "", c)
	fmt.Println(err)
	// Output:
	// 0 true
	// version 1 2026-11-21T12:00:00Z <nil>
	// 16 false
	// version 2 <nil>
	// 19 false
	// tax: version conflict: DE is at version 2, not 1: read it again and repeat the change
}

func ExampleMemory_List() {
	ctx := context.Background()
	m := store.NewMemory(nil)
	for code, percent := range map[string]string{"AT": "20", "DE": "19", "FR": "20", "IT": "22", "LU": "17"} {
		_, err := m.Create(ctx, "shop", tax.Configuration{
			Location: tax.Location{Country: code}, Tax: tax.Tax{Code: "VAT"},
			Classes: []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent(percent)}}}},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	q := tax.Query{PageSize: 2, Total: true}
	q.Sort, _ = tax.ParseSort("rate:desc")
	for {
		page, err := m.List(ctx, "shop", q)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, c := range page.Configurations() {
			fmt.Print(c.Location, " ")
		}
		fmt.Println("of", page.Total)
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	_, err := m.List(ctx, "shop", tax.Query{Cursor: "x"})
	fmt.Println(errors.Is(err, tax.ErrInvalid), err)
	// Output:
	// IT AT of 5
	// FR DE of 5
	// LU of 5
	// true tax: cursor "x": not a cursor of this list: begin with the first page, and pass Next with the same query
}

// A backend returns the documents of a country as it reads them, in the order of their regions.
func ExampleNewDocuments() {
	var read []*store.Version
	for _, region := range []string{"", "NB", "QC"} {
		read = append(read, &store.Version{Configuration: tax.Configuration{Location: tax.Location{Country: "CA", Region: region}}})
	}
	country := store.Country{Revision: 1, Documents: store.NewDocuments(read)}
	for v := range country.Documents.All() {
		fmt.Println(v.Configuration.Location)
	}
	// Output:
	// CA
	// CA-NB
	// CA-QC
}

func ExampleOptions_base() {
	ctx := context.Background()
	mine := store.NewMemory(&store.Options{Base: rates.World()})
	r, _ := tax.NewResolver(mine, nil)
	defer r.Close()
	show := func(class, day string) {
		a, err := r.Tenant("shop").Lookup(ctx, tax.Lookup{Country: "DE", Class: class, Date: tax.MustDate(day)})
		fmt.Println(class, day, a.Percent(), err)
	}

	// An alias for a class of the base, and a rate of its own from a day on.
	_, err := mine.Create(ctx, "shop", tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Classes: []tax.Class{
			{Code: "REDUCED", Aliases: []string{"BOOKS"}},
			{Code: "STANDARD", Rates: []tax.Rate{{From: tax.MustDate("2030-01-01"), Percent: tax.MustPercent("20")}}},
		},
	})
	fmt.Println(err)
	show("BOOKS", "2026-11-21")
	show("STANDARD", "2029-12-31")
	show("STANDARD", "2030-01-01")

	// What does not fit on the base is refused.
	_, err = mine.Create(ctx, "other", tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Classes:  []tax.Class{{Code: "STANDARD", Aliases: []string{"REDUCED"}}},
	})
	fmt.Println(errors.Is(err, tax.ErrInvalid))
	_, err = mine.Create(ctx, "other", tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Classes:  []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent("20")}}}},
	})
	fmt.Println(err)
	// Output:
	// <nil>
	// BOOKS 2026-11-21 7 <nil>
	// STANDARD 2029-12-31 19 <nil>
	// STANDARD 2030-01-01 20 <nil>
	// true
	// tax: invalid configuration: DE: classes[0].rates[0].from: missing: the base has a history of this rate. Give a From to change the rate from that day on, or From 0001-01-01 to replace the whole history
}
