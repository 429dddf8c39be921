package tax

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// Configuration is one document: everything that is taxed at one [Location], in
// one version. Each region of a country has a document of its own.
//
// A region inherits the classes that it does not list from its parent, unless it
// is Exclusive. [ReadConfiguration] describes the JSON form.
type Configuration struct {
	// Location is the country or region that the document is about.
	Location Location

	// Name is what people call the country or region, in any languages. Lookups find a
	// region by its name if the text is not a code, and forms show it: see
	// [Country.Regions].
	Name LocalizedText

	// Within is the code of the region that a private region lies in, such as "NY" for
	// a city in New York. That region needs a configuration. A private region that
	// leaves it empty lies in the country; other regions have their place in ISO 3166-2
	// and leave it empty.
	Within string

	// PostalCodes are the postal codes of the addresses in this region. A country
	// has none. Where one region lies in another, both may have a code, and the inner
	// one answers. Any other two regions must not claim the same code.
	PostalCodes []PostalRange

	// SharedPostalCodes are postal codes of which only a part lies in this region. Other
	// regions may have them if they share them as well: the region of an address then
	// decides and, without one, the place around all of them answers. At most 64
	// regions may claim one code.
	SharedPostalCodes []PostalRange

	// RegionAliases are other codes under which lookups find this region, in upper
	// case, such as those of the provinces that it consists of.
	RegionAliases []string

	// Elsewhere are addresses that are written with this country, but belong to the tax
	// territory of another one, whose configurations answer for them. A region has none.
	Elsewhere []Referral

	// Regions is the rule of a country for lookups of its regions. A region has no
	// such rule.
	Regions RegionRule

	// Exclusive means that classes that are not listed here do not exist here.
	Exclusive bool

	// Tax is the tax charged here, unless a rate names another one. A region that
	// leaves it empty charges its parent's tax.
	Tax Tax

	// LocalTaxesMissing means that cities and counties here charge taxes of their own,
	// which are in none of the rates here. Answers say so, unless a region inside lists
	// the class and does not say the same.
	LocalTaxesMissing bool

	// TimeZone is the IANA name, in its own case, of the time zone that decides which
	// day it is here: "Europe/Berlin".
	// A region that leaves it empty uses the zone of its parent; a country that
	// leaves it empty uses UTC.
	TimeZone string

	// Classes are the kinds of goods and services for which this place has rules of
	// its own.
	Classes []Class

	// Metadata says which version of the document this is.
	Metadata Metadata

	// under is set if Overlay made the document.
	under *underlay
	// damage says why Damaged made the document.
	damage string
}

// underlay is the document of base under one that an overlay made.
type underlay struct {
	Configuration
	absent bool // base has none for the location; the document here is empty
}

// below returns what lies under a document after some layers are taken off.
func (c *Configuration) below(layers int) *Configuration {
	for ; layers > 0; layers-- {
		c = &c.under.Configuration
	}
	return c
}

// String returns the location, the version and the codes of the classes, as in
// "CA-QC version 3: STANDARD, REDUCED".
func (c Configuration) String() string {
	var b strings.Builder
	b.WriteString(printable(c.Location.String()) + " version " + itoa(c.Metadata.Version))
	for i := range c.Classes {
		b.WriteString([]string{": ", ", "}[min(i, 1)])
		b.WriteString(printable(c.Classes[i].Code))
	}
	return b.String()
}

// Clone returns a deep copy, which shares nothing that can be modified. The copy of a
// document that [Overlay] made is a document like any other: it stands for itself.
func (c Configuration) Clone() Configuration {
	c.under = nil
	c.PostalCodes = slices.Clone(c.PostalCodes)
	c.SharedPostalCodes = slices.Clone(c.SharedPostalCodes)
	c.RegionAliases = slices.Clone(c.RegionAliases)
	c.Elsewhere = slices.Clone(c.Elsewhere)
	for i := range c.Elsewhere {
		e := &c.Elsewhere[i]
		e.Regions, e.PostalCodes = slices.Clone(e.Regions), slices.Clone(e.PostalCodes)
	}
	c.Classes = slices.Clone(c.Classes)
	entries := 0
	for i := range c.Classes {
		entries += len(c.Classes[i].Rates)
	}
	rates := make([]Rate, 0, entries) // of all classes, in one allocation
	for i := range c.Classes {
		class := &c.Classes[i]
		class.Order = cloneOrder(class.Order)
		class.Aliases = slices.Clone(class.Aliases)
		if class.Rates != nil {
			first := len(rates)
			rates = append(rates, class.Rates...)
			class.Rates = rates[first:len(rates):len(rates)]
			cloneLists(class.Rates)
		}
	}
	c.Metadata = c.Metadata.clone()
	return c
}

