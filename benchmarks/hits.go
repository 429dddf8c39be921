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
	keys := client.Stream(stream, f.asked)
	entries := questions / f.every
	for _, p := range client.Peers[K, V]() {
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
	codes, tenants := world.Countries(), world.Tenants(z.UnitTenants)
	countries := z.UnitCountries
	country := func(q int) int { return unitCountry(q/classes/countries, q/classes%countries) }
	tenant := func(q int) int { return q / classes / countries }
	// Every unit and every class is checked, but not every class of every unit.
	s := &scenario{resident: true, checkEvery: classes + 1}
	questions := z.UnitTenants * countries * classes
	want := func(q int) world.Thousandths { return world.Rate(country(q), q%classes) }
	stream, _ := trace.Ranked(seed, zipf, z.UnitTenants*countries, 16*z.Stream)
	rand := trace.NewRand(seed)
	for i := range stream {
		stream[i] = stream[i]*int32(classes) + rand.Int32N(int32(classes))
	}

	askedTenants, askedCodes, askedClasses := client.Own(tenants), client.Own(codes), client.Own(world.Classes[:])
	asked := func(q int) client.Unit {
		return client.Unit{Tenant: askedTenants[tenant(q)], Country: askedCodes[country(q)]}
	}
	key := func(q int) client.Unit { return client.Unit{Tenant: tenants[tenant(q)], Country: codes[country(q)]} }

	r, err := s.resolver(world.Source(world.Plain(), new(atomic.Int64)), spare*z.UnitTenants*countries)
	if err != nil {
		return nil, err
	}
	own, err := s.resolver(world.OwnSource(new(atomic.Int64)), spare*z.UnitTenants*countries)
	if err != nil {
		return nil, err
	}
	visits := func(r *tax.Resolver) func(q int) client.Visit {
		views := viewsOf(r, tenants)
		for t, v := range views {
			for i := range countries {
				warm(v, codes[unitCountry(t, i):][:1])
			}
		}
		return func(q int) client.Visit {
			return client.Visit{View: views[tenant(q)], Country: askedCodes[country(q)], Class: askedClasses[q%classes]}
		}
	}
	visit, visitOwn := visits(r), visits(own)
	triple := func(q int) client.Triple {
		k := asked(q)
		return client.Triple{Tenant: k.Tenant, Country: k.Country, Class: askedClasses[q%classes]}
	}
	s.add(client.Viewing(client.Tax, client.Stream(stream, visit), visit), questions, want)
	s.add(client.Viewing(ownDocuments, client.Stream(stream, visitOwn), visitOwn), questions, func(q int) world.Thousandths {
		return world.OwnRate(world.OwnVersion(tenant(q), country(q)), q%classes)
	})
	s.add(client.Passing(client.PerAsk, r, client.Stream(stream, triple), triple), questions, want)
	tables := world.Tables()
	f := filling[client.Unit, *world.Table]{
		key: key, asked: asked, every: classes,
		value: func(q int) *world.Table { return &tables[country(q)] },
		read:  func(t *world.Table, q int) world.Thousandths { return t[q%classes] },
	}
	return s, addPeers(s, stream, f, questions, want)
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
