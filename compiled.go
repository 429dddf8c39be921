package tax

import (
	"sort"
	"unique"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/intern"
	"github.com/taxresolve/tax/internal/lang"
	"github.com/taxresolve/tax/internal/postal"
)

// compiled is one country of one tenant, ready to answer. It is immutable, and
// answers point to it. Tenants share what is the same for them: the body, and each of
// the lines.
//
// It begins with what a hit reads.
type compiled struct {
	slots codetable.Slots // of body.quick: following the pointer to it would cost a hit time
	// answers has the lines of the country itself that answer with their latest segment on
	// every day after that of earlier; none if hits are counted, which Resolve leaves to Lookup.
	answers codetable.Lines
	earlier int32
	today   uint16 // number of body.quickDay among core.days
	stale   bool   // the data was kept beyond its time because the source fails
	*sharedBody
	*record
	few    [5]*line // the first lines; see compiled.lines
	tenant unique.Handle[string]
	loaded int64 // when the load began: Unix time in microseconds
}

// record has the facts of one load that are not in the body. Loads share one if they do not
// differ. Most tenants have a version of their own, so it is small.
type record struct {
	edition                       // of the country's document
	defaultLanguage *lang.Default // of the tenant
	many            *[]*line      // see compiled.lines
	*details
}

// details are facts that few records have. An answer with facts of its own has its own
// record.
type details struct {
	others []edition // of the documents of the territories after the country
	// Of one answer, what does not fit into its handle:
	askedRegion, askedClass string // in the lookup, if the answer has other codes
	asserted                *Assertion
	referrer                *compiled // the country that the lookup names, if it referred the address to this one
}

var noDetails details

// editionOf returns the edition of the document of a territory.
func (r *record) editionOf(t int32) *edition {
	if t == 0 {
		return &r.edition
	}
	return &r.others[t-1]
}

// sharedBody is a body and the counter that the cache keeps with it.
type sharedBody struct {
	body
	share    cache.Share
	versions intern.Latest // that were remembered; see interner
}

// body is a country without what its classes say. The timeline of every class in every
// territory has been merged with those of its parents, so that a lookup only has to find
// the segment: there is one algorithm of resolution, not two.
type body struct {
	// quick has the classes of the country itself; none if the country alone has no
	// answer. The day is next to the table because a lookup reads both.
	quick        codetable.Table
	quickDay     *civil.Today
	quickDefault codetable.Slot

	bytes int64   // estimate of the memory it takes
	first *record // of the load that made the body

	settings *settings
	country  string
	// broken is set if the country as a whole cannot be used.
	broken *InvalidError
	// strays has the faults of documents that are not of the country. They cost nothing
	// here, but somebody has to know of them.
	strays *InvalidError
	// territories has the country at index 0.
	territories []territory
	// all has the lines of the country. It is nil if tenants have lines of their own on
	// the same body.
	all []*line
	// regions finds a territory by region code or alias.
	regions codetable.Table
	// byRegion is regions while the country is compiled.
	byRegion map[string]regionEntry
	// postal finds the owners of postal codes. One below 0 is a shared code: -1 is the first.
	postal *postal.Index
	shared []sharedCode
	// postalWeak has, in the same form, the codes that only invalid documents claim. They
	// lead to tombstones.
	postalWeak *postal.Index
	// postalUnknown is a tombstone with postal codes that cannot be read; 0 if there
	// is none. Any code that no other territory claims could be one of them.
	postalUnknown int32
	// claimedNames are names that lead to tombstones besides those of territories.
	claimedNames []claimedName
	rule         RegionRule
	// digitsOnly means that all postal codes that regions claim are digits.
	digitsOnly bool
}

// A country has at most maxIndex lines and territories, because a handle has
// indexBits for their numbers.
const (
	indexBits = 20
	maxIndex  = 1<<indexBits - 1
)

