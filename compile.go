package tax

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// ValidateCountry checks the documents of one country: each by itself as
// Validate does, and together: two documents for one location, region codes
// and aliases or postal codes that two regions claim, entries that need a rate
// of the parent that does not exist, class aliases that collide with inherited
// classes, and a country's document that is missing.
func ValidateCountry(set []Configuration) Report {
	if len(set) == 0 {
		return Report{}
	}
	country := set[0].Location.Country
	for i := range set {
		if l, err := ParseLocation(set[i].Location.Country, ""); err == nil {
			country = l.Country
			break
		}
	}
	s, _ := (&Options{}).settings()
	_, report := compile(country, s, newClock(s.Clock), set)
	return report
}

// compile makes the compiled form of a country from its documents. A document
// that is invalid leaves a tombstone at its location; what the documents lack
// is in the report.
func compile(country string, s *settings, k *clock, set []Configuration) (*body, Report) {
	b := compiler{c: &body{country: country, settings: s}, clock: k}
	b.compile(set)
	b.c.hasten()
	b.c.bytes = b.c.size()
	return b.c, b.report
}

const maxTombstoneFaults = 20

// compiler is the state of one compilation.
type compiler struct {
	c      *body
	clock  *clock
	report Report
	// documents[i] and faults[i] belong to territories[i].
	documents []*Configuration
	faults    [][]Fault
	// timelines[i] holds the merged timelines of territory i, by line.
	timelines [][]timeline
}

func (b *compiler) compile(set []Configuration) {
	c := b.c
	c.byRegion = make(map[string]regionEntry)
	b.collect(set)
	if c.broken != nil {
		c.broken.Faults = c.broken.Faults[:min(len(c.broken.Faults), maxTombstoneFaults)]
		for _, faults := range b.faults {
			b.report.Errors = append(b.report.Errors, faults...)
		}
		return
	}
	b.order()
	b.codes()
	b.postal()
	for t := range c.territories {
		b.territory(int32(t))
	}
	for t := range c.territories {
		b.report.Errors = append(b.report.Errors, b.faults[t]...)
	}
	if max(len(c.segments), len(c.territories)) > maxIndex {
		f := Fault{Location{Country: c.country}, "", "more than a million dated rates in one country, regions included"}
		b.report.Errors = append(b.report.Errors, f)
		c.broken = &InvalidError{[]Fault{f}}
	}
}

// collect validates every document and finds the location it stands for.
func (b *compiler) collect(set []Configuration) {
	c := b.c
	c.territories = []territory{{location: Location{Country: c.country}, parent: -1, absent: true, document: -1}}
	b.documents = []*Configuration{{Location: Location{Country: c.country}}}
	b.faults = make([][]Fault, 1, len(set)+1)
	at := map[Location]int{c.territories[0].location: 0}
	for i := range set {
		doc := &set[i]
		report := doc.Validate()
		b.report.Warnings = append(b.report.Warnings, report.Warnings...)
		location, err := ParseLocation(doc.Location.Country, doc.Location.Region)
		if err != nil || location.Country != c.country {
			// Nobody can tell which lookups this document was for.
			if err == nil {
				report.Errors = append(report.Errors, Fault{doc.Location, "location", "not in " + c.country})
			}
			b.report.Errors = append(b.report.Errors, report.Errors...)
			c.broken = &InvalidError{b.report.Errors}
			continue
		}
		t, seen := at[location]
		switch {
		case !seen:
			t = len(c.territories)
			at[location] = t
			c.territories = append(c.territories, territory{location: location, document: int32(i)})
			b.documents = append(b.documents, doc)
			b.faults = append(b.faults, nil)
		case t == 0 && c.territories[0].absent:
			c.territories[0].absent = false
			c.territories[0].document = int32(i)
			b.documents[0] = doc
		default:
			b.fault(t, "", "second document for one location: keep one")
			// Neither is used, but what both claim leads to the tombstone.
			both := *b.documents[t]
			if both.Tax.Code != doc.Tax.Code || both.TimeZone != doc.TimeZone {
				c.territories[t].ambiguous = true
			}
			both.PostalCodes = slices.Concat(both.PostalCodes, doc.PostalCodes)
			both.RegionAliases = union(both.RegionAliases, doc.RegionAliases)
			b.documents[t] = &both
		}
		b.faults[t] = append(b.faults[t], report.Errors...)
	}
	if c.territories[0].absent {
		b.report.Warnings = append(b.report.Warnings, Fault{Location{Country: c.country}, "",
			"no document: only the regions have answers, and inherit nothing"})
	} else {
		c.rule = b.documents[0].Regions
	}
}

func (b *compiler) fault(t int, path, message string) {
	b.faults[t] = append(b.faults[t], Fault{b.c.territories[t].location, path, message})
}

