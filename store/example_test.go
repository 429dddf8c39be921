package store_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

func ExampleNewMemory() {
	ctx := context.Background()
	m := store.NewMemory(func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) })
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

	// A change gets a day of its own; what was charged before stays known.
	c.Classes[0].Rates = append([]tax.Rate{{From: tax.MustDate("2026-11-01"), Percent: tax.MustPercent("19")}}, c.Classes[0].Rates...)
	c, err = m.Update(ctx, "", c)
	fmt.Println("version", c.Metadata.Version, err)
	show()

	c.Metadata.Version = 1 // as somebody who read it before the change
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
