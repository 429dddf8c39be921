package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/taxresolve/tax/benchmarks/arithmetic"
	"github.com/taxresolve/tax/benchmarks/trace"
)

// The two computations for a single price.
const (
	toGross = "net to gross"
	toNet   = "gross to net"
)

// pricesInList is a power of two.
const pricesInList = 1024

// priceList returns prices from 0.01 to 10,000, equally many of each number of
// digits, of mixed classes.
func priceList(n int) []arithmetic.Price {
	rand := trace.NewRand(seed)
	list := make([]arithmetic.Price, n)
	for i := range list {
		minor := int64(math.Exp(rand.Float64() * math.Log(1_000_000)))
		list[i] = arithmetic.Price{Minor: minor, Class: rand.IntN(len(arithmetic.Rates))}
	}
	return list
}

// compute takes a client of the arithmetic into the scenario. want has the amounts
// for each price or basket of the list; some clients answer only the total of a
// basket.
func (s *scenario) compute(c arithmetic.Client, want [][]int64) {
	s.clients = append(s.clients, c)
	s.checks = append(s.checks, func() error {
		for i, w := range want {
			if got, err := c.Answer(i); err != nil || !slices.Equal(got, w) {
				return fmt.Errorf("%s computes %s for item %d, %v; want %s", c.Name(), some(got), i, err, some(w))
			}
		}
		return nil
	})
}

// some returns the end of a list, which has the totals.
func some(list []int64) string { return fmt.Sprint(list[max(0, len(list)-6):]) }

// pricing has all clients for single prices.
func pricing(way string) (*scenario, error) {
	shop, err := arithmetic.NewShop()
	if err != nil {
		return nil, err
	}
	list := priceList(pricesInList)
	want := make([][]int64, len(list))
	for i, p := range list {
		want[i] = []int64{p.Gross()}
		if way == toNet {
			want[i] = []int64{p.Net()}
		}
	}
	s := &scenario{resident: true}
	for _, c := range arithmetic.Prices(shop, list, way == toNet) {
		s.compute(c, want)
	}
	return s, nil
}

// prices measures both computations.
func prices(into result, z sizes) error {
	for _, way := range []string{toGross, toNet} {
		s, err := pricing(way)
		if err != nil {
			return err
		}
		if err := s.verify(); err != nil {
			return err
		}
		s.countAllocations(into, way)
		if err := s.settled(into, way, z.Ops, z.Rounds); err != nil {
			return err
		}
	}
	return nil
}

// settled measures on one core, after a round that does not count.
func (s *scenario) settled(into result, measure string, ops, rounds int) error {
	if err := s.run(result{}, measure, 0, ops, 1, 1); err != nil {
		return err
	}
	return s.run(into, measure, 0, ops, rounds, 1)
}

// beside compares the time of one client with that of another.
func beside(measure, who, other string, limit float64) goal {
	return goal{
		of: who + ": time / " + other, limit: limit,
		value: func(rs results) (float64, bool) { return rs.ratio(on(measure, 1), who, on(measure, 1), other) },
	}
}

// arithmeticGoals returns the goals of amounts and baskets.
func arithmeticGoals() (list []goal) {
	group := grouping(&list)
	for _, way := range []struct {
		name         string
		limit, minor float64
	}{{toGross, 0.28, 0.06}, {toNet, 0.20, 0.05}} {
		group(way.name,
			beside(way.name, arithmetic.Tax, arithmetic.Shopspring, way.limit),
			goal{
				of: arithmetic.Tax + ": allocations beyond those of the decimal returned", limit: 0,
				value: func(rs results) (float64, bool) {
					return rs.over(func(one result) (float64, bool) {
						ours, ok := one.get(way.name+" allocations", arithmetic.Tax)
						decimal, too := one.get(way.name+" allocations", arithmetic.OneDecimal)
						return ours - decimal, ok && too
					})
				},
			},
			beside(way.name, arithmetic.TaxMinor, arithmetic.Shopspring, way.minor),
			counted(arithmetic.TaxMinor+": allocations", way.name+" allocations", arithmetic.TaxMinor, 0))
	}
	return append(list, basketGoals()...)
}

// arithmeticDocument writes the tables of amounts and baskets.
func arithmeticDocument(s settings, rs results) string {
	var b strings.Builder
	head(&b, s, "Amounts and baskets, measured", fmt.Sprintf(`Compare ratios, not nanoseconds. Every number is the median of %s. In each
process the clients take turns on one core, after the answers of every client were
compared with those of math/big. Ratios are taken within a process.

The rates are 19, 7 and 8.625 %%, mixed; amounts have two decimals and are rounded
half up. With shopspring, a price is multiplied or divided by a factor made
beforehand, and then rounded. Round of govalues rounds halves to even; for half up,
half a minor unit is added and the rest cut off. apd computes with 19 digits into
memory that is used again.`, medians(len(rs))), arithmeticGoals(), rs)
	section(&b, func(b *strings.Builder) { pricesTable(b, rs) })
	section(&b, func(b *strings.Builder) { basketsTable(b, rs) })
	section(&b, func(b *strings.Builder) { growthTable(b, rs) })
	return b.String()
}

func pricesTable(b *strings.Builder, rs results) {
	heading(b, "One price", fmt.Sprintf(`%s prices from 0.01 to 10,000, one after the other. Clients take and return decimals
of their own library, or integers. The last row is the time that ours would take if
computing took none.`, thousands(pricesInList)),
		"| | net to gross, ns | / shopspring | allocations | gross to net, ns | / shopspring | allocations |")
	for _, name := range []string{arithmetic.Tax, arithmetic.TaxMinor, arithmetic.Shopspring, arithmetic.Govalues,
		arithmetic.Apd, arithmetic.Integers, arithmetic.OneDecimal} {
		var cells []cell
		for _, way := range []string{toGross, toNet} {
			cells = append(cells, of(rs.value(on(way, 1), name)),
				of(rs.ratio(on(way, 1), name, on(way, 1), arithmetic.Shopspring)),
				of(rs.value(way+" allocations", name)))
		}
		row(b, name, cells...)
	}
}
