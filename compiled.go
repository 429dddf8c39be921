package tax

import (
	"unique"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/lang"
	"github.com/taxresolve/tax/internal/postal"
)

// compiled is one country of one tenant, ready to answer. It is immutable;
// answers point to it. What does not depend on the tenant is in the body, which
// tenants with the same documents share.
type compiled struct {
	*sharedBody
	*record
	tenant          unique.Handle[string]
	defaultLanguage *lang.Tag // of the tenant
	loaded          int64     // when the load began: Unix time in microseconds
}

// record is what belongs to one load or to one answer. The answers of a load
// share one; an answer that needs more has its own.
type record struct {
	metadata []Metadata // by territory
	// stale: kept beyond its time because the source fails.
	stale bool
	// The rare facts of one answer that do not fit into its handle.
	askedRegion, askedClass string // when the answer goes by others
	asserted                *Assertion
}

// sharedBody is a body and the count that a cache keeps beside it.
type sharedBody struct {
	body
	share cache.Share
}

// body is a country in which every (territory, class) timeline is merged with
// its parents already, so that a lookup only finds its way to a segment and
// nothing is resolved twice in two manners.
type body struct {
	// quick answers for the country itself, today; it finds nothing when the
	// country alone has no answer. The day stands beside the table: a lookup
	// reads both.
	quick        codetable.Table
	quickDay     *civil.Today
	quickDefault codetable.Slot

	bytes int64   // estimate of the memory it takes
	first *record // of the load that made the body

	settings *settings
	country  string
	// broken is set when the documents cannot even be placed.
	broken *InvalidError
	// territories[0] is the country.
	territories []territory
	segments    []segment
	// byRegion finds a territory by region code or alias.
	byRegion map[string]regionEntry
	// postal is sorted and disjoint.
	postal []postal.Span
	// postalUnknown is a tombstone with postal codes that cannot be read: any
	// code that no other territory claims could be one of them. 0 is none.
	postalUnknown int32
	rule          RegionRule
	// digitsOnly: all postal codes that regions claim are digits.
	digitsOnly bool
}

type territory struct {
	location Location
	// broken is the tombstone of an invalid document.
	broken *InvalidError

	tax          Tax
	day          *civil.Today // today, by its time zone
	zoneName     string
	lines        []line
	codes        codetable.Table
	defaultClass string

	parent      int32 // -1 for the country
	document    int32 // number of its document in the set; -1 when it has none
	taxFrom     int32 // the territory whose document names the tax
	defaultFrom int32 // the territory whose document names the default

	// absent marks the country when only its regions have documents.
	absent bool
	// ambiguous: two documents for the location disagree on the tax or the time
	// zone, so that nobody can tell which of them the regions inherit.
	ambiguous   bool
	exclusive   bool
	hasPostal   bool
	taxBroken   bool // what it says of the tax is invalid
	zoneBroken  bool // what a document says of the zone is invalid
	zoneMissing bool
}

type regionEntry struct {
	territory int32
	alias     bool
}

// line is a class of a territory with its merged timeline,
// segments[first:last].
type line struct {
	code              string
	aliases           []string
	name, description LocalizedText
	order             int
	// origin is the territory whose document lists the class.
	origin      int32
	first, last int32
}

// segment is what one class of one territory charges from a day on, until the
// next segment of its line. The first segment of a line has no from: it
// reaches back without bound.
type segment struct {
	from, until Date
	territory   int32
	line        int32
	// rate is nil when there is none: gap tells why.
	rate *effective
	gap  gap
	// refused tells why the evidence of the rate is not good enough, or "".
	refused string
}

// answers reports whether the segment has a rate that may be given.
func (s *segment) answers() bool { return s.rate != nil && s.refused == "" }

// gap tells why a segment has no rate.
type gap uint8

const (
	gapNone    gap = iota // nothing in force yet
	gapEnded              // the class ended
	gapInvalid            // the document it comes from is invalid
)

// effective is a rate as it is charged: entries and their parents combined.
type effective struct {
	percent    decimal.Decimal
	components []Component
	tax        Tax
	evidence   Evidence
	// over is the parent's rate that this one lies over, or nil.
	over *effective
	// document is the territory whose entry this is, and taxDocument the one
	// whose document names the tax, if that is another; else -1.
	document, taxDocument int32
	treatment             Treatment
	ofGross               bool
	undated               bool
	// wide: the digits of the percentage are too many for 64 bits.
	wide bool
	// plain: it is a taxable percentage of the net price, and not wide.
	plain bool
}

// documents are the territories whose entries took part, the uppermost first.
func (e *effective) documents() (list []int32) {
	if e.over != nil {
		list = e.over.documents()
	}
	list = append(list, e.document)
	if e.taxDocument >= 0 {
		list = append(list, e.taxDocument)
	}
	return list
}

// noDay is no day, of any zone.
var noDay civil.Today

// setToday prepares the quick answers. They are those of the country itself, by
// class code, on days of its zone; all else takes the way of Lookup.
func (c *body) setToday() {
	c.quick = codetable.Empty()
	c.quickDay = &noDay
	t := &c.territories[0]
	if c.broken != nil || t.broken != nil || t.absent || t.zoneBroken || c.rule == RegionsRequired {
		return
	}
	c.quick, c.quickDay = t.codes, t.day
	if s := t.codes.Find(t.defaultClass); s != nil && !s.Alias {
		c.quickDefault = *s
	}
}

// misses reports whether it is certain that the country itself has no class of
// that code today.
func (c *body) misses(class string) bool {
	return c.quickDay.Day() != 0 && len(c.territories[0].lines) > 0 && c.quick.Find(class) == nil
}

// recordOf is what a load adds to its body: the record of the load that made
// the body if nothing in it differs.
func (c *body) recordOf(set []Configuration) *record {
	if c.first != nil && c.first.has(c, set) {
		return c.first
	}
	r := &record{metadata: make([]Metadata, len(c.territories))}
	for t := range c.territories {
		if i := c.territories[t].document; i >= 0 {
			r.metadata[t] = set[i].Metadata
		}
	}
	return r
}

// has reports whether the record has the metadata of the documents.
func (r *record) has(b *body, set []Configuration) bool {
	for t := range b.territories {
		if i := b.territories[t].document; i >= 0 && !r.metadata[t].equal(&set[i].Metadata) {
			return false
		}
	}
	return true
}
