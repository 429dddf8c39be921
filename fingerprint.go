package tax

import (
	"crypto/sha256"
	"sync"

	"github.com/taxresolve/tax/internal/canon"
	"github.com/taxresolve/tax/internal/intern"
)

// interner gives countries with the same documents one body: those of the many
// tenants that charge the rates of the law, and what is loaded again unchanged.
// It holds bodies weakly, so that the last answer or entry that refers to one
// decides how long it lives.
type interner struct {
	bodies intern.Table[fingerprint, sharedBody]
}

// fingerprint identifies what documents say. Nobody can make two sets of
// documents with one SHA-256, so that no comparison need follow: a tenant
// cannot be given the rates of another by a collision.
type fingerprint [sha256.Size]byte

// body returns the body of the documents; make compiles them if there is none.
func (in *interner) body(set []Configuration, make func() *sharedBody) *sharedBody {
	if !shareable(set) {
		return make()
	}
	return in.bodies.Value(fingerprintOf(set), func() *sharedBody {
		made := make()
		made.first = made.recordOf(set)
		return made
	})
}

// shareable reports whether the metadata, which are not in the fingerprint,
// leave the body as it is: they do unless they are invalid.
func shareable(set []Configuration) bool {
	for i := range set {
		v := validator{}
		if v.metadata("", &set[i].Metadata); len(v.report.Errors) > 0 {
			return false
		}
	}
	return true
}

// fingerprintOf covers everything in the documents but their metadata.
func fingerprintOf(set []Configuration) fingerprint {
	w := canonWriters.Get().(*canonWriter)
	defer canonWriters.Put(w)
	w.Reset()
	w.Count(len(set))
	for i := range set {
		w.configuration(&set[i])
	}
	return sha256.Sum256(w.Bytes())
}

// canonWriter writes documents so that no two of them are written alike.
type canonWriter struct{ canon.Writer }

var canonWriters = sync.Pool{New: func() any { return &canonWriter{} }}

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

func (w *canonWriter) tax(t *Tax) {
	w.Text(t.Code)
	w.localized(t.Name)
}

func (w *canonWriter) configuration(c *Configuration) {
	w.Text(c.Location.Country)
	w.Text(c.Location.Region)
	w.Count(len(c.PostalCodes))
	for _, p := range c.PostalCodes {
		w.Text(p.From)
		w.Text(p.To)
	}
	w.Texts(c.RegionAliases)
	w.Number(int64(c.Regions))
	w.Flag(c.Exclusive)
	w.tax(&c.Tax)
	w.Text(c.TimeZone)
	w.Count(len(c.Classes))
	for i := range c.Classes {
		w.class(&c.Classes[i])
	}
}

func (w *canonWriter) class(c *Class) {
	w.Text(c.Code)
	w.localized(c.Name)
	w.localized(c.Description)
	w.Number(int64(c.Order))
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
}
