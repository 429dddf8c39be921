package tax

import (
	"cmp"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/postal"
)

// Resolution is the answer to a lookup: a rate, and where it came from. It is a
// handle of three words that costs nothing to copy. It is immutable and safe for
// concurrent use, and it stays valid when its country is loaded again. All methods
// of the zero Resolution return zero values, or errors.
type Resolution struct{ h handle }

// Class returns the code of the class that answered. It differs from the code in
// the lookup if that was an alias or empty, or if the default class answered as a
// fallback.
func (r Resolution) Class() string {
	if r.h.c == nil {
		return ""
	}
	return r.line().code
}

// Percent returns the whole rate, exactly, in percent of the net price (or of the
// gross price, see [Resolution.OfGross]): 19 means 19 %. It is 0 for every treatment
// but [Taxable].
func (r Resolution) Percent() decimal.Decimal {
	if e := r.rate(); e != nil && r.Treatment() == Taxable {
		return e.percent
	}
	return decimal.Decimal{}
}

// OfGross reports whether Percent is in percent of the price with the tax inside,
// not of the net price.
func (r Resolution) OfGross() bool {
	e := r.rate()
	return e != nil && e.ofGross && r.Treatment() == Taxable
}

// Components returns the parts of the rate in the order in which they apply; nil if
// it has no parts. Together they make up Percent exactly. The slice is a copy.
func (r Resolution) Components() []Component {
	if e := r.rate(); e != nil && r.Treatment() == Taxable {
		return slices.Clone(e.components)
	}
	return nil
}

// Treatment returns the reason for the percentage: the treatment set with
// [Resolution.As] if there is one, else that of the rate.
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

// Tax returns the tax that is charged. If a region charges its own tax on top of
// its parent's, the codes and names of both are joined with "+".
func (r Resolution) Tax() Tax {
	if e := r.rate(); e != nil {
		return e.tax
	}
	return Tax{}
}

// Location returns the territory that the address belongs to: the innermost place
// that has a configuration.
func (r Resolution) Location() Location {
	if r.h.c == nil {
		return Location{}
	}
	return r.territory().location
}

// Date returns the day of taxation, a civil day at the place of taxation.
func (r Resolution) Date() Date { return r.h.bits.day() }

// Since returns the first day on which exactly this rate holds. The zero Date means
// that the start is not known: the rate holds on all earlier days.
func (r Resolution) Since() Date {
	if r.h.c == nil {
		return Date{}
	}
	return r.segment().since
}

// Until returns the first day on which the rate no longer holds; the zero Date if
// no end is known.
func (r Resolution) Until() Date {
	if r.h.c == nil {
		return Date{}
	}
	return r.segment().until
}

// Evidence returns how well the rate is known on the day. For a sum of rates, that is
// the weakest status stated for any of them, the sources of all, and the day since which
// all without a first day were verified. [Undated] says when an answer has that status.
func (r Resolution) Evidence() Evidence {
	e := r.rate()
	if e == nil {
		return Evidence{}
	}
	return Evidence{r.segment().status(), e.allSources(), e.verified}
}

// LocalTaxesMissing reports whether the rate is without taxes that cities or counties
// there charge as well: see [Configuration].LocalTaxesMissing.
func (r Resolution) LocalTaxesMissing() bool {
	return r.h.c != nil && r.h.c.territories[r.line().origin].localTaxes
}

// Stale reports whether the data behind the answer was older than Options.TTL
// allows when it was given, because the source failed.
func (r Resolution) Stale() bool { return r.h.stale() }

// LoadedAt returns the instant at which the load of the data behind the answer
// began, by Options.Clock, in UTC, to the microsecond. It is zero for the zero
// Resolution.
func (r Resolution) LoadedAt() time.Time { return r.h.loadedAt() }

// IsDefault reports whether the class is the default class of the place.
func (r Resolution) IsDefault() bool {
	return r.h.c != nil && r.line().code == r.territory().defaultClass
}

// Name returns the name of the class for a reader: the translation that
// [LocalizedText.In] returns, else that in the default language of the tenant (see
// Options.Languages and Options.DefaultLanguage), else the code of the class.
func (r Resolution) Name(p Preferences) string {
	if r.h.c == nil {
		return ""
	}
	return r.text(r.line().name, p, r.line().code)
}

// Description returns the description of the class for a reader, in the language
// chosen as for Name; "" if it has none of these languages.
func (r Resolution) Description(p Preferences) string {
	if r.h.c == nil {
		return ""
	}
	return r.text(r.line().description, p, "")
}

// TaxName returns the name of the tax for a reader, in the language chosen as for
// Name; the code of the tax if the name has none of these languages.
func (r Resolution) TaxName(p Preferences) string {
	t := r.Tax()
	return r.text(t.Name, p, t.Code)
}

// As returns the resolution with a treatment that the seller sets, because only the
// seller knows that the buyer owes the tax, is exempt, or takes the goods abroad.
// The percentage is then 0. The reason, such as the number of a certificate, is
// kept for [Resolution.Explain].
//
// As(Taxable, reason) records that the sale is taxed at the percentage of the
// rate. If the rate itself has another treatment, that one stays. A treatment that
// does not exist is no treatment of a sale: As returns r, without the reason.
// [Treatment.UnmarshalText] refuses such a treatment, and so does [Resolver.Replay];
// check one that was made otherwise with [Treatment.MarshalText].
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
		r.h = r.h.with(func(d *details) { d.asserted = asserted })
	}
	return r
}