// territory is a location that has a document, or the country.
type territory struct {
	location Location
	name     LocalizedText
	// broken is the tombstone: the error of an invalid document.
	broken *InvalidError

	tax          Tax
	day          *civil.Today // today in its time zone
	zoneName     string
	lines        []builtLine // while it is being compiled
	defaultClass string
	codes        codetable.Table
	// answers has the lines that answer with their latest segment on every day after that of
	// earlier; none if tenants have lines of their own.
	answers      codetable.Lines
	earlier      int32
	first, count int32 // its lines are compiled.lines[first:][:count]
	parent       int32 // -1 for the country
	document     int32 // index of its document in the set; -1 if it has none
	taxFrom      int32 // the territory whose document names the tax
	defaultFrom  int32 // the territory whose document names the default class

	// absent means that the country has no document: only its regions have.
	absent bool
	// elsewhere means that it stands for a referral: its location answers, which is in
	// another country.
	elsewhere bool
	// ambiguous means that two documents for the location disagree on the tax or the
	// time zone, so that there is no telling which of them the regions inherit.
	ambiguous   bool
	exclusive   bool
	localTaxes  bool // are missing in its rates
	hasPostal   bool
	aliased     bool // it has other codes
	taxBroken   bool // its tax is not known because a document is invalid
	zoneBroken  bool // its time zone is not known because a document is invalid
	zoneMissing bool // the system does not know its time zone
	// withheld means that it is broken because a document of an overlay is withheld.
	// Regions still inherit what lies under that document.
	withheld bool
	layers   int32 // the number of layers of its document that are withheld
}

// sharedCode is who shares a postal code, and the territory around all of them. Without
// owners, the code belongs to the referral around.
type sharedCode struct {
	owners []int32
	around int32
}

// claimedName is a name of a territory that only an invalid document says.
type claimedName struct {
	LocalizedText
	territory int32
}

// regionEntry is the territory that a region code finds.
type regionEntry struct {
	territory int32
	alias     bool // the code is an alias of the territory
}

// line is a class of a territory with its merged timeline. It never changes. A region
// that inherits a class has the line of its parent; tenants whose classes say the same
// have one line, if their country has no regions.
type line struct {
	listing
	segments     []segment // at least one, each until the next
	*sharedLines           // those that it was made with, if tenants share them; else nil
}

// sharedLines are lines of a load that were made together, because each allocation and each weak
// pointer takes its time and memory. They live as long as somebody has one of them.
type sharedLines struct {
	lines []line
	share cache.Share
	bytes int64 // estimate of the memory they take
}

// builtLine is a line while its country is being compiled. Its timeline is
// compiler.spans[first:last].
type builtLine struct {
	listing
	first, last int32
	inherited   int32 // number of the line of its parent that it is, plus 1; 0 if it is none
}

// listing is a class as the documents of a territory and of those above list it, without
// its rates.
type listing struct {
	code              string
	aliases           []string
	name, description LocalizedText
	order             int
	// origin is the territory whose document lists the class.
	origin int32
	rank   int32 // its place among the lines of its territory that have its order
}

// on returns the segment that holds on a day.
func (l *line) on(day Date) *segment {
	i := len(l.segments) - 1
	for l.segments[i].from.After(day) { // the first has no from, so it ends the search
		i--
	}
	return &l.segments[i]
}

// segment is the rate of one class in one territory from a day on, until the next
// segment of its line. The first segment of a line has no first day: it holds for
// all earlier days.
type segment struct {
	// until is the first day on which the rate no longer holds.
	from, until Date
	// rate is nil if there is none; gap then says why.
	rate *effective
	gap  gap
	// unverified means that the first day of the rate is not known, and that on the
	// days of the segment it was not verified yet. A rate that was verified in the
	// course of its days has two segments.
	unverified bool
	// since is the first day of the rate: that of the segment, or that of the one
	// before it if both have the rate.
	since Date
	// refused says why the evidence of the rate is refused; "" if it is not.
	refused string
}

// answers reports whether the segment has a rate and its evidence is not refused.
func (s *segment) answers() bool { return s.rate != nil && s.refused == "" }

// status returns the status of the rate on the days of the segment. Where nothing was
// stated, there is no statement that these days could be without.
func (s *segment) status() Status {
	if s.unverified && s.rate.status != Unstated {
		return max(s.rate.status, Undated)
	}
	return s.rate.status
}

// began reports whether the class has a rate in the segment, or may have one.
func (s segment) began() bool { return s.rate != nil || s.gap == gapInvalid }

// gap says why a segment has no rate.
type gap uint8

const (
	gapNone    gap = iota // nothing in force yet
	gapEnded              // the class ended
	gapInvalid            // the document that it depends on is invalid
)

// effective is a rate as it is charged: that of an entry, combined with the
// parent's rate where the entry depends on it.
type effective struct {
	percent    decimal.Decimal
	units      int64 // of 10^-decimals percent, unless it is wide: amounts take no steps to them
	components []Component
	tax        Tax
	status     Status   // the weakest that an entry states that took part
	verified   Date     // if it is undated: since when it was verified; zero if that is not known
	sources    []string // of its own entry
	// over is the parent's rate that this one adds to or inherits, or nil.
	over *effective
	// document is the territory of the entry. taxDocument is the territory whose
	// document names the tax, if that is another; else -1.
	document, taxDocument int32
	treatment             Treatment
	decimals              uint8 // of units
	ofGross               bool
	undated               bool // an entry that took part has no first day
	// wide means that 64 bits do not hold the digits of the percentage.
	wide bool
	// plain means that it is a taxable percentage of the net price, and not wide.
	plain bool
}

