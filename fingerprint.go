package tax

import (
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"sync"
	"weak"

	"github.com/shopspring/decimal"
)

// interner gives countries with the same documents one body: those of the many
// tenants that charge the rates of the law, and what is loaded again unchanged.
// It holds bodies weakly, so that the last answer or entry that refers to one
// decides how long it lives.
type interner struct {
	mu     sync.Mutex
	bodies map[fingerprint]weak.Pointer[sharedBody]
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
	f := fingerprintOf(set)
	if b := in.find(f); b != nil {
		return b
	}
	made := make()
	made.first = made.recordOf(set)
	in.mu.Lock()
	defer in.mu.Unlock()
	if b := in.bodies[f].Value(); b != nil {
		return b // another load was faster
	}
	if in.bodies == nil {
		in.bodies = map[fingerprint]weak.Pointer[sharedBody]{}
	}
	in.bodies[f] = weak.Make(made)
	runtime.AddCleanup(made, in.forget, f)
	return made
}

func (in *interner) find(f fingerprint) *sharedBody {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.bodies[f].Value()
}

// forget is called some time after a body is gone. Another one may have taken
// its place.
func (in *interner) forget(f fingerprint) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.bodies[f].Value() == nil {
		delete(in.bodies, f)
	}
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
	w := printers.Get().(*printer)
	defer printers.Put(w)
	w.b = w.b[:0]
	w.count(len(set))
	for i := range set {
		w.configuration(&set[i])
	}
	return sha256.Sum256(w.b)
}

// printer writes documents so that no two of them are written alike: every list
// and text comes after its length.
type printer struct{ b []byte }

var printers = sync.Pool{New: func() any { return &printer{} }}

func (w *printer) number(n int64) { w.b = binary.AppendVarint(w.b, n) }

func (w *printer) count(n int) { w.number(int64(n)) }

func (w *printer) text(s string) {
	w.count(len(s))
	w.b = append(w.b, s...)
}

func (w *printer) texts(list []string) {
	w.count(len(list))
	for _, s := range list {
		w.text(s)
	}
}

func (w *printer) flag(b bool) {
	n := byte(0)
	if b {
		n = 1
	}
	w.b = append(w.b, n)
}

// decimal writes the scale too: 19.0 is not written as 19.
func (w *printer) decimal(d decimal.Decimal) {
	w.number(int64(d.Exponent()))
	c := d.CoefficientInt64()
	small := decimal.New(c, d.Exponent()).Equal(d) // of one scale: no arithmetic, whatever the size
	w.flag(small)
	if small {
		w.number(c)
		return
	}
	w.flag(d.Sign() < 0)
	w.text(string(d.Coefficient().Bytes()))
}

func (w *printer) localized(l LocalizedText) {
	if l.t == nil {
		w.number(0)
		return
	}
	w.count(len(l.t.texts))
	for i, text := range l.t.texts {
		w.text(l.t.languages.Tags()[i])
		w.text(text)
	}
}

func (w *printer) tax(t *Tax) {
	w.text(t.Code)
	w.localized(t.Name)
}

func (w *printer) configuration(c *Configuration) {
	w.text(c.Location.Country)
	w.text(c.Location.Region)
	w.count(len(c.PostalCodes))
	for _, p := range c.PostalCodes {
		w.text(p.From)
		w.text(p.To)
	}
	w.texts(c.RegionAliases)
	w.number(int64(c.Regions))
	w.flag(c.Exclusive)
	w.tax(&c.Tax)
	w.text(c.TimeZone)
	w.count(len(c.Classes))
	for i := range c.Classes {
		w.class(&c.Classes[i])
	}
}

func (w *printer) class(c *Class) {
	w.text(c.Code)
	w.localized(c.Name)
	w.localized(c.Description)
	w.number(int64(c.Order))
	w.flag(c.Default)
	w.texts(c.Aliases)
	w.count(len(c.Rates))
	for i := range c.Rates {
		w.rate(&c.Rates[i])
	}
}

func (w *printer) rate(r *Rate) {
	w.number(int64(r.From.n))
	w.number(int64(r.Effect))
	w.decimal(r.Percent)
	w.flag(r.OfGross)
	w.count(len(r.Components))
	for i := range r.Components {
		p := &r.Components[i]
		w.text(p.Code)
		w.localized(p.Name)
		w.decimal(p.Percent)
		w.flag(p.Compound)
	}
	w.number(int64(r.Treatment))
	w.tax(&r.Tax)
	w.number(int64(r.Evidence.Status))
	w.texts(r.Evidence.Sources)
}
