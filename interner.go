package tax

import (
	"sync"
	"unsafe"

	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/intern"
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

	bodies   intern.Table[fingerprint, sharedBody]
	lines    intern.Table[fingerprint, line]
	versions intern.Table[version, sharedBody]
	mu       sync.Mutex // guards sharedBody.versions
}

// version is the state of a country that a source has a number for, so that it need not be
// read again to be known.
type version struct {
	country string
	number  uint64
}

// versionOf returns the version that a source says a country has.
func versionOf(s Source, key Key) (v version, ok bool) {
	if s, is := s.(interface{ Version(Key) (uint64, bool) }); is {
		v.country = key.Country
		v.number, ok = s.Version(key)
	}
	return v, ok
}

// known sets the body, the lines and the record of a version, and reports whether it was
// remembered.
func (in *interner) known(c *compiled, v version) bool {
	b := in.versions.Find(v)
	if b == nil {
		return false
	}
	c.sharedBody, c.many, c.record = b, &b.all, b.first
	return true
}

// remember notes the version that a country has, if its metadata are those that the body
// has as well. The body has all lines.
func (in *interner) remember(c *compiled, v version) {
	b := c.sharedBody
	if c.record != b.first {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if oldest, full := b.versions.Add(v.number); full {
		in.versions.Forget(version{v.country, oldest})
	}
	in.versions.Value(v, func() *sharedBody { return b })
}

// compile sets the body and the lines of a country, for the documents that a source has for
// it. Parts that are not known are compiled. Everything else that they depend on is the same
// for all tenants of a resolver: its settings and its clock. A country that is wanted whole
// is not shared by its classes.
func (in *interner) compile(c *compiled, country string, set []Configuration, whole bool) {
	b := compiling{interner: in, country: country, set: set}
	defer b.end()
	switch {
	case !shareable(set):
		c.sharedBody = b.whole()
	case !whole && divisible(country, set) && b.parts(c):
		return
	default:
		c.sharedBody = in.bodies.Value(fingerprintOf(country, set), b.whole)
	}
	c.many = &c.all
}

// compiling compiles a country when a part of it is asked for, and once for all parts.
type compiling struct {
	*interner
	country string
	set     []Configuration
	drawn   *compiler // nil until then
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
	c.first = c.recordOf(b.set)
	c.bytes += c.first.memory() + internedBytes
	return c
}

// parts sets the body and the lines of a country that is divisible. It reports false if its
// document is invalid.
func (b *compiling) parts(c *compiled) bool {
	w := canonWriters.Get().(*canonWriter)
	defer canonWriters.Put(w)
	doc := &b.set[0]
	lines := c.few[:0]
	if len(doc.Classes) > cap(lines) {
		lines, c.many = make([]*line, 0, len(doc.Classes)), new([]*line)
	}
	body := w.bodyOf(doc)
	if c.sharedBody = b.bodies.Find(body); c.sharedBody == nil {
		if len(b.draft().report.Errors) > 0 {
			return false
		}
		c.sharedBody = b.bodies.Value(body, func() *sharedBody { return b.withRecord(b.draft().frozenBody()) })
	}
	for n := range doc.Classes {
		of := w.lineOf(doc, n)
		l := b.lines.Find(of)
		if l == nil {
			if len(b.draft().report.Errors) > 0 {
				return false
			}
			l = b.lines.Value(of, func() *line { return b.draft().sharedLine(n, c.sharedBody) })
		}
		lines = append(lines, l)
	}
	if c.many != nil {
		*c.many = lines
	}
	return true
}

// recordOf returns the record of a load of the body: that of the first load if
// nothing differs.
func (c *body) recordOf(set []Configuration) *record {
	if c.first != nil && c.first.has(c, set) {
		return c.first
	}
	r := newRecord(len(c.territories))
	for t := range c.territories {
		if i := c.territories[t].document; i >= 0 {
			r.metadata[t] = *c.metadataIn(set, t)
		}
	}
	return r
}

// newRecord returns a record for so many territories. That of a country without regions
// takes one allocation.
func newRecord(territories int) *record {
	if territories > 1 {
		return &record{metadata: make([]Metadata, territories)}
	}
	var r struct {
		record
		one [1]Metadata
	}
	r.metadata = r.one[:territories]
	return &r.record
}

// memory estimates the bytes that a record of a load takes.
func (r *record) memory() int64 {
	n := int64(unsafe.Sizeof(*r)) + int64(cap(r.metadata))*int64(unsafe.Sizeof(Metadata{}))
	for i := range r.metadata {
		for m := range r.metadata[i].chain() {
			n += cache.TextBytes(m.Source)
			if m.Base != nil {
				n += int64(unsafe.Sizeof(*m.Base))
			}
		}
	}
	return n
}

// has reports whether the record has the metadata of the documents.
func (r *record) has(b *body, set []Configuration) bool {
	for t := range b.territories {
		if i := b.territories[t].document; i >= 0 && !r.metadata[t].equal(b.metadataIn(set, t)) {
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
