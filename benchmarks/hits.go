package main

import (
	"sync/atomic"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/client"
	"github.com/taxresolve/tax/benchmarks/trace"
	"github.com/taxresolve/tax/benchmarks/world"
)

const (
	zipf  = 1.1
	seed  = 20261121
	spare = 2 // caches have room for twice the entries: nothing is evicted
)

var classes = len(world.Classes)

// ownDocuments is a client whose tenants all have different rates.
const ownDocuments = client.Tax + ", all with documents of their own"

// filling describes the entries of the peers in a scenario.
type filling[K comparable, V any] struct {
	// key returns the key of the entry for a question; asked returns an equal one
	// in other memory.
	key, asked func(question int) K
	value      func(question int) V
	read       func(v V, question int) world.Thousandths
	// every is the number of consecutive questions that share one entry.
	every int
}

// addPeers fills every peer with the answers to all questions.
func addPeers[K comparable, V any](s *scenario, stream []int32, f filling[K, V], questions int, want func(question int) world.Thousandths) error {
	return addSomePeers(s, stream, f, questions, want, func(string) bool { return true })
}

func addSomePeers[K comparable, V any](s *scenario, stream []int32, f filling[K, V], questions int,
	want func(question int) world.Thousandths, takesPart func(peer string) bool) error {
	keys := client.Stream(stream, f.asked)
	entries := questions / f.every
	for _, p := range client.Peers[K, V]() {
		if !takesPart(p.Name) {
			continue
		}
		cache := p.New(spare * entries)
		err := client.Fill(cache, entries,
			func(i int) K { return f.key(i * f.every) },
			func(i int) V { return f.value(i * f.every) })
		if err != nil {
			return err
		}
		s.add(client.Resident(p.Name, cache, keys, f.asked, f.read), questions, want)
	}
	return nil
}

func itself(v world.Thousandths, _ int) world.Thousandths { return v }

// oneTenant has all countries of one tenant with all their classes. A question is
// country*classes + class. The peers hold an entry for each.
func oneTenant(z sizes) (*scenario, error) {
	countries := world.Countries()
	s := &scenario{resident: true}
	questions := len(countries) * classes
	want := func(q int) world.Thousandths { return world.Rate(q/classes, q%classes) }
	stream, _ := trace.Ranked(seed, zipf, questions, z.Stream)

	askedCountries, askedClasses := client.Own(countries), client.Own(world.Classes[:])
	asked := func(q int) client.Pair {
		return client.Pair{Country: askedCountries[q/classes], Class: askedClasses[q%classes]}
	}
	key := func(q int) client.Pair {
		return client.Pair{Country: countries[q/classes], Class: world.Classes[q%classes]}
	}

	r, err := s.resolver(world.Source(world.Detailed(), new(atomic.Int64)), spare*len(countries))
	if err != nil {
		return nil, err
	}
	warm(r, countries)
	s.add(client.Resolving(client.Tax, r, client.Stream(stream, asked), asked), questions, want)
	f := filling[client.Pair, world.Thousandths]{key, asked, want, itself, 1}
	return s, addPeers(s, stream, f, questions, want)
}

// manyTenants is the same for several tenants. A question is
// (tenant*countries + country)*classes + class. The peers hold an entry for
// each.
func manyTenants(z sizes) (*scenario, error) {
	countries, tenants := world.Countries(), world.Tenants(z.Tenants)
	country := func(q int) int { return q / classes % len(countries) }
	tenant := func(q int) int { return q / classes / len(countries) }
	s := &scenario{resident: true}
	questions := z.Tenants * len(countries) * classes
	want := func(q int) world.Thousandths { return world.Rate(country(q), q%classes) }
	stream, _ := trace.Ranked(seed, zipf, questions, z.Stream)

	askedTenants, askedCountries, askedClasses := client.Own(tenants), client.Own(countries), client.Own(world.Classes[:])
	asked := func(q int) client.Triple {
		return client.Triple{Tenant: askedTenants[tenant(q)], Country: askedCountries[country(q)], Class: askedClasses[q%classes]}
	}
	key := func(q int) client.Triple {
		return client.Triple{Tenant: tenants[tenant(q)], Country: countries[country(q)], Class: world.Classes[q%classes]}
	}

	r, err := s.resolver(world.Source(world.Plain(), new(atomic.Int64)), spare*z.Tenants*len(countries))
	if err != nil {
		return nil, err
	}
	views := viewsOf(r, tenants)
	for _, v := range views {
		warm(v, countries)
	}
	visit := func(q int) client.Visit {
		k := asked(q)
		return client.Visit{View: views[tenant(q)], Country: k.Country, Class: k.Class}
	}
	s.add(client.Viewing(client.Tax, client.Stream(stream, visit), visit), questions, want)
	s.add(client.Passing(client.PerAsk, r, client.Stream(stream, asked), asked), questions, want)
	f := filling[client.Triple, world.Thousandths]{key, asked, want, itself, 1}
	return s, addPeers(s, stream, f, questions, want)
}