// order sorts parents before their regions and links them.
func (b *compiler) order() {
	c := b.c
	order := make([]int, len(c.territories))
	for i := range order {
		order[i] = i
	}
	depth := func(l Location) (n int) {
		for ; l.Region != ""; l = l.Parent() {
			n++
		}
		return n
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := c.territories[i].location, c.territories[j].location
		return cmp.Or(cmp.Compare(depth(a), depth(b)), cmp.Compare(a.Region, b.Region))
	})
	territories, documents, faults := c.territories, b.documents, b.faults
	c.territories, b.documents, b.faults = nil, nil, nil
	at := map[Location]int32{}
	for n, i := range order {
		t := territories[i]
		for l := t.location; l.Region != ""; {
			l = l.Parent()
			if p, ok := at[l]; ok {
				t.parent = p
				break
			}
		}
		at[t.location] = int32(n)
		c.territories = append(c.territories, t)
		b.documents = append(b.documents, documents[i])
		b.faults = append(b.faults, faults[i])
	}
}

// codes indexes region codes and aliases; one that two documents claim makes
// both invalid.
func (b *compiler) codes() {
	c := b.c
	for t := 1; t < len(c.territories); t++ {
		c.byRegion[c.territories[t].location.Region] = regionEntry{territory: int32(t)}
	}
	for t := 1; t < len(c.territories); t++ {
		for i, alias := range b.documents[t].RegionAliases {
			// One that is written wrongly leads to the tombstone all the same.
			if code, ok := canonicalRegion(c.country, alias); ok {
				alias = code
			}
			other, taken := c.byRegion[alias]
			if !taken {
				c.byRegion[alias] = regionEntry{int32(t), true}
				continue
			}
			if o := int(other.territory); o != t {
				path := fmt.Sprintf("regionAliases[%d]", i)
				b.fault(t, path, printable(alias)+" is also claimed by "+c.territories[o].location.String())
				b.fault(o, "regionAliases", printable(alias)+" is also claimed by "+c.territories[t].location.String())
			}
		}
	}
}

// postal builds the sorted table of postal codes; an overlap makes both
// documents invalid.
func (b *compiler) postal() {
	c := b.c
	c.digitsOnly = true
	for t := 1; t < len(c.territories); t++ {
		for _, p := range b.documents[t].PostalCodes {
			p, ok := p.repaired()
			if !ok {
				c.postalUnknown = int32(t)
				continue
			}
			lo, hi, length := p.span()
			c.postal = append(c.postal, postalSpan{lo, hi, int32(t), int32(length)})
			c.digitsOnly = c.digitsOnly && allDigits(p.From) && allDigits(p.To)
			c.territories[t].hasPostal = true
		}
	}
	c.digitsOnly = c.digitsOnly && len(c.postal) > 0
	slices.SortFunc(c.postal, func(a, b postalSpan) int {
		return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(a.hi, b.hi), cmp.Compare(a.territory, b.territory))
	})
	// Cutting overlaps keeps the table disjoint, so that a search in it finds
	// what there is. What overlaps is a tombstone, and it does not matter which
	// one a code finds, only that it finds one.
	disjoint := make([]postalSpan, 0, len(c.postal))
	for _, s := range c.postal {
		if n := len(disjoint); n > 0 && s.lo <= disjoint[n-1].hi {
			last := &disjoint[n-1]
			if s.lo == s.hi && s.length < last.length {
				// One code that is shorter than the bounds around it is none of
				// theirs: they continue on both sides of it.
				rest := *last
				rest.lo, last.hi = s.hi+1, s.lo-1
				disjoint = append(disjoint, s, rest)
				continue
			}
			b.overlap(int(last.territory), int(s.territory))
			last.length = min(last.length, s.length)
			s.length = last.length
			if s.hi <= last.hi {
				continue
			}
			s.lo = last.hi + 1
		}
		disjoint = append(disjoint, s)
	}
	c.postal = disjoint
}

func (b *compiler) overlap(t, u int) {
	if t == u {
		b.fault(t, "postalCodes", "overlap with each other: list every code once")
		return
	}
	b.fault(t, "postalCodes", "overlap with "+b.c.territories[u].location.String())
	b.fault(u, "postalCodes", "overlap with "+b.c.territories[t].location.String())
}

