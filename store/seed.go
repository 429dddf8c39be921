package store

import (
	"context"
	"iter"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/iso"
)

// Seed copies all countries of a source into a store, such as the rates of the world:
//
//	report, err := store.Seed(ctx, s, rates.World())
//
// They become configurations of the given tenants, or of the tenant "" if none is given.
// Seed adds what the store does not have, all or nothing a country, and leaves everything
// as it is that the store has already: called again, it changes nothing, and no change of
// a user's is lost. The report counts what was Written, what was Unchanged because the
// store has it, and what was Kept although the source says something else.
//
// A store that shall follow the source, and only hold what a tenant changes in it, needs
// no copy: see [Options].Base.
//
// The error is that of [Import]; that of the source ends the copy, and can be followed by
// another call.
func Seed(ctx context.Context, s tax.Store, src tax.Source, tenants ...string) (Report, error) {
	if src == nil {
		return Report{}, &tax.InputError{Field: "source", Value: "nil", Reason: "pass the source to copy, such as rates.World()"}
	}
	if err := usable(ctx, ""); err != nil {
		return Report{}, err
	}
	if len(tenants) == 0 {
		tenants = []string{""}
	}
	return load(ctx, sourceRecords(ctx, src, tenants), new(int64), s, ImportOptions{KeepExisting: true})
}

// sourceRecords yields the documents of all countries of a source, for each tenant.
func sourceRecords(ctx context.Context, src tax.Source, tenants []string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, tenant := range tenants {
			for _, code := range iso.Countries() {
				set, err := src.Configurations(ctx, tax.Key{Tenant: tenant, Country: code})
				if err != nil {
					yield(Record{}, failed(ctx, tenant, tax.Location{Country: code}, err))
					return
				}
				for _, c := range set {
					if !yield(Record{Tenant: tenant, Named: true, Configuration: c}, nil) {
						return
					}
				}
			}
		}
	}
}
