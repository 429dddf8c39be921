package tax

import (
	"time"

	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/codetable"
)

// territory compiles one document over its parent, which is compiled already.
func (b *compiler) territory(t int32) {
	terr, doc := &b.draft.territories[t], &b.documents[t]
	var parent *territory
	if terr.parent >= 0 {
		parent = &b.draft.territories[terr.parent]
	}
	// What validation found nothing wrong with is not asked again.
	suspect := len(doc.faults) > 0
	terr.exclusive = doc.Exclusive
	terr.tax, terr.taxFrom = doc.Tax, t
	terr.taxBroken = terr.ambiguous || suspect && doc.Tax.fault() != ""
	terr.zoneBroken = terr.ambiguous || suspect && !isZoneName(doc.TimeZone)
	if doc.Tax.Code == "" && !terr.taxBroken && parent != nil {
		terr.tax, terr.taxFrom, terr.taxBroken = parent.tax, parent.taxFrom, parent.taxBroken
	}
	b.zone(terr, doc.TimeZone, parent)

	lines, spans, rates, components := len(b.lines), len(b.spans), len(b.rates), len(b.components)
	if len(doc.faults) == 0 {
		b.classes(t, terr, doc.Classes, parent)
	}
	if len(doc.faults) > 0 {
		// The report has all faults; every lookup there carries some of them.
		terr.broken = &InvalidError{doc.faults[:min(len(doc.faults), maxTombstoneFaults)]}
		b.lines, b.rates, b.components = cleared(b.lines, lines), cleared(b.rates, rates), cleared(b.components, components)
		b.spans = b.spans[:spans]
		terr.codes = codetable.Table{}
		return
	}
	terr.lines = b.lines[lines:]
}

// cleared drops all but the first n elements, and what they refer to.
func cleared[E any](list []E, n int) []E {
	clear(list[n:])
	return list[:n]
}

// classes merges the classes of a document with the inherited ones.
func (b *compiler) classes(t int32, terr *territory, classes []Class, parent *territory) {
	if parent != nil && parent.broken != nil {
		parent = nil
	}
	n := 0
	for i := range classes {
		n += 1 + len(classes[i].Aliases)
	}
	if parent != nil {
		for i := range parent.lines {
			n += 1 + len(parent.lines[i].aliases)
		}
	}
	terr.codes = b.table(n)
	first := len(b.lines)
	for i := range classes {
		class := &classes[i]
		l := line{code: class.Code, aliases: class.Aliases, name: class.Name, description: class.Description, order: class.Order, origin: t}
		var above []span
		if terr.parent >= 0 {
			if e := b.inheritable(parent, class.Code); e != nil {
				above = b.spans[e.first:e.last]
				l.complete(e)
			} else if b.draft.tombstoneAbove(terr, false) != nil {
				above = unknownTimeline[:]
			}
		}
		l.first = int32(len(b.spans))
		at, message := b.merge(above, class.Rates, t, terr)
		if message != "" {
			b.fault(int(t), position{i, at, -1}.path("effect"), message)
			continue
		}
		l.last = int32(len(b.spans))
		b.lines = append(b.lines, l)
		b.index(t, terr, first, i)
		if class.Default {
			terr.defaultClass, terr.defaultFrom = class.Code, t
		}
	}
	if parent == nil {
		return
	}
	if terr.defaultClass == "" {
		terr.defaultClass, terr.defaultFrom = parent.defaultClass, parent.defaultFrom
	}
	if terr.exclusive {
		return
	}
	for i := range parent.lines {
		l := parent.lines[i]
		if e := terr.codes.Find(l.code); e != nil && !e.Alias {
			continue
		}
		// compile refuses a country with more; they would only take memory.
		if len(b.spans) <= maxIndex {
			above := b.spans[l.first:l.last]
			l.first = int32(len(b.spans))
			b.spans = append(b.spans, above...)
			l.last = int32(len(b.spans))
		}
		b.lines = append(b.lines, l)
		b.index(t, terr, first, -1)
	}
}

// unknownTimeline is that of a class of which a document that is invalid may
// say something.
var unknownTimeline = [...]span{{rate: none, gap: gapInvalid}}

// inheritable finds a class of a parent by its code.
func (b *compiler) inheritable(parent *territory, code string) *line {
	if parent == nil {
		return nil
	}
	if e := parent.codes.Find(code); e != nil && !e.Alias {
		return &parent.lines[e.Line]
	}
	return nil
}

// complete takes from the parent's class what the own one leaves open.
func (l *line) complete(parent *line) {
	if l.name.IsZero() {
		l.name = parent.name
	}
	if l.description.IsZero() {
		l.description = parent.description
	}
	l.aliases = union(l.aliases, parent.aliases)
}

// zone finds the time zone that decides which day it is in a territory.
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

// index puts the codes of the last line into the table of its territory, whose
// lines begin with the number first. class is its number in the document; -1
// when it is inherited.
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
			b.fault(int(t), path, "code or alias "+code+" is also one of class "+l.code+
				" of "+b.draft.territories[l.origin].location.String())
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
