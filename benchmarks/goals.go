package main

import (
	"fmt"

	"github.com/taxresolve/tax/benchmarks/client"
)

// goal is a limit that the resolver should stay within.
type goal struct {
	group, of string
	limit     float64
	value     func(results) (float64, bool)
}

// outcome returns the measured value of a goal, and whether it is met, for a table.
func (g goal) outcome(rs results) (measured, met string) {
	v, ok := g.value(rs)
	switch {
	case !ok:
		return "not measured", "–"
	case v <= g.limit:
		return number(v), "yes"
	default:
		return number(v), "**no**"
	}
}

// to compares our time with that of another client in the same measure.
func to(measure string, cores int, other string, limit float64) goal {
	return goal{
		of: fmt.Sprintf("time / %s, %s", other, onCores(cores)), limit: limit,
		value: func(rs results) (float64, bool) {
			return rs.ratio(on(measure, cores), client.Tax, on(measure, cores), other)
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

// belowLRU limits by how many points our hit ratio is below that of an exact LRU.
func belowLRU(measure string, cores int) goal {
	m := on(measure, cores) + " hit ratio"
	return goal{
		of: "hit ratio, points below an exact LRU, " + onCores(cores), limit: 1,
		value: func(rs results) (float64, bool) {
			return rs.over(func(one result) (float64, bool) {
				exact, ok := one.get(m, exactLRU)
				ours, too := one.get(m, client.Tax)
				return exact - ours, ok && too
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

// goals returns all goals in the order of the table.
func goals() (list []goal) {
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
	group("Lookup",
		toBare(byCountry, 1.1), toBare(byRegion, 1.8), toBare(byPostalCode, 2), toBare(byDate, 2), toBare(byAll, 5))
	for _, way := range []string{byCountry, byRegion, byPostalCode, byDate, byAll} {
		group("Lookup", counted(way+": allocations", ways+" allocations", way, 0))
	}
	group("Place", toBare(placeRate, 0.35), counted(placeRate+": allocations", ways+" allocations", placeRate, 0))
	for _, w := range []struct{ name, measure string }{
		{"100,000 tenants x 30 countries, cache for a tenth, Zipf 1.1", steepTrace},
		{"the same, flatter trace", flatTrace},
	} {
		group(w.name,
			to(w.measure, 1, client.LRU, 1), to(w.measure, 2, client.Otter, 1),
			belowLRU(w.measure, 1), belowLRU(w.measure, 2))
	}
	group("Miss",
		counted("allocations of Invalidate and Resolve: 16 to load, 3 to compile", "miss allocations", missing, 16+3),
		goal{of: "compiling / " + insert, limit: 60, value: func(rs results) (float64, bool) {
			return rs.ratio("miss", compiling, "miss", insert)
		}})
	group("Error", toBare(unknownClass, 4), counted(unknownClass+": allocations", ways+" allocations", unknownClass, 1))
	group("Memory, 1,000,000 pairs of tenant and country, 5 classes",
		goal{of: "bytes / " + client.LRU, limit: 1.5, value: func(rs results) (float64, bool) {
			return rs.ratio("memory bytes", client.Tax, "memory bytes", client.LRU)
		}},
		goal{of: "full collection / " + client.LRU, limit: 1.5, value: func(rs results) (float64, bool) {
			return rs.ratio("memory collection", client.Tax, "memory collection", client.LRU)
		}})
	return list
}
