package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/client"
	"github.com/taxresolve/tax/benchmarks/world"
)

// What the caches that are weighed hold.
const (
	combined = client.Tax + ", classes that all share, combined by each in its own way"
	stored   = client.Tax + ", the same, each with a version and two times"
	alike    = client.Tax + ", all with the same documents"
	unshared = client.Tax + ", classes that nobody shares"
)

// weighed are the contents, in the order of the table.
var weighed = []struct {
	name   string
	source func(calls *atomic.Int64) tax.Source
}{
	{combined, world.OwnSource},
	{stored, world.StoredSource},
	{alike, func(calls *atomic.Int64) tax.Source { return world.Source(world.Plain(), calls) }},
	{unshared, world.NewSource},
}

// weigh fills one cache after the other with countries of tenants, golang-lru at the end.
func weigh(measure string, into result, z sizes, tenants int) error {
	ids := world.Tenants(tenants)
	for _, c := range weighed {
		if c.name == unshared && measure == memoryMany {
			continue // two gigabytes
		}
		if err := weighOurs(measure, c.name, c.source, into, z, ids); err != nil {
			return err
		}
	}
	return weighLRU(measure, into, z, ids)
}

func weighOurs(measure, name string, source func(*atomic.Int64) tax.Source, into result, z sizes, tenants []string) error {
	calls := new(atomic.Int64)
	units := len(tenants) * z.UnitCountries
	r, err := tax.NewResolver(world.Local(source(calls)), &tax.Options{Capacity: spare * units})
	if err != nil {
		return err
	}
	defer r.Close()
	codes := world.Countries()
	err = weighOne(measure, name, into, z, units, func() error {
		for t, id := range tenants {
			view := r.Tenant(id)
			for i := range z.UnitCountries {
				if _, err := view.Resolve(context.Background(), codes[unitCountry(t, i)], ""); err != nil {
					return err
				}
			}
		}
		if n := int(calls.Load()); n != units {
			return fmt.Errorf("%d countries were loaded, not %d", n, units)
		}
		return nil
	})
	runtime.KeepAlive(r)
	runtime.KeepAlive(tenants)
	return err
}

func weighLRU(measure string, into result, z sizes, tenants []string) error {
	var cache client.Cache[client.Unit, *world.Table]
	units := len(tenants) * z.UnitCountries
	for _, p := range client.Peers[client.Unit, *world.Table]() {
		if p.Name == client.LRU {
			cache = p.New(units)
		}
	}
	codes, tables := world.Countries(), world.Tables()
	err := weighOne(measure, client.LRU, into, z, units, func() error {
		return client.Fill(cache, units, func(unit int) client.Unit {
			t := unit / z.UnitCountries
			return client.Unit{Tenant: tenants[t], Country: codes[unitCountry(t, unit%z.UnitCountries)]}
		}, func(unit int) *world.Table {
			return &tables[unitCountry(unit/z.UnitCountries, unit%z.UnitCountries)]
		})
	})
	runtime.KeepAlive(cache)
	runtime.KeepAlive(tenants)
	return err
}

// weighOne measures the heap that filling a cache adds, and the time of a full collection after
// that. The process holds nothing else of any size.
func weighOne(measure, name string, into result, z sizes, units int, fill func() error) error {
	bytes, objects := heap()
	if err := fill(); err != nil {
		return err
	}
	moreBytes, moreObjects := heap()
	into.put(measure+" bytes", name, float64(moreBytes-bytes)/float64(units))
	into.put(measure+" objects", name, float64(moreObjects-objects)/float64(units))
	var list []float64
	for range z.Rounds {
		list = append(list, elapsed(1, runtime.GC))
	}
	into.put(measure+" collection", name, median(list))
	return nil
}

// heap returns the bytes and the objects that are reachable.
func heap() (bytes, objects int64) {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), int64(m.HeapObjects)
}

// light compares what our cache takes with what golang-lru does.
func light(what, column, of string, limit float64) goal {
	return goal{
		of: what + " / " + client.LRU + ", " + strings.TrimPrefix(of, client.Tax+", "), limit: limit,
		value: func(rs results) (float64, bool) {
			return rs.ratio(memoryMany+column, of, memoryMany+column, client.LRU)
		},
	}
}

func memoryGoals() []goal {
	return []goal{
		light("bytes", " bytes", combined, 1.1),
		light("bytes", " bytes", stored, 1.5),
		counted("objects each", memoryMany+" objects", combined, 1.4),
		light("full collection", " collection", combined, 1),
	}
}

func memoryTable(b *strings.Builder, rs results, measure string, tenants, countries int) {
	heading(b, fmt.Sprintf("Memory, %s pairs of tenant and country", thousands(tenants*countries)),
		fmt.Sprintf(`%s tenants have %d countries with five classes each. golang-lru holds a pointer for each
pair. All rows of a process are taken one after the other; before each, nothing else of any
size is in memory. What tenants share is part of the bytes.`, thousands(tenants), countries),
		"| | bytes each | / golang-lru | objects each | full collection, ms | / golang-lru |")
	names := []string{client.LRU}
	for _, c := range weighed {
		names = append(names, c.name)
	}
	for _, name := range names {
		t, ok := rs.value(measure+" collection", name)
		row(b, name,
			of(rs.value(measure+" bytes", name)), of(rs.ratio(measure+" bytes", name, measure+" bytes", client.LRU)),
			of(rs.value(measure+" objects", name)),
			cell{t / 1e6, ok}, of(rs.ratio(measure+" collection", name, measure+" collection", client.LRU)))
	}
}
