package main

import (
	"fmt"
	"strings"

	"github.com/taxresolve/tax/benchmarks/arithmetic"
	"github.com/taxresolve/tax/benchmarks/client"
)

// lastMeasured is the day of the measurement that the page compares with.
const lastMeasured = "2026-11-22"

// then are figures of that day. Ratios do not depend on the machine as times do.
var then = []struct {
	name, was string
	now       func(rs results) (float64, bool)
}{
	{"one tenant / map, 1 core", "0.457", ratioOf(one, 1, client.Tax, client.Bare)},
	{"500,000 pairs / golang-lru, 1 core", "0.405", ratioOf(units, 1, client.Tax, client.LRU)},
	{"the same, all with documents of their own / map", "2.90", ratioOf(units, 1, ownDocuments, client.Bare)},
	{"`Lookup` of a region / map", "2.53", ratioOf(ways, 1, byRegion, client.Bare)},
	{"`Lookup` of a postal code / map", "2.83", ratioOf(ways, 1, byPostalCode, client.Bare)},
	{"cache for a tenth / otter, 1 core", "0.96", ratioOf(steepTrace, 1, client.Tax, client.Otter)},
	{"the same, 2 cores", "2.01", ratioOf(steepTrace, 2, client.Tax, client.Otter)},
	{"cache for a tenth, flatter trace / otter, 1 core", "1.50", ratioOf(flatTrace, 1, client.Tax, client.Otter)},
	{"the same, 2 cores", "2.53", ratioOf(flatTrace, 2, client.Tax, client.Otter)},
	{"miss, documents loaded before / insert into a map", "74.6", missRatio(knownDocuments, false)},
	{"the same, a source that never waits", "74.6", missRatio(knownDocuments, true)},
	{"miss, known classes in a new combination / insert into a map", "142", missRatio(knownClasses, false)},
	{"the same, allocations", "23", valueOf("miss allocations", knownClasses)},
	{"bytes of a combination of one's own / golang-lru", "15.9", ratioIn(memoryMany+" bytes", combined)},
	{"full collection with a million of them / golang-lru", "30.4", ratioIn(memoryMany+" collection", combined)},
	{"net to gross in minor units / shopspring", "0.067", ratioOf(toGross, 1, arithmetic.TaxMinor, arithmetic.Shopspring)},
	{"basket of 100 lines, totals only / shopspring", "0.107", ratioOf(baskets, 1, arithmetic.TaxTotals, arithmetic.Shopspring)},
}

func ratioOf(measure string, cores int, of, to string) func(results) (float64, bool) {
	return func(rs results) (float64, bool) { return rs.ratio(on(measure, cores), of, on(measure, cores), to) }
}

func missRatio(documents string, never bool) func(results) (float64, bool) {
	return func(rs results) (float64, bool) { return rs.ratio("miss", missOf(documents, never), "miss", insert) }
}

func valueOf(measure, of string) func(results) (float64, bool) {
	return func(rs results) (float64, bool) { return rs.value(measure, of) }
}

func ratioIn(measure, of string) func(results) (float64, bool) {
	return func(rs results) (float64, bool) { return rs.ratio(measure, of, measure, client.LRU) }
}

func sinceBlock(b *strings.Builder, s settings, rs results) {
	fmt.Fprintf(b, "| | %s | %s |\n|---|--:|--:|\n", lastMeasured, s.date)
	for _, t := range then {
		v, _ := t.now(rs)
		fmt.Fprintf(b, "| %s | %s | %s |\n", t.name, t.was, number(v))
	}
}
