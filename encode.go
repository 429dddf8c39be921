package tax

import (
	"encoding"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// MarshalJSON writes the document form that [ReadConfiguration] describes, in
// the order of its fields there, on one line. The same configuration gives the
// same bytes at any time.
//
// Zero fields and empty lists are left out, but for location, locationCode,
// the code and order of a class, its rates, and the percent of an entry or
// component. A percentage is a JSON number with the decimals it has, instants
// are in UTC and cut to the millisecond. Characters are not escaped for HTML;
// [encoding/json.Marshal] does so afterwards, and the result reads the same.
//
// What the form cannot express is an [InputError] with the path of the value:
// a location that is not canonical, an invalid postal range, an enumeration
// value that does not exist, text that is not UTF-8, a language tag that does
// not read back as itself, a percentage that [Percent] would refuse, one on an
// entry that inherits or ends, an order beyond 32 bits, a negative version, an
// instant outside the years 1 to 9999, metadata with more than 32 bases under
// it. What is written reads back as the same configuration.
func (c Configuration) MarshalJSON() ([]byte, error) {
	w := jsonWriter{out: make([]byte, 0, 256+128*len(c.Classes))}
	w.configuration(c)
	if w.err != nil {
		return nil, w.err
	}
	return w.out, nil
}

func (w *jsonWriter) configuration(c Configuration) {
	w.object(func() {
		w.text("locationCode", c.Location.String())
		w.member("location", func() { w.location(c.Location) })
		w.listOf("postalCodes", len(c.PostalCodes), func(i int) {
			p := c.PostalCodes[i]
			if reason := p.fault(); reason != "" {
				w.refuse(p.String(), reason)
			}
			w.quoted(p.String())
		})
		w.texts("regionAliases", c.RegionAliases)
		w.enum("regions", c.Regions, c.Regions == 0)
		w.flag("exclusive", c.Exclusive)
		w.tax(c.Tax)
		w.text("timeZone", c.TimeZone)
		w.listOf("taxClasses", len(c.Classes), func(i int) { w.class(c.Classes[i]) })
		if !c.Metadata.empty() {
			w.member("metadata", func() { w.metadata(c.Metadata, 0) })
		}
	})
}

func (w *jsonWriter) location(l Location) {
	canonical, err := ParseLocation(l.Country, l.Region)
	if err != nil {
		_, reason := inputFault(err)
		w.refuse(l.String(), reason)
	} else if canonical != l {
		w.refuse(l.String(), "not the canonical code, which is "+canonical.String()+": use ParseLocation")
	}
	w.object(func() {
		w.text("countryCode", l.Country)
		w.text("region", l.Region)
	})
}

func (w *jsonWriter) tax(t Tax) {
	if t.Code == "" && t.Name.IsZero() {
		return
	}
	w.member("tax", func() {
		w.object(func() {
			w.text("code", t.Code)
			w.localized("name", t.Name)
		})
	})
}

func (w *jsonWriter) class(c Class) {
	w.object(func() {
		w.member("code", func() { w.quoted(c.Code) })
		w.localized("name", c.Name)
		w.localized("description", c.Description)
		w.member("order", func() {
			if int(int32(c.Order)) != c.Order {
				w.refuse(itoa(int64(c.Order)), "out of range: an order fits 32 bits")
			}
			w.raw(itoa(int64(c.Order)))
		})
		w.flag("isDefault", c.Default)
		w.texts("aliases", c.Aliases)
		w.member("rates", func() { w.list(len(c.Rates), func(i int) { w.rate(c.Rates[i]) }) })
	})
}

func (w *jsonWriter) rate(r Rate) {
	w.object(func() {
		w.text("from", r.From.String())
		w.enum("effect", r.Effect, r.Effect == 0)
		switch {
		case r.Effect.hasPercent():
			w.percent(r.Percent)
		case r.Percent.Sign() != 0:
			w.member("percent", func() { w.refuse("", uselessPercent) })
		}
		w.flag("ofGross", r.OfGross)
		w.listOf("components", len(r.Components), func(i int) { w.component(r.Components[i]) })
		w.enum("treatment", r.Treatment, r.Treatment == 0)
		w.tax(r.Tax)
		w.evidence(r.Evidence)
	})
}

func (w *jsonWriter) component(c Component) {
	w.object(func() {
		w.member("code", func() { w.quoted(c.Code) })
		w.localized("name", c.Name)
		w.percent(c.Percent)
		w.flag("compound", c.Compound)
	})
}

func (w *jsonWriter) evidence(e Evidence) {
	if e.Status == 0 && len(e.Sources) == 0 {
		return
	}
	w.member("evidence", func() {
		w.object(func() {
			w.enum("status", e.Status, e.Status == 0)
			w.texts("sources", e.Sources)
		})
	})
}

func (w *jsonWriter) metadata(m Metadata, depth int) {
	if depth > maxBases {
		w.refuse("", tooManyBases)
		return
	}
	w.object(func() {
		if m.Version != 0 {
			w.member("version", func() {
				if m.Version < 0 {
					w.refuse(itoa(m.Version), "negative: versions start at 1")
				}
				w.raw(itoa(m.Version))
			})
		}
		w.instant("createdAt", m.Created)
		w.instant("modifiedAt", m.Modified)
		w.text("source", m.Source)
		w.text("asOf", m.AsOf.String())
		if m.Base != nil {
			w.member("base", func() { w.metadata(*m.Base, depth+1) })
		}
	})
}

// empty tells what is written, not what is there: times are cut to the
// millisecond, and their zero can be in any zone.
func (m Metadata) empty() bool {
	return m.Version == 0 && m.Source == "" && m.AsOf.IsZero() && m.Base == nil &&
		toMillisecond(m.Created).IsZero() && toMillisecond(m.Modified).IsZero()
}

// jsonWriter builds one JSON text. It keeps the first error and the path to
// it, and goes on writing, so that its callers need not ask.
type jsonWriter struct {
	out  []byte
	path strictjson.Path
	err  error
}

func (w *jsonWriter) object(members func()) {
	w.out = append(w.out, '{')
	members()
	w.out = append(w.out, '}')
}

func (w *jsonWriter) list(n int, element func(i int)) {
	w.out = append(w.out, '[')
	for i := range n {
		w.separate()
		w.path.PushElement(i)
		element(i)
		w.path.Pop()
	}
	w.out = append(w.out, ']')
}

// member writes a field. The field methods below leave out what is empty.
func (w *jsonWriter) member(name string, value func()) {
	w.separate()
	w.path.PushField(name)
	w.quoted(name)
	w.out = append(w.out, ':')
	value()
	w.path.Pop()
}

func (w *jsonWriter) listOf(name string, n int, element func(i int)) {
	if n > 0 {
		w.member(name, func() { w.list(n, element) })
	}
}

func (w *jsonWriter) text(name, s string) {
	if s != "" {
		w.member(name, func() { w.quoted(s) })
	}
}

func (w *jsonWriter) texts(name string, list []string) {
	w.listOf(name, len(list), func(i int) { w.quoted(list[i]) })
}

func (w *jsonWriter) localized(name string, l LocalizedText) {
	if l.IsZero() {
		return
	}
	w.member(name, func() {
		w.object(func() {
			for _, t := range l.All() {
				w.member(t.Language, func() { w.quoted(t.Text) })
			}
		})
	})
}

func (w *jsonWriter) flag(name string, set bool) {
	if set {
		w.member(name, func() { w.raw("true") })
	}
}

func (w *jsonWriter) enum(name string, value encoding.TextMarshaler, zero bool) {
	if zero {
		return
	}
	w.member(name, func() {
		text, err := value.MarshalText()
		if err != nil {
			w.refuse(inputFault(err))
		}
		w.quoted(string(text))
	})
}

// percent writes the number itself: the decimal library's own JSON depends on
// variables that any package of the program can change.
func (w *jsonWriter) percent(d decimal.Decimal) {
	w.member("percent", func() {
		if reason := exact.PercentFault(d); reason != "" {
			// Without the value: writing it out is what has no bounds.
			w.refuse("", reason)
			return
		}
		w.raw(exact.Format(d))
	})
}

func (w *jsonWriter) instant(name string, t time.Time) {
	// Cut before looking: what is left may be the zero time.
	t = toMillisecond(t)
	if t.IsZero() {
		return
	}
	w.member(name, func() {
		if reason := timeFault(t); reason != "" {
			w.refuse(itoa(int64(t.Year())), reason)
		}
		w.quoted(t.Format("2006-01-02T15:04:05.000Z07:00"))
	})
}

func (w *jsonWriter) raw(text string) { w.out = append(w.out, text...) }

func (w *jsonWriter) quoted(s string) {
	if !utf8.ValidString(s) {
		w.refuse(s, "not valid UTF-8")
		return
	}
	w.out = strictjson.AppendString(w.out, s)
}

func (w *jsonWriter) separate() {
	if last := w.out[len(w.out)-1]; last != '{' && last != '[' {
		w.out = append(w.out, ',')
	}
}

func (w *jsonWriter) refuse(value, reason string) {
	if w.err == nil {
		w.err = inputError(w.path.String(), value, reason)
	}
}
