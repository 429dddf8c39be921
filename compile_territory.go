package tax

import (
	"maps"
	"slices"
	"time"

	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/postal"
)

// territory compiles the document of a territory. Its parent is compiled already.
func (b *compiler) territory(t int32) {
	terr, doc := &b.draft.territories[t], &b.documents[t]
	terr.first = int32(len(b.lines))
	if doc.referral > 0 {
		home := &b.draft.territories[0]
		terr.broken, terr.day, terr.zoneName, terr.zoneBroken = home.broken, home.day, home.zoneName, home.zoneBroken
		return
	}
	var parent *territory
	if terr.parent >= 0 {
		parent = &b.draft.territories[terr.parent]
	}
	// A document without faults needs no second check.
	suspect := len(doc.faults) > 0
	terr.exclusive, terr.localTaxes = doc.Exclusive, doc.LocalTaxesMissing
	terr.tax, terr.taxFrom = doc.Tax, t
	taxFault, _ := doc.Tax.fault()
	terr.taxBroken = terr.ambiguous || suspect && taxFault != ""
	terr.zoneBroken = terr.ambiguous || suspect && !civil.IsZoneName(doc.TimeZone)
	if doc.Tax.Code == "" && !terr.taxBroken && parent != nil {
		terr.tax, terr.taxFrom, terr.taxBroken = parent.tax, parent.taxFrom, parent.taxBroken
	}
	if doc.withheld != nil {
		b.withheldFields(terr, doc)
	}
	b.zone(terr, doc.TimeZone, parent)

	lines, spans, rates, components := len(b.lines), len(b.spans), len(b.rates), len(b.components)
	known := len(doc.faults)
	under := doc.withheld != nil && !doc.sealed
	if known == 0 || under {
		b.classes(t, terr, doc, parent)
	}
	if len(doc.faults) > 0 {
		terr.broken = tombstone(doc.faults)
		if under && len(doc.faults) == known {
			b.obscure(t, terr, lines)
			terr.lines, terr.withheld = b.lines[lines:], true
			return
		}
		b.lines, b.rates, b.components = cleared(b.lines, lines), cleared(b.rates, rates), cleared(b.components, components)
		b.spans = b.spans[:spans]
		terr.codes = codetable.Table{}
		return
	}
	terr.lines = b.lines[lines:]
}

// zone sets the time zone that decides which day it is in a territory.
func (b *compiler) zone(terr *territory, name string, parent *territory) {
	in := time.UTC
	terr.zoneName = "UTC"
	switch {
	case terr.zoneBroken:
	case name != "":
		terr.zoneName = name
		if known, err := civil.Zone(name); err == nil {
			in = known
		} else {
			terr.zoneMissing = true
		}
	case parent != nil:
		terr.day, terr.zoneName, terr.zoneMissing = parent.day, parent.zoneName, parent.zoneMissing
		terr.zoneBroken = parent.zoneBroken
		return
	}
	terr.day = b.clock.Today(in)
}

// classes merges the classes of a document with those that it inherits.
func (b *compiler) classes(t int32, terr *territory, doc *document, parent *territory) {
	if parent != nil && parent.broken != nil && !parent.withheld {
		parent = nil
	}
	codes := codesIn(doc, parent)
	b.total.codes += codes
	if b.bound(b.total.codes, maxCodes, tooManyCodes); b.excess != "" {
		return
	}
	terr.codes = b.table(codes)
	first := len(b.lines)
	b.ownRank = ranks(parent)
	for i := 0; i < len(doc.Classes) && b.excess == ""; i++ {
		b.ownClass(t, terr, first, i, &doc.Classes[i], parent)
	}
	if parent == nil || b.excess != "" {
		return
	}
	if terr.defaultClass == "" {
		terr.defaultClass, terr.defaultFrom = parent.defaultClass, parent.defaultFrom
	}
	if !terr.exclusive {
		b.inheritedClasses(t, terr, first, parent)
	}
}

// ranks returns the rank of the first class of a document under a parent, which may be
// nil: those that are inherited come first.
func ranks(parent *territory) (n int32) {
	if parent != nil {
		for i := range parent.lines {
			n = max(n, parent.lines[i].rank+1)
		}
	}
	return n
}

