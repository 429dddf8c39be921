package main

import (
	"fmt"
	"strings"

	"github.com/taxresolve/tax/benchmarks/client"
)

// goal is a limit that the resolver should stay within.
type goal struct {
	group, of string
	limit     float64
	least     bool // the limit is the least, not the most
	value     func(results) (float64, bool)
}

// bound returns the limit for a table.
func (g goal) bound() string {
	if g.least {
		return "≥ " + number(g.limit)
	}
	return "≤ " + number(g.limit)
}

// reached reports whether a value is within the limit.
func (g goal) reached(v float64) bool {
	if g.least {
		return v >= g.limit
	}
	return v <= g.limit
}

// outcome returns the measured value of a goal, and whether it is met, for a table.
func (g goal) outcome(rs results) (measured, met string) {
	v, ok := g.value(rs)
	switch {
	case !ok:
		return "not measured", "–"
	case g.reached(v):
		return number(v), "yes"
	default:
		return number(v), "**no**"
	}
}

// to compares our time with that of another client in the same measure.
func to(measure string, cores int, other string, limit float64) goal {
	g := between(measure, cores, client.Tax, other, limit)
	g.of = fmt.Sprintf("time / %s, %s", other, onCores(cores))
	return g
}

// between compares the times of two clients in the same measure.
func between(measure string, cores int, ours, other string, limit float64) goal {
	return goal{
		of: fmt.Sprintf("%s: time / %s, %s", strings.TrimPrefix(ours, client.Tax+", "), other, onCores(cores)), limit: limit,
		value: func(rs results) (float64, bool) {
			return rs.ratio(on(measure, cores), ours, on(measure, cores), other)
		},
	}
}

// toBare compares the time of a kind of lookup with that of reading the bare map.
func toBare(way string, limit float64) goal {
	return goal{
		of: way + ": time / " + client.Bare, limit: limit,
		value: func(rs results) (float64, bool) { return rs.ratio(on(ways, 1), way, on(ways, 1), client.Bare) },
	}
}

// counted limits a number of our own, without a comparison.
func counted(of, measure, who string, limit float64) goal {
	return goal{of: of, limit: limit, value: func(rs results) (float64, bool) { return rs.value(measure, who) }}
}

// aboveLRU says by how many points our hit ratio must be above that of an exact LRU, at least;
// a negative number allows to be below it.
func aboveLRU(measure, ours string, cores int, least float64) goal {
	m := on(measure, cores) + " hit ratio"
	return goal{
		of: "hit ratio, points above an exact LRU, " + onCores(cores), limit: least, least: true,
		value: func(rs results) (float64, bool) {
			return rs.over(func(one result) (float64, bool) {
				exact, ok := one.get(m, exactLRU)
				of, too := one.get(m, ours)
				return of - exact, ok && too
			})
		},
	}
}

func onCores(n int) string {
	if n == 1 {
		return "1 core"
	}
	return fmt.Sprintf("%d cores", n)
}

// grouping returns a function that appends the goals of a group to a list.
func grouping(list *[]goal) func(name string, goals ...goal) {
	return func(name string, goals ...goal) {
		for _, g := range goals {
			g.group = name
			*list = append(*list, g)
		}
	}
}

// ownBefore is the time of a hit with documents of one's own, in reads of the map, before
// classes were shared one by one.
const ownBefore = 2.90

// goals returns all goals in the order of the table; documents are as many as are created one by
// one.
func goals(documents int) (list []goal) {
	group := grouping(&list)
	group("Resolve, one tenant, 250 countries x 5 classes in memory",
		to(one, 1, client.Bare, 0.45), to(one, 1, client.LRU, 0.28), to(one, 1, client.Otter, 0.27),
		to(one, 2, client.LRU, 0.11), to(one, 2, client.Otter, 0.25),
		goal{of: "time on 2 cores / on 1", limit: 0.55, value: func(rs results) (float64, bool) {
			return rs.ratio(on(one, 2), client.Tax, on(one, 1), client.Tax)
		}},
		counted("allocations", one+" allocations", client.Tax, 0))
	group("Resolve, 40 tenants, in memory",
		to(tenants, 1, client.LRU, 0.42), to(tenants, 2, client.LRU, 0.17),
		to(tenants, 1, client.Otter, 0.40), to(tenants, 2, client.Otter, 0.40),
		counted("allocations", tenants+" allocations", client.Tax, 0))
	group("Resolve, 500,000 pairs of tenant and country in memory",
		to(units, 1, client.LRU, 0.5), to(units, 2, client.LRU, 0.2),
		to(units, 1, client.Otter, 0.6), to(units, 2, client.Otter, 0.6))
	group("Resolve, 250,000 pairs in memory, documents of their own",
		to(ownUnits, 1, client.Bare, 0.6*ownBefore))
	group("Lookup",
		toBare(byCountry, 1.1), toBare(byRegion, 1.8), toBare(byPostalCode, 2), toBare(byDate, 2), toBare(byAll, 5))
	for _, way := range []string{byCountry, byRegion, byPostalCode, byDate, byAll} {
		group("Lookup", counted(way+": allocations", ways+" allocations", way, 0))
	}
	group("Place", toBare(placeRate, 0.35), counted(placeRate+": allocations", ways+" allocations", placeRate, 0))
	group("100,000 tenants x 30 countries, cache for a tenth, Zipf 1.1", workingGoals(steepTrace, -1)...)
	group("cache for a tenth, flatter trace (0.86)", workingGoals(flatTrace, 4)...)
	group("Miss", missGoals()...)
	group("Error",
		goal{of: unknownClass + ": time / " + errorAlone, limit: 1.25, value: func(rs results) (float64, bool) {
			return rs.ratio(on(ways, 1), unknownClass, on(ways, 1), errorAlone)
		}},
		counted(unknownClass+": allocations", ways+" allocations", unknownClass, 1))
	group("Memory, 1,000,000 pairs of tenant and country, 5 classes", memoryGoals()...)
	group("The rates of the world", embeddedGoals()...)
	group("Writes to store.Memory", writeGoals(documents)...)
	return list
}

// workingGoals compares resolvers with otter and with golang-lru, whose misses do what theirs
// do.
func workingGoals(trace string, aboveAnLRU float64) (list []goal) {
	for _, cores := range []int{1, 2} {
		list = append(list, to(trace, cores, client.Otter, 0.8))
	}
	for _, cores := range []int{1, 2} {
		list = append(list, between(trace, cores, client.Local, client.Otter+inCaller, 0.8))
	}
	list = append(list, to(trace, 1, client.LRU, 1))
	for _, cores := range []int{1, 2} {
		list = append(list, aboveLRU(trace, client.Tax, cores, aboveAnLRU))
	}
	return list
}
