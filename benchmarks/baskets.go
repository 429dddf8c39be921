package main

import (
	"strings"

	"github.com/taxresolve/tax/benchmarks/arithmetic"
	"github.com/taxresolve/tax/benchmarks/trace"
)

const (
	linesInBasket  = 100
	basketsInList  = 8
	growth         = "lines"
	linesInGrowths = 100_000
)

// growthSizes are the numbers of lines of the baskets that are compared.
var growthSizes = [...]int{100, 1_000, 10_000, linesInGrowths}

// lineList returns lines of mixed classes, with quantities from one to five.
func lineList(n int) []arithmetic.Line {
	rand := trace.NewRand(seed)
	list := make([]arithmetic.Line, n)
	for i, p := range priceList(n) {
		list[i] = arithmetic.Line{Price: p, Count: 1 + rand.Int64N(5)}
	}
	return list
}

// divided splits a list into baskets of size lines.
func divided(list []arithmetic.Line, size int) (all [][]arithmetic.Line) {
	for from := 0; from < len(list); from += size {
		all = append(all, list[from:from+size])
	}
	return all
}

// answersOf returns the function that computes the answers expected of a client.
func answersOf(name string) func([]arithmetic.Line) []int64 {
	total := func(level arithmetic.Level) func([]arithmetic.Line) []int64 {
		return func(lines []arithmetic.Line) []int64 { return arithmetic.Total(lines, level) }
	}
	switch name {
	case arithmetic.TaxTotals:
		return total(arithmetic.ByLine)
	case arithmetic.TaxRate:
		return total(arithmetic.ByRate)
	case arithmetic.TaxDoc:
		return total(arithmetic.ByDocument)
	case arithmetic.TaxOff:
		return arithmetic.Discounted
	}
	return arithmetic.EveryLine
}

func expected(list [][]arithmetic.Line, name string) [][]int64 {
	want := make([][]int64, len(list))
	for i, lines := range list {
		want[i] = answersOf(name)(lines)
	}
	return want
}

// basketsOf has all clients for baskets.
func basketsOf() (*scenario, error) {
	shop, err := arithmetic.NewShop()
	if err != nil {
		return nil, err
	}
	list := divided(lineList(basketsInList*linesInBasket), linesInBasket)
	s := &scenario{resident: true}
	for _, c := range arithmetic.Baskets(shop, list) {
		s.compute(c, expected(list, c.Name()))
	}
	return s, nil
}

// growths has our clients for baskets of all sizes. All have the same lines, so
// that the comparison is not about what fits into the caches of the processor.
func growths() (*scenario, error) {
	shop, err := arithmetic.NewShop()
	if err != nil {
		return nil, err
	}
	lines := lineList(linesInGrowths)
	s := &scenario{resident: true}
	for _, size := range growthSizes {
		list := divided(lines, size)
		for _, c := range shop.Baskets(list) {
			s.compute(sized{c, size}, expected(list, c.Name()))
		}
	}
	return s, nil
}

// sized is a client that counts lines instead of baskets, always whole baskets
// of them.
type sized struct {
	arithmetic.Client
	size int
}

func (s sized) Name() string { return sizedName(s.Client.Name(), s.size) }

func (s sized) Walk(from, n int) int { return s.Client.Walk(from/s.size, n/s.size) * s.size }

func sizedName(name string, size int) string { return name + ", " + thousands(size) + " lines" }

// wholeBaskets measures baskets, and then how their time grows.
func wholeBaskets(into result, z sizes) error {
	s, err := basketsOf()
	if err != nil {
		return err
	}
	if err := s.verify(); err != nil {
		return err
	}
	for _, c := range s.clients {
		into.put(baskets+" allocations", c.Name(), allocations(linesInBasket, func() { c.Walk(0, linesInBasket) }))
	}
	if err := s.settled(into, baskets, z.Baskets, z.Rounds); err != nil {
		return err
	}
	if s, err = growths(); err != nil {
		return err
	}
	if err := s.verify(); err != nil {
		return err
	}
	return s.settled(into, growth, linesInGrowths, z.Rounds)
}

// growing returns our clients in the table of growth.
func growing() []string {
	return []string{arithmetic.TaxLines, arithmetic.TaxTotals, arithmetic.TaxMinor, arithmetic.TaxRate,
		arithmetic.TaxDoc, arithmetic.TaxOff, arithmetic.TaxResults}
}

func basketGoals() []goal {
	list := []goal{
		beside(baskets, arithmetic.TaxLines, arithmetic.Shopspring, 0.24),
		beside(baskets, arithmetic.TaxTotals, arithmetic.Shopspring, 0.10),
		beside(baskets, arithmetic.TaxMinor, arithmetic.Shopspring, 0.065),
	}
	for i := range list {
		list[i].group = "basket of 100 lines, mixed rates"
	}
	for _, name := range growing() {
		list = append(list, goal{
			group: "time of a line, basket of 100,000 lines / of 100",
			of:    name, limit: 1.5,
			value: func(rs results) (float64, bool) { return grown(rs, name) },
		})
	}
	return list
}

// grown returns the time of a line in the largest basket, divided by that in the
// smallest.
func grown(rs results, name string) (float64, bool) {
	return rs.ratio(on(growth, 1), sizedName(name, linesInGrowths), on(growth, 1), sizedName(name, growthSizes[0]))
}

func basketsTable(b *strings.Builder, rs results) {
	heading(b, "Baskets", `100 lines of mixed rates, prices without tax, whole quantities. The input is decimals,
except for minor units. For each line the peers compute net, tax and gross, keep them,
and add them to three totals; they have no totals by rate, and find rates by number.
Ours finds rates by class and sums by rate, in every row. With minor units, the
amounts of every line are read. Result is plain data, with text for every line and
the explanations of the rates.`,
		"| | ns | / shopspring | / govalues | allocations |")
	for _, name := range append(growing(), arithmetic.Shopspring, arithmetic.Govalues, arithmetic.Apd, arithmetic.Integers) {
		row(b, name,
			of(rs.value(on(baskets, 1), name)),
			of(rs.ratio(on(baskets, 1), name, on(baskets, 1), arithmetic.Shopspring)),
			of(rs.ratio(on(baskets, 1), name, on(baskets, 1), arithmetic.Govalues)),
			of(rs.value(baskets+" allocations", name)))
	}
}

func growthTable(b *strings.Builder, rs results) {
	heading(b, "Growth", `Nanoseconds for each line. All columns have the same 100,000 lines, in one basket or
divided among up to 1,000.`,
		"| | 100 lines | 1,000 | 10,000 | 100,000 | 100,000 / 100 |")
	for _, name := range growing() {
		var cells []cell
		for _, size := range growthSizes {
			cells = append(cells, of(rs.value(on(growth, 1), sizedName(name, size))))
		}
		row(b, name, append(cells, of(grown(rs, name)))...)
	}
}
