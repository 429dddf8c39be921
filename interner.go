package tax

import (
	"encoding/binary"
	"sync"
	"unsafe"

	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/intern"
	"github.com/taxresolve/tax/internal/lang"
)

// interner shares the parts of countries among all tenants whose documents say the same
// there. Most tenants charge the rates of the law, and most loads return what was already
// known. A country without regions is shared by its classes, so that tenants who combine
// them in their own ways share them all the same. Any other country is shared as a whole,
// and so is one whose version has a number, by which tenants share all of it.
// The interner refers to the parts weakly: they live as long as the last answer or cache
// entry that refers to them.
type interner struct {
	settings *settings
	clock    *civil.Clock

	countries intern.Table[sharedBody] // with all lines
	bodies    intern.Table[sharedBody] // without
	lines     intern.Table[sharedLines]
	versions  intern.Table[sharedBody]
	mu        sync.Mutex // guards sharedBody.versions
}

// version is the state of a country that a source has a number for, so that it need not be
// read again to be known.
type version struct {
	country string
	number  uint64
}

// key returns what identifies a version. Codes of countries have two letters.
func (v version) key() (key [2 + 8]byte) {
	binary.BigEndian.PutUint64(key[copy(key[:], v.country):], v.number)
	return key
}

// versionOf returns the version that a source says a country has.
func versionOf(s Source, key Key) (v version, ok bool) {
	if s, is := s.(interface{ Version(Key) (uint64, bool) }); is {
		v.country = key.Country
		v.number, ok = s.Version(key)
	}
	return v, ok
}

// known sets the body of a version, with its lines, and reports whether it was remembered.
func (in *interner) known(c *compiled, v version) bool {
	key := v.key()
	b := in.versions.Find(key[:])
	if b == nil {
		return false
	}
	c.setBody(b)
	return true
}

