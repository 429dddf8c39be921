package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/client"
	"github.com/taxresolve/tax/benchmarks/world"
)

// The steps of a miss, and what the documents of a load are.
const (
	insert        = "insert into a map"
	validating    = "ValidateCountry"
	validatingSet = validating + ", with a history"

	knownDocuments = "documents that were loaded before"
	knownClasses   = "known classes in a new combination"
	oneNewClass    = "one new class and four known ones"
	newClasses     = "five new classes"
	newHistories   = "five new classes, each with a history of four rates"
)

// loaded are the kinds of documents that are loaded; document returns that of a country, by its
// number, in a pass.
var loaded = []struct {
	name     string
	document func(country, pass int) []tax.Configuration
}{
	{knownDocuments, func(country, _ int) []tax.Configuration { return world.Plain()[world.Countries()[country]] }},
	{knownClasses, func(country, pass int) []tax.Configuration { return world.Own(country, pass, false) }},
	{oneNewClass, func(country, pass int) []tax.Configuration { return world.OneNew(country, versionOf(country, pass)) }},
	{newClasses, func(country, pass int) []tax.Configuration {
		return world.New(country, versionOf(country, pass), false)
	}},
	{newHistories, func(country, pass int) []tax.Configuration { return world.New(country, versionOf(country, pass), true) }},
}

// versionOf is another number for each country and pass.
func versionOf(country, pass int) int { return pass*len(world.Countries()) + country }

// missOf names a miss of a source that may wait, or of one that never does.
func missOf(documents string, never bool) string {
	if never {
		return documents + ", a source that never waits"
	}
	return documents
}

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
	rounds := z.Rounds * 2
	steps, err := s.steps(rounds + 2) // and two that count allocations
	if err != nil {
		return err
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

func (s *scenario) steps(passes int) ([]step, error) {
	countries := world.Countries()
	steps := []step{inserts(countries)}
	for _, l := range loaded {
		for _, never := range []bool{false, true} {
			p := newVersions(passes, l.document)
			source := tax.Source(p)
			if never {
				source = world.Local(p)
			}
			r, err := s.resolver(source, spare*len(countries))
			if err != nil {
				return nil, err
			}
			steps = append(steps, step{missOf(l.name, never), len(countries), func() error {
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
	}
	for _, of := range []struct {
		name    string
		history bool
	}{{validating, false}, {validatingSet, true}} {
		p := newVersions(passes, func(country, pass int) []tax.Configuration {
			return world.New(country, versionOf(country, pass), of.history)
		})
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
	return steps, nil
}

// inserts puts a number for each class of each country into a map.
func inserts(countries []string) step {
	var keys []client.Pair
	for _, country := range countries {
		for _, class := range world.Classes {
			keys = append(keys, client.Pair{Country: country, Class: class})
		}
	}
	return step{insert, len(keys), func() error {
		m := map[client.Pair]world.Thousandths{}
		for i, k := range keys {
			m[k] = world.Thousandths(i)
		}
		if len(m) != len(keys) {
			return fmt.Errorf("%d keys in a map for %d", len(m), len(keys))
		}
		return nil
	}}
}

// versions is a source with the documents of every pass, all made before the first pass.
type versions struct {
	sets [][][]tax.Configuration // by pass and number of country
	pass int
}

func newVersions(passes int, document func(country, pass int) []tax.Configuration) *versions {
	v := &versions{pass: -1}
	for pass := range passes {
		sets := make([][]tax.Configuration, len(world.Countries()))
		for i := range sets {
			sets[i] = document(i, pass)
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

// before is the time of a miss with known documents on 2026-11-22, in inserts into a map.
const before = 74.6

func missGoals() []goal {
	known, local := missOf(knownDocuments, false), missOf(knownDocuments, true)
	inserts := func(name string, limit float64) goal {
		return goal{of: name + ": time / " + insert, limit: limit, value: func(rs results) (float64, bool) {
			return rs.ratio("miss", name, "miss", insert)
		}}
	}
	return []goal{
		counted(known+": allocations", "miss allocations", known, 8),
		counted(local+": allocations", "miss allocations", local, 5),
		counted(oneNewClass+": allocations", "miss allocations", oneNewClass, 12),
		counted(newClasses+": allocations", "miss allocations", newClasses, 12),
		inserts(known, 0.6*before), inserts(local, 0.4*before), inserts(validating, 60),
	}
}

func missTable(b *strings.Builder, rs results) {
	heading(b, "Misses", `Each country has one document with five classes. A miss is Invalidate and Resolve. Where the
row does not say that the source never waits, a load has a goroutine and a deadline of its own;
otherwise the lookup loads. ValidateCountry validates new classes, and keeps nothing.`,
		"| | ns | / insert into a map | allocations |")
	names := []string{insert}
	for _, never := range []bool{false, true} {
		for _, l := range loaded {
			names = append(names, missOf(l.name, never))
		}
	}
	for _, name := range append(names, validating, validatingSet) {
		row(b, name, of(rs.value("miss", name)), of(rs.ratio("miss", name, "miss", insert)), of(rs.value("miss allocations", name)))
	}
}