// ownClass appends the line of a class of the document of a territory, whose lines
// begin with number first; i is the index of the class in the document. parent is
// nil if there is none or if it is invalid.
func (b *compiler) ownClass(t int32, terr *territory, first, i int, class *Class, parent *territory) {
	l := builtLine{listing: listing{code: class.Code, aliases: class.Aliases, name: class.Name, description: class.Description, order: class.order(), origin: t}}
	l.rank = b.ownRank + int32(i)
	var above []span
	if terr.parent >= 0 {
		if e := b.inheritable(parent, class.Code); e != nil {
			above = b.spans[e.first:e.last]
			l.complete(&e.listing)
		} else if b.draft.unknownAbove(terr) != nil {
			above = unknownTimeline[:]
		}
	}
	l.first = int32(len(b.spans))
	b.verified = b.documents[t].verified(i)
	at, code, message := b.merge(above, class.Rates, t, terr)
	if code != "" {
		f := b.fault(int(t), position{i, at, -1}.path("effect"), code, message)
		b.blameForRates(t, class.Code, f)
		return
	}
	if b.bound(len(b.spans), maxIndex, tooManyRates); b.excess != "" {
		return
	}
	l.last = int32(len(b.spans))
	b.lines = append(b.lines, l)
	b.index(t, terr, first, i)
	if class.Default {
		terr.defaultClass, terr.defaultFrom = class.Code, t
	}
}

// unknownTimeline is the timeline of a class that an invalid document could have.
var unknownTimeline = [...]span{{rate: none, gap: gapInvalid}}

// inheritable returns the class of a parent with that code, or nil.
func (b *compiler) inheritable(parent *territory, code string) *builtLine {
	if parent == nil {
		return nil
	}
	if e := parent.codes.Find(code); e != nil && !e.Alias {
		return &parent.lines[e.Line]
	}
	return nil
}

// complete adds everything that a class leaves open and its parent's class has.
func (l *listing) complete(parent *listing) {
	if l.name.IsZero() {
		l.name = parent.name
	}
	if l.description.IsZero() {
		l.description = parent.description
	}
	l.aliases = union(l.aliases, parent.aliases)
}

// inheritedClasses appends the lines of the classes that a territory inherits: all
// those of its parent that it does not list.
func (b *compiler) inheritedClasses(t int32, terr *territory, first int, parent *territory) {
	for i := range parent.lines {
		l := parent.lines[i]
		if e := terr.codes.Find(l.code); e != nil && (!e.Alias || b.obscured(&l)) {
			continue
		}
		b.total.inherited += int(l.last - l.first)
		if b.bound(len(b.spans)+b.total.inherited, maxIndex, tooManyRates); b.excess != "" {
			return
		}
		l.inherited = parent.first + int32(i) + 1
		b.lines = append(b.lines, l)
		b.index(t, terr, first, -1)
	}
}

// index adds the codes of the last line to the table of its territory, whose lines
// begin with number first. class is its index in the document; -1 if it is
// inherited.
func (b *compiler) index(t int32, terr *territory, first, class int) {
	lines := b.lines[first:]
	n := int32(len(lines) - 1)
	for i := -1; i < len(lines[n].aliases); i++ {
		code := lines[n].code
		if i >= 0 {
			code = lines[n].aliases[i]
		}
		if other := terr.codes.Add(code, n, i >= 0); other != nil {
			path := "classes"
			if class >= 0 {
				path = indexed(path, class)
			}
			l := &lines[other.Line]
			f := b.fault(int(t), path, "class_taken", "code or alias "+code+" is also one of class "+l.code+
				" of "+b.draft.territories[l.origin].location.String())
			b.blameForCode(t, code, f)
		}
	}
}

// table returns a table with room for n codes.
func (b *compiler) table(n int) codetable.Table {
	size, used := codetable.Size(n), len(b.slots)
	if used+size > cap(b.slots) {
		// The tables of other territories stay where they are.
		b.slots, used = make([]codetable.Slot, 0, max(size, 2*cap(b.slots))), 0
	}
	b.slots = b.slots[:used+size]
	return codetable.New(b.slots[used : used+size : used+size])
}

// blameForRates blames the nearest document of an overlay, from a territory upwards, that
// changes a class whose rates do not fit on those above.
func (b *compiler) blameForRates(t int32, class string, f Fault) {
	b.blameAbove(t, f, func(d *document, c *changes) (path string, blamed bool) {
		i, changed := c.classes[class]
		if changed && i >= 0 {
			path = indexed("classes", i)
		}
		return path, changed || d.Exclusive != d.under.Exclusive
	})
}

