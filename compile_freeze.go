package tax

import (
	"maps"
	"slices"
	"unsafe"

	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/lang"
	"github.com/taxresolve/tax/internal/postal"
)

// freeze copies the compiled country into a body of exactly its size, with its lines.
func (b *compiler) freeze() *sharedBody {
	if d := &b.draft; d.broken != nil {
		c := &sharedBody{body: body{country: d.country, settings: d.settings, broken: d.broken}}
		c.territories = []territory{{location: Location{Country: d.country}, parent: -1, document: -1}}
		n := tally{}
		n.invalid(d.broken)
		c.bytes = n.Bytes + int64(unsafe.Sizeof(*c)+unsafe.Sizeof(territory{}))
		c.setToday()
		return c
	}
	c := b.frozenBody()
	rates := make([]effective, len(b.rates))
	b.copyRates(rates, 0)
	c.all = b.frozenLines(c.settings, rates)
	n := tally{}
	for i := range c.territories {
		t := &c.territories[i]
		lines := c.all[t.first:][:t.count]
		n.lines(lines, int32(i))
		if t.broken == nil && t.day != nil {
			t.answers, t.earlier = latest(lines, dayOf(t.day))
		}
	}
	for i := range rates {
		n.rate(&rates[i], c.territories[rates[i].document].tax)
	}
	c.bytes += n.Bytes + int64(len(c.all))*int64(unsafe.Sizeof(c.all[0]))
	return c
}

// frozenBody returns the body without lines.
func (b *compiler) frozenBody() *sharedBody {
	d := &b.draft
	regions := b.regionTable()
	slots := regions.FrozenSize()
	for t := range d.territories {
		slots += d.territories[t].codes.FrozenSize()
	}
	c, table := new(sharedBody), make([]codetable.Slot, slots)
	c.country, c.settings, c.rule, c.strays = d.country, d.settings, d.rule, d.strays
	c.postalWeak, c.postalUnknown, c.digitsOnly, c.claimedNames = d.postalWeak, d.postalUnknown, d.digitsOnly, d.claimedNames
	if len(b.claimed) > 0 {
		c.postal, c.shared = postal.NewIndex(b.claimed), slices.Clip(d.shared)
	}
	var own []codetable.Slot
	own, table = cut(table, regions.FrozenSize())
	c.regions = regions.Frozen(own)
	c.territories = slices.Clone(d.territories)
	for i := range c.territories {
		t := &c.territories[i]
		t.count, t.lines = int32(len(t.lines)), nil
		own, table = cut(table, t.codes.FrozenSize())
		t.codes = t.codes.Frozen(own)
	}
	c.setToday()
	c.bytes = c.size() + int64(slots)*int64(slotBytes)
	return c
}

// regionTable returns a table of the region codes, to be frozen. It is made in the memory of
// the compiler, beside those of the classes, because only the frozen copy is kept.
func (b *compiler) regionTable() codetable.Table {
	codes := b.draft.byRegion
	if len(codes) == 0 {
		return codetable.Table{}
	}
	t := b.table(len(codes))
	for code, e := range codes {
		t.Add(code, e.territory, e.alias)
	}
	return t
}

// setToday prepares the quick answers: those of the country itself for a class
// code, on the current day of its time zone. All others are left to Lookup.
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

// noDay is a clock that never knows the day.
var noDay civil.Today

// cut splits a slice after n elements. first is nil if n is 0.
func cut[E any](list []E, n int) (first, rest []E) {
	if n == 0 {
		return nil, list
	}
	return list[:n:n], list[n:]
}

// frozenLines returns copies of all lines.
func (b *compiler) frozenLines(s *settings, rates []effective) []*line {
	own, count := 0, 0
	for i := range b.lines {
		if l := &b.lines[i]; l.inherited == 0 {
			own, count = own+1, count+b.segmentsOf(l)
		}
	}
	list, lines, segments := make([]*line, len(b.lines)), make([]line, own), make([]segment, count)
	for i := range b.lines {
		l := &b.lines[i]
		if l.inherited > 0 {
			list[i] = list[l.inherited-1]
			continue
		}
		list[i], lines = &lines[0], lines[1:]
		list[i].listing = l.listing
		list[i].segments, segments = cut(segments, b.segmentsOf(l))
		b.segments(list[i].segments, l, s, rates, 0)
	}
	return list
}

