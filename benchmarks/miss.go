package main

import (
	"context"
	"runtime"
	"slices"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/client"
	"github.com/taxresolve/tax/benchmarks/world"
)

// The steps of a miss.
const (
	insert       = "insert into a map"
	missing      = "Invalidate and Resolve"
	missingAlike = missing + ", same documents again"
	compiling    = "ValidateCountry"
	missingLong  = missing + ", with a history"
	compilingSet = compiling + ", with a history"
)

// step is a part of a miss; do runs it n times.
type step struct {
	name string
	n    int
	do   func() error
}

// misses measures lookups that memory cannot answer.
func misses(into result, z sizes) error {
	s := &scenario{}
	defer s.close()
	countries := world.Countries()
	rounds := z.Rounds * 2
	const countings = 2 // passes that count allocations

	var keys []client.Pair
	for _, country := range countries {
		for _, class := range world.Classes {
			keys = append(keys, client.Pair{Country: country, Class: class})
		}
	}
	steps := []step{{insert, len(keys), func() error {
		m := map[client.Pair]world.Thousandths{}
		for i, k := range keys {
			m[k] = world.Thousandths(i)
		}
		return nil
	}}}
	for _, of := range []struct {
		name           string
		history, alike bool
	}{{missing, false, false}, {missingAlike, false, true}, {missingLong, true, false}} {
		p := newVersions(rounds+countings, of.history, of.alike)
		r, err := s.resolver(p, spare*len(countries))
		if err != nil {
			return err
		}
		steps = append(steps, step{of.name, len(countries), func() error {
			p.pass++
			for _, country := range countries {
				r.Invalidate(country)
				if _, err := r.Resolve(context.Background(), country, ""); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	for _, of := range []struct {
		name    string
		history bool
	}{{compiling, false}, {compilingSet, true}} {
		p := newVersions(rounds+countings, of.history, false)
		steps = append(steps, step{of.name, len(countries), func() error {
			p.pass++
			for i := range countries {
				if err := tax.ValidateCountry(p.documents(i)).Err(); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	times := map[string][]float64{}
	for range rounds {
		runtime.GC()
		for _, s := range steps {
			var err error
			times[s.name] = append(times[s.name], elapsed(s.n, func() { err = s.do() }))
			if err != nil {
				return err
			}
		}
	}
	for _, s := range steps {
		into.put("miss", s.name, median(times[s.name]))
		into.put("miss allocations", s.name, allocations(s.n, func() { _ = s.do() }))
	}
	return nil
}

// versions is a source with different documents in every pass, all made before
// the first pass.
type versions struct {
	sets [][][]tax.Configuration // by pass and number of country
	pass int
}

func newVersions(passes int, history, alike bool) *versions {
	v := &versions{pass: -1}
	for pass := range passes {
		sets := make([][]tax.Configuration, len(world.Countries()))
		for i := range sets {
			if alike {
				sets[i] = world.Plain()[world.Countries()[i]]
			} else {
				sets[i] = world.Own(i, pass, history)
			}
		}
		v.sets = append(v.sets, sets)
	}
	return v
}

func (v *versions) documents(country int) []tax.Configuration { return v.sets[v.pass][country] }

// Configurations needs no lock: the pass waits for each load.
func (v *versions) Configurations(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	if i, ok := slices.BinarySearch(world.Countries(), key.Country); ok {
		return v.documents(i), nil
	}
	return nil, nil
}