// blameForCode blames the nearest document of an overlay, from a territory upwards, that
// gives a class a code that another class has.
func (b *compiler) blameForCode(t int32, code string, f Fault) {
	b.blameAbove(t, f, func(_ *document, c *changes) (path string, blamed bool) {
		path, blamed = c.codes[code]
		return path, blamed
	})
}

// blameAbove blames the nearest document of an overlay for a fault of territory t; if
// there is none that is the reason, the nearest that changes what t lies in.
func (b *compiler) blameAbove(t int32, f Fault, reason func(*document, *changes) (path string, blamed bool)) {
	for n := t; n >= 0; n = b.draft.territories[n].parent {
		d := &b.documents[n]
		if d.under == nil {
			continue
		}
		if path, blamed := reason(d, d.changes()); blamed {
			b.blame(d.number, f.seenFrom(d.location, path))
			return
		}
	}
	for n := t; n >= 0; n = b.draft.territories[n].parent {
		if d := &b.documents[n]; d.movesRegions() {
			b.blame(d.number, f.seenFrom(d.location, ""))
			return
		}
	}
}

// blame has a document withheld in the next pass.
func (b *compiler) blame(number int32, f Fault) {
	if b.blamed == nil {
		b.blamed = make(map[int32][]Fault)
	}
	b.blamed[number] = append(b.blamed[number], f)
}

// blameIf blames the document at a location if what it changes is the reason of a fault.
func (b *compiler) blameIf(t int, f Fault, reason bool) {
	if reason {
		b.blame(b.claimant(int32(t)).number, f)
	}
}

// claimant returns the document that has the claims of a territory: that of the country
// for a referral.
func (b *compiler) claimant(t int32) *document {
	if b.documents[t].referral > 0 {
		t = 0
	}
	return &b.documents[t]
}

// withheldFields makes unknown what a withheld document would have changed besides
// classes.
func (b *compiler) withheldFields(terr *territory, doc *document) {
	for _, c := range doc.withheld {
		u := &c.under.Configuration
		if c.under.absent {
			u = doc.Configuration // another document of the overlay may be there
		}
		terr.taxBroken = terr.taxBroken || c.Tax.Code != u.Tax.Code || !c.Tax.Name.Equal(u.Tax.Name)
		terr.zoneBroken = terr.zoneBroken || c.TimeZone != u.TimeZone
	}
}

// obscure makes unknown the classes that withheld documents would have changed. The lines
// of the territory begin with number first.
func (b *compiler) obscure(t int32, terr *territory, first int) {
	for _, c := range b.documents[t].withheld {
		d := changesOf(c)
		codes := slices.AppendSeq(slices.Collect(maps.Keys(d.classes)), maps.Keys(d.codes))
		slices.Sort(codes)
		for _, code := range slices.Compact(codes) {
			span := int32(len(b.spans))
			b.spans = append(b.spans, unknownTimeline[0])
			if e := terr.codes.Find(code); e != nil {
				l := &b.lines[first+int(e.Line)]
				l.first, l.last = span, span+1
				l.inherited = 0
				continue
			}
			b.lines = append(b.lines, builtLine{listing: listing{code: code, origin: t}, first: span, last: span + 1})
			b.index(t, terr, first, -1)
		}
		if defaultOf(c.Classes) != defaultOf(c.under.Classes) {
			terr.defaultClass, terr.defaultFrom = "", none
		}
	}
}

// obscured reports whether nothing is known of a line.
func (b *compiler) obscured(l *builtLine) bool {
	return l.last-l.first == 1 && b.spans[l.first] == unknownTimeline[0]
}

