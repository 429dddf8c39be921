package client

import (
	"context"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/maypok86/otter/v2"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/world"
)

// byItself is otter with its own way to load: Get with a loader, which loads a key once
// however many goroutines ask for it.
type byItself struct {
	name   string
	cache  ottered[Unit, *world.Table]
	stream []Unit
	unit   func(number int) Unit
	loader otter.Loader[Unit, *world.Table]
	calls  *atomic.Int64
}

// ByItself makes a client of an otter that loads with the work of [Validate]. Its hits are the
// lookups that did not call the source, which counts its calls for this client alone. The hits of
// several goroutines are right only as a sum. fill is a client of the same cache, whose misses
// cost nothing.
func ByItself(name string, capacity int, stream []Unit, unit func(number int) Unit, miss Validate, calls *atomic.Int64,
	fill func(Cache[Unit, *world.Table]) Client) (loading, filling Client) {
	cache := newOtter[Unit, *world.Table](capacity).(ottered[Unit, *world.Table])
	load := func(ctx context.Context, key Unit) (*world.Table, error) {
		country, ok := slices.BinarySearch(world.Countries(), key.Country)
		if !ok {
			return nil, otter.ErrNotFound
		}
		return miss.table(ctx, tax.Key{Tenant: key.Tenant, Country: key.Country}, country)
	}
	calls.Store(0)
	return &byItself{name, cache, stream, unit, otter.LoaderFunc[Unit, *world.Table](load), calls}, fill(cache)
}

func (b *byItself) Name() string { return b.name }
func (b *byItself) Close()       { b.cache.Close() }

func (b *byItself) Walk(from, n int) (hits int) {
	ctx, mask := context.Background(), len(b.stream)-1
	var last *world.Table
	for i := range n {
		if t, err := b.cache.c.Get(ctx, b.stream[(from+i)&mask], b.loader); err == nil {
			hits++
			last = t
		}
	}
	runtime.KeepAlive(last)
	return hits - int(b.calls.Swap(0))
}

func (b *byItself) Answer(number int) (world.Thousandths, error) {
	t, err := b.cache.c.Get(context.Background(), b.unit(number), b.loader)
	if err != nil {
		return 0, err
	}
	return t[0], nil
}