// Referral names the place that answers for some addresses of a country: Puerto Rico for
// region PR and postal codes 006 to 009 of the United States. A lookup asks that place for
// the same tenant, class and day; if nothing is known there, that is the error. A place
// that refers the address on does not count as knowing anything.
type Referral struct {
	// Location is another country, or a region of another country.
	Location Location
	// Regions are region codes in upper case that mean the place, such as "PR".
	Regions []string
	// PostalCodes are the postal codes of the place. No region of the country may have
	// them.
	PostalCodes []PostalRange
}

// RegionRule says which regions a lookup in a country may name, and whether the
// country itself has an answer.
type RegionRule uint8

const (
	// RegionsOptional lets the country answer lookups without a region, and those
	// for a region when neither it nor a region above it has a configuration.
	RegionsOptional RegionRule = iota
	// RegionsListed refuses a region with [ErrUnknownRegion] when neither it nor a
	// region above it has a configuration. Lookups without a region get the answer
	// of the country.
	RegionsListed
	// RegionsRequired is RegionsListed for a country that has no answer itself: a
	// lookup without a region gets [ErrRegionRequired], unless its postal code
	// belongs to one.
	RegionsRequired
)

var regionRuleNames = [...]string{"optional", "listed", "required"}

// String returns the name used in JSON.
func (r RegionRule) String() string { return enumName(regionRuleNames[:], int(r)) }

// MarshalText returns the name used in JSON. A value that does not exist is an
// [InputError].
func (r RegionRule) MarshalText() ([]byte, error) {
	return marshalEnum("region rule", regionRuleNames[:], r)
}

// UnmarshalText reads a name that MarshalText returns. Any other text is an
// [InputError], including the name in another case.
func (r *RegionRule) UnmarshalText(text []byte) error {
	return unmarshalEnum("region rule", regionRuleNames[:], r, text)
}

// Metadata says which version of a document this is, and where it came from.
type Metadata struct {
	// Version starts at 1 and grows by one with every update in a [Store].
	Version int64
	// Created and Modified are the instants at which the document was created and
	// last modified, kept in UTC to the millisecond.
	Created, Modified time.Time
	// Source names where the document came from.
	Source string
	// AsOf is the day on which the facts in the document were last checked.
	AsOf Date
	// Base is the metadata of the document under this one, if [Overlay] merged the
	// two.
	Base *Metadata
}

// String returns the versions in one line, for people and logs: "version 2 of mine, on
// version 1 of theirs as of 2026-11-29".
func (m Metadata) String() string {
	var b strings.Builder
	for part := range m.chain() {
		if b.Len() > 0 {
			b.WriteString(", on ")
		}
		b.WriteString("version " + itoa(part.Version))
		if part.Source != "" {
			b.WriteString(" of " + printable(part.Source))
		}
		if !part.AsOf.IsZero() {
			b.WriteString(" as of " + part.AsOf.String())
		}
	}
	return b.String()
}

// maxBases is the number of documents that may lie under a merged one.
const maxBases = 32

// chain yields the metadata of a document and then of those under it. Because
// callers can build a cycle, it stops one step after the longest valid chain.
func (m *Metadata) chain() iter.Seq[*Metadata] {
	return func(yield func(*Metadata) bool) {
		for range maxBases + 2 {
			if m == nil || !yield(m) {
				return
			}
			m = m.Base
		}
	}
}

func (m Metadata) clone() Metadata {
	if m.Base == nil {
		return m
	}
	var list []Metadata
	for part := range m.chain() {
		list = append(list, *part)
	}
	for i := len(list) - 2; i >= 0; i-- {
		list[i].Base = &list[i+1]
	}
	list[len(list)-1].Base = nil
	if len(list) > maxBases+1 {
		// The copy is cut, but still too long to be valid. Its last part refers to
		// nothing of the caller's.
		list[len(list)-1] = Metadata{Version: -1}
	}
	return list[0]
}

// edition says which version of a document it is.
type edition struct {
	version int64
	source  string
	asOf    Date
	base    *edition // of the document under it
}

// edition returns which version of a document has the metadata.
func (m *Metadata) edition() (e edition) {
	var last *edition
	for part := range m.chain() {
		if last == nil {
			last = &e
		} else {
			last.base = new(edition)
			last = last.base
		}
		last.version, last.source, last.asOf = part.Version, part.Source, part.AsOf
	}
	return e
}

// isOf reports whether a document with the metadata has the edition.
func (e *edition) isOf(m *Metadata) bool {
	for part := range m.chain() {
		if e == nil || e.version != part.Version || e.source != part.Source || e.asOf != part.AsOf {
			return false
		}
		e = e.base
	}
	return e == nil
}

// chain yields the edition of a document and then of those under it.
func (e *edition) chain(yield func(*edition) bool) {
	for ; e != nil && yield(e); e = e.base {
	}
}