// ratio returns the percentage as a ratio, if it is not wide.
func (e *effective) ratio() exact.Ratio { return exact.PlainPercent(e.units, int(e.decimals)) }

// hasPostal reports whether a postal code can decide anything in the country. Where none
// can, people write what they like in its place: "PO Box 506808", "N/A".
func (c *body) hasPostal() bool {
	return c.postal != nil || c.postalWeak != nil || c.postalUnknown != 0
}

// sharing returns the territories that share a packed postal code.
func (c *body) sharing(packed uint64) (list []int32, shared bool) {
	code, _, _ := postal.Parse(c.country, postal.Code{Packed: packed}.String(), c.digitsOnly, c.postal)
	if p, ok := c.postal.Find(code); ok && p < 0 {
		return c.shared[-p-1].owners, true
	}
	return nil, false
}

// addressAdvice returns what to do about an address with a packed postal code that no
// territory was found for.
func (c *body) addressAdvice(kind error, packed uint64) string {
	_, shared := c.sharing(packed)
	return addressAdvice(kind, c.rule == RegionsRequired || c.territories[0].absent, shared, c.hasPostal())
}

// misses reports whether it is certain that the country itself has no class with
// that code today. s is the slot at which a search for it ended; nil if there was none.
func (c *body) misses(class string, s *codetable.Slot) bool {
	return c.quickDay.Day() != 0 && c.territories[0].count > 0 && c.quick.Lacks(class, s)
}

// lines returns the lines of all territories, one territory after the other.
func (c *compiled) lines() []*line {
	switch {
	case c.all != nil:
		return c.all
	case c.many != nil:
		return *c.many
	}
	return c.few[:c.territories[0].count]
}

// line returns a line by its number.
func (c *compiled) line(n int32) *line {
	if n < int32(len(c.few)) && c.few[n] != nil {
		return c.few[n]
	}
	return c.lines()[n]
}

// linesOf returns the lines of a territory.
func (c *compiled) linesOf(t *territory) []*line { return c.lines()[t.first:][:t.count] }

// territoryOf returns the number of the territory that has a line.
func (c *body) territoryOf(line int32) int32 {
	after := sort.Search(len(c.territories), func(t int) bool { return c.territories[t].first > line })
	return int32(after - 1)
}

// latest returns those of a territory's lines that answer with their latest segment on a
// day, and the day after which all of them do, 0 or later.
func latest(lines []*line, day Date) (set codetable.Lines, earlier int32) {
	for n, l := range lines[:min(len(lines), codetable.MaxLines)] {
		if s := &l.segments[len(l.segments)-1]; s.answers() && !s.from.After(day) {
			set, earlier = set.With(n), max(earlier, s.from.n-1)
		}
	}
	return set, earlier
}

// tombstoneAbove returns the error of the tombstone that a territory inherits
// from, if there is one. It looks at the territories above up to the first
// exclusive one, as far as classes are inherited; with through, at all of them, as
// the default class, the tax and the time zone are.
func (c *body) tombstoneAbove(t *territory, through bool) error {
	for p := t.parent; p >= 0; p = c.territories[p].parent {
		if err := c.territories[p].broken; err != nil {
			return err
		}
		if c.territories[p].exclusive && !through {
			return nil
		}
	}
	return nil
}

// unknownAbove is tombstoneAbove for a class that the territories above do not have:
// what a withheld document would have changed is not unknown.
func (c *body) unknownAbove(t *territory) error {
	for p := t.parent; p >= 0; p = c.territories[p].parent {
		above := &c.territories[p]
		if above.broken != nil && !above.withheld {
			return above.broken
		}
		if above.exclusive {
			break
		}
	}
	return nil
}

// tombstoneAt is tombstoneAbove, beginning with the territory itself.
func (c *body) tombstoneAt(t *territory) error {
	if t.broken != nil {
		return t.broken
	}
	return c.tombstoneAbove(t, true)
}

// within reports whether territory t is ancestor or one of the territories in it.
func (c *body) within(t, ancestor int32) bool {
	for ; t >= 0; t = c.territories[t].parent {
		if t == ancestor {
			return true
		}
	}
	return false
}
