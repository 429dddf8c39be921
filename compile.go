package tax

import (
	"cmp"
	"slices"
	"sync"

	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/postal"
)

// ValidateCountry checks the documents of one country, each by itself as
// [Configuration.Validate] does, and all of them together. It also reports:
//
//   - two documents for one location;
//   - a region code or alias that two regions claim, and a postal code, unless one of
//     them lies in the other or both share it; what the country refers elsewhere counts
//     as claimed;
//   - regions that lie in each other, and a region within one that has no document;
//   - an entry that needs a rate of the parent that does not exist;
//   - a code or alias of a class that is also one of an inherited class;
//   - as a warning, that the country itself has no document.
func ValidateCountry(set []Configuration) Report {
	if len(set) == 0 {
		return Report{}
	}
	country := set[0].Location.Country
	for i := range set {
		if l, err := parseLocation(set[i].Location.Country, ""); err == nil {
			country = l.Country
			break
		}
	}
	s, _ := (&Options{}).settings()
	b := compilers.Get().(*compiler)
	b.draw(country, s, civil.NewClock(s.Clock), set)
	return b.done()
}

// compile makes the compiled form of a country from its documents, and the report
// on them. An invalid document leaves a tombstone at its location.
func compile(country string, s *settings, k *civil.Clock, set []Configuration) (*sharedBody, Report) {
	b := compilers.Get().(*compiler)
	c, _ := b.compile(country, s, k, set)
	return c, b.done()
}

// compilers are used again, because a country takes several times as much memory
// while it is being compiled as its compiled form does.
var compilers = sync.Pool{New: newCompiler}

// compiler is the state of one compilation. Its slices are used again: at the end,
// everything that the body keeps is copied from them in its final size.
type compiler struct {
	draft     body
	clock     *civil.Clock
	report    Report
	validator validator
	// documents[i] belongs to draft.territories[i].
	documents []document
	// These are of all territories, one territory after the other.
	lines      []builtLine
	slots      []codetable.Slot
	spans      []span
	rates      []builtRate
	components []Component

	ownRank  int32              // of the first class of the document of a territory
	verified Date               // since when the undated entry of the class that is being merged was verified
	withheld map[int32]withheld // by number in the set
	blamed   map[int32][]Fault  // the same, for the next pass
	shadowed map[string]int32   // see compiler.shadow
	strays   []Fault            // of documents that are not of the country

	claims    []postal.Span // the postal codes that documents claim
	claimed   []postal.Span // what they are cut into
	absent    Configuration // stands in for the document of a country that has none
	lastJoint struct {
		of    taxPair
		joint Tax
	}
	joints map[taxPair]Tax // all that were made, but for the first

	// These are bounded, because their numbers are not in proportion to the documents.
	total  struct{ codes, inherited, merged, joined int } // see maxCodes, maxIndex, maxMerged and maxJoined
	excess string                                         // says which bound was reached; "" if none was
}

func (b *compiler) compile(country string, s *settings, k *civil.Clock, set []Configuration) (*sharedBody, Report) {
	b.draw(country, s, k, set)
	return b.freeze(), b.report
}

// draw makes the draft of a country.
func (b *compiler) draw(country string, s *settings, k *civil.Clock, set []Configuration) {
	for pass := 1; ; pass++ {
		b.draft.country, b.draft.settings, b.clock = country, s, k
		b.territories(set)
		b.bound(b.segmentCount(), maxIndex, tooManyRates)
		if len(b.blamed) == 0 || b.excess != "" {
			break
		}
		b.withhold(set, pass)
	}
	for t := range b.documents {
		b.report.Errors = append(b.report.Errors, b.documents[t].faults...)
	}
	if c := &b.draft; b.excess != "" {
		f := c.fault("country_too_large", b.excess)
		b.report.Errors = append(b.report.Errors, f)
		c.broken = &InvalidError{[]Fault{f}}
	}
}

// territories makes the territories and their classes.
func (b *compiler) territories(set []Configuration) {
	b.reserve(set)
	b.collect(set)
	b.order()
	b.referrals()
	b.postal()
	b.foresee()
	for t := 0; t < len(b.draft.territories) && b.excess == ""; t++ {
		b.territory(int32(t))
	}
}