// manyUnits has many tenants with few countries each; a tenant and a country make
// a unit. A question is
// (tenant*countries + country)*classes + class: units are popular by Zipf's law,
// the classes of a unit equally. The peers hold an entry for each unit, a pointer
// to its table; finding the class in it is not part of their time.
func manyUnits(z sizes) (*scenario, error) {
	s, u := newUnitWorld(z.UnitTenants, z)
	r, err := s.resolver(world.Source(world.Plain(), new(atomic.Int64)), spare*len(u.tenants)*u.countries)
	if err != nil {
		return nil, err
	}
	visit := u.visits(r)
	triple := func(q int) client.Triple {
		k := u.asked(q)
		return client.Triple{Tenant: k.Tenant, Country: k.Country, Class: u.class(q)}
	}
	s.add(client.Viewing(client.Tax, client.Stream(u.stream, visit), visit), u.questions, u.want)
	if err := u.addOwn(s, ownDocuments); err != nil {
		return nil, err
	}
	s.add(client.Passing(client.PerAsk, r, client.Stream(u.stream, triple), triple), u.questions, u.want)
	return s, addPeers(s, u.stream, u.filling(), u.questions, u.want)
}

// allTheirOwn has fewer of them, all with documents of their own, and few peers.
func allTheirOwn(z sizes) (*scenario, error) {
	s, u := newUnitWorld(z.OwnTenants, z)
	if err := u.addOwn(s, client.Tax); err != nil {
		return nil, err
	}
	return s, addSomePeers(s, u.stream, u.filling(), u.questions, u.want, func(peer string) bool {
		return peer == client.Bare || peer == client.LRU || peer == client.Otter
	})
}

// unitWorld has the questions about units.
type unitWorld struct {
	tenants, askedTenants, codes, askedCodes, askedClasses []string

	countries, questions int
	stream               []int32
}

func newUnitWorld(tenants int, z sizes) (*scenario, *unitWorld) {
	u := &unitWorld{tenants: world.Tenants(tenants), codes: world.Countries(), countries: z.UnitCountries}
	u.questions = tenants * u.countries * classes
	u.askedTenants, u.askedCodes, u.askedClasses = client.Own(u.tenants), client.Own(u.codes), client.Own(world.Classes[:])
	u.stream, _ = trace.Ranked(seed, zipf, tenants*u.countries, 16*z.Stream)
	rand := trace.NewRand(seed)
	for i := range u.stream {
		u.stream[i] = u.stream[i]*int32(classes) + rand.Int32N(int32(classes))
	}
	// Every unit and every class is checked, but not every class of every unit.
	return &scenario{resident: true, checkEvery: classes + 1}, u
}

func (u *unitWorld) tenant(q int) int                { return q / classes / u.countries }
func (u *unitWorld) class(q int) string              { return u.askedClasses[q%classes] }
func (u *unitWorld) want(q int) world.Thousandths    { return world.Rate(u.country(q), q%classes) }
func (u *unitWorld) wantOwn(q int) world.Thousandths { return world.OwnRate(u.version(q), q%classes) }
func (u *unitWorld) version(q int) int               { return world.OwnVersion(u.tenant(q), u.country(q)) }

func (u *unitWorld) country(q int) int {
	return unitCountry(q/classes/u.countries, q/classes%u.countries)
}

func (u *unitWorld) asked(q int) client.Unit {
	return client.Unit{Tenant: u.askedTenants[u.tenant(q)], Country: u.askedCodes[u.country(q)]}
}

func (u *unitWorld) filling() filling[client.Unit, *world.Table] {
	tables := world.Tables()
	return filling[client.Unit, *world.Table]{
		key: func(q int) client.Unit {
			return client.Unit{Tenant: u.tenants[u.tenant(q)], Country: u.codes[u.country(q)]}
		},
		asked: u.asked, every: classes,
		value: func(q int) *world.Table { return &tables[u.country(q)] },
		read:  func(t *world.Table, q int) world.Thousandths { return t[q%classes] },
	}
}

// addOwn adds a resolver whose tenants all have other documents.
func (u *unitWorld) addOwn(s *scenario, name string) error {
	r, err := s.resolver(world.OwnSource(new(atomic.Int64)), spare*len(u.tenants)*u.countries)
	if err != nil {
		return err
	}
	visit := u.visits(r)
	s.add(client.Viewing(name, client.Stream(u.stream, visit), visit), u.questions, u.wantOwn)
	return nil
}

// visits loads everything, and returns the questions to the views of tenants.
func (u *unitWorld) visits(r *tax.Resolver) func(q int) client.Visit {
	views := viewsOf(r, u.tenants)
	for t, v := range views {
		for i := range u.countries {
			warm(v, u.codes[unitCountry(t, i):][:1])
		}
	}
	return func(q int) client.Visit {
		return client.Visit{View: views[u.tenant(q)], Country: u.askedCodes[u.country(q)], Class: u.class(q)}
	}
}

// unitCountry returns the number of the i-th country of a tenant. Tenants sell
// to different countries.
func unitCountry(tenant, i int) int { return (i*7 + tenant*11) % len(world.Countries()) }

func viewsOf(r *tax.Resolver, tenants []string) []*tax.Resolver {
	views := make([]*tax.Resolver, len(tenants))
	for i, id := range tenants {
		views[i] = r.Tenant(id)
	}
	return views
}
