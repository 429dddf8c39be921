// Package arithmetic puts decimal libraries behind one interface: net to gross,
// gross to net, and whole baskets, with the same prices and the same rates.
//
// A [Client] holds the list in the form that its library takes, and walks along it
// in a loop of its own; all these loops are alike. Walk and [Client.Answer] call the
// same function, so that the result that is checked is the one that is timed.
package arithmetic

import (
	"fmt"
	"runtime"
)

// Scale is the number of decimals of all amounts.
const Scale = 2

// Classes are the codes of the classes, Rates their percentages in units of
// 0.001 %. In these units, hundred is 100 %.
var (
	Classes = [...]string{"STANDARD", "REDUCED", "LOCAL"}
	Rates   = [len(Classes)]int64{19_000, 7_000, 8_625}
)

const hundred = 100_000

// Names of the clients of other libraries; the names of ours begin with Tax.
const (
	Shopspring = "shopspring"
	Govalues   = "govalues"
	Apd        = "apd"
	Integers   = "int64 by hand"
	OneDecimal = "making one decimal"
)

// Price is an amount in minor units with the number of its class.
type Price struct {
	Minor int64
	Class int
}

// Line is a quantity at a price without tax.
type Line struct {
	Price
	Count int64
}

// Client computes along a list.
type Client interface {
	// Name is the name in tables.
	Name() string
	// Walk computes n prices or baskets of the list, from a position on, starting
	// over at its end. It returns the number computed before the first error.
	Walk(from, n int) int
	// Answer returns the result for one item of the list, in minor units: an amount;
	// or net, tax and gross of each line and of the total, or of the total alone.
	Answer(i int) ([]int64, error)
	// Close does nothing.
	Close()
}

// item is a price in the form that a library takes.
type item[D any] struct {
	price D
	class int
}

// prices is the common part of clients for single prices. The length of the list
// is a power of two.
type prices[D any] struct {
	name  string
	list  []item[D]
	toNet bool // gross to net; otherwise net to gross
}

func newPrices[D any](name string, list []Price, toNet bool, amount func(minor int64) D) prices[D] {
	p := prices[D]{name, make([]item[D], len(list)), toNet}
	for i, price := range list {
		p.list[i] = item[D]{amount(price.Minor), price.Class}
	}
	return p
}

func (p *prices[D]) Name() string { return p.name }

func (p *prices[D]) Close() {}

// Prices returns all clients for single prices, ours first.
func Prices(s *Shop, list []Price, toNet bool) []Client {
	return []Client{
		newTaxPrices(s, list, toNet),
		newMinorPrices(s, list, toNet),
		newShopspringPrices(list, toNet),
		newGovaluesPrices(list, toNet),
		newApdPrices(list, toNet),
		newIntegerPrices(list, toNet),
		newOneDecimal(list, toNet),
	}
}

// entry is a line in the form that a library takes.
type entry[D any] struct {
	price, quantity D
	class           int
}

// sums are the amounts of a line or of a basket.
type sums[D any] struct{ net, tax, gross D }

// priced is a basket with the amounts of every line.
type priced[D any] struct {
	lines []sums[D]
	total sums[D]
}

func entries[D any](list []Line, amount func(minor int64) D, whole func(n int64) D) []entry[D] {
	lines := make([]entry[D], len(list))
	for i, l := range list {
		lines[i] = entry[D]{amount(l.Minor), whole(l.Count), l.Class}
	}
	return lines
}

// baskets is a client that computes an A for every B.
type baskets[B, A any] struct {
	name  string
	list  []B
	price func(B) (A, error)
	minor func(A) ([]int64, error)
}

func (b *baskets[B, A]) Name() string { return b.name }

func (b *baskets[B, A]) Close() {}

func (b *baskets[B, A]) Walk(from, n int) int {
	var last A
	var err error
	for i := range n {
		if last, err = b.price(b.list[(from+i)%len(b.list)]); err != nil {
			return i
		}
	}
	runtime.KeepAlive(last)
	return n
}

func (b *baskets[B, A]) Answer(i int) ([]int64, error) {
	a, err := b.price(b.list[i])
	if err != nil {
		return nil, err
	}
	return b.minor(a)
}

// libraryBaskets is a client that computes every line with a decimal library.
func libraryBaskets[D any](name string, list [][]Line, amount, whole func(int64) D,
	price func([]entry[D]) (priced[D], error), minor func(D) (int64, error)) Client {
	c := &baskets[[]entry[D], priced[D]]{name: name, price: price, minor: func(p priced[D]) ([]int64, error) {
		return flat(append(p.lines[:len(p.lines):len(p.lines)], p.total), minor)
	}}
	for _, lines := range list {
		c.list = append(c.list, entries(lines, amount, whole))
	}
	return c
}

// flat returns amounts one after the other.
func flat[D any](list []sums[D], minor func(D) (int64, error)) ([]int64, error) {
	var all []int64
	for i := range list {
		for _, d := range []D{list[i].net, list[i].tax, list[i].gross} {
			m, err := minor(d)
			if err != nil {
				return nil, fmt.Errorf("amounts %d: %w", i, err)
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// Baskets returns all clients for baskets, ours first.
func Baskets(s *Shop, list [][]Line) []Client {
	return append(s.Baskets(list),
		newShopspringBaskets(list),
		newGovaluesBaskets(list),
		newApdBaskets(list),
		newIntegerBaskets(list))
}