// collect validates every document and finds the location that it is for.
func (b *compiler) collect(set []Configuration) {
	c := &b.draft
	b.absent.Location.Country = c.country
	b.documents = append(b.documents, document{Configuration: &b.absent, location: b.absent.Location, number: -1})
	for i := range set {
		doc, v := &set[i], &b.validator
		out, isOut := b.withheld[int32(i)]
		doc = doc.below(out.layers)
		v.check(doc)
		b.report.Warnings = append(b.report.Warnings, v.report.Warnings...)
		l := b.placeOf(doc)
		if l.Country != c.country {
			if v.invalid == nil {
				v.errorf("location", "location_elsewhere", "not in "+c.country)
			}
			b.strays = append(b.strays, v.report.Errors...)
			continue
		}
		t, seen := 0, true
		if region := l.Region; region != "" {
			var e regionEntry
			e, seen = c.byRegion[region]
			t = int(e.territory)
		}
		switch {
		case !seen:
			t = len(b.documents)
			b.documents = append(b.documents, document{Configuration: doc, location: l, number: int32(i), nowhere: v.invalid != nil})
			if c.byRegion == nil {
				c.byRegion = make(map[string]regionEntry, len(set))
			}
			c.byRegion[l.Region] = regionEntry{territory: int32(t)}
		case b.documents[t].number < 0:
			b.documents[t].Configuration, b.documents[t].number = doc, int32(i)
		case isOut:
			// What it lies under is there already.
			v.report.Errors = nil
		default:
			b.second(t, int32(i), doc)
		}
		b.found(t, &set[i], int32(i), doc, v.report.Errors)
	}
	if len(b.strays) > 0 {
		b.astray()
	}
	if b.documents[0].number < 0 {
		b.report.Warnings = append(b.report.Warnings, c.fault("country_missing",
			"no document for the country: only its regions have answers, and they inherit nothing"))
	} else {
		c.rule = b.documents[0].Regions
	}
}

// placeOf returns the location of the document that was checked last. A region that does
// not exist is the one that is written there, so that the document costs nothing else.
func (b *compiler) placeOf(doc *Configuration) Location {
	if b.validator.invalid == nil {
		return b.validator.canonical
	}
	country, err := parseLocation(doc.Location.Country, "")
	if err != nil || doc.Location.Region == "" {
		return Location{}
	}
	return Location{country.Country, doc.Location.Region}
}

// astray makes an end of the documents that have no place in the country. If its own is
// missing, it may be one of them.
func (b *compiler) astray() {
	if first := &b.documents[0]; first.number < 0 {
		first.faults, first.ambiguous = append(first.faults, b.strays...), true
		return
	}
	b.report.Errors = append(b.report.Errors, b.strays...)
	b.draft.strays = tombstone(b.strays)
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
	d.faults = distinct(append(d.faults, w.faults...))
	d.sealed = d.sealed || len(faults) > 0
	for i := range w.layers {
		c := whole.below(i)
		d.withheld = append(d.withheld, c)
		d.sealed = d.sealed || c.Exclusive != c.under.Exclusive
	}
}

// order makes the territories, each after its parent.
func (b *compiler) order() {
	for i := range b.documents {
		d := &b.documents[i]
		for l := d.location; l.Region != ""; l = l.Parent() {
			d.depth++
		}
	}
	b.sort()
	b.codes()
	sorted := true
	for n := range b.documents {
		d := &b.documents[n]
		d.parent = b.parent(int32(n))
		sorted = sorted && d.parent < int32(n)
	}
	b.withheldCodes()
	if !sorted {
		b.untangle()
	}
	for n := range b.documents {
		d := &b.documents[n]
		b.draft.claimNames(int32(n), d)
		b.draft.territories = append(b.draft.territories,
			territory{location: d.location, name: d.Name, parent: d.parent, document: d.number, absent: d.number < 0 && len(d.faults) == 0, ambiguous: d.ambiguous,
				aliased: len(d.RegionAliases) > 0, layers: int32(b.withheld[d.number].layers)})
	}
}

// sort sorts the documents by their depth, then by their regions.
func (b *compiler) sort() {
	slices.SortFunc(b.documents, func(d, e document) int {
		return cmp.Or(cmp.Compare(d.depth, e.depth), cmp.Compare(d.location.Region, e.location.Region))
	})
}

