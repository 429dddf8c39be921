// Package store keeps tax configurations. All its stores are [Versioned]: they differ in
// where the documents are, and in nothing else. [NewMemory] keeps them in memory, and
// [OpenFile] in files that people can read and edit.
//
// # Writing
//
// A [tax.Store] holds one [tax.Configuration] for each location of a tenant. A
// write is validated together with the other configurations of its country, and
// an invalid one changes nothing:
//
//	m := store.NewMemory(nil)
//	c, err := m.Create(ctx, "shop", tax.Configuration{
//		Location: tax.Location{Country: "DE"},
//		Classes:  []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent("19")}}}},
//	})
//
// Update refuses to overwrite a version that the caller has not read. Such an
// error unwraps to [tax.ErrConflict]:
//
//	c.Classes[0].Rates = append([]tax.Rate{{From: tax.MustDate("2027-01-01"), Percent: tax.MustPercent("20")}}, c.Classes[0].Rates...)
//	_, err = m.Update(ctx, "shop", c)
//	if errors.Is(err, tax.ErrConflict) {
//		// read it again and repeat the change
//	}
//
// # Resolving
//
// A store is a [tax.Source], so a [tax.Resolver] can read from it. Memory also
// notifies resolvers of writes: once a write has returned, no lookup uses the
// old state.
//
//	r, err := tax.NewResolver(m, nil)
//	// ...
//	rate, err := r.Tenant("shop").Resolve(ctx, "DE", "STANDARD")
//
// # Overrides
//
// A store with a base holds what a tenant changes in other rates. It checks writes on top
// of them, and a resolver reads both from it:
//
//	mine := store.NewMemory(&store.Options{Base: rates.World()})
//	r, err := tax.NewResolver(mine, nil)
//
// # History
//
// A store keeps the versions that were replaced or deleted, within its [Retention]. It
// tells which one was in force when, and who wrote it:
//
//	c, err := m.Update(store.WithAuthor(ctx, "anna"), "shop", c)
//	versions, err := m.AsOf(ctx, tax.Key{Tenant: "shop", Country: "DE"}, lastYear)
//
// # Other places to keep documents
//
// Whatever keeps the documents is a [Backend]; [New] makes a store of one. A backend loads
// a country, and saves it if nobody else did in between. A database of your own needs no
// more than that.
//
// # Listing
//
// [Memory.List] filters, sorts and pages with a [tax.Query]. To read on from a
// [tax.Page], pass its Next as the Cursor of the same query:
//
//	q := tax.Query{PageSize: 50}
//	for {
//		page, err := m.List(ctx, "shop", q)
//		// ...
//		if q.Cursor = page.Next; q.Cursor == "" {
//			break
//		}
//	}
//
// # Moving
//
// [Export] writes the configurations of any store as lines of JSON, and [Import] reads them
// and what others have, country by country. [Seed] copies a source:
//
//	report, err := store.Seed(ctx, m, rates.World())
package store