// copyRates copies the rates from number first on, with pointers in place of numbers.
func (b *compiler) copyRates(rates []effective, first int32) {
	var components []Component
	if len(b.components) > 0 {
		components = slices.Clone(b.components)
	}
	for i := range rates {
		built, r := &b.rates[first+int32(i)], &rates[i]
		*r = built.effective
		if built.over != none {
			r.over = &rates[built.over-first]
		}
		if n := len(r.components); built.parts != none {
			r.components = components[built.parts:][:n:n]
		}
	}
}

// segmentCount returns the number of segments of all lines, with those that regions
// inherit.
func (b *compiler) segmentCount() (n int) {
	for i := range b.lines {
		n += b.segmentsOf(&b.lines[i])
	}
	return n
}

// segmentsOf returns the number of segments of a line: one for each span, and another one
// for each that has the day since which its rate was verified.
func (b *compiler) segmentsOf(l *builtLine) int {
	n := int(l.last - l.first)
	for s := l.first; s < l.last; s++ {
		if _, ok := b.verifiedWithin(s, l.last); ok {
			n++
		}
	}
	return n
}

// segments writes the merged timeline of a line. rates are those from number first on.
func (b *compiler) segments(list []segment, l *builtLine, settings *settings, rates []effective, first int32) {
	n := 0
	for i := l.first; i < l.last; i++ {
		from, s := &b.spans[i], &list[n]
		n++
		*s = segment{from: from.from, since: from.from, gap: from.gap}
		if i+1 < l.last {
			s.until = b.spans[i+1].from
		}
		if from.rate == none {
			continue
		}
		s.rate = &rates[from.rate-first]
		s.unverified = s.rate.undated && (s.rate.verified.IsZero() || from.from.Before(s.rate.verified))
		_, s.refused = settings.refuses(s)
		if day, ok := b.verifiedWithin(i, l.last); ok {
			list[n] = *s
			s = &list[n]
			n++
			s.from, s.unverified = day, false
			_, s.refused = settings.refuses(s)
		}
	}
}

// refuses says why the evidence of the rate of a segment is refused; "" if it is not.
func (s *settings) refuses(on *segment) (code errorCode, why string) {
	r := on.rate
	switch {
	case s.Refuse == 0:
		return "", ""
	case s.Refuse&RefuseDisputed != 0 && r.status == Disputed:
		return "rate_disputed", "the sources disagree"
	case s.Refuse&RefuseSingle != 0 && r.status == Single:
		return "rate_of_one_source", "only one source states it"
	case s.Refuse&RefuseUndated != 0 && (on.unverified || r.status == Undated):
		return "rate_undated", "its first day is not known, and it was not verified yet on that day"
	}
	return "", ""
}

const slotBytes = unsafe.Sizeof(codetable.Slot{})

// size estimates the memory of a body in bytes, apart from that of its lines, slots and
// record.
func (c *body) size() int64 {
	n := tally{}
	n.Bytes = int64(unsafe.Sizeof(sharedBody{})) + int64(len(c.territories))*int64(unsafe.Sizeof(territory{})) +
		c.postal.Bytes() + c.postalWeak.Bytes()
	for i := range c.shared {
		n.Bytes += int64(unsafe.Sizeof(sharedCode{})) + 4*int64(len(c.shared[i].owners))
	}
	n.table(&c.regions)
	if c.regions.Far() > 0 {
		for code := range c.regions.Codes {
			if len(code) > codetable.MaxShort { // a text of its own, of any length
				n.Text(code)
			}
		}
	}
	for i := range c.territories { // names one after the other, because most have the same languages
		n.Text(c.territories[i].location.Region)
		n.localized(c.territories[i].name)
	}
	n.Bytes += int64(cap(c.claimedNames)) * int64(unsafe.Sizeof(claimedName{}))
	for i := range c.claimedNames {
		n.localized(c.claimedNames[i].LocalizedText)
	}
	for i := range c.territories {
		t := &c.territories[i]
		n.Text(t.zoneName)
		n.invalid(t.broken)
		if t.taxFrom == int32(i) {
			n.tax(t.tax)
		}
		n.table(&t.codes)
	}
	return n.Bytes
}

// mapEntryBytes is the memory of a map for each of its entries, which have a text as
// the key and a word as the value.
const mapEntryBytes = 48

// tally estimates the memory behind the parts of a country.
type tally struct {
	cache.Tally
	languages *lang.Set // of the last text
}

// lines counts the lines of a territory that are its own, without their rates.
func (n *tally) lines(list []*line, t int32) {
	for _, l := range list {
		if l.origin == t {
			n.Bytes += int64(unsafe.Sizeof(*l)) + int64(len(l.segments))*int64(unsafe.Sizeof(segment{}))
			n.Text(l.code)
			n.Texts(l.aliases)
			n.localized(l.name)
			n.localized(l.description)
		}
	}
}

