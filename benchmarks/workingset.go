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
	inCaller    = ", load in the caller"
	loader      = ", its own loader"
	validated   = ", validating alone"
	nothing     = ", no work"
)

// missesOfPeers are what the misses of several peers do. Those that say less about a cache than
// about the load are taken with two of them.
var missesOfPeers = []struct {
	suffix string
	few    bool
}{{coordinated, false}, {inCaller, true}, {validated, true}, {nothing, true}}

// loadsWith reports whether a peer takes part with a kind of misses.
func loadsWith(peer string, few bool) bool { return !few || peer == client.LRU || peer == client.Otter }

// ownLoader names otter that loads by itself.
const ownLoader = client.Otter + loader

// exactLRU names the reference for hit ratios.
const exactLRU = "exact LRU"

// workingSet has ten times as many countries of tenants as a cache has room for. A
// question is a unit, tenant*countries + country.
type workingSet struct {
	scenario
	// warm are the questions before those of stream, which count.
	warm, stream []int32
	capacity     int
	fills        []client.Client
	// loads run in goroutines of their own, here in the caller.
	loads, here *client.Coordinate
}

func newWorkingSet(z sizes, s float64) (*workingSet, error) {
	units := z.WorkTenants * z.WorkCountries
	w := &workingSet{capacity: units / 10}
	var byRank []int32
	w.stream, byRank = trace.Ranked(seed, s, units, powerOfTwo(2*z.WorkOps*z.WorkRounds))
	w.warm = warmUp(byRank, trace.NewZipf(seed+1, s, units), w.capacity)
	q := questionsOf{world.Tenants(z.WorkTenants), z.WorkCountries}
	checked := min(units, 1000)
	want := func(unit int) world.Thousandths { return world.Rate(q.country(unit), 0) }
	take := func(c, fill client.Client) {
		w.add(c, checked, want)
		w.fills = append(w.fills, fill)
	}
	if err := w.addOurs(q, take); err != nil {
		return nil, err
	}
	w.addPeers(q, take)
	return w, nil
}

// questionsOf turns the number of a unit into a question.
type questionsOf struct {
	tenants   []string
	countries int
}

func (q questionsOf) country(unit int) int {
	return unitCountry(unit/q.countries, unit%q.countries)
}

func (q questionsOf) unit(n int) client.Unit {
	return client.Unit{Tenant: q.tenants[n/q.countries], Country: world.Countries()[q.country(n)]}
}

// addOurs adds two resolvers: one loads in goroutines, the other in those of its lookups.
func (w *workingSet) addOurs(q questionsOf, take func(c, fill client.Client)) error {
	for _, name := range []string{client.Tax, client.Local} {
		calls := new(atomic.Int64)
		source := world.Source(world.Plain(), calls)
		if name == client.Local {
			source = world.Local(source)
		}
		r, err := w.resolver(source, w.capacity)
		if err != nil {
			return err
		}
		views := viewsOf(r, q.tenants)
		visit := func(n int) client.Visit {
			return client.Visit{View: views[n/q.countries], Country: world.Countries()[q.country(n)], Class: world.Classes[0]}
		}
		c := client.Counting(name, client.Stream(w.stream, visit), visit, calls)
		take(c, c)
	}
	return nil
}

func (w *workingSet) addPeers(q questionsOf, take func(c, fill client.Client)) {
	source := world.Source(world.Plain(), new(atomic.Int64))
	w.loads, w.here = &client.Coordinate{Source: source}, &client.Coordinate{Source: world.Local(source)}
	w.closers = append(w.closers, w.loads.Close, w.here.Close)
	does := map[string]client.Miss{coordinated: w.loads, inCaller: w.here, validated: client.Validate{Source: source}, nothing: client.NoWork{}}

	asked := client.Stream(w.stream, q.unit)
	filled := func(name string, cache client.Cache[client.Unit, *world.Table]) client.Client {
		return client.Loading(name, cache, nil, nil, q.unit, q.country, client.NoWork{})
	}
	for _, miss := range missesOfPeers {
		for _, p := range client.Peers[client.Unit, *world.Table]() {
			if !displaces(p) || !loadsWith(p.Name, miss.few) {
				continue
			}
			cache, name := p.New(w.capacity), p.Name+miss.suffix
			take(client.Loading(name, cache, asked, w.stream, q.unit, q.country, does[miss.suffix]), filled(name, cache))
		}
	}
	calls := new(atomic.Int64)
	counted := client.Validate{Source: world.Source(world.Plain(), calls)}
	take(client.ByItself(ownLoader, w.capacity, asked, q.unit, counted, calls,
		func(cache client.Cache[client.Unit, *world.Table]) client.Client { return filled(ownLoader, cache) }))
}

// displaces reports whether the peer takes part: caches that evict do. The
// expirable list is left out, because it would do what golang-lru does.
func displaces[K comparable, V any](p client.Peer[K, V]) bool {
	return p.Bounded && p.Name != client.Expirable
}

// warmUp returns the questions that bring a cache to the state that it has after a long time:
// first the most popular units, as many as there is room for, the most popular last, and then ten
// times as many questions with the frequencies of the trace. An LRU is where it stays as soon as
// these have named as many units as there is room for; a cache that learns what is used again needs
// the rest of them.
func warmUp(byRank []int32, z *trace.Zipf, capacity int) []int32 {
	list := make([]int32, 11*capacity)
	for i := range list {
		if i < capacity {
			list[i] = byRank[capacity-1-i]
		} else {
			list[i] = byRank[z.Next()]
		}
	}
	return list
}

// fill warms a client up. What misses cost the peers does not matter here.
func (w *workingSet) fill(i int) error {
	for _, unit := range w.warm {
		if _, err := w.fills[i].Answer(int(unit)); err != nil {
			return err
		}
	}
	w.clients[i].Walk(0, 0) // forgets the loads that were counted
	return nil
}

// measure fills the caches, asks them on one core, and then goes on with two.
func (w *workingSet) measure(into result, measure string, z sizes) error {
	for i := range w.clients {
		if err := w.fill(i); err != nil {
			return err
		}
	}
	n := z.WorkOps * z.WorkRounds
	for i, cores := range []int{1, 2} {
		if err := w.run(into, measure, i*n, z.WorkOps, z.WorkRounds, cores); err != nil {
			return err
		}
		into.put(on(measure, cores)+" hit ratio", exactLRU, w.reference(i*n, n))
		into.put(on(measure, cores)+" load", client.Tax, loadTime(w.loads, z.WorkOps/10, cores))
		into.put(on(measure, cores)+" load", client.Local, loadTime(w.here, z.WorkOps/10, cores))
	}
	return nil
}

// reference returns the hit ratio of an exact LRU in n questions, after the first
// ones.
func (w *workingSet) reference(first, n int) float64 {
	l := trace.NewLRU(w.capacity)
	for _, u := range w.warm {
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

// loadTime returns the time of a load alone, in a Resolver that has room for one country.
func loadTime(loads *client.Coordinate, n, cores int) float64 {
	c := loadingOnly{loads}
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
