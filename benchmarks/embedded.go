package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/world"
	"github.com/taxresolve/tax/rates"
)

// What is measured of rates.World.
const (
	firstAnswer = "the first answer of a process, with the resolver"
	laterTenant = "a later tenant of a resolver asks for the country"
	askedAgain  = "the source is asked again for the country"

	// embeddedCountry is the country of all three.
	embeddedCountry = "DE"
)

// embedded measures rates.World, first of all what must be new in the process.
func embedded(into result, z sizes) error {
	if err := answerFirst(into); err != nil {
		return err
	}
	s := &scenario{resident: true}
	defer s.close()
	perRound := min(z.Ops/100, 4_000)
	rounds := z.Rounds + 2
	r, err := s.resolver(rates.World(), spare*perRound*rounds)
	if err != nil {
		return err
	}
	ctx := context.Background()
	views := viewsOf(r, world.Tenants(perRound*rounds+1))
	if _, err := views[0].Resolve(ctx, embeddedCountry, ""); err != nil {
		return err
	}
	next, source := 1, rates.World()
	later := func() {
		for range perRound {
			if _, e := views[next].Resolve(ctx, embeddedCountry, ""); e != nil {
				err = e
			}
			next++
		}
	}
	again := func() {
		for range perRound {
			set, e := source.Configurations(ctx, tax.Key{Country: embeddedCountry})
			if found += len(set); e != nil {
				err = e
			}
		}
	}
	var laterTimes, againTimes []float64
	for range z.Rounds {
		runtime.GC()
		laterTimes = append(laterTimes, elapsed(perRound, later))
		againTimes = append(againTimes, elapsed(perRound, again))
	}
	into.put(ofEmbedded, laterTenant, median(laterTimes))
	into.put(ofEmbedded, askedAgain, median(againTimes))
	into.put(ofEmbedded+" allocations", laterTenant, allocations(perRound, later))
	into.put(ofEmbedded+" allocations", askedAgain, allocations(perRound, again))
	if loads := r.Stats().Loads; err == nil && loads != uint64(next) {
		err = fmt.Errorf("%d loads for %d tenants", loads, next)
	}
	return err
}

// answerFirst answers a lookup with nothing loaded or cached before.
func answerFirst(into result) error {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	r, err := tax.NewResolver(rates.World(), nil)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err = r.Resolve(context.Background(), embeddedCountry, ""); err != nil {
		return err
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	into.put(ofEmbedded, firstAnswer, float64(took))
	into.put(ofEmbedded+" allocations", firstAnswer, float64(after.Mallocs-before.Mallocs))
	return nil
}

func embeddedGoals() []goal {
	return []goal{
		counted(laterTenant+": allocations", ofEmbedded+" allocations", laterTenant, 6),
		counted(laterTenant+": ns", ofEmbedded, laterTenant, 2000),
		counted(firstAnswer+": allocations", ofEmbedded+" allocations", firstAnswer, 100),
	}
}

func embeddedTable(b *strings.Builder, rs results) {
	heading(b, "The rates of the world", "Germany, from rates.World. Views of tenants were made before time is taken.",
		"| | µs | allocations |")
	for _, name := range []string{firstAnswer, laterTenant, askedAgain} {
		ns, ok := rs.value(ofEmbedded, name)
		row(b, name, of(ns/1000, ok), of(rs.value(ofEmbedded+" allocations", name)))
	}
}
