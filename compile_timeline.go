package tax

import (
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/postal"
)

// span is a stretch of a merged timeline while it is being built: from a day on,
// until the next span. The first span of a timeline has no first day. A timeline
// is contiguous, sorted by day, and never empty.
type span struct {
	from Date
	rate int32 // number in compiler.rates; none if there is no rate
	gap  gap
}

// none is the number of no rate, component or territory.
const none = -1

// builtRate is a rate while its country is being compiled. It refers to other rates
// and to new components by number, because the slices of the compiler move when
// they grow.
type builtRate struct {
	effective
	over  int32 // number of the parent's rate, or none
	parts int32 // number of its first component in compiler.components, or none
}

// merge merges the entries of a class in one territory with the timeline of the
// class in its parent, and appends the spans of the result. above is nil if the
// parent has no such class. t is the number of the territory terr, whose tax is
// charged if an entry names none. The code and the message say what is wrong with
// entry i, as a Fault does; they are empty if nothing is.
func (b *compiler) merge(above []span, entries []Rate, t int32, terr *territory) (i int, code errorCode, message string) {
	oldest := len(entries) - 1
	if !entries[oldest].From.IsZero() {
		// A territory that lists a class takes it over: before the first entry there
		// is no rate, whatever the parent charges.
		b.spans = append(b.spans, span{rate: none, gap: gapNone})
	}
	at := 0 // the number of the span above that holds on the day of the entry
	for i := oldest; i >= 0 && b.excess == ""; i-- {
		entry := &entries[i]
		for at+1 < len(above) && !above[at+1].from.After(entry.From) {
			at++
		}
		var until Date // zero if there is no later entry
		if i > 0 {
			until = entries[i-1].From
		}
		unknownTax := terr.taxBroken && entry.Tax.Code == "" && entry.Effect.hasPercent()
		switch {
		case entry.Effect == End:
			b.spans = append(b.spans, span{from: entry.From, rate: none, gap: gapEnded})
		case entry.Effect == Replace && unknownTax:
			b.spans = append(b.spans, span{from: entry.From, rate: none, gap: gapInvalid})
		case entry.Effect == Replace:
			b.spans = append(b.spans, span{from: entry.From, rate: b.own(entry, t, terr)})
		case above == nil:
			return i, "parent_class_missing", entry.Effect.String() + ", but the parent has no such class"
		default:
			if message := b.over(above[at:], entry, until, t, terr, unknownTax); message != "" {
				return i, "parent_rate_not_addable", message
			}
		}
	}
	return 0, "", ""
}

// over appends the spans of an entry that depends on the parent's timeline, from the
// day of the entry until another day, exclusive, or without end if that is zero. The
// first span above holds on the day of the entry.
func (b *compiler) over(above []span, entry *Rate, until Date, t int32, terr *territory, unknownTax bool) (message string) {
	for _, s := range above {
		if !until.IsZero() && !s.from.Before(until) || b.excess != "" {
			break
		}
		if s.from.Before(entry.From) {
			s.from = entry.From
		}
		switch {
		case s.rate == none:
		case entry.Effect == Inherit:
			s.rate = b.inherited(s.rate, t)
		case unknownTax:
			s.rate, s.gap = none, gapInvalid
		default:
			if r := &b.rates[s.rate]; r.treatment != Taxable || r.ofGross {
				return entry.Effect.String() + ", but the parent's rate on " + dayOr(s.from, "the earliest days") +
					" is not a taxable percentage of the net price"
			}
			s.rate = b.added(s.rate, entry, t, terr)
		}
		b.spans = append(b.spans, s)
	}
	return ""
}

// rate appends a rate and returns its number.
func (b *compiler) rate(r *builtRate) int32 {
	if r.over != none {
		b.total.merged++
		b.bound(b.total.merged, maxMerged, tooManyMerged)
		b.bound(len(b.components), maxParts, tooManyMerged)
	}
	b.rates = append(b.rates, *r)
	b.rates[len(b.rates)-1].measure()
	return int32(len(b.rates) - 1)
}