// codes enters the region codes, then the aliases. An alias that two documents claim
// makes both invalid.
func (b *compiler) codes() {
	c := &b.draft
	for n := 1; n < len(b.documents); n++ {
		c.byRegion[b.documents[n].location.Region] = regionEntry{territory: int32(n)}
	}
	for n := 1; n < len(b.documents); n++ {
		d := &b.documents[n]
		for i, alias := range d.RegionAliases {
			if code, ok := iso.Region(c.country, alias); !ok || code != alias || d.nowhere {
				continue // a fault of the document
			}
			other, taken := c.byRegion[alias]
			if !taken {
				c.byRegion[alias] = regionEntry{int32(n), true}
				continue
			}
			o := int(other.territory)
			if o != n && b.documents[o].isOnlyWithheld() {
				b.shadow(alias, int32(n))
			} else if o != n {
				f := b.fault(n, indexed("regionAliases", i), "region_alias_taken", printable(alias)+" is also claimed by "+b.documents[o].location.String())
				b.blameIf(n, f, d.newlyHas(alias))
				f = b.fault(o, "regionAliases", "region_alias_taken", printable(alias)+" is also claimed by "+d.location.String())
				b.blameIf(o, f, b.documents[o].newlyHas(alias))
			}
		}
	}
	for n := 1; n < len(b.documents); n++ {
		if d := &b.documents[n]; len(d.faults) > 0 {
			for _, alias := range d.RegionAliases {
				b.weakCode(int32(n), alias)
			}
		}
	}
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

// parent finds the parent of a document as lookups find the territory of a region
// without one: by the codes of the regions that it lies in, from the one that it names as
// Within, if it does. A document can have such a code as an alias itself; its parent is
// then further above.
func (b *compiler) parent(n int32) int32 {
	if n == 0 {
		return none
	}
	d := &b.documents[n]
	if s, ok := b.shadowed[d.location.Region]; ok {
		return s
	}
	l := d.location.Parent()
	if d.Within != "" {
		l.Region, _ = iso.Region(l.Country, d.Within)
		if e, ok := b.draft.byRegion[l.Region]; len(d.faults) == 0 && (!ok || e.territory == n) {
			f := b.fault(int(n), "within", "within_missing", "no document for "+l.String()+": add one, or write a region that has one")
			b.blameIf(int(n), f, d.movesRegions())
		}
	}
	for ; l.Region != ""; l = l.Parent() {
		if s, ok := b.shadowed[l.Region]; ok && s == n {
			continue
		}
		if e, ok := b.draft.byRegion[l.Region]; ok && e.territory != n {
			return e.territory
		}
	}
	return 0
}

// untangle sorts the documents once more if aliases put a document above others that
// came before it. Documents that lie in each other are invalid.
func (b *compiler) untangle() {
	const unknown, onTheWay = 0, -1 // the country has a depth of 1
	for i := range b.documents {
		b.documents[i].depth = unknown
	}
	b.documents[0].depth = 1
	var way []int32
	for i := range b.documents {
		n := int32(i)
		for way = way[:0]; b.documents[n].depth == unknown; n = b.documents[n].parent {
			b.documents[n].depth = onTheWay
			way = append(way, n)
		}
		if b.documents[n].depth == onTheWay {
			b.circle(way[slices.Index(way, n):])
		}
		for _, n := range slices.Backward(way) {
			d := &b.documents[n]
			d.depth = b.documents[d.parent].depth + 1
		}
	}
	place := make(map[string]int32, len(b.documents))
	regions := make([]string, len(b.documents))
	for i := range b.documents {
		regions[i] = b.documents[i].location.Region
	}
	b.sort()
	for i := range b.documents {
		place[b.documents[i].location.Region] = int32(i)
	}
	for i := 1; i < len(b.documents); i++ {
		d := &b.documents[i]
		d.parent = place[regions[d.parent]]
	}
	for code, e := range b.draft.byRegion {
		e.territory = place[regions[e.territory]]
		b.draft.byRegion[code] = e
	}
}

// circle makes documents invalid of which each is the parent of the one before it.
func (b *compiler) circle(documents []int32) {
	for _, n := range documents {
		d := &b.documents[n]
		path, code, message := "regionAliases", errorCode("region_alias_circular"), "by an alias, the region lies in itself: remove the alias from it or from "
		if d.Within != "" {
			path, code, message = "within", "within_circular", "the region lies in itself, by way of "
		}
		f := b.fault(int(n), path, code, message+b.documents[d.parent].location.String())
		b.blameIf(int(n), f, d.movesRegions())
		d.parent = 0
	}
}

// fault adds a fault to a document, and returns it.
func (b *compiler) fault(t int, path string, code errorCode, message string) Fault {
	d := &b.documents[t]
	if d.referral > 0 { // it has no document of its own
		path, d = indexed("elsewhere", d.referral-1)+"."+path, &b.documents[0]
	}
	f := Fault{d.location, path, string(code), message}
	d.faults = append(d.faults, f)
	return f
}
