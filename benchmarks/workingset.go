package main

import (
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/client"
	"github.com/taxresolve/tax/benchmarks/trace"
	"github.com/taxresolve/tax/benchmarks/world"
)

// The exponents of Zipf's law. On the flatter trace, an exact LRU answers about
// 60 % from memory.
const (
	steep = zipf
	flat  = 0.86
)

// What a miss of a peer does, as a suffix to its name; see package client.
const (
	coordinated = ""
	compiled    = ", compiling alone"
	nothing     = ", no work"
)

// exactLRU names the reference for hit ratios.
const exactLRU = "exact LRU"

// workingSet has ten times as many countries of tenants as a cache has room for. A
// question is a unit, tenant*countries + country.
type workingSet struct {
	scenario
	stream, byRank []int32
	capacity       int
	fills          []client.Client
	loads          *client.Coordinate
}

func newWorkingSet(z sizes, s float64) (*workingSet, error) {
	units := z.WorkTenants * z.WorkCountries
	w := &workingSet{capacity: units / 10}
	draws := powerOfTwo(w.warmUp() + 2*z.WorkOps*z.WorkRounds)
	w.stream, w.byRank = trace.Ranked(seed, s, units, draws)

	codes, tenants := world.Countries(), world.Tenants(z.WorkTenants)
	country := func(unit int) int { return unitCountry(unit/z.WorkCountries, unit%z.WorkCountries) }
	unit := func(n int) client.Unit {
		return client.Unit{Tenant: tenants[n/z.WorkCountries], Country: codes[country(n)]}
	}
	checked := min(units, 1000)
	want := func(unit int) world.Thousandths { return world.Rate(country(unit), 0) }
	fill := w.fill()

	calls := new(atomic.Int64)
	r, err := w.resolver(world.Source(world.Plain(), calls), w.capacity)
	if err != nil {
		return nil, err
	}
	views := viewsOf(r, tenants)
	visit := func(n int) client.Visit {
		return client.Visit{View: views[n/z.WorkCountries], Country: codes[country(n)], Class: world.Classes[0]}
	}
	w.add(client.Counting(client.Tax, client.Stream(w.stream, visit), visit, calls), checked, want)
	w.fills = append(w.fills, client.Counting(client.Tax, client.Stream(fill, visit), visit, calls))

	src := world.Source(world.Plain(), new(atomic.Int64))
	w.loads = &client.Coordinate{Source: src}
	w.closers = append(w.closers, w.loads.Close)
	units32, fillUnits := client.Stream(w.stream, unit), client.Stream(fill, unit)
	for _, miss := range []struct {
		suffix string
		client.Miss
	}{{coordinated, w.loads}, {compiled, client.Compile{Source: src}}, {nothing, client.NoWork{}}} {
		for _, p := range client.Peers[client.Unit, *world.Table]() {
			if !displaces(p) {
				continue
			}
			cache, name := p.New(w.capacity), p.Name+miss.suffix
			w.add(client.Loading(name, cache, units32, w.stream, unit, country, miss.Miss), checked, want)
			w.fills = append(w.fills, client.Loading(name, cache, fillUnits, fill, unit, country, client.NoWork{}))
		}
	}
	return w, nil
}

// displaces reports whether the peer takes part: caches that evict do. The
// expirable list is left out, because it would do what golang-lru does.
func displaces[K comparable, V any](p client.Peer[K, V]) bool {
	return p.Bounded && p.Name != client.Expirable
}

// warmUp is the number of questions before those that count.
func (w *workingSet) warmUp() int { return w.capacity }

// fillClient brings a client to the point at which counting begins.
func (w *workingSet) fillClient(i int) {
	w.fills[i].Walk(0, len(w.fill()))
	w.clients[i].Walk(0, w.warmUp())
}

// fill returns the most popular units, more than fit, the most popular last. They
// bring a cache close to the state that it would reach after a long time.
func (w *workingSet) fill() []int32 {
	n := min(powerOfTwo(w.capacity), len(w.byRank))
	for n&(n-1) != 0 {
		n &= n - 1
	}
	stream := make([]int32, n)
	for i := range stream {
		stream[i] = w.byRank[n-1-i]
	}
	return stream
}

// measure fills the caches, asks them on one core, and then goes on with two.
func (w *workingSet) measure(into result, measure string, z sizes) error {
	for i := range w.clients {
		w.fillClient(i)
	}
	n := z.WorkOps * z.WorkRounds
	for i, cores := range []int{1, 2} {
		if err := w.run(into, measure, w.warmUp()+i*n, z.WorkOps, z.WorkRounds, cores); err != nil {
			return err
		}
		into.put(on(measure, cores)+" hit ratio", exactLRU, w.reference(w.warmUp()+i*n, n))
		into.put(on(measure, cores)+" load", client.Tax, w.load(z.WorkOps/10, cores))
	}
	return nil
}

// reference returns the hit ratio of an exact LRU in n questions, after the first
// ones.
func (w *workingSet) reference(first, n int) float64 {
	l := trace.NewLRU(w.capacity)
	for _, u := range w.fill() {
		l.Use(u)
	}
	hits := 0
	for i, u := range w.stream[:first+n] {
		if l.Use(u) && i >= first {
			hits++
		}
	}
	return 100 * float64(hits) / float64(n)
}

// load returns the time of a coordinated load alone, in a Resolver that keeps
// nothing.
func (w *workingSet) load(n, cores int) float64 {
	c := loadingOnly{w.loads}
	var list []float64
	for range 7 {
		t, _ := ask(c, 0, n, cores)
		list = append(list, t)
	}
	return median(list)
}

// loadingOnly is a client that never has anything in memory.
type loadingOnly struct{ loads *client.Coordinate }

func (l loadingOnly) Name() string                          { return "load" }
func (l loadingOnly) Close()                                {}
func (l loadingOnly) Answer(int) (world.Thousandths, error) { return 0, tax.ErrUnavailable }

func (l loadingOnly) Walk(from, n int) int {
	load, end := l.loads.Begin()
	defer end()
	for i := range n {
		load("", (from+i)%len(world.Countries()))
	}
	return 0
}

func powerOfTwo(atLeast int) int {
	n := 1
	for n < atLeast {
		n *= 2
	}
	return n
}

// elapsed returns the time of one of the n things that f does.
func elapsed(n int, f func()) float64 {
	start := time.Now()
	f()
	return float64(time.Since(start)) / float64(n)
}
