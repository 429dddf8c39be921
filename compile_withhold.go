package tax

import (
	"maps"
	"slices"

	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/postal"
)

// An overlay can break a country: its document may give a class an alias that a region
// has as a class. The compiler then compiles the country again without that document,
// as often as it finds another one. The location of a withheld document is a tombstone,
// but regions inherit from what lies under it, except for the classes that the document
// would have changed. So the document costs what it is about, and nothing else.

// withheld is a document of an overlay that the country is compiled without.
type withheld struct {
	layers int // the number of layers of the document that are withheld
	faults []Fault
}

// maxPasses is the number of times that a country is compiled to find the documents to
// withhold one by one. After that all are withheld, so that hostile documents cost a
// bounded multiple of what valid ones do.
const maxPasses = 8

// below returns what lies under a document after some layers are taken off.
func (c *Configuration) below(layers int) *Configuration {
	for ; layers > 0; layers-- {
		c = &c.under.Configuration
	}
	return c
}

// withhold prepares the next pass, without the blamed documents.
func (b *compiler) withhold(set []Configuration, pass int) {
	out := maps.Clone(b.withheld)
	if out == nil {
		out = make(map[int32]withheld, len(b.blamed))
	}
	for i, faults := range b.blamed {
		out[i] = withheld{out[i].layers + 1, append(slices.Clip(out[i].faults), faults...)}
	}
	if pass >= maxPasses {
		for i := range set {
			w := out[int32(i)]
			for c := set[i].below(w.layers); c.under != nil; c = &c.under.Configuration {
				if w.layers++; len(w.faults) == 0 {
					w.faults = []Fault{faultAt(c.Location, "overrides_too_many_faults", "the documents under it and beside it change too much: repair the others first")}
				}
				out[int32(i)] = w
			}
		}
	}
	if !b.clear() {
		*b = compiler{}
	}
	b.withheld = out
}

// found notes which document of the set the compiler has for a location, and its
// faults. doc is what is left of it.
func (b *compiler) found(t int, whole *Configuration, number int32, doc *Configuration, faults []Fault) {
	d := &b.documents[t]
	d.faults = append(d.faults, faults...)
	if doc.under != nil {
		for _, f := range faults {
			b.blame(number, f)
		}
	}
	w, ok := b.withheld[number]
	if !ok {
		return
	}
	d.faults = append(d.faults, w.faults...)
	d.sealed = d.sealed || len(faults) > 0
	for i := range w.layers {
		c := whole.below(i)
		d.withheld = append(d.withheld, c)
		d.sealed = d.sealed || c.Exclusive != c.under.Exclusive
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
		b.blame(b.documents[t].number, f)
	}
}

// isOnlyWithheld reports whether a location has only a document that is withheld.
func (d *document) isOnlyWithheld() bool {
	return len(d.withheld) > 0 && d.withheld[len(d.withheld)-1].under.absent
}

// shadow notes that a document has the code of a location as an alias that has only a
// withheld document. The code leads to the tombstone, but regions lie where they would
// without it.
func (b *compiler) shadow(code string, document int32) {
	if b.shadowed == nil {
		b.shadowed = make(map[string]int32)
	}
	b.shadowed[code] = document
}

// newlyHas reports whether a document of an overlay claims a region code that the one
// under it does not.
func (d *document) newlyHas(code string) bool {
	u := d.under
	return u != nil && (u.absent || slices.Contains(d.RegionAliases, code) && !slices.Contains(u.RegionAliases, code))
}

// movesRegions reports whether a document of an overlay can change which regions lie in
// others.
func (d *document) movesRegions() bool {
	u := d.under
	return u != nil && (u.absent || !slices.Equal(d.RegionAliases, u.RegionAliases))
}

