package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/world"
	"github.com/taxresolve/tax/store"
)

// The sizes of a country to which a region is written, and of tenants that are made one
// configuration after the other.
const (
	fewRegions, manyRegions = 100, 2_000
)

const writer = "shop"

// besideRegions names a write to a country with so many regions.
func besideRegions(n int) string { return "create and delete a region beside " + thousands(n) }

// oneByOne names the writes that make a tenant of so many configurations.
func oneByOne(n int) string { return "create, " + thousands(n) + " configurations one by one" }

// regional makes a country with n regions. Each has a postal code, an alias and a class of its
// own.
func regional(n int) (*store.Memory, error) {
	m := store.NewMemory(nil)
	b := store.Batch{Key: tax.Key{Tenant: writer, Country: world.Countries()[0]}}
	b.Changes = append(b.Changes, store.Change{Configuration: world.Own(0, 0, false)[0]})
	for i := range n {
		b.Changes = append(b.Changes, store.Change{Configuration: region(0, i)})
	}
	return m, m.Write(context.Background(), []store.Batch{b})[0].Err
}

func region(country, n int) tax.Configuration {
	return tax.Configuration{
		Location:      tax.Location{Country: world.Countries()[country], Region: fmt.Sprint("X-", n)},
		RegionAliases: []string{fmt.Sprint("X-ALIAS-", n)},
		PostalCodes:   []tax.PostalRange{{From: fmt.Sprintf("%05d", n)}},
		Classes:       []tax.Class{{Code: world.Classes[0], Rates: []tax.Rate{{Effect: tax.Add, Percent: tax.MustPercent("1")}}}},
	}
}

// regionWrites measures writes to a small and to a large country, in turns.
func regionWrites(into result, z sizes) error {
	s := &scenario{resident: true}
	var err error
	for _, n := range []int{fewRegions, manyRegions} {
		m, e := regional(n)
		if e != nil {
			return e
		}
		i := 0
		s.time(besideRegions(n), func(times int) {
			for range times {
				i++
				c, e := m.Create(context.Background(), writer, region(0, n+i%2))
				err = errors.Join(err, e, m.Delete(context.Background(), writer, c.Location))
			}
		})
	}
	for _, c := range s.clients {
		into.put(ofRegions+" allocations", c.Name(), allocations(50, func() { c.Walk(0, 50) }))
	}
	return errors.Join(s.settled(into, ofRegions, max(z.Ops/4_000, 2), z.Rounds), err)
}

// tenantWrites makes a small and a large tenant, and divides the time by their sizes.
func tenantWrites(into result, z sizes) error {
	for _, n := range []int{z.Documents / 10, z.Documents} {
		m := store.NewMemory(nil)
		countries := len(world.Countries())
		list := make([]tax.Configuration, n)
		for i := range list {
			if list[i] = region(i%countries, i/countries); i < countries {
				list[i] = world.Own(i, 0, false)[0]
			}
		}
		var err error
		into.put(ofTenants, oneByOne(n), elapsed(n, func() {
			for i := range list {
				if _, e := m.Create(context.Background(), writer, list[i]); e != nil {
					err = e
				}
			}
		}))
		if err != nil {
			return err
		}
	}
	return nil
}

func writeGoals(documents int) []goal {
	few, many := besideRegions(fewRegions), besideRegions(manyRegions)
	return []goal{
		{of: many + ": time / beside " + thousands(fewRegions), limit: 2, value: func(rs results) (float64, bool) {
			return rs.ratio(on(ofRegions, 1), many, on(ofRegions, 1), few)
		}},
		{of: oneByOne(documents) + ": time of each / of " + thousands(documents/10), limit: 1.5, value: func(rs results) (float64, bool) {
			return rs.ratio(ofTenants, oneByOne(documents), ofTenants, oneByOne(documents/10))
		}},
	}
}

func writeTable(b *strings.Builder, rs results, documents int) {
	heading(b, "Writes", fmt.Sprintf(`To store.Memory. The regions of a country have a postal code, an alias and a class; the
configurations of a tenant are those of %d countries and of their regions.`, len(world.Countries())),
		"| | µs each | allocations |")
	for _, n := range []int{fewRegions, manyRegions} {
		ns, ok := rs.value(on(ofRegions, 1), besideRegions(n))
		row(b, besideRegions(n), of(ns/1000, ok), of(rs.value(ofRegions+" allocations", besideRegions(n))))
	}
	for _, n := range []int{documents / 10, documents} {
		ns, ok := rs.value(ofTenants, oneByOne(n))
		row(b, oneByOne(n), of(ns/1000, ok), cell{})
	}
}
