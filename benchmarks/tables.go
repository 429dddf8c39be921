package main

import (
	"fmt"
	"strings"

	"github.com/taxresolve/tax/benchmarks/client"
	"github.com/taxresolve/tax/benchmarks/world"
)

// document writes the tables of the caches.
func document(s settings, rs results) string {
	var b strings.Builder
	head(&b, s, "Lookups and caches, measured", fmt.Sprintf(`Compare ratios, not nanoseconds. Every number is the median of %d processes, or of
%d for the measures that take minutes (many tenants, working sets larger than the
cache, the memory of documents of their own). In each process the clients take
turns, and ratios are taken within a process. On 1 core one goroutine asks, on 2
cores two do; background work of a cache may use the other core.`, len(rs), min(len(rs), s.Heavy)), goals(), rs)

	peers := peerNames(false)
	for _, t := range []struct{ measure, title, says string }{
		{one, "One tenant", fmt.Sprintf(`All %d countries, with %d classes each, are in memory, and questions follow Zipf's
law with exponent %v. The peers hold an entry of 8 bytes for each country and class.`,
			len(world.Countries()), classes, zipf)},
		{tenants, "Some tenants", fmt.Sprintf(`The same for %d tenants. The peers hold an entry for each tenant, country and
class. In the row %q the program keeps the view of every tenant.`, s.Tenants, client.Tax)},
		{units, "Many tenants", fmt.Sprintf(`%s pairs of tenant and country are in memory. The peers hold a pointer for each
pair; the step from there to the class is part of our time, but not of theirs.`,
			thousands(s.UnitTenants*s.UnitCountries))},
	} {
		section(&b, func(b *strings.Builder) { hits(b, rs, t.measure, t.title, t.says, peers) })
	}
	section(&b, func(b *strings.Builder) { waysTable(b, rs) })
	for _, w := range []struct {
		measure, title string
		exponent       float64
	}{{steepTrace, "Working set larger than the cache", steep}, {flatTrace, "The same with a flatter trace", flat}} {
		section(&b, func(b *strings.Builder) { workingTable(b, rs, s, w.measure, w.title, w.exponent) })
	}
	section(&b, func(b *strings.Builder) { missTable(b, rs) })
	section(&b, func(b *strings.Builder) { memoryTable(b, rs, s) })
	return b.String()
}

// peerNames returns the names of the peers, or of those in the working sets.
func peerNames(working bool) (names []string) {
	for _, p := range client.Peers[client.Pair, int]() {
		if !working || displaces(p) {
			names = append(names, p.Name)
		}
	}
	return names
}

func hits(b *strings.Builder, rs results, measure, title, says string, peers []string) {
	heading(b, title, says, "| | ns, 1 core | ns, 2 cores | million/s, 2 cores | / map, 1 core | / golang-lru, 1 core | / golang-lru, 2 cores | allocations |")
	for _, name := range append([]string{client.Tax, ownDocuments, client.PerAsk}, peers...) {
		two, ok := rs.value(on(measure, 2), name)
		row(b, name,
			of(rs.value(on(measure, 1), name)),
			cell{two, ok}, cell{1e3 / two, ok},
			of(rs.ratio(on(measure, 1), name, on(measure, 1), client.Bare)),
			of(rs.ratio(on(measure, 1), name, on(measure, 1), client.LRU)),
			of(rs.ratio(on(measure, 2), name, on(measure, 2), client.LRU)),
			of(rs.value(measure+" allocations", name)))
	}
}

func waysTable(b *strings.Builder, rs results) {
	heading(b, "Kinds of lookup", `Every class has four rates in its history. The regions of two countries charge more
and have postal codes.`,
		"| | ns, 1 core | ns, 2 cores | / map, 1 core | allocations |")
	for _, name := range []string{client.Bare, byCountry, byRegion, byPostalCode, byDate, byAll, placeRate, unknownClass} {
		row(b, name,
			of(rs.value(on(ways, 1), name)), of(rs.value(on(ways, 2), name)),
			of(rs.ratio(on(ways, 1), name, on(ways, 1), client.Bare)),
			of(rs.value(ways+" allocations", name)))
	}
}

func workingTable(b *strings.Builder, rs results, s settings, measure, title string, exponent float64) {
	heading(b, title, fmt.Sprintf(`%s tenants x %d countries, in a cache for a tenth of them; Zipf's law with exponent %v.

A miss of a peer does one of three things: it runs the same coordinated load as
ours, in a Resolver that keeps one country; or it calls the source and the compiler
alone, without coordination or deadline; or it does no work at all, which leaves the
cost of the cache itself. Our time without loads is a rough computation: it subtracts
the number of misses times the time of one coordinated load.`,
		thousands(s.WorkTenants), s.WorkCountries, exponent),
		"| | ns, 1 core | ns, 2 cores | hits %, 1 core | hits %, 2 cores | / golang-lru, 1 core | / otter, 2 cores |")
	add := func(name string) {
		row(b, name,
			of(rs.value(on(measure, 1), name)), of(rs.value(on(measure, 2), name)),
			of(rs.value(on(measure, 1)+" hit ratio", name)), of(rs.value(on(measure, 2)+" hit ratio", name)),
			of(rs.ratio(on(measure, 1), name, on(measure, 1), client.LRU)),
			of(rs.ratio(on(measure, 2), name, on(measure, 2), client.Otter)))
	}
	add(client.Tax)
	for _, miss := range []string{coordinated, compiled, nothing} {
		if miss == nothing {
			row(b, client.Tax+", without its loads", of(withoutLoads(rs, measure, 1)), of(withoutLoads(rs, measure, 2)),
				cell{}, cell{}, cell{}, cell{})
		}
		for _, name := range peerNames(true) {
			add(name + miss)
		}
	}
	add(exactLRU)
	row(b, "one coordinated load", of(rs.value(on(measure, 1)+" load", client.Tax)), of(rs.value(on(measure, 2)+" load", client.Tax)),
		cell{}, cell{}, cell{}, cell{})
}

// withoutLoads estimates our time if loads took none.
func withoutLoads(rs results, measure string, cores int) (float64, bool) {
	return rs.over(func(one result) (float64, bool) {
		t, ok := one.get(on(measure, cores), client.Tax)
		ratio, _ := one.get(on(measure, cores)+" hit ratio", client.Tax)
		load, _ := one.get(on(measure, cores)+" load", client.Tax)
		return t - load*(100-ratio)/100, ok
	})
}

func missTable(b *strings.Builder, rs results) {
	heading(b, "Misses", `Each country has one document with five classes; with a history, it has four rates for
each class. The documents are new every time, with known names and rates in a new
combination, unless the row says that they are the same again.`,
		"| | ns | / insert into a map | allocations |")
	for _, name := range []string{insert, missing, missingAlike, compiling, missingLong, compilingSet} {
		row(b, name, of(rs.value("miss", name)), of(rs.ratio("miss", name, "miss", insert)), of(rs.value("miss allocations", name)))
	}
}

func memoryTable(b *strings.Builder, rs results, s settings) {
	heading(b, "Memory", fmt.Sprintf(`%s pairs of tenant and country, from %s tenants. Each row is a process of its own.
golang-lru holds a pointer for each pair. Our documents share names and rates, but
no two are alike unless the row says so.`, thousands(s.MemoryTenants*s.UnitCountries), thousands(s.MemoryTenants)),
		"| | bytes each | full collection, ms |")
	for _, name := range []string{client.Tax, client.Alike, client.LRU} {
		t, ok := rs.value("memory collection", name)
		row(b, name, of(rs.value("memory bytes", name)), cell{t / 1e6, ok})
	}
}