// remember notes the version that a country has, if its documents have the editions that
// the body has as well. The body has all lines.
func (in *interner) remember(c *compiled, v version, set []Configuration) {
	b := c.sharedBody
	if !b.first.has(&b.body, set) {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if oldest, full := b.versions.Add(v.number); full {
		key := version{v.country, oldest}.key()
		in.versions.Forget(key[:])
	}
	key := v.key()
	in.versions.Value(key[:], func() *sharedBody { return b })
}

// compile sets the body, the lines and the record of a country, for the documents that a
// source has for it, and the default language of the tenant. Parts that are not known are
// compiled. Everything else that they depend on is the same for all tenants of a resolver: its
// settings and its clock. A country that is wanted whole is not shared by its classes.
func (in *interner) compile(c *compiled, country string, set []Configuration, language *lang.Default, whole bool) {
	b := compiling{interner: in, country: country, set: set, language: language}
	defer b.end()
	switch {
	case !shareable(set):
		c.setBody(b.whole())
	case !whole && divisible(country, set) && b.parts(c):
		return
	default:
		w := canonWriters.Get().(*canonWriter)
		defer canonWriters.Put(w)
		c.setBody(in.countries.Value(w.countryOf(country, set), b.whole))
	}
	c.record = c.recordOf(set, language)
}

// setBody sets a body that has all lines.
func (c *compiled) setBody(b *sharedBody) {
	c.sharedBody = b
	clear(c.few[copy(c.few[:], b.all):]) // of those that parts has set before a fault
}

// compiling compiles a country when a part of it is asked for, and once for all parts.
type compiling struct {
	*interner
	country  string
	set      []Configuration
	language *lang.Default
	drawn    *compiler // nil until then
}

// draft returns the compiler, which has compiled the country. It has made no warnings,
// because nobody reads those of a load.
func (b *compiling) draft() *compiler {
	if b.drawn == nil {
		b.drawn = compilers.Get().(*compiler)
		b.drawn.validator.quiet = true
		b.drawn.draw(b.country, b.settings, b.clock, b.set)
	}
	return b.drawn
}

// end gives the compiler back.
func (b *compiling) end() {
	if b.drawn != nil && b.drawn.clear() {
		compilers.Put(b.drawn)
	}
}

// whole returns the body of a country with all lines.
func (b *compiling) whole() *sharedBody { return b.withRecord(b.draft().freeze()) }

// withRecord sets the record of a new body.
func (b *compiling) withRecord(c *sharedBody) *sharedBody {
	c.first = c.recordOf(b.set, b.language)
	c.bytes += c.first.memory() + internedBytes
	return c
}

// parts sets the body, the lines and the record of a country that is divisible. It reports
// false if its document is invalid.
func (b *compiling) parts(c *compiled) bool {
	w := canonWriters.Get().(*canonWriter)
	defer canonWriters.Put(w)
	doc := &b.set[0]
	lines := c.few[:0]
	if len(doc.Classes) > cap(lines) {
		lines = make([]*line, 0, len(doc.Classes))
	}
	body := w.bodyOf(doc)
	if c.sharedBody = b.bodies.Find(body); c.sharedBody == nil {
		if len(b.draft().report.Errors) > 0 {
			return false
		}
		c.sharedBody = b.bodies.Value(body, func() *sharedBody {
			made := b.withRecord(b.draft().frozenBody())
			made.bytes += int64(len(body))
			return made
		})
	}
	w.beginLines(doc)
	for ok := true; len(lines) < len(doc.Classes); {
		if lines, ok = b.withLines(lines, w, c.sharedBody); !ok {
			return false
		}
	}
	c.record = c.recordOf(b.set, b.language)
	if len(lines) > len(c.few) {
		copy(c.few[:], lines)
		c.record = c.record.withLines(lines)
	}
	return true
}

// maxTogether is how many lines are made together at most. So what is in memory though nobody
// has it any more is at most seven times as much as what somebody has.
const maxTogether = 8

// withLines returns the first lines of a country with a few more. Those that are not known are
// made together. It reports false if the document is invalid.
func (b *compiling) withLines(lines []*line, w *canonWriter, c *sharedBody) (_ []*line, ok bool) {
	var room, ends [maxTogether]int
	doc, numbers := &b.set[0], room[:0]
	w.dropLines()
	for n := len(lines); n < len(doc.Classes) && len(numbers) < maxTogether; n++ {
		ends[len(numbers)] = w.lineOf(doc, n)
		numbers, lines = append(numbers, n), append(lines, nil)
	}
	prints := w.lines()
	set := func(i int, of *sharedLines, part int) { lines[numbers[i]] = &of.lines[part] }
	b.lines.FindAll(prints, ends[:len(numbers)], set)
	missing, begin, size := 0, 0, 0
	for i, n := range numbers {
		end := ends[i]
		if lines[n] == nil {
			size += copy(prints[size:], prints[begin:end])
			numbers[missing], ends[missing] = n, size
			missing++
		}
		begin = end
	}
	if missing == 0 {
		return lines, true
	}
	if len(b.draft().report.Errors) > 0 {
		return nil, false
	}
	made := b.draft().sharedLines(numbers[:missing], c)
	made.bytes += int64(size)
	for i := range made.lines {
		set(i, made, i)
	}
	b.lines.Add(made, prints[:size], ends[:missing], set)
	return lines, true
}

// sharedLines returns copies of lines of a country without regions that keep nothing else of
// it in memory. body is one that the country has in common with others.
func (b *compiler) sharedLines(numbers []int, c *sharedBody) *sharedLines {
	own, segments, count := &c.territories[0], 0, 0
	for _, n := range numbers {
		first, last := b.ratesOf(&b.lines[n])
		segments, count = segments+b.segmentsOf(&b.lines[n]), count+int(last-first)
	}
	made, timelines, rates := newLines(len(numbers), segments, count)
	t := tally{}
	if name := b.lines[0].name; numbers[0] > 0 && name.t != nil {
		t.languages = name.t.languages // counted there
	}
	for i, n := range numbers {
		built, l := &b.lines[n], &made.lines[i]
		first, last := b.ratesOf(built)
		var charged []effective
		l.segments, timelines = cut(timelines, b.segmentsOf(built))
		charged, rates = cut(rates, int(last-first))
		l.listing, l.sharedLines = built.listing, made
		b.copyRates(charged, first)
		for i := range charged {
			if charged[i].tax == b.draft.territories[0].tax {
				charged[i].tax = own.tax
			}
			t.rate(&charged[i], own.tax)
		}
		b.segments(l.segments, built, c.settings, charged, first)
		t.lines([]*line{l}, 0)
	}
	made.bytes = t.Bytes + int64(unsafe.Sizeof(*made)) + int64(len(numbers))*internedBytes
	return made
}

// newLines returns room for so many lines, segments and rates: in one allocation, if they are
// one class with the timeline of most.
func newLines(lines, segments, rates int) (*sharedLines, []segment, []effective) {
	switch {
	case lines == 1 && segments == 1 && rates == 1:
		var one struct {
			sharedLines
			lines    [1]line
			segments [1]segment
			rates    [1]effective
		}
		one.sharedLines.lines = one.lines[:]
		return &one.sharedLines, one.segments[:], one.rates[:]
	case lines == 1 && segments == 2 && rates == 1: // nothing, then a rate
		var one struct {
			sharedLines
			lines    [1]line
			segments [2]segment
			rates    [1]effective
		}
		one.sharedLines.lines = one.lines[:]
		return &one.sharedLines, one.segments[:], one.rates[:]
	}
	return &sharedLines{lines: make([]line, lines)}, make([]segment, segments), make([]effective, rates)
}

// internedBytes is the memory of an entry of an [intern.Table], apart from the fingerprint.
const internedBytes = 96

// ratesOf returns the first and the last number, exclusive, of the rates of a line of a
// country without regions.
func (b *compiler) ratesOf(l *builtLine) (first, last int32) {
	first = none
	for i := l.first; i < l.last; i++ {
		if r := b.spans[i].rate; r != none {
			if first == none {
				first = r
			}
			last = r + 1
		}
	}
	return max(first, 0), last
}

// recordOf returns the record of a load of the body: that of the first load if nothing
// differs.
func (c *body) recordOf(set []Configuration, language *lang.Default) *record {
	if c.first != nil && c.first.has(c, set) {
		return c.first.in(language)
	}
	r := newRecord(len(c.territories))
	r.defaultLanguage = language
	for t := range c.territories {
		if i := c.territories[t].document; i >= 0 {
			*r.editionOf(int32(t)) = c.metadataIn(set, t).edition()
		}
	}
	return r
}

// newRecord returns a record for so many territories.
func newRecord(territories int) *record {
	if territories == 1 {
		return &record{details: &noDetails}
	}
	r := new(struct {
		record
		details
	})
	r.record.details, r.others = &r.details, make([]edition, territories-1)
	return &r.record
}

// in returns the record for tenants with a default language: itself, if it is for them.
func (r *record) in(language *lang.Default) *record {
	if r.defaultLanguage.Same(language) {
		return r
	}
	own := *r
	own.defaultLanguage = language
	return &own
}

// withLines returns the record of a load with more lines than fit into its compiled country.
func (r *record) withLines(lines []*line) *record {
	own := &struct {
		record
		list []*line
	}{*r, lines}
	own.many = &own.list
	return &own.record
}

// memory estimates the bytes that a record of a load takes.
func (r *record) memory() int64 {
	n := int64(unsafe.Sizeof(*r)) + r.edition.memory()
	if r.many != nil {
		n += int64(unsafe.Sizeof(*r.many)) + int64(cap(*r.many))*int64(unsafe.Sizeof(r))
	}
	if r.details != &noDetails {
		n += int64(unsafe.Sizeof(*r.details)) + int64(cap(r.others))*int64(unsafe.Sizeof(edition{}))
	}
	for i := range r.others {
		n += r.others[i].memory()
	}
	return n
}

// memory estimates the bytes behind an edition.
func (e *edition) memory() (n int64) {
	for part := range e.chain {
		if n += cache.TextBytes(part.source); part.base != nil {
			n += int64(unsafe.Sizeof(*part.base))
		}
	}
	return n
}

// has reports whether the record has the editions of the documents.
func (r *record) has(b *body, set []Configuration) bool {
	for t := range b.territories {
		if i := b.territories[t].document; i >= 0 && !r.editionOf(int32(t)).isOf(b.metadataIn(set, t)) {
			return false
		}
	}
	return true
}

// divisible reports whether a country can be shared by its classes. Whether each of them
// is valid must not depend on the others, except on their codes.
func divisible(country string, set []Configuration) bool {
	if len(set) != 1 || set[0].Location != (Location{Country: country}) {
		return false
	}
	c, entries := &set[0], 0
	for i := range c.Classes {
		entries += len(c.Classes[i].Rates)
	}
	return len(c.Classes) <= codetable.MaxLines && entries <= maxScratch && c.Within == "" &&
		len(c.PostalCodes)+len(c.SharedPostalCodes)+len(c.RegionAliases)+len(c.Elsewhere) == 0
}

// shareable reports whether all metadata are valid and no document is damaged. The
// fingerprint leaves both out, and only then do they change a body.
func shareable(set []Configuration) bool {
	for i := range set {
		v := validator{}
		if set[i].damage != "" {
			return false
		}
		if v.metadata("", &set[i].Metadata); len(v.report.Errors) > 0 {
			return false
		}
	}
	return true
}

// metadataIn returns the metadata of the document of a territory. Answers of a region
// that inherits from under a withheld document rest on what lies there.
func (c *body) metadataIn(set []Configuration, t int) *Metadata {
	return &set[c.territories[t].document].below(int(c.territories[t].layers)).Metadata
}
