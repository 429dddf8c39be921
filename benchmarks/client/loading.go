package client

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/world"
)

// Miss is the work of a peer when a country is not in memory.
type Miss interface {
	// Begin returns a function that makes the table of a country of a tenant, and
	// one that ends its use. Every goroutine gets a pair of its own.
	Begin() (load func(tenant string, country int) *world.Table, end func())
}

// loading is a peer that loads countries it does not hold.
type loading struct {
	name    string
	cache   Cache[Unit, *world.Table]
	stream  []Unit
	numbers []int32
	unit    func(number int) Unit
	country func(number int) int
	miss    Miss
}

// Loading makes a client of an empty cache. The numbers are those of the units in
// the stream; country returns the number of the country of a unit.
func Loading(name string, cache Cache[Unit, *world.Table], stream []Unit, numbers []int32,
	unit func(number int) Unit, country func(number int) int, miss Miss) Client {
	return &loading{name, cache, stream, numbers, unit, country, miss}
}

func (l *loading) Name() string { return l.name }
func (l *loading) Close()       { l.cache.Close() }

// Walk calls the cache through an interface, which costs every peer the same, and
// much less than the work that is compared here.
func (l *loading) Walk(from, n int) (hits int) {
	load, end := l.miss.Begin()
	defer end()
	mask := len(l.stream) - 1
	for i := range n {
		at := (from + i) & mask
		key := l.stream[at]
		if _, ok := l.cache.Get(key); ok {
			hits++
			continue
		}
		l.cache.Set(key, load(key.Tenant, l.country(int(l.numbers[at]))))
	}
	return hits
}

// Answer is the rate of the first class; it loads as Walk does.
func (l *loading) Answer(number int) (world.Thousandths, error) {
	key := l.unit(number)
	if t, ok := l.cache.Get(key); ok {
		return t[0], nil
	}
	load, end := l.miss.Begin()
	defer end()
	t := load(key.Tenant, l.country(number))
	l.cache.Set(key, t)
	return t[0], nil
}

// NoWork is a miss that finds its table ready: only the cost of the cache is left.
type NoWork struct{}

// Begin returns a load that only takes the address of a table.
func (NoWork) Begin() (func(string, int) *world.Table, func()) {
	tables := world.Tables()
	return func(_ string, country int) *world.Table { return &tables[country] }, func() {}
}

// Validate is a miss that asks the source and validates the documents. It is not coordinated:
// several goroutines may load the same country, and nothing has a deadline. It knows no class
// that was validated before.
type Validate struct{ Source tax.Source }

// Begin returns such a load.
func (c Validate) Begin() (func(string, int) *world.Table, func()) {
	countries := world.Countries()
	return func(tenant string, country int) *world.Table {
		t, err := c.table(context.Background(), tax.Key{Tenant: tenant, Country: countries[country]}, country)
		if err != nil {
			return nil
		}
		return t
	}, func() {}
}

func (c Validate) table(ctx context.Context, key tax.Key, country int) (*world.Table, error) {
	set, err := c.Source.Configurations(ctx, key)
	if err != nil {
		return nil, err
	}
	return &world.Tables()[country], tax.ValidateCountry(set).Err()
}

// Coordinate is a miss that asks a Resolver with room for one country. It is
// the cost of putting another cache in front of a Resolver, and includes everything
// that a miss of the Resolver itself does: asking the source, finding or compiling the
// classes, keeping the country, and evicting the one before. The goroutines of a client
// have a Resolver each, so that they never wait for a load of one another.
type Coordinate struct {
	// Source has the same documents for all tenants.
	Source tax.Source

	mu    sync.Mutex
	idle  []*oneCountry
	Fails atomic.Int64
}

// oneCountry is a Resolver that has room for one country, and views of it. They take turns, so
// that no question is about the country in memory.
type oneCountry struct {
	*tax.Resolver
	views [256]*tax.Resolver
	turn  uint8
}

func newOneCountry(source tax.Source) *oneCountry {
	r, err := tax.NewResolver(source, &tax.Options{Capacity: 1})
	if err != nil {
		panic(err) // unreachable: source and options are right
	}
	one := &oneCountry{Resolver: r}
	for i, id := range world.Tenants(len(one.views)) {
		one.views[i] = r.Tenant(id)
	}
	return one
}

// Begin takes a Resolver that is not in use.
func (c *Coordinate) Begin() (func(string, int) *world.Table, func()) {
	tables, countries := world.Tables(), world.Countries()
	c.mu.Lock()
	defer c.mu.Unlock()
	var one *oneCountry
	if n := len(c.idle); n > 0 {
		one, c.idle = c.idle[n-1], c.idle[:n-1]
	} else {
		one = newOneCountry(c.Source)
	}
	load := func(_ string, country int) *world.Table {
		one.turn++
		if _, err := one.views[one.turn].Resolve(context.Background(), countries[country], ""); err != nil {
			c.Fails.Add(1)
		}
		return &tables[country]
	}
	return load, func() {
		c.mu.Lock()
		c.idle = append(c.idle, one)
		c.mu.Unlock()
	}
}

// Close closes the resolvers; no Walk may be under way.
func (c *Coordinate) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.idle {
		one.Close()
	}
	c.idle = nil
}

// counting is a Resolver whose hits are the lookups that did not call its source.
type counting struct {
	*viewing
	calls *atomic.Int64
}

// Counting makes a client of views whose source counts its calls, from zero and for
// this client alone. The hits of several goroutines are right only as a sum.
func Counting(name string, stream []Visit, visit func(question int) Visit, calls *atomic.Int64) Client {
	calls.Store(0)
	return counting{Viewing(name, stream, visit).(*viewing), calls}
}

func (c counting) Walk(from, n int) int {
	answered := c.viewing.Walk(from, n)
	return answered - int(c.calls.Swap(0))
}
