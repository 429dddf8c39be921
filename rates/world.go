package rates

import (
	"context"
	_ "embed"

	"github.com/taxresolve/tax"
)

//go:generate go run ./internal/gen
//go:generate go test . -run ^TestCoverageTableOfTheDocsIsTheDatas$ -update

// packed is written by internal/gen from the tables in data; decode.go
// describes its form. It is a string because a string needs no initialization
// and cannot be modified.
//
//go:embed world.bin
var packed string

// World returns the rates of the world as a source for [tax.NewResolver] and
// [tax.Overlay]. It has the same rates for every tenant, does no input or
// output, and is safe for concurrent use. A code that is not among [Countries] has no
// configurations, which is not an error.
//
// Where a source says that a country has no general tax on sales, its rate is 0,
// outside the scope of any tax, and its tax has the code NONE. Where no source was
// found, the country has a class STANDARD that never has a rate, and lookups are
// refused with [tax.ErrNoRate]; lay a document of your own over it with
// [tax.Overlay].
//
// Every call of Configurations returns a copy, so the caller may change the result. The
// first one for a country decodes it. The country comes first, then its regions by code. Classes
// are in their Order, entries are newest first, and percentages are in percent.
// A class is in force until an entry ends it. An entry without From is one
// whose first day is not known from the sources.
func World() tax.Source { return world{} }

type world struct{}

func (world) Configurations(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	c, err := countryOf(key.Country)
	if c == nil {
		return nil, err
	}
	return c.copy(), nil
}

// Constant returns what Configurations does, but not in a copy: nobody may change it. It
// spares a resolver the copy.
func (world) Constant(key tax.Key) ([]tax.Configuration, error) {
	c, err := countryOf(key.Country)
	if c == nil {
		return nil, err
	}
	return c.documents, nil
}

// NeverWaits returns true: see [tax.Source].
func (world) NeverWaits() bool { return true }

// Version returns the one version that every country has while the program runs.
func (world) Version(tax.Key) (number uint64, ok bool) { return 1, true }

// AsOf returns the day on which the facts were compiled. Changes that were law
// by then are in the data, even those that take effect later.
func AsOf() tax.Date {
	h, err := open(packed)
	if err != nil {
		return tax.Date{}
	}
	return h.asOf
}

// Countries returns the codes of all countries, sorted: the ISO 3166-1 alpha-2
// codes, and XK for Kosovo. For some of them no rate is known; see [World]. The
// slice belongs to the caller.
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

// Reference describes a source of [tax.Evidence].
type Reference struct {
	// Name is the publisher, the repository or the kind of source.
	Name string
	// Address is the place where the source was read. It may be empty.
	Address string
	// Date is the date of the version that was read: YYYY-MM-DD, YYYY-MM or YYYY.
	// It is empty if the source has no date.
	Date string
}

// Source describes the source with an id, as found in the Evidence of an entry.
// It returns false if the data does not use the id.
func Source(id string) (Reference, bool) {
	h, err := open(packed)
	if err != nil {
		return Reference{}, false
	}
	return h.reference(id)
}