// referrals appends a territory for each referral of the country, which has the codes of
// the referral, but no rates.
func (b *compiler) referrals() {
	c, own := &b.draft, make([]Configuration, len(b.documents[0].Elsewhere))
	for i := range own {
		own[i].PostalCodes = b.documents[0].Elsewhere[i].PostalCodes
		r, t := &b.documents[0].Elsewhere[i], int32(len(b.documents))
		b.documents = append(b.documents, document{
			Configuration: &own[i], location: r.Location, number: -1, referral: i + 1,
		})
		c.territories = append(c.territories, territory{location: r.Location, document: -1, elsewhere: true})
		for j, region := range r.Regions {
			if code, ok := iso.Region(c.country, region); ok {
				region = code
			}
			e, taken := c.byRegion[region]
			if !taken {
				if c.byRegion == nil {
					c.byRegion = make(map[string]regionEntry)
				}
				c.byRegion[region] = regionEntry{t, true}
			} else if !c.territories[e.territory].elsewhere { // otherwise it is given twice
				f := b.fault(int(t), indexed("regions", j), "region_alias_taken", printable(region)+" is also claimed by "+c.territories[e.territory].location.String())
				b.blameIf(int(t), f, b.documents[0].movesPostalCodes())
				f = b.fault(int(e.territory), "location", "region_alias_taken", "is also elsewhere["+itoa(int64(i))+"] of "+c.country+": remove one of the two")
				b.blameIf(int(e.territory), f, b.documents[e.territory].newlyHas(region))
			}
		}
	}
}

// postal builds the sorted table of postal codes. Claims that do not go together make
// their documents invalid.
func (b *compiler) postal() {
	c := &b.draft
	c.digitsOnly = true
	var weak []postal.Span
	for t := 1; t < len(c.territories); t++ {
		d := &b.documents[t]
		suspect := len(d.faults) > 0 || d.referral > 0 && len(b.documents[0].faults) > 0
		b.claims, weak = c.claim(int32(t), d, suspect, b.claims, weak)
	}
	if len(weak) > 0 { // all lead to tombstones
		c.postalWeak = postal.NewIndex(postal.Cut(nil, weak, weakRules{c}))
	}
	if c.digitsOnly = c.digitsOnly && len(b.claims) > 0; len(b.claims) == 0 {
		return
	}
	// All owners of an overlap are tombstones, and it does not matter which of them a
	// code finds.
	b.claimed = postal.Cut(b.claimed, b.claims, postalRules{b})
	for i := range b.claimed {
		if s := &b.claimed[i]; s.Owner >= 0 && c.territories[s.Owner].elsewhere {
			s.Owner = b.elsewhere(s.Owner)
		}
	}
}

// postalRules are the [postal.Rules] for the claims of valid documents.
type postalRules struct{ b *compiler }

func (r postalRules) Inside(inner, outer int32) bool { return r.b.draft.within(inner, outer) }
func (r postalRules) Together(owners []int32) int32  { return r.b.draft.together(owners) }
func (r postalRules) Overlap(t, u int32)             { r.b.overlap(t, u) }
func (r postalRules) Crowded(t int32)                { r.b.crowded(t) }

// weakRules are those for claims that all lead to tombstones, none of which is shared.
type weakRules struct{ c *body }

func (r weakRules) Inside(inner, outer int32) bool { return r.c.within(inner, outer) }
func (weakRules) Together([]int32) int32           { return none }
func (weakRules) Overlap(int32, int32)             {}
func (weakRules) Crowded(int32)                    {}

// elsewhere returns the number of the shared code that stands for a referral: a lookup
// that finds a region must not have to ask whether it is one.
func (b *compiler) elsewhere(t int32) int32 {
	d := &b.documents[t]
	if d.code == 0 {
		b.draft.shared = append(b.draft.shared, sharedCode{around: t})
		d.code = int32(-len(b.draft.shared))
	}
	return d.code
}

// overlap reports that two territories claim the same code and must not, or that one
// claims it twice.
func (b *compiler) overlap(t, u int32) {
	if t == u {
		f := b.fault(int(t), "postalCodes", "postal_codes_overlap", "overlap with each other: list every code once")
		b.blameIf(int(t), f, b.claimant(t).movesPostalCodes())
		return
	}
	for range 2 {
		f := b.fault(int(t), "postalCodes", "postal_codes_taken", "overlap with "+b.draft.territories[u].location.String())
		b.blameIf(int(t), f, b.claimant(t).movesPostalCodes())
		t, u = u, t
	}
}

// crowded reports a territory that claims a code with too many others.
func (b *compiler) crowded(t int32) {
	f := b.fault(int(t), "sharedPostalCodes", "postal_codes_crowded", "more than "+itoa(postal.MaxClaims)+" regions claim one of the codes: list it in fewer")
	b.blameIf(int(t), f, b.claimant(t).movesPostalCodes())
}
