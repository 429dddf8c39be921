package tax

import (
	"iter"
	"slices"
	"time"
)

// Configuration is everything that is taxed at one [Location]: one document,
// with one version. A country's regions are documents of their own.
//
// A class that a region does not list is inherited from its parent, unless the
// region is Exclusive. The JSON form is described at [ReadConfiguration].
type Configuration struct {
	Location Location

	// PostalCodes are the addresses that belong to this region. A country has
	// none. Two regions of a country must not claim the same code.
	PostalCodes []PostalRange

	// RegionAliases are other codes for this region, upper case, such as the
	// provinces it consists of.
	RegionAliases []string

	// Regions says, on a country, what a lookup must tell about the region.
	Regions RegionRule

	// Exclusive means that classes not listed here do not exist here.
	Exclusive bool

	// Tax is the tax charged here unless a rate names another. A region that
	// leaves it empty charges its parent's.
	Tax Tax

	// TimeZone is the IANA name of the zone that decides which day it is here.
	// A region that leaves it empty uses its parent's; a country, UTC.
	TimeZone string

	// Classes are the kinds of goods and services that this place taxes by
	// rules of its own.
	Classes []Class

	// Metadata tells which state of the document this is.
	Metadata Metadata
}

// RegionRule says what a lookup in a country must tell about the region.
type RegionRule uint8

const (
	// RegionsOptional answers for the country when the region is missing or
	// has no configuration of its own.
	RegionsOptional RegionRule = iota
	// RegionsListed refuses a region that has no configuration of its own with
	// [ErrUnknownRegion]; the country alone has an answer.
	RegionsListed
	// RegionsRequired is RegionsListed, and the country alone has no answer:
	// [ErrRegionRequired].
	RegionsRequired
)

var regionRuleNames = [...]string{"optional", "listed", "required"}

// String returns the name used in JSON.
func (r RegionRule) String() string { return enumName(regionRuleNames[:], int(r)) }

// Metadata tells which state of a document this is and where it came from.
type Metadata struct {
	// Version starts at 1 and grows by one with every update in a Store.
	Version int64
	// Created and Modified are instants, kept in UTC to the millisecond.
	Created, Modified time.Time
	// Source names where the document came from.
	Source string
	// AsOf is the day on which the facts in the document were last checked.
	AsOf Date
	// Base is the document under this one when [Overlay] merged two.
	Base *Metadata
}

// Clone returns a deep copy that shares nothing that can be modified.
func (c Configuration) Clone() Configuration {
	c.PostalCodes = slices.Clone(c.PostalCodes)
	c.RegionAliases = slices.Clone(c.RegionAliases)
	c.Classes = slices.Clone(c.Classes)
	entries := 0
	for i := range c.Classes {
		entries += len(c.Classes[i].Rates)
	}
	rates := make([]Rate, 0, entries) // of all classes: one allocation
	for i := range c.Classes {
		class := &c.Classes[i]
		class.Aliases = slices.Clone(class.Aliases)
		if class.Rates != nil {
			first := len(rates)
			rates = append(rates, class.Rates...)
			class.Rates = rates[first:len(rates):len(rates)]
			own(class.Rates)
		}
	}
	c.Metadata = c.Metadata.clone()
	return c
}

// maxBases is how many documents may lie under each other.
const maxBases = 32

// chain yields the metadata of a document and of those under it, one more at
// most than there may be: a caller can make a cycle of them.
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
		// Still too long to be valid, and no longer the caller's.
		list[len(list)-1] = Metadata{Version: -1}
	}
	return list[0]
}

func (m *Metadata) equal(n *Metadata) bool {
	for range maxBases + 2 {
		if m == n {
			return true
		}
		if m == nil || n == nil || m.Version != n.Version || m.Source != n.Source || m.AsOf != n.AsOf ||
			!m.Created.Equal(n.Created) || !m.Modified.Equal(n.Modified) {
			return false
		}
		m, n = m.Base, n.Base
	}
	return false
}

// MarshalText returns the name of the rule. A value that does not exist is an
// [InputError].
func (r RegionRule) MarshalText() ([]byte, error) {
	return marshalEnum("region rule", regionRuleNames[:], r)
}

// UnmarshalText reads what MarshalText writes, in exactly that case. Another
// name is an [InputError].
func (r *RegionRule) UnmarshalText(text []byte) error {
	return unmarshalEnum("region rule", regionRuleNames[:], r, text)
}
