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
	head(&b, s, "Lookups and caches, measured", fmt.Sprintf(`Compare ratios, not nanoseconds. Every number is the median of %s, or of
%s for the measures that take minutes (many tenants in memory, working sets larger than
the cache, memory of 1,000,000 pairs, a tenant of 100,000 configurations). In each process the
clients take turns, and ratios are taken within a process. On 1 core one goroutine asks, on 2
cores two do; background work of a cache, and loads in goroutines of their own, may use the
other core.`, medians(len(rs)), medians(min(len(rs), s.Heavy))), goals(s.Documents), rs)
	countedByTests(&b)

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
		{ownUnits, "Many tenants, all with documents of their own", fmt.Sprintf(`%s pairs; no two tenants have the same document of a country. Otherwise as before.`,
			thousands(s.OwnTenants*s.UnitCountries))},
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
	section(&b, func(b *strings.Builder) { memoryTable(b, rs, memory, s.MemoryTenants, s.UnitCountries) })
	section(&b, func(b *strings.Builder) { memoryTable(b, rs, memoryMany, s.ManyTenants, s.UnitCountries) })
	section(&b, func(b *strings.Builder) { embeddedTable(b, rs) })
	section(&b, func(b *strings.Builder) { writeTable(b, rs, s.Documents) })
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
	for _, name := range []string{client.Bare, byCountry, byRegion, byPostalCode, byDate, byAll, placeRate, unknownClass, errorAlone} {
		row(b, name,
			of(rs.value(on(ways, 1), name)), of(rs.value(on(ways, 2), name)),
			of(rs.ratio(on(ways, 1), name, on(ways, 1), client.Bare)),
			of(rs.value(ways+" allocations", name)))
	}
}

func workingSays(s settings, exponent float64) string {
	return fmt.Sprintf(`%s tenants x %d countries, in a cache for a tenth of them; Zipf's law with exponent %v.
All tenants have the same documents of a country.

The source of the row %q may wait, so that each load has a goroutine, a deadline, and
callers that wait for it together; a source that never waits is asked by the lookup itself.
A peer is asked, and if it has nothing, a load runs and its result is set. Two of its
goroutines that miss the same country load it twice, and an invalidation during a load is
not noticed. Its load does one of these things:

- the same as that of the row %[4]q, in a Resolver that has room for one country and that
  every goroutine has for itself. This includes keeping the country there and evicting the one
  before, so that the peer pays for a second cache, a small one;
- with %[5]q, the same, but in the goroutine of the lookup;
- with %[6]q, it calls the source and then ValidateCountry. Nothing is coordinated
  or has a deadline, but all is validated each time, where a Resolver finds the classes that it
  knows;
- with %[7]q, the same inside Get of otter, which loads a country once however many
  ask;
- with %[8]q, nothing, which leaves the cost of the cache itself.

Our time without loads is a rough computation: it subtracts the number of misses times the time
of one load in a Resolver that has room for one country.`,
		thousands(s.WorkTenants), s.WorkCountries, exponent, client.Tax, inCaller[2:], validated[2:], loader[2:], nothing[2:])
}

func workingTable(b *strings.Builder, rs results, s settings, measure, title string, exponent float64) {
	says := fmt.Sprintf("As before, with exponent %v.", exponent)
	if measure == steepTrace || len(s.only) > 0 {
		says = workingSays(s, exponent)
	}
	heading(b, title, says,
		"| | ns, 1 core | ns, 2 cores | hits %, 1 core | hits %, 2 cores | / golang-lru, 1 core | / otter, 1 core | / otter, 2 cores |")
	add := func(name string) {
		row(b, name,
			of(rs.value(on(measure, 1), name)), of(rs.value(on(measure, 2), name)),
			of(rs.value(on(measure, 1)+" hit ratio", name)), of(rs.value(on(measure, 2)+" hit ratio", name)),
			of(rs.ratio(on(measure, 1), name, on(measure, 1), client.LRU)),
			of(rs.ratio(on(measure, 1), name, on(measure, 1), client.Otter)),
			of(rs.ratio(on(measure, 2), name, on(measure, 2), client.Otter)))
	}
	alone := func(name string, value func(cores int) (float64, bool)) {
		row(b, name, of(value(1)), of(value(2)), cell{}, cell{}, cell{}, cell{}, cell{})
	}
	ours := []struct{ name, load string }{{client.Tax, "one load in a goroutine"}, {client.Local, "one load in the caller"}}
	for _, our := range ours {
		add(our.name)
	}
	for _, miss := range missesOfPeers {
		if miss.suffix == nothing {
			add(ownLoader)
			for _, our := range ours {
				alone(our.name+", without its loads", func(cores int) (float64, bool) { return withoutLoads(rs, our.name, measure, cores) })
			}
		}
		for _, name := range peerNames(true) {
			if loadsWith(name, miss.few) {
				add(name + miss.suffix)
			}
		}
	}
	add(exactLRU)
	for _, our := range ours {
		alone(our.load, func(cores int) (float64, bool) { return rs.value(on(measure, cores)+" load", our.name) })
	}
}

// withoutLoads estimates the time of one of our clients if loads took none.
func withoutLoads(rs results, name, measure string, cores int) (float64, bool) {
	return rs.over(func(one result) (float64, bool) {
		t, ok := one.get(on(measure, cores), name)
		ratio, _ := one.get(on(measure, cores)+" hit ratio", name)
		load, _ := one.get(on(measure, cores)+" load", name)
		return t - load*(100-ratio)/100, ok
	})
}

// counts are goals about numbers that tests count, and that are not measured here again.
var counts = []struct{ goal, test, folder string }{
	{"an entry of classes that all share takes at most 275 bytes and 1.3 objects, with a version of its own 455 and 2.3", "TestClassesThatTenantsCombineTakeLittleMemory", "tests/freshness"},
	{"no change of the index moves more than 32 slots", "TestNoChangeOfTheIndexMovesMoreThanAFewEntries", "internal/cache"},
	{"an eviction is never more than a point below an exact LRU, on eleven traces, and 4 above on the flat one", "TestHitRatiosBesideAnExactLRU", "internal/cache"},
	{"a miss takes 4 allocations with known classes, 5 if the source asks for the end of its context, 7 with a new class, 10 with five", "TestMissTakesFewAllocations", "tests/freshness"},
	{"a miss in the lookup takes 2 allocations", "TestAMissInTheLookupTakesFewAllocations", "tests/freshness"},
	{"a later tenant takes at most 6 allocations for a country of rates.World", "TestALaterTenantOfTheWorldTakesFewAllocations", "tests/freshness"},
	{"the first answer of a process", "TestFirstAnswerOfAProcess", "rates"},
	{"a write beside 2,000 regions allocates at most 1.1 times as much as beside 100", "TestAWriteToALargeCountryLooksAtWhatItCanAffect", "store"},
	{"lookups from memory allocate nothing", "TestAnswersFromMemoryAllocateNothing", "."},
}

func countedByTests(b *strings.Builder) {
	b.WriteString("\nTests of the library count what does not depend on the machine:\n\n")
	for _, c := range counts {
		fmt.Fprintf(b, "- %s: %s in %s.\n", c.goal, c.test, strings.Replace(c.folder, ".", "the root folder", 1))
	}
}
