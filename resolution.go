package tax

import (
	"cmp"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Resolution is the answer to a lookup. It is a handle of three words: copying
// it costs nothing, it never changes, and nothing reached through it can be
// modified. It stays valid after its country was loaded again. The zero
// Resolution answers everything with the zero value.
type Resolution struct{ h handle }

// Class returns the code of the class that was found. It differs from the one
// asked for when that was an alias, or nothing, or unknown with fallback.
func (r Resolution) Class() string {
	if r.h.c == nil {
		return ""
	}
	return r.line().code
}

// Percent returns the whole rate in percent of the net price, exactly: 19 means
// 19 %. It is 0 for every treatment but [Taxable].
func (r Resolution) Percent() decimal.Decimal {
	if e := r.rate(); e != nil && r.Treatment() == Taxable {
		return e.percent
	}
	return decimal.Decimal{}
}

// OfGross reports whether Percent is of the price with the tax inside.
func (r Resolution) OfGross() bool {
	e := r.rate()
	return e != nil && e.ofGross && r.Treatment() == Taxable
}

// Components returns the parts of the rate in the order in which they apply,
// as a copy; nil when the rate has no parts. Together they make Percent.
func (r Resolution) Components() []Component {
	if e := r.rate(); e != nil && r.Treatment() == Taxable {
		return slices.Clone(e.components)
	}
	return nil
}

// Treatment returns why the percentage is what it is.
func (r Resolution) Treatment() Treatment {
	switch e := r.rate(); {
	case e == nil:
		return Taxable
	case r.asserted() != nil:
		return r.asserted().Treatment
	default:
		return e.treatment
	}
}

// Tax returns the tax that is charged; joined by "+" when a region charges its
// own on top of its parent's.
func (r Resolution) Tax() Tax {
	if e := r.rate(); e != nil {
		return e.tax
	}
	return Tax{}
}

// Location returns the territory that the address belongs to: the most exact
// place for which there is a configuration.
func (r Resolution) Location() Location {
	if r.h.c == nil {
		return Location{}
	}
	return r.territory().location
}

// Date returns the day of taxation.
func (r Resolution) Date() Date { return r.h.bits.day() }

// Since returns the first day on which exactly this rate holds. The zero Date
// means that the start is not known: the rate holds on any earlier day.
func (r Resolution) Since() Date {
	if r.h.c == nil {
		return Date{}
	}
	return r.segment().from
}

// Until returns the first day on which the rate no longer holds; the zero Date
// when no end is known.
func (r Resolution) Until() Date {
	if r.h.c == nil {
		return Date{}
	}
	return r.segment().until
}

// Evidence returns how well the rate is known: of a sum, the weakest status
// that is stated, and all sources.
func (r Resolution) Evidence() Evidence {
	e := r.rate()
	if e == nil {
		return Evidence{}
	}
	return Evidence{e.evidence.Status, slices.Clone(e.evidence.Sources)}
}

// Stale reports whether the data behind the answer had passed their
// Options.TTL when it was given, because the source failed.
func (r Resolution) Stale() bool { return r.h.stale() }

// LoadedAt returns when the load of the data behind the answer began, in UTC by
// Options.Clock, to the microsecond: they are as old as that. It is zero for the
// zero Resolution.
func (r Resolution) LoadedAt() time.Time { return r.h.loadedAt() }

// Name returns the name of the class for a reader: the translation that
// [LocalizedText.In] gives, else that in the default language of the tenant, see
// Options.Languages and Options.DefaultLanguage, else the code of the class.
func (r Resolution) Name(p Preferences) string {
	if r.h.c == nil {
		return ""
	}
	return r.text(r.line().name, p, r.line().code)
}

// Description returns the description of the class for a reader, as Name does;
// "" when there is none in any of these languages.
func (r Resolution) Description(p Preferences) string {
	if r.h.c == nil {
		return ""
	}
	return r.text(r.line().description, p, "")
}

// TaxName returns the name of the tax for a reader, as Name does; the code of
// the tax when there is none in any of these languages.
func (r Resolution) TaxName(p Preferences) string {
	t := r.Tax()
	return r.text(t.Name, p, t.Code)
}

// As returns the resolution with a treatment that the seller knows better: the
// buyer owes the tax, the goods are exported, the buyer is exempt. The
// percentage is then 0 by treatment; reason, such as the number of the
// certificate, is kept for [Resolution.Explain]. As(Taxable, reason) records
// that the sale is taxed at the percentage of the resolution, which must then
// not have another treatment by law: if it has, that one stays. A treatment
// that does not exist changes nothing.
func (r Resolution) As(t Treatment, reason string) Resolution {
	e := r.rate()
	if e == nil || int(t) >= len(treatmentNames) {
		return r
	}
	var asserted *Assertion
	if t != Taxable || e.treatment == Taxable {
		asserted = &Assertion{t, reason}
	}
	if asserted != nil || r.asserted() != nil {
		r.h = r.h.withRecord(func(r *record) { r.asserted = asserted })
	}
	return r
}

func (r Resolution) text(l LocalizedText, p Preferences, otherwise string) string {
	if r.h.c != nil {
		if m := l.in(p, r.h.c.defaultLanguage); m.Text != "" {
			return m.Text
		}
	}
	return otherwise
}

// The accessors below require a resolution that is not zero, except rate.

func (r Resolution) segment() *segment { return &r.h.c.segments[r.h.bits.index()] }

func (r Resolution) territory() *territory { return &r.h.c.territories[r.segment().territory] }

func (r Resolution) line() *line { return &r.territory().lines[r.segment().line] }

func (r Resolution) rate() *effective {
	if r.h.c == nil {
		return nil
	}
	return r.segment().rate
}

func (r Resolution) asserted() *Assertion {
	if r.h.c == nil {
		return nil
	}
	return r.h.c.asserted
}

func (l *line) compare(m *line) int {
	return cmp.Or(cmp.Compare(l.order, m.order), cmp.Compare(l.code, m.code))
}
