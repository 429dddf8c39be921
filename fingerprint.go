package tax

import (
	"crypto/sha256"
	"sync"

	"github.com/taxresolve/tax/internal/canon"
)

// A country, or a part of one, is known by a fingerprint: everything in its documents that it
// depends on, in a form that is different for any two. Fingerprints are compared in full, so
// that no tenant can get the rates of another.
//
// In place of a long one stands its SHA-256, because it would take a tenth of the memory of
// what is compiled from it. Two with the same SHA-256 cannot be constructed.
const maxFingerprint = 224

// fingerprint returns the fingerprint that was written from a place on. It is valid until the
// next write.
func (w *canonWriter) fingerprint(from int) []byte {
	if w.Len()-from > maxFingerprint {
		sum := sha256.Sum256(w.Bytes()[from:])
		w.Truncate(from)
		w.Number(-1) // no fingerprint begins with it: they begin with the length of a text, or a place
		w.Text(string(sum[:]))
	}
	return w.Bytes()[from:]
}

// countryOf returns the fingerprint of a country as a whole: everything in its documents except
// their metadata, and the country that was asked for: documents of another country are
// invalid there. Of the metadata it has the as-of day, where an entry depends on it.
func (w *canonWriter) countryOf(country string, set []Configuration) []byte {
	w.Reset()
	w.Text(country)
	w.Count(len(set))
	for i := range set {
		w.configuration(&set[i])
	}
	return w.fingerprint(0)
}

// bodyOf returns the fingerprint of a document without what its classes say. Their codes are
// part of it, because they lead to the lines.
func (w *canonWriter) bodyOf(c *Configuration) []byte {
	w.Reset()
	w.Text(c.Location.Country)
	w.localized(c.Name)
	w.terms(c)
	w.Count(len(c.Classes))
	for i := range c.Classes {
		w.Text(c.Classes[i].Code)
		w.Flag(c.Classes[i].Default)
		w.Texts(c.Classes[i].Aliases)
	}
	return w.fingerprint(0)
}

// beginLines writes what the fingerprints of all lines of a document begin with: the tax that
// they charge where they name none.
func (w *canonWriter) beginLines(c *Configuration) {
	w.Reset()
	w.tax(&c.Tax)
	w.common = w.Len()
}

// lineOf adds the fingerprint of a line, and returns where it ends in [canonWriter.lines]. It is
// everything that the line of class n depends on: the class, its place among the others, the
// tax that it charges where it names none, and the day since which its entry without a first day
// was verified.
func (w *canonWriter) lineOf(c *Configuration, n int) (end int) {
	class, begin := &c.Classes[n], w.Len()
	w.Number(int64(n))
	w.Again(0, w.common)
	w.class(class)
	if undated(class) {
		w.Number(int64(c.verified(n).n))
	}
	w.fingerprint(begin)
	return w.Len() - w.common
}

// lines returns the fingerprints that lineOf has added, one after the other. They are valid until
// the next write.
func (w *canonWriter) lines() []byte { return w.Bytes()[w.common:] }

// dropLines removes them.
func (w *canonWriter) dropLines() { w.Truncate(w.common) }

// undated reports whether a class has an entry without a first day.
func undated(c *Class) bool { return len(c.Rates) > 0 && c.Rates[len(c.Rates)-1].From.IsZero() }

// canonWriter writes documents in a form that is different for any two of them.
type canonWriter struct {
	canon.Writer
	common int // the number of bytes that beginLines wrote
}

var canonWriters = sync.Pool{New: func() any {
	var w struct { // one allocation
		canonWriter
		room [4096]byte
	}
	w.Writer = canon.NewWriter(w.room[:0])
	return &w.canonWriter
}}

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
	w.terms(c)
	w.Count(len(c.Classes))
	for i := range c.Classes {
		w.Flag(c.Classes[i].Default)
		w.class(&c.Classes[i])
	}
	w.Number(int64(c.verifiedOf().n))
	w.Flag(c.under != nil)
	if u := c.under; u != nil {
		w.Flag(u.absent)
		w.configuration(&u.Configuration)
	}
}

// terms writes what holds for all classes of a document.
func (w *canonWriter) terms(c *Configuration) {
	w.Number(int64(c.Regions))
	w.Flag(c.Exclusive)
	w.Flag(c.LocalTaxesMissing)
	w.tax(&c.Tax)
	w.Text(c.TimeZone)
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
	for i := range c.Classes {
		if undated(&c.Classes[i]) {
			return c.Metadata.AsOf
		}
	}
	return Date{}
}

// class writes a class, whether or not it is the default class.
func (w *canonWriter) class(c *Class) {
	w.Text(c.Code)
	w.localized(c.Name)
	w.Flag(c.Order != nil)
	w.Number(int64(c.order()))
	plain := c.Description.IsZero() && len(c.Aliases) == 0
	if w.Flag(plain); !plain { // as few classes are
		w.localized(c.Description)
		w.Texts(c.Aliases)
	}
	w.Count(len(c.Rates))
	for i := range c.Rates {
		w.rate(&c.Rates[i])
	}
}

func (w *canonWriter) rate(r *Rate) {
	w.Number(int64(r.From.n))
	w.Decimal(r.Percent)
	plain := r.plain()
	if w.Flag(plain); plain {
		return
	}
	w.Number(int64(r.Effect))
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

// plain reports whether an entry says a percentage and nothing else, as most do. Fingerprints
// are written for each load, so what most have not takes little time.
func (r *Rate) plain() bool {
	return r.Effect == Replace && !r.OfGross && len(r.Components) == 0 && r.Treatment == Taxable && r.Tax == Tax{} &&
		r.Evidence.Status == Unstated && len(r.Evidence.Sources) == 0 && r.Evidence.VerifiedSince.IsZero()
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
	w.Text(l.t.languages.Name())
	w.Each(l.t.texts) // as many as the name has tags
}
