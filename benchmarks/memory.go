package main

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/client"
	"github.com/taxresolve/tax/benchmarks/world"
)

// weigh fills one cache with countries of tenants. It measures the heap that the
// cache adds, and the time of a full garbage collection after that. The process
// holds nothing else of any size.
func weigh(into result, z sizes, of string) error {
	tenants, codes := world.Tenants(z.MemoryTenants), world.Countries()
	units := z.MemoryTenants * z.UnitCountries
	tables := world.Tables()
	calls := new(atomic.Int64)
	src := world.OwnSource(calls)
	if of == client.Alike {
		src = world.Source(world.Plain(), calls)
	}
	var keep any
	var fill func() error
	switch of {
	case client.Tax, client.Alike:
		r, err := tax.NewResolver(src, &tax.Options{Capacity: spare * units, Clock: func() time.Time { return now }})
		if err != nil {
			return err
		}
		defer r.Close()
		keep = r
		fill = func() error {
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
		}
	case client.LRU:
		var cache client.Cache[client.Unit, *world.Table]
		for _, p := range client.Peers[client.Unit, *world.Table]() {
			if p.Name == of {
				cache = p.New(units)
			}
		}
		keep = cache
		fill = func() error {
			return client.Fill(cache, units, func(unit int) client.Unit {
				t := unit / z.UnitCountries
				return client.Unit{Tenant: tenants[t], Country: codes[unitCountry(t, unit%z.UnitCountries)]}
			}, func(unit int) *world.Table {
				return &tables[unitCountry(unit/z.UnitCountries, unit%z.UnitCountries)]
			})
		}
	default:
		return fmt.Errorf("no cache named %s to weigh", of)
	}
	before := heap()
	if err := fill(); err != nil {
		return err
	}
	into.put("memory bytes", of, float64(heap()-before)/float64(units))
	var list []float64
	for range z.Rounds {
		list = append(list, elapsed(1, runtime.GC))
	}
	into.put("memory collection", of, median(list))
	runtime.KeepAlive(keep)
	runtime.KeepAlive(tenants)
	return nil
}

// heap returns the bytes that are reachable.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
