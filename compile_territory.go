package tax

import (
	"slices"
	"time"

	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/codetable"
)

// territory compiles the document of a territory. Its parent is compiled already.
func (b *compiler) territory(t int32) {
	terr, doc := &b.draft.territories[t], &b.documents[t]
	var parent *territory
	if terr.parent >= 0 {
		parent = &b.draft.territories[terr.parent]
	}
	// A document without faults needs no second check.
	suspect := len(doc.faults) > 0
	terr.exclusive = doc.Exclusive
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

// codesIn counts the codes and aliases of the classes of a document, of those that are
// withheld there, and of those of its parent, which may be nil.
func codesIn(doc *document, parent *territory) int {
	n := codesOf(doc.Classes)
	for _, c := range doc.withheld {
		n += codesOf(c.Classes)
	}
	if parent != nil {
		for i := range parent.lines {
			n += 1 + len(parent.lines[i].aliases)
		}
	}
	return n
}

func codesOf(classes []Class) (n int) {
	for i := range classes {
		n += 1 + len(classes[i].Aliases)
	}
	return n
}

// ownClass appends the line of a class of the document of a territory, whose lines
// begin with number first; i is the index of the class in the document. parent is
// nil if there is none or if it is invalid.
func (b *compiler) ownClass(t int32, terr *territory, first, i int, class *Class, parent *territory) {
	l := line{code: class.Code, aliases: class.Aliases, name: class.Name, description: class.Description, order: class.order(), origin: t}
	l.rank = b.ownRank + int32(i)
	var above []span
	if terr.parent >= 0 {
		if e := b.inheritable(parent, class.Code); e != nil {
			above = b.spans[e.first:e.last]
			l.complete(e)
		} else if b.draft.unknownAbove(terr) != nil {
			above = unknownTimeline[:]
		}
	}
	l.first = int32(len(b.spans))
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
func (b *compiler) inheritable(parent *territory, code string) *line {
	if parent == nil {
		return nil
	}
	if e := parent.codes.Find(code); e != nil && !e.Alias {
		return &parent.lines[e.Line]
	}
	return nil
}

// complete adds everything that a class leaves open and its parent's class has.
func (l *line) complete(parent *line) {
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
		above := b.spans[l.first:l.last]
		if b.bound(len(b.spans)+len(above), maxIndex, tooManyRates); b.excess != "" {
			return
		}
		l.first = int32(len(b.spans))
		b.spans = append(b.spans, above...)
		l.last = int32(len(b.spans))
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

// cleared returns the first n elements, and clears the others so that they keep
// nothing alive.
func cleared[E any](list []E, n int) []E {
	clear(list[n:])
	return list[:n]
}

// second adds a second document for a location. Neither is used, but the claims of both
// lead to the tombstone.
func (b *compiler) second(t int, number int32, doc *Configuration) {
	f := b.fault(t, "", "location_duplicate", "second document for one location: keep one")
	if doc.under != nil {
		b.blame(number, f)
	}
	b.documents[t].join(doc)
}

// join adds the claims of another document for the location. Neither is used, but the
// claims of both lead to the tombstone.
func (d *document) join(other *Configuration) {
	if d.Tax.Code != other.Tax.Code || d.TimeZone != other.TimeZone {
		d.ambiguous = true
	}
	if !d.joined {
		d.joined = true
		first := *d.Configuration
		first.PostalCodes, first.RegionAliases = slices.Clip(first.PostalCodes), slices.Clip(first.RegionAliases)
		d.Configuration = &first
	}
	d.PostalCodes = append(d.PostalCodes, other.PostalCodes...)
	d.RegionAliases = append(d.RegionAliases, other.RegionAliases...)
}

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
	codes := 0
	for i := range b.documents {
		d := &b.documents[i]
		if len(d.faults) > 0 {
			continue
		}
		d.codes = codesIn(d, nil)
		if d.parent >= 0 && !d.Exclusive {
			d.codes = max(d.codes, b.documents[d.parent].codes)
		}
		codes += d.codes
	}
	b.bound(codes, maxCodes, tooManyCodes)
}
