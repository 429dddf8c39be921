package tax

import (
	"crypto/sha256"
	"slices"
	"sync"

	"github.com/taxresolve/tax/internal/canon"
	"github.com/taxresolve/tax/internal/intern"
)

// interner shares one body of a country among all tenants with the same documents. Most
// tenants charge the rates of the law, and most loads return what was already known. The
// interner refers to bodies weakly: a body lives as long as the last answer or cache
// entry that refers to it.
type interner struct {
	bodies   intern.Table[fingerprint, sharedBody]
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

// known returns the body and the record of a version that was remembered; nil if it was not.
func (in *interner) known(v version, numbered bool) (*sharedBody, *record) {
	if numbered {
		if b := in.versions.Find(v); b != nil {
			return b, b.first
		}
	}
	return nil, nil
}

// remember notes the version that the body of a load has, if the metadata are those that
// the body has as well.
func (in *interner) remember(v version, b *sharedBody, r *record) {
	if r != b.first {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if oldest, full := b.versions.Add(v.number); full {
		in.versions.Forget(version{v.country, oldest})
	}
	in.versions.Value(v, func() *sharedBody { return b })
}

// fingerprint identifies a country and the content of its documents. It is a SHA-256,
// and so needs no comparison after it: two sets of documents with the same fingerprint
// cannot be constructed, and no tenant can get the rates of another through a collision.
type fingerprint [sha256.Size]byte

// body returns the body of the documents that a source has for a country. If there is
// none, compile makes it. Everything else that a body depends on is the same for all
// tenants of a resolver: its settings and its clock.
func (in *interner) body(country string, set []Configuration, compile func() *sharedBody) *sharedBody {
	if !shareable(set) {
		return compile()
	}
	return in.bodies.Value(fingerprintOf(country, set), func() *sharedBody {
		body := compile()
		body.first = body.recordOf(set)
		body.bytes += body.first.memory()
		return body
	})
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

// fingerprintOf returns the fingerprint of everything in the documents except their
// metadata, and of the country that was asked for: documents of another country are
// invalid there. Of the metadata it has the as-of day, where an entry depends on it.
func fingerprintOf(country string, set []Configuration) fingerprint {
	w := canonWriters.Get().(*canonWriter)
	defer canonWriters.Put(w)
	w.Reset()
	w.Text(country)
	w.Count(len(set))
	for i := range set {
		w.configuration(&set[i])
	}
	return sha256.Sum256(w.Bytes())
}

// canonWriter writes documents in a form that is different for any two of them.
type canonWriter struct{ canon.Writer }

var canonWriters = sync.Pool{New: func() any { return &canonWriter{} }}

func (w *canonWriter) configuration(c *Configuration) {
	w.Text(c.Location.Country)
	w.Text(c.Location.Region)
	w.localized(c.Name)
	w.Text(c.Within)
	w.postalCodes(c.PostalCodes)
	w.postalCodes(c.SharedPostalCodes)
	w.Texts(c.RegionAliases)
	w.Count(len(c.Elsewhere))
	for _, e := range c.Elsewhere {
		w.Text(e.Location.Country)
		w.Text(e.Location.Region)
		w.Texts(e.Regions)
		w.postalCodes(e.PostalCodes)
	}
	w.Number(int64(c.Regions))
	w.Flag(c.Exclusive)
	w.Flag(c.LocalTaxesMissing)
	w.tax(&c.Tax)
	w.Text(c.TimeZone)
	w.Count(len(c.Classes))
	for i := range c.Classes {
		w.class(&c.Classes[i])
	}
	w.Number(int64(c.verifiedOf().n))
	w.Flag(c.under != nil)
	if u := c.under; u != nil {
		w.Flag(u.absent)
		w.configuration(&u.Configuration)
	}
}

func (w *canonWriter) postalCodes(list []PostalRange) {
	w.Count(len(list))
	for _, p := range list {
		w.Text(p.From)
		w.Text(p.To)
	}
}

// verifiedOf returns the day since which the entries without a first day were verified;
// zero if the document has none of them.
func (c *Configuration) verifiedOf() Date {
	if slices.ContainsFunc(c.Classes, func(c Class) bool {
		return len(c.Rates) > 0 && c.Rates[len(c.Rates)-1].From.IsZero()
	}) {
		return c.Metadata.AsOf
	}
	return Date{}
}

func (w *canonWriter) class(c *Class) {
	w.Text(c.Code)
	w.localized(c.Name)
	w.localized(c.Description)
	w.Flag(c.Order != nil)
	w.Number(int64(c.order()))
	w.Flag(c.Default)
	w.Texts(c.Aliases)
	w.Count(len(c.Rates))
	for i := range c.Rates {
		w.rate(&c.Rates[i])
	}
}

func (w *canonWriter) rate(r *Rate) {
	w.Number(int64(r.From.n))
	w.Number(int64(r.Effect))
	w.Decimal(r.Percent)
	w.Flag(r.OfGross)
	w.Count(len(r.Components))
	for i := range r.Components {
		p := &r.Components[i]
		w.Text(p.Code)
		w.localized(p.Name)
		w.Decimal(p.Percent)
		w.Flag(p.Compound)
	}
	w.Number(int64(r.Treatment))
	w.tax(&r.Tax)
	w.Number(int64(r.Evidence.Status))
	w.Texts(r.Evidence.Sources)
	w.Number(int64(r.Evidence.VerifiedSince.n))
}

func (w *canonWriter) tax(t *Tax) {
	w.Text(t.Code)
	w.localized(t.Name)
}

func (w *canonWriter) localized(l LocalizedText) {
	if l.t == nil {
		w.Number(0)
		return
	}
	w.Count(len(l.t.texts))
	for i, text := range l.t.texts {
		w.Text(l.t.languages.Tags()[i])
		w.Text(text)
	}
}