// measure sets what amounts are computed with.
func (e *effective) measure() {
	e.wide = !exact.IsPlainPercent(e.percent)
	e.plain = !e.wide && e.treatment == Taxable && !e.ofGross
	if !e.wide {
		e.units, e.decimals = e.percent.CoefficientInt64(), uint8(-e.percent.Exponent())
	}
}

// own returns the number of the rate of an entry that replaces the parent's.
func (b *compiler) own(r *Rate, t int32, terr *territory) int32 {
	tax, taxDocument := taxOf(r, t, terr)
	return b.rate(&builtRate{effective{
		percent:     r.Percent,
		components:  r.Components,
		tax:         tax,
		status:      r.Evidence.Status,
		sources:     r.Evidence.Sources,
		document:    t,
		taxDocument: taxDocument,
		treatment:   r.Treatment,
		ofGross:     r.OfGross,
		undated:     r.From.IsZero(),
		verified:    b.verifiedOf(r),
	}, none, none})
}

// inherited returns the number of the rate of an entry that inherits the parent's
// rate, with its evidence.
func (b *compiler) inherited(parent, t int32) int32 {
	r := b.rates[parent]
	r.over, r.document, r.taxDocument, r.sources = parent, t, none, nil
	return b.rate(&r)
}

// added returns the number of the rate of an entry on top of the parent's rate,
// which has the number over.
func (b *compiler) added(over int32, r *Rate, t int32, terr *territory) int32 {
	parent := &b.rates[over]
	tax, taxDocument := taxOf(r, t, terr)

	first := len(b.components)
	if len(parent.components) > 0 {
		b.components = append(b.components, parent.components...)
	} else {
		b.components = append(b.components, Component{Code: parent.tax.Code, Name: parent.tax.Name, Percent: parent.percent})
	}
	own := len(b.components)
	if len(r.Components) > 0 {
		b.components = append(b.components, r.Components...)
	} else {
		b.components = append(b.components, Component{Code: tax.Code, Name: tax.Name, Percent: r.Percent})
	}
	if r.Effect == AddCompound {
		b.components[own].Compound = true // validation allows no second component here
	}
	components := b.components[first:len(b.components):len(b.components)]
	percent := exact.WholePercent(len(components), componentsOf(components))
	return b.rate(&builtRate{effective{
		percent:     percent,
		components:  components,
		tax:         b.jointTax(parent.tax, tax),
		status:      max(parent.status, r.Evidence.Status),
		sources:     r.Evidence.Sources,
		document:    t,
		taxDocument: taxDocument,
		treatment:   Taxable,
		undated:     parent.undated || r.From.IsZero(),
		verified:    parent.verifiedWith(r.From.IsZero(), b.verifiedOf(r)),
	}, over, int32(first)})
}

// verifiedOf returns the day since which an entry was verified; zero for an entry with a
// first day.
func (b *compiler) verifiedOf(r *Rate) Date {
	switch {
	case !r.From.IsZero():
		return Date{}
	case !r.Evidence.VerifiedSince.IsZero():
		return r.Evidence.VerifiedSince
	}
	return b.verified
}

// verifiedWith returns the day since which a rate and an entry on top of it were both
// verified; zero if there is none, or if both have a first day.
func (e *effective) verifiedWith(undated bool, verified Date) Date {
	switch {
	case !undated:
		return e.verified
	case !e.undated:
		return verified
	case e.verified.IsZero() || verified.Before(e.verified) && !verified.IsZero():
		return e.verified
	}
	return verified
}

// verifiedWithin returns the day on which the rate of span i was verified, if that is
// after the first day of the span and before the next one. last is the number of the
// span after the timeline.
func (b *compiler) verifiedWithin(i, last int32) (day Date, ok bool) {
	s := &b.spans[i]
	if s.rate == none {
		return Date{}, false
	}
	day = b.rates[s.rate].verified
	return day, s.from.Before(day) && (i+1 == last || day.Before(b.spans[i+1].from))
}

// taxOf returns the tax of an entry of territory t, and the territory whose
// document names it; none if that is the document of the entry.
func taxOf(r *Rate, t int32, terr *territory) (tax Tax, document int32) {
	if r.Tax.Code != "" {
		return r.Tax, none
	}
	if terr.taxFrom == t {
		return terr.tax, none
	}
	return terr.tax, terr.taxFrom
}

