package rates

import (
	"slices"
	"sync/atomic"

	"github.com/taxresolve/tax"
)

// decoded are the countries that somebody has asked for, by code. A country is decoded once;
// whoever may change it is given a copy, which takes a few allocations however large the
// country is. It is no more than a cache of what is embedded: all countries together take
// less than a megabyte.
var decoded [26 * 26]atomic.Pointer[country]

// countryOf returns a country; nil if it is not covered.
func countryOf(code string) (*country, error) {
	if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' {
		return nil, nil
	}
	slot := &decoded[int(code[0]-'A')*26+int(code[1]-'A')]
	c := slot.Load()
	if c == nil {
		documents, err := decode(packed, code)
		if err != nil || documents == nil {
			return nil, err
		}
		c = newCountry(documents)
		slot.Store(c) // others may have done the same
	}
	return c, nil
}

// country has the decoded documents of a country, which nobody changes, and the numbers of
// all parts in them.
type country struct {
	documents []tax.Configuration

	referrals, ranges, classes, rates, components, texts int
}

func newCountry(documents []tax.Configuration) *country {
	c := &country{documents: documents}
	for i := range documents {
		d := &documents[i]
		c.ranges += len(d.PostalCodes) + len(d.SharedPostalCodes)
		c.texts += len(d.RegionAliases)
		c.referrals += len(d.Elsewhere)
		for j := range d.Elsewhere {
			c.texts += len(d.Elsewhere[j].Regions)
			c.ranges += len(d.Elsewhere[j].PostalCodes)
		}
		c.classes += len(d.Classes)
		for j := range d.Classes {
			c.rates += len(d.Classes[j].Rates)
			for k := range d.Classes[j].Rates {
				c.components += len(d.Classes[j].Rates[k].Components)
				c.texts += len(d.Classes[j].Rates[k].Evidence.Sources)
			}
		}
	}
	return c
}

// copy returns the documents in memory of their own, except for texts and numbers, which
// nobody can change. One allocation has all parts of a kind.
func (c *country) copy() []tax.Configuration {
	documents := slices.Clone(c.documents)
	referrals, ranges := make([]tax.Referral, c.referrals), make([]tax.PostalRange, c.ranges)
	classes, orders, rates := make([]tax.Class, c.classes), make([]int, c.classes), make([]tax.Rate, c.rates)
	components, texts := make([]tax.Component, c.components), make([]string, c.texts)
	for i := range documents {
		d := &documents[i]
		move(&d.PostalCodes, &ranges)
		move(&d.SharedPostalCodes, &ranges)
		move(&d.RegionAliases, &texts)
		move(&d.Elsewhere, &referrals)
		for j := range d.Elsewhere {
			move(&d.Elsewhere[j].Regions, &texts)
			move(&d.Elsewhere[j].PostalCodes, &ranges)
		}
		move(&d.Classes, &classes)
		for j := range d.Classes {
			class := &d.Classes[j]
			orders[0] = *class.Order
			class.Order, orders = &orders[0], orders[1:]
			move(&class.Rates, &rates)
			for k := range class.Rates {
				move(&class.Rates[k].Evidence.Sources, &texts)
				move(&class.Rates[k].Components, &components)
			}
		}
	}
	return documents
}

// move copies a list to the beginning of memory for many. To append to it takes another copy.
func move[E any](list, room *[]E) {
	n := len(*list)
	if n == 0 {
		return
	}
	own := (*room)[:n:n]
	copy(own, *list)
	*list, *room = own, (*room)[n:]
}

// About what an entry, a class and a range of postal codes take at least.
const (
	rateBytes  = 7
	classBytes = 24
	rangeBytes = 3
)

// room cuts n elements off a list. If it has fewer, it becomes a new one of so many as may
// follow: one allocation for what many parts of a country need.
func room[E any](list *[]E, n, follow int) []E {
	if n > len(*list) {
		*list = make([]E, max(n, follow))
	}
	own := (*list)[:n:n]
	*list = (*list)[n:]
	return own
}
