// Package rates is real tax rates of the world, embedded in the program: VAT,
// GST and sales taxes of countries and of the territories in them that differ,
// with their history, names, sources and how far the sources agree.
//
//	r, err := tax.NewResolver(rates.World(), nil)
//
// The data is facts as of [AsOf], compared between sources as docs/rates.md
// tells, with its coverage and its gaps. It is data, not tax advice. A program
// that does not import this package does not carry it; one that does pays
// nothing until it asks for a country.
//
// Countries whose parts live in several time zones have a zone for each
// region. Zone data is not embedded: on a system without it, import
// time/tzdata.
package rates

import (
	"context"
	_ "embed"

	"github.com/taxresolve/tax"
)

//go:generate go run ./internal/gen

// packed is written by internal/gen from the tables in data; decode.go
// describes it. A string needs no decoding at start and cannot be modified.
//
//go:embed world.bin
var packed string

// World returns the rates of the world as a source for [tax.NewResolver] and
// [tax.Overlay]. It answers for every tenant alike, does no input or output,
// and is safe for concurrent use. A country that is not among [Countries] has
// no configurations, which is not an error.
//
// Every call of Configurations decodes the country anew: the result is the
// caller's to change. Its order is the country, then its regions by code.
// Classes follow their Order, entries are newest first, percentages are in
// percent. A class is in force until an entry ends it; an entry without From is
// one whose first day the sources do not tell.
func World() tax.Source { return world{packed} }

type world struct{ data string }

func (w world) Configurations(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	return decode(w.data, key.Country)
}

// AsOf returns the day on which the facts were compiled. Changes that were law
// by then are in the data with their days; later ones are not.
func AsOf() tax.Date {
	h, err := open(packed)
	if err != nil {
		return tax.Date{}
	}
	return h.asOf
}

// Countries returns the ISO 3166-1 alpha-2 codes of the countries covered, and
// XK, sorted. The slice is the caller's.
func Countries() []string {
	h, err := open(packed)
	if err != nil {
		return nil
	}
	codes := make([]string, h.countryCount)
	for i := range codes {
		codes[i], _, _ = h.country(i)
	}
	return codes
}

// Reference tells what a source of [tax.Evidence] is.
type Reference struct {
	// Name is the publisher, or the repository, or what kind of source it is.
	Name string
	// Address is where it was read; empty when there is none to read.
	Address string
	// Date is the state that was read: a day, a month or a year, written
	// YYYY-MM-DD, YYYY-MM or YYYY; empty when the source states none.
	Date string
}

// Source returns what an id in the Evidence of an entry stands for; false for
// an id that the data does not use.
func Source(id string) (Reference, bool) {
	h, err := open(packed)
	if err != nil {
		return Reference{}, false
	}
	return h.reference(id)
}