// territory compiles one document over its parent, which is compiled already.
func (b *compiler) territory(t int32) {
	terr, doc := &b.c.territories[t], b.documents[t]
	var parent *territory
	if terr.parent >= 0 {
		parent = &b.c.territories[terr.parent]
	}
	terr.exclusive = doc.Exclusive
	terr.tax, terr.taxFrom = doc.Tax, t
	terr.taxBroken = terr.ambiguous || doc.Tax.fault() != ""
	if doc.Tax.Code == "" && !terr.taxBroken && parent != nil {
		terr.tax, terr.taxFrom, terr.taxBroken = parent.tax, parent.taxFrom, parent.taxBroken
	}
	b.zone(terr, doc, parent)

	var lines []line
	var timelines []timeline
	if len(b.faults[t]) == 0 {
		lines, timelines = b.classes(t, doc, parent)
	}
	if faults := b.faults[t]; len(faults) > 0 {
		// The report has all faults; every lookup there carries some of them.
		terr.broken = &InvalidError{faults[:min(len(faults), maxTombstoneFaults)]}
		b.timelines = append(b.timelines, nil)
		return
	}
	b.timelines = append(b.timelines, timelines)
	terr.lines = lines
	for i := range lines {
		b.segments(t, int32(i), timelines[i])
	}
	terr.codes.settle(b.c, lines)
}

// classes merges the classes of a document with the inherited ones.
func (b *compiler) classes(t int32, doc *Configuration, parent *territory) (lines []line, timelines []timeline) {
	terr := &b.c.territories[t]
	n := 0
	for i := range doc.Classes {
		n += 1 + len(doc.Classes[i].Aliases)
	}
	if parent != nil && parent.broken == nil {
		for i := range parent.lines {
			n += 1 + len(parent.lines[i].aliases)
		}
	}
	terr.codes = newCodeTable(n)
	index := func(path string, l *line, n int32) {
		for i := -1; i < len(l.aliases); i++ {
			code := l.code
			if i >= 0 {
				code = l.aliases[i]
			}
			if other := terr.codes.add(code, n, i >= 0); other != nil {
				b.fault(int(t), path, "code or alias "+code+" is also one of class "+lines[other.line].code+
					" of "+b.c.territories[lines[other.line].origin].location.String())
			}
		}
	}
	for i := range doc.Classes {
		class := &doc.Classes[i]
		path := fmt.Sprintf("classes[%d]", i)
		l := line{code: class.Code, aliases: class.Aliases, name: class.Name, description: class.Description, order: class.Order, origin: t}
		var above timeline
		if parent != nil {
			if e := parent.codes.find(class.Code); e != nil && !e.alias && parent.broken == nil {
				above = b.timelines[terr.parent][e.line]
				l.complete(&parent.lines[e.line])
			} else if b.c.tombstoneAbove(terr, false) != nil {
				above = timeline{{gap: gapInvalid}}
			}
		}
		merged, at, message := merge(above, class.Rates, t, terr)
		if message != "" {
			b.fault(int(t), fmt.Sprintf("%s.rates[%d].effect", path, at), message)
			continue
		}
		n := int32(len(lines))
		lines = append(lines, l)
		timelines = append(timelines, merged)
		index(path, &l, n)
		if class.Default {
			terr.defaultClass, terr.defaultFrom = class.Code, t
		}
	}
	if parent == nil || parent.broken != nil {
		return lines, timelines
	}
	if terr.defaultClass == "" {
		terr.defaultClass, terr.defaultFrom = parent.defaultClass, parent.defaultFrom
	}
	if terr.exclusive {
		return lines, timelines
	}
	for i := range parent.lines {
		if e := terr.codes.find(parent.lines[i].code); e != nil && !e.alias {
			continue
		}
		n := int32(len(lines))
		lines = append(lines, parent.lines[i])
		timelines = append(timelines, b.timelines[terr.parent][i])
		index("classes", &parent.lines[i], n)
	}
	return lines, timelines
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

// segments writes a merged timeline where lookups find it.
func (b *compiler) segments(t, n int32, spans timeline) {
	c := b.c
	l := &c.territories[t].lines[n]
	l.first = int32(len(c.segments))
	if len(c.segments) > maxIndex {
		return // compile refuses the country; more would only take memory
	}
	for i, s := range spans {
		seg := segment{from: s.from, territory: t, line: n, rate: s.rate, gap: s.gap}
		if s.rate != nil {
			seg.refused = c.settings.refuses(s.rate)
		}
		if i+1 < len(spans) {
			seg.until = spans[i+1].from
		}
		c.segments = append(c.segments, seg)
	}
	l.last = int32(len(c.segments))
}

// zone finds the time zone that decides which day it is in a territory.
func (b *compiler) zone(terr *territory, doc *Configuration, parent *territory) {
	zone := time.UTC
	terr.zoneName = "UTC"
	terr.zoneBroken = terr.ambiguous || !isZoneName(doc.TimeZone)
	switch {
	case terr.zoneBroken:
	case doc.TimeZone != "":
		terr.zoneName = doc.TimeZone
		if known, err := loadZone(doc.TimeZone); err == nil {
			zone = known
		} else {
			terr.zoneMissing = true
		}
	case parent != nil:
		terr.day, terr.zoneName, terr.zoneMissing = parent.day, parent.zoneName, parent.zoneMissing
		terr.zoneBroken = parent.zoneBroken
		return
	}
	terr.day = b.clock.day(zone)
}
