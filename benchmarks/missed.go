package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/taxresolve/tax/benchmarks/arithmetic"
	"github.com/taxresolve/tax/benchmarks/client"
)

// reasons say why goals are missed, if they are, by a part of what they compare.
var reasons = []struct {
	group, of string
	why       func(rs results) string
}{
	{"one tenant", "2 cores", secondCore},
	{"40 tenants", "2 cores", secondCore},
	{"one tenant", "1 core", always("a hit also makes sure that its state is fresh and its day today, and finds the class; runs of different days differ by a twentieth")},
	{"500,000 pairs", "", always("index and entry are both read from main memory; the time of the peer leaves out the step to the class")},
	{"documents of their own", "", always("a hit reads more lines of memory if no two entries have a body in common")},
	{"Place", "time", always("of 127 instructions, 87 pack the code and find it, and 40 are the loop, which copies a place and a class; with a pointer to the territory in the place it takes 0.97 of the time")},
	{"", "hit ratio", always("countries on probation have a share of the room; without it, tenants that come and go cost ten points and more")},
	{"cache for a tenth", "2 cores", always("resolvers of the peer share nothing: each goroutine loads with its own; ours share one lock, the tables of classes and the queue")},
	{"cache for a tenth", "time", always("of the time, the load and its fingerprints take a third, keeping and evicting a fifth, reading the index an eighth, and starting a goroutine a tenth; the peer pays for the load as well, with a Resolver that is always in the nearest cache")},
	{"Miss", missOf(knownDocuments, true) + ": time", always("a third of the instructions write down what the documents say, and an eighth finds the classes by that")},
	{"Miss", missOf(knownDocuments, false) + ": time", always("more than a quarter of the instructions start a goroutine with room on its stack and wait for it, and a quarter write down what the documents say, by which their classes are found")},
	{"Error", "time", always("of 590 instructions, 270 allocate the error, 120 write it, 100 are a hit that finds no class, and 60 make sure that no class has the code")},
	{"Memory", "bytes", always("an entry repeats what a hit needs, and metadata have a record of their own: see above")},
	{"Memory", "collection", always("the collector follows the pointers of an entry, and golang-lru has fewer")},
	{"rates of the world", "first answer", always("26 are decimals, which take two each; a fresh process also makes the tables of languages and zones that all share, and compiles")},
	{toGross, arithmetic.TaxMinor, always("of 222 instructions, 107 find the rate through the resolution and check the rounding, 65 multiply, divide and round, and 50 are the loop around; and shopspring multiplies in half the time that it takes to divide")},
	{"basket of", arithmetic.TaxLines, always("of 1,330 instructions for a line, 680 compute it as for totals only, and 650 make three decimals, 410 of them by allocating those above 163.84")},
	{"basket of", arithmetic.TaxTotals, always("of 680 instructions for a line, 252 make sure that two decimals fit 64 bits, for which shopspring has no quick way, 158 multiply, 65 compute the tax, and 204 read the line, find its rate by class and sum by rate")},
	{"basket of", arithmetic.TaxMinor, always("of 348 instructions for a line, 228 read it, find its rate by class and sum by rate, 65 compute the tax, 31 multiply, and 23 read the amounts again; the peers find rates by number and check nothing")},
}

func always(why string) func(results) string { return func(results) string { return why } }

// secondCore compares with the bare map, which shares nothing that is written.
func secondCore(rs results) string {
	v, _ := rs.ratio(on(one, 2), client.Bare, on(one, 1), client.Bare)
	return "the second core is not a whole one: there, the bare map takes " + number(v) + " of its time on one"
}

// why returns the reason why a goal is missed by a value.
func (g goal) why(rs results, v float64) string {
	for _, r := range reasons {
		if strings.Contains(g.group, r.group) && strings.Contains(g.of, r.of) {
			return r.why(rs)
		}
	}
	if g.limit > 0 && v < 1.1*g.limit {
		return "close to the limit: single processes differ by as much"
	}
	return "not examined"
}

func allGoals(s settings) []goal {
	return slices.Concat(goals(s.Documents), arithmeticGoals(), languageGoals(), listGoals())
}

// missedBlock lists the goals that are missed, or says that there are none.
func missedBlock(b *strings.Builder, s settings, rs results) {
	all, met, before := 0, 0, ""
	var missed strings.Builder
	for _, g := range allGoals(s) {
		v, ok := g.value(rs)
		if !ok {
			continue
		}
		if all++; g.reached(v) {
			met++
			continue
		}
		why := g.why(rs, v)
		if why == before {
			why = "the same"
		} else {
			before = why
		}
		fmt.Fprintf(&missed, "| %s: %s | %s | %s | %s |\n", g.group, g.of, g.bound(), number(v), why)
	}
	fmt.Fprintf(b, "Of %d goals, %d are reached\n(%s).", all, met, where(s, rs))
	if missed.Len() > 0 {
		b.WriteString(" These are missed:\n\n| goal | limit | measured | reason |\n|---|--:|--:|---|\n" + missed.String())
	}
}
