package tax

import (
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
	terr.taxBroken = terr.ambiguous || suspect && doc.Tax.fault() != ""
	terr.zoneBroken = terr.ambiguous || suspect && !civil.IsZoneName(doc.TimeZone)
	if doc.Tax.Code == "" && !terr.taxBroken && parent != nil {
		terr.tax, terr.taxFrom, terr.taxBroken = parent.tax, parent.taxFrom, parent.taxBroken
	}
	b.zone(terr, doc.TimeZone, parent)

	lines, spans, rates, components := len(b.lines), len(b.spans), len(b.rates), len(b.components)
	if len(doc.faults) == 0 {
		b.classes(t, terr, doc.Classes, parent)
	}
	if len(doc.faults) > 0 {
		// The report has all faults; the error of each lookup there has some of them.
		terr.broken = &InvalidError{doc.faults[:min(len(doc.faults), maxTombstoneFaults)]}
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
func (b *compiler) classes(t int32, terr *territory, classes []Class, parent *territory) {
	if parent != nil && parent.broken != nil {
		parent = nil
	}
	terr.codes = b.table(codesIn(classes, parent))
	first := len(b.lines)
	for i := range classes {
		b.ownClass(t, terr, first, i, &classes[i], parent)
	}
	if parent == nil {
		return
	}
	if terr.defaultClass == "" {
		terr.defaultClass, terr.defaultFrom = parent.defaultClass, parent.defaultFrom
	}
	if !terr.exclusive {
		b.inheritedClasses(t, terr, first, parent)
	}
}

// codesIn counts the codes and aliases of the classes of a document and of those
// of its parent, which may be nil.
func codesIn(classes []Class, parent *territory) int {
	n := 0
	for i := range classes {
		n += 1 + len(classes[i].Aliases)
	}
	if parent != nil {
		for i := range parent.lines {
			n += 1 + len(parent.lines[i].aliases)
		}
	}
	return n
}

// ownClass appends the line of a class of the document of a territory, whose lines
// begin with number first; i is the index of the class in the document. parent is
// nil if there is none or if it is invalid.
func (b *compiler) ownClass(t int32, terr *territory, first, i int, class *Class, parent *territory) {
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
		if e := terr.codes.Find(l.code); e != nil && !e.Alias {
			continue
		}
		// A country with more is refused in the end. Until then, more spans would
		// only take memory.
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

// cleared returns the first n elements, and clears the others so that they keep
// nothing alive.
func cleared[E any](list []E, n int) []E {
	clear(list[n:])
	return list[:n]
}