// jointTax is the function of that name. It makes each tax once, because the names of a
// parent's tax can be long, and many entries can need them.
func (b *compiler) jointTax(tax, other Tax) Tax {
	pair := taxPair{tax, other}
	if b.lastJoint.of == pair {
		return b.lastJoint.joint
	}
	joint, ok := b.joints[pair]
	if !ok {
		joint = jointTax(tax, other)
		for _, t := range joint.Name.All() {
			b.total.joined += len(t.Text)
		}
		b.bound(b.total.joined, maxJoined, tooLongNames)
		if b.lastJoint.of != (taxPair{}) { // most countries need one
			if b.joints == nil {
				b.joints = make(map[taxPair]Tax)
			}
			b.joints[pair] = joint
		}
	}
	b.lastJoint.of, b.lastJoint.joint = pair, joint
	return joint
}

// taxPair is a parent's tax and the one that an entry adds to it.
type taxPair struct{ tax, other Tax }

// A region has all classes of its parent, and its entry on top of a class has a rate for
// each entry of the parent. So the compiled form can be as large as the product of the
// sizes of two documents, and these bound it for a country with its regions, together
// with maxIndex. Merging stops as soon as one of them is reached.
const (
	maxCodes      = 1 << 18  // codes and aliases of classes, the inherited ones included
	maxMerged     = 1 << 17  // rates that were made from a parent's
	maxParts      = 1 << 20  // components of these
	maxJoined     = 16 << 20 // bytes of the names of taxes that are charged together
	tooManyRates  = "more than a million dated rates in one country and its regions: list fewer"
	tooManyCodes  = "more than 262,144 codes and aliases of classes in one country and its regions, with those that regions inherit: list fewer, or make regions exclusive"
	tooManyMerged = "more than 131,072 rates, or a million components, on top of the rates of a parent in one country and its regions: list fewer entries"
	tooLongNames  = "the names of taxes that are charged together have more than 16 MiB in one country and its regions: write shorter ones"
)

// bound stops the compilation if a number is more than a bound.
func (b *compiler) bound(n, most int, message string) {
	if n > most && b.excess == "" {
		b.excess = message
	}
}

// foresee stops the compilation of a country that is certain to reach a bound, before
// anything is merged.
func (b *compiler) foresee() {
	b.bound(len(b.documents), maxIndex, tooManyRates)
	codes, lines, slots := 0, 0, codetable.Size(len(b.draft.byRegion)) // for regionTable
	for i := range b.documents {
		d := &b.documents[i]
		if len(d.faults) > 0 || d.referral > 0 {
			continue
		}
		d.codes, d.classes = codesIn(d, nil), len(d.Classes)
		room := d.codes
		if d.parent >= 0 {
			parent := &b.documents[d.parent]
			room += parent.codes
			if !d.Exclusive {
				d.codes, d.classes = max(d.codes, parent.codes), max(d.classes, parent.classes)
			}
		}
		codes, lines, slots = codes+d.codes, lines+d.classes, slots+codetable.Size(room)
	}
	b.bound(codes, maxCodes, tooManyCodes)
	if b.excess == "" { // else nothing is merged
		b.lines, b.slots = grown(b.lines, lines), grown(b.slots, slots)
	}
}

// newCompiler returns a compiler in one allocation with room for a country that has a few
// regions and has changed its rates as often as most: a process makes few of them, but one for
// its first answer.
func newCompiler() any {
	var b struct {
		compiler
		documents   [4]document
		territories [4]territory
		claims      [8]postal.Span
		claimed     [8]postal.Span
		rates       [32]builtRate
		spans       [48]span
		lines       [16]builtLine
		slots       [64]codetable.Slot
	}
	c := &b.compiler
	c.documents, c.draft.territories = b.documents[:0], b.territories[:0]
	c.claims, c.claimed = b.claims[:0], b.claimed[:0]
	c.rates, c.spans, c.lines, c.slots = b.rates[:0], b.spans[:0], b.lines[:0], b.slots[:0]
	return c
}