func (d *document) movesPostalCodes() bool {
	return d.under != nil && !slices.Equal(d.PostalCodes, d.under.PostalCodes)
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
		if path, blamed := reason(d, b.changes(d)); blamed {
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

// seenFrom returns the fault as that of the document that is the reason for it.
func (f Fault) seenFrom(l Location, path string) Fault {
	if f.Location == l {
		return f
	}
	f.Message = "does not fit on " + f.String()
	f.Location, f.Path = l, path
	return f
}

// changes are the differences between a document of an overlay and the one under it.
type changes struct {
	classes map[string]int    // by code, the index of each changed class; -1 if it is gone
	codes   map[string]string // by new code or alias of a class, its path
}

// changes returns what the document at a location changes. It keeps the result.
func (b *compiler) changes(d *document) *changes {
	if d.changed == nil {
		c := changesOf(d.Configuration)
		d.changed = &c
	}
	return d.changed
}

// changesOf compares the classes of a document with those of the one under it.
func changesOf(c *Configuration) changes {
	type claim struct{ class, code string }
	before := make(map[string]string)
	claimed := make(map[claim]bool)
	for i := range c.under.Classes {
		class := &c.under.Classes[i]
		before[class.Code] = class.canonical()
		for j := -1; j < len(class.Aliases); j++ {
			claimed[claim{class.Code, codeAt(c.under.Classes, codePlace{i, j})}] = true
		}
	}
	d := changes{make(map[string]int), make(map[string]string)}
	for i := range c.Classes {
		class := &c.Classes[i]
		if form, ok := before[class.Code]; !ok || form != class.canonical() {
			d.classes[class.Code] = i
		}
		delete(before, class.Code)
		for j := -1; j < len(class.Aliases); j++ {
			p := codePlace{i, j}
			if code := codeAt(c.Classes, p); !claimed[claim{class.Code, code}] {
				d.codes[code] = position{i, -1, -1}.path(p.field())
			}
		}
	}
	for code := range before {
		d.classes[code] = -1
	}
	return d
}

// canonical returns the content of a class in a form that is different for any two,
// whether or not it is the default class.
func (c Class) canonical() string {
	c.Default = false
	w := canonWriters.Get().(*canonWriter)
	defer canonWriters.Put(w)
	w.Reset()
	w.class(&c)
	return string(w.Bytes())
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
				continue
			}
			b.lines = append(b.lines, line{code: code, origin: t, first: span, last: span + 1})
			b.index(t, terr, first, -1)
		}
		if defaultOf(c.Classes) != defaultOf(c.under.Classes) {
			terr.defaultClass, terr.defaultFrom = "", none
		}
	}
}

// defaultOf returns the code of the default class; "" if there is none.
func defaultOf(classes []Class) string {
	if i := slices.IndexFunc(classes, func(c Class) bool { return c.Default }); i >= 0 {
		return classes[i].Code
	}
	return ""
}

// obscured reports whether nothing is known of a line.
func (b *compiler) obscured(l *line) bool {
	return l.last-l.first == 1 && b.spans[l.first] == unknownTimeline[0]
}

// weakCode enters a region code that only an invalid document claims. It leads to the
// tombstone if no valid document claims it.
func (b *compiler) weakCode(n int32, alias string) {
	code, ok := iso.Region(b.draft.country, alias)
	if !ok {
		code = alias
	}
	if _, taken := b.draft.byRegion[code]; !taken {
		b.draft.byRegion[code] = regionEntry{n, true}
	}
}

// withheldCodes enters the codes that withheld documents claim. The parents are known by
// then: no region lies elsewhere because of these codes.
func (b *compiler) withheldCodes() {
	for n := range b.documents {
		for _, c := range b.documents[n].withheld {
			for _, alias := range c.RegionAliases {
				b.weakCode(int32(n), alias)
			}
		}
	}
}

// isWeak reports whether a claim of an invalid document makes no other document invalid.
func (d *document) isWeak(r postal.Range) bool { return d.nowhere || r.Fault() != "" }

// weakPostal returns the claims of a document to postal codes that it is not known to
// have: faulty ranges, as they were probably meant, those of a region that does not
// exist, and those of withheld documents. They
// lead to the tombstone wherever no valid document claims the code.
func (b *compiler) weakPostal(t int32, claims []postal.Span) []postal.Span {
	d := &b.documents[t]
	add := func(p PostalRange) {
		r, ok := postal.Range(p).Repaired()
		if !ok {
			b.draft.postalUnknown = t
			return
		}
		claims = append(claims, r.Claim(t))
	}
	for _, p := range d.PostalCodes {
		if d.isWeak(postal.Range(p)) {
			add(p)
		}
	}
	for _, c := range d.withheld {
		for _, p := range c.PostalCodes {
			add(p)
		}
	}
	return claims
}

// metadataIn returns the metadata of the document of a territory. Answers of a region
// that inherits from under a withheld document rest on what lies there.
func (c *body) metadataIn(set []Configuration, t int) *Metadata {
	return &set[c.territories[t].document].below(int(c.territories[t].layers)).Metadata
}