// text returns a text for a reader; otherwise if the reader has no language of it.
func (r Resolution) text(l LocalizedText, p Preferences, otherwise string) string {
	if r.h.c != nil {
		if m := l.in(p, r.h.c.defaultLanguage); m.Text != "" {
			return m.Text
		}
	}
	return otherwise
}

// String returns the resolution in one line, for people and logs, such as "DE REDUCED
// 7 % VAT since 2021-01-01", or "no resolution" for the zero Resolution. The percentage
// is exact. A treatment other than [Taxable] stands in place of it.
func (r Resolution) String() string {
	if r.h.c == nil {
		return "no resolution"
	}
	var b strings.Builder
	b.WriteString(r.Location().String() + " " + r.Class() + " ")
	switch {
	case r.Treatment() != Taxable:
		b.WriteString(r.Treatment().String())
	case r.OfGross():
		b.WriteString(exact.Format(r.Percent()) + " % of gross")
	default:
		b.WriteString(exact.Format(r.Percent()) + " %")
	}
	for _, part := range []struct{ word, value string }{{" ", r.rate().tax.Code}, {" since ", r.Since().String()}, {" until ", r.Until().String()}} {
		if part.value != "" {
			b.WriteString(part.word + part.value)
		}
	}
	if r.Stale() {
		b.WriteString(", stale")
	}
	return b.String()
}

// LogValue returns a group for log/slog: location, class, percent as exact text,
// treatment, tax, date and, if they are known or true, since, until, ofGross and stale.
// For the zero Resolution, it returns the text of String.
func (r Resolution) LogValue() slog.Value {
	if r.h.c == nil {
		return slog.StringValue(r.String())
	}
	list := []slog.Attr{
		slog.String("location", r.Location().String()),
		slog.String("class", r.Class()),
		slog.String("percent", exact.Format(r.Percent())),
		slog.String("treatment", r.Treatment().String()),
		slog.String("tax", r.rate().tax.Code),
		slog.String("date", r.Date().String()),
	}
	if from := r.Since(); !from.IsZero() {
		list = append(list, slog.String("since", from.String()))
	}
	if until := r.Until(); !until.IsZero() {
		list = append(list, slog.String("until", until.String()))
	}
	if r.OfGross() {
		list = append(list, slog.Bool("ofGross", true))
	}
	if r.Stale() {
		list = append(list, slog.Bool("stale", true))
	}
	return slog.GroupValue(list...)
}

// MarshalJSON always returns an [InputError]: a resolution refers to the data that it
// comes from. Store [Resolution.Explain], which [Resolver.Replay] resolves again.
func (Resolution) MarshalJSON() ([]byte, error) { return nil, noJSON("resolution", storeExplanation) }

// UnmarshalJSON always returns an [InputError], as MarshalJSON does.
func (*Resolution) UnmarshalJSON([]byte) error { return noJSON("resolution", storeExplanation) }

const storeExplanation = "store Resolution.Explain, and pass it to Resolver.Replay"

// The methods below must not be called on the zero Resolution, except rate.

func (r Resolution) line() *line { return r.h.c.line(r.h.bits.index()) }

func (r Resolution) segment() *segment { return r.line().on(r.h.bits.day()) }

func (r Resolution) territory() *territory {
	return &r.h.c.territories[r.h.c.territoryOf(r.h.bits.index())]
}

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

// compare orders lines by the order of their classes, then as they are given.
func (l *line) compare(m *line) int {
	return cmp.Or(cmp.Compare(l.order, m.order), cmp.Compare(l.rank, m.rank))
}

func (h handle) stale() bool { return h.c != nil && h.c.stale }

func (h handle) loadedAt() time.Time {
	if h.c == nil {
		return time.Time{}
	}
	return time.UnixMicro(h.c.loaded).UTC()
}

// lookup returns the lookup of a handle in canonical form, except for the class,
// which the caller sets. t is the territory that was reached.
func (h handle) lookup(t *territory) Lookup {
	country := h.c.country
	if h.c.referrer != nil {
		country = h.c.referrer.country
	}
	return Lookup{
		Country:           country,
		Region:            h.region(t),
		PostalCode:        postal.Code{Packed: h.postal}.String(),
		Date:              h.bits.day(),
		FallbackToDefault: h.bits&bitFallback != 0,
	}
}

// region returns the region that was asked for, in canonical form. t is the
// territory that was reached.
func (h handle) region(t *territory) string {
	switch {
	case h.bits.territoryStep() == stepRegion:
		return t.location.Region
	case h.c.askedRegion != "":
		return h.c.askedRegion
	case h.bits.region() != 0:
		_, region := iso.RegionByIndex(h.bits.region())
		return region
	}
	return ""
}

// documents returns the territories whose documents took part, the parents first.
func (e *effective) documents() (list []int32) {
	if e.over != nil {
		list = e.over.documents()
	}
	list = append(list, e.document)
	if e.taxDocument >= 0 {
		list = append(list, e.taxDocument)
	}
	return list
}

// allSources returns the sources of all entries that took part, the parents' first.
// They are put together here and not in each rate, because a rate of a region takes part
// with every entry of a region in it.
func (e *effective) allSources() []string {
	if e.over == nil {
		return slices.Clone(e.sources)
	}
	return union(e.over.allSources(), e.sources)
}
