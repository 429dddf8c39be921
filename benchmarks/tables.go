package main

import (
	"fmt"
	"strings"

	"github.com/taxresolve/tax/benchmarks/client"
	"github.com/taxresolve/tax/benchmarks/world"
)

// document is the tables of the caches.
func document(s settings, rs results) string {
	var b strings.Builder
	head(&b, s, "Measured", fmt.Sprintf(`Use the ratios, not the nanoseconds. Every number is the median of %d processes,
of %d for what takes minutes (many countries of tenants, more than there is room
for, the memory of documents of their own). In each of them all clients are asked
by turns; ratios are taken within a process. On 1 core one goroutine asks, on 2
cores two do; what a cache does in the background may use the other core.`, len(rs), min(len(rs), s.Heavy)), goals(), rs)

	peers := peerNames(false)
	for _, t := range []struct{ measure, title, says string }{
		{one, "One tenant", fmt.Sprintf(`All %d countries with %d classes are resident; questions follow Zipf's law with
exponent %v. The peers hold an entry of 8 bytes for each country and class.`,
			len(world.Countries()), classes, zipf)},
		{tenants, "Some tenants", fmt.Sprintf(`The same for %d tenants. The peers hold an entry for each tenant, country and
class. %q is a program that keeps the view of every tenant.`, s.Tenants, client.Tax)},
		{units, "Many countries of tenants", fmt.Sprintf(`%s countries of tenants are resident. The peers hold a pointer for each; the
step from there to the class is not part of their time, but of ours.`,
			thousands(s.UnitTenants*s.UnitCountries))},
	} {
		section(&b, func(b *strings.Builder) { hits(b, rs, t.measure, t.title, t.says, peers) })
	}
	section(&b, func(b *strings.Builder) { waysTable(b, rs) })
	for _, w := range []struct {
		measure, title string
		exponent       float64
	}{{steepTrace, "More than there is room for", steep}, {flatTrace, "The same, asked more evenly", flat}} {
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
	heading(b, "Ways to ask", `Countries have four rates in the history of every class; the regions of two of
them charge more and have postal codes.`,
		"| | ns, 1 core | ns, 2 cores | / map, 1 core | allocations |")
	for _, name := range []string{client.Bare, byRegion, byPostalCode, byDate, byAll, placeRate, unknownClass} {
		row(b, name,
			of(rs.value(on(ways, 1), name)), of(rs.value(on(ways, 2), name)),
			of(rs.ratio(on(ways, 1), name, on(ways, 1), client.Bare)),
			of(rs.value(ways+" allocations", name)))
	}
}

func workingTable(b *strings.Builder, rs results, s settings, measure, title string, exponent float64) {
	heading(b, title, fmt.Sprintf(`%s tenants x %d countries, room for a tenth, Zipf's law with exponent %v.
A miss of a peer is one of three: the same coordinated load as ours, by a
Resolver that keeps one country; the source and the compiler alone, without
coordination or deadline; or no work at all, which leaves the cache itself. Ours
without its loads is computed, and rough: the misses times the time of a load
alone are taken off.`,
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

// withoutLoads is what is left of our time when loads took none.
func withoutLoads(rs results, measure string, cores int) (float64, bool) {
	return rs.over(func(one result) (float64, bool) {
		t, ok := one.get(on(measure, cores), client.Tax)
		ratio, _ := one.get(on(measure, cores)+" hit ratio", client.Tax)
		load, _ := one.get(on(measure, cores)+" load", client.Tax)
		return t - load*(100-ratio)/100, ok
	})
}

func missTable(b *strings.Builder, rs results) {
	heading(b, "Misses", `Countries of five classes, one document each; with a history, four rates of each
class. Documents are new every time: names and rates are known, the combination
is not; unless it says that they are the same again.`,
		"| | ns | / insert into a map | allocations |")
	for _, name := range []string{insert, missing, missingAlike, compiling, missingLong, compilingSet} {
		row(b, name, of(rs.value("miss", name)), of(rs.ratio("miss", name, "miss", insert)), of(rs.value("miss allocations", name)))
	}
}

func memoryTable(b *strings.Builder, rs results, s settings) {
	heading(b, "Memory", fmt.Sprintf(`%s countries of %s tenants, each in a process of its own. What golang-lru holds
is a pointer for each. Ours have names and rates in common, but no two are
alike, unless it says so.`, thousands(s.MemoryTenants*s.UnitCountries), thousands(s.MemoryTenants)),
		"| | bytes each | full collection, ms |")
	for _, name := range []string{client.Tax, client.Alike, client.LRU} {
		t, ok := rs.value("memory collection", name)
		row(b, name, of(rs.value("memory bytes", name)), cell{t / 1e6, ok})
	}
}