// rate counts a rate and what it has of its own. tax is that of its territory. A rate
// that was made from the parent's has little of its own.
func (n *tally) rate(e *effective, tax Tax) {
	const number = 48 // a big.Int and its word
	n.Bytes += int64(unsafe.Sizeof(*e))
	n.Texts(e.sources)
	own := e.components
	switch {
	case e.over == nil:
		n.Bytes += number * int64(1+len(own))
	case len(own) > len(e.over.components): // it adds to the parent's rate
		n.Bytes += number
		own = own[max(1, len(e.over.components)):]
		n.Bytes += int64(len(e.components)-len(own)) * int64(unsafe.Sizeof(Component{}))
	default:
		return
	}
	if e.tax != tax {
		n.tax(e.tax)
	}
	n.Bytes += int64(len(own)) * int64(unsafe.Sizeof(Component{}))
	for i := range own {
		n.Text(own[i].Code)
		n.localized(own[i].Name)
	}
}

// table counts the codes of a table that are not in its slots.
func (n *tally) table(t *codetable.Table) {
	n.Bytes += int64(t.Far()) * int64(mapEntryBytes+slotBytes+codetable.MaxShort)
}

func (n *tally) tax(t Tax) {
	n.Text(t.Code)
	n.localized(t.Name)
}

func (n *tally) localized(l LocalizedText) {
	if l.t == nil || !n.First(unsafe.Pointer(l.t), int64(len(l.t.texts))*translationBytes) {
		return
	}
	n.Bytes += int64(unsafe.Sizeof(*l.t))
	n.Texts(l.t.texts)
	if set := l.t.languages; set != n.languages && n.First(unsafe.Pointer(set), int64(len(l.t.texts))*translationBytes) {
		n.languages = set
		n.Bytes += set.Bytes()
	}
}

// translationBytes is the memory of a short text in a language.
const translationBytes = 32

// invalid counts the faults of a tombstone; none if it is nil.
func (n *tally) invalid(e *InvalidError) {
	if e == nil {
		return
	}
	n.Bytes += int64(unsafe.Sizeof(*e)) + int64(cap(e.Faults))*int64(unsafe.Sizeof(Fault{}))
	for i := range e.Faults {
		f := &e.Faults[i]
		for _, s := range []string{f.Location.Country, f.Location.Region, f.Path, f.Message} {
			n.Text(s)
		}
	}
}

// reserve makes room for what the documents of a set become by themselves, at once. More
// grows as usual.
func (b *compiler) reserve(set []Configuration) {
	places, claims, entries, classes := 1, 0, 0, 0
	for i := range set {
		c := &set[i]
		places += 1 + len(c.Elsewhere)
		claims += len(c.PostalCodes) + len(c.SharedPostalCodes)
		classes += len(c.Classes)
		for j := range c.Classes {
			entries += len(c.Classes[j].Rates)
		}
	}
	b.documents = grown(b.documents, places)
	b.draft.territories = grown(b.draft.territories, places)
	b.claims, b.claimed = grown(b.claims, claims), grown(b.claimed, claims)
	b.rates, b.spans = grown(b.rates, entries), grown(b.spans, entries+classes)
}

// done returns the report, after which the compiler is used again by others.
func (b *compiler) done() Report {
	report := b.report
	if b.clear() {
		compilers.Put(b)
	}
	return report
}

// clear empties the compiler, so that it keeps nothing alive, and reports whether
// it may be used again.
func (b *compiler) clear() bool {
	territories := b.draft.territories
	if max(cap(territories), cap(b.claimed), cap(b.claims), cap(b.documents), cap(b.lines), cap(b.slots), cap(b.spans),
		cap(b.rates), cap(b.components)) > maxScratch {
		return false
	}
	*b = compiler{
		documents: cleared(b.documents, 0), lines: cleared(b.lines, 0), slots: b.slots[:0], spans: b.spans[:0],
		rates: cleared(b.rates, 0), components: cleared(b.components, 0), claims: b.claims[:0], claimed: b.claimed[:0],
	}
	b.draft.territories = cleared(territories, 0)
	return true
}

// maxPasses is the number of times that a country is compiled to find the documents to
// withhold one by one. After that all are withheld, so that hostile documents cost a
// bounded multiple of what valid ones do.
const maxPasses = 8

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
	quiet := b.validator.quiet
	if !b.clear() {
		*b = compiler{}
	}
	b.withheld, b.validator.quiet = out, quiet
}
