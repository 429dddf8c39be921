package tax

import (
	"encoding"
	"time"

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
	w := jsonWriter{strictjson.NewWriter(make([]byte, 0, 256+128*len(c.Classes)), inputError)}
	w.configuration(c)
	return w.Bytes()
}

// jsonWriter writes the parts of documents.
type jsonWriter struct{ strictjson.Writer }

func (w *jsonWriter) configuration(c Configuration) {
	w.Object(func() {
		w.Text("locationCode", c.Location.String())
		w.Member("location", func() { w.location(c.Location) })
		w.ListOf("postalCodes", len(c.PostalCodes), func(i int) {
			p := c.PostalCodes[i]
			if reason := p.fault(); reason != "" {
				w.Refuse(p.String(), reason)
			}
			w.Quoted(p.String())
		})
		w.Texts("regionAliases", c.RegionAliases)
		w.enum("regions", c.Regions, c.Regions == 0)
		w.Flag("exclusive", c.Exclusive)
		w.tax(c.Tax)
		w.Text("timeZone", c.TimeZone)
		w.ListOf("taxClasses", len(c.Classes), func(i int) { w.class(c.Classes[i]) })
		if !c.Metadata.empty() {
			w.Member("metadata", func() { w.metadata(c.Metadata, 0) })
		}
	})
}

func (w *jsonWriter) location(l Location) {
	canonical, err := ParseLocation(l.Country, l.Region)
	if err != nil {
		w.Refuse(l.String(), refusalOf(err).Reason)
	} else if canonical != l {
		w.Refuse(l.String(), "not the canonical code, which is "+canonical.String()+": use ParseLocation")
	}
	w.Object(func() {
		w.Text("countryCode", l.Country)
		w.Text("region", l.Region)
	})
}

func (w *jsonWriter) tax(t Tax) {
	if t.Code == "" && t.Name.IsZero() {
		return
	}
	w.Member("tax", func() {
		w.Object(func() {
			w.Text("code", t.Code)
			w.localized("name", t.Name)
		})
	})
}

func (w *jsonWriter) class(c Class) {
	w.Object(func() {
		w.Member("code", func() { w.Quoted(c.Code) })
		w.localized("name", c.Name)
		w.localized("description", c.Description)
		w.Member("order", func() {
			if int(int32(c.Order)) != c.Order {
				w.Refuse(itoa(int64(c.Order)), "out of range: an order fits 32 bits")
			}
			w.Raw(itoa(int64(c.Order)))
		})
		w.Flag("isDefault", c.Default)
		w.Texts("aliases", c.Aliases)
		w.Member("rates", func() { w.List(len(c.Rates), func(i int) { w.rate(c.Rates[i]) }) })
	})
}

func (w *jsonWriter) rate(r Rate) {
	w.Object(func() {
		w.Text("from", r.From.String())
		w.enum("effect", r.Effect, r.Effect == 0)
		switch {
		case r.Effect.hasPercent():
			w.percent(r.Percent)
		case r.Percent.Sign() != 0:
			w.Member("percent", func() { w.Refuse("", uselessPercent) })
		}
		w.Flag("ofGross", r.OfGross)
		w.ListOf("components", len(r.Components), func(i int) { w.component(r.Components[i]) })
		w.enum("treatment", r.Treatment, r.Treatment == 0)
		w.tax(r.Tax)
		w.evidence(r.Evidence)
	})
}

func (w *jsonWriter) component(c Component) {
	w.Object(func() {
		w.Member("code", func() { w.Quoted(c.Code) })
		w.localized("name", c.Name)
		w.percent(c.Percent)
		w.Flag("compound", c.Compound)
	})
}

func (w *jsonWriter) evidence(e Evidence) {
	if e.Status == 0 && len(e.Sources) == 0 {
		return
	}
	w.Member("evidence", func() {
		w.Object(func() {
			w.enum("status", e.Status, e.Status == 0)
			w.Texts("sources", e.Sources)
		})
	})
}

func (w *jsonWriter) metadata(m Metadata, depth int) {
	if depth > maxBases {
		w.Refuse("", tooManyBases)
		return
	}
	w.Object(func() {
		if m.Version != 0 {
			w.Member("version", func() {
				if m.Version < 0 {
					w.Refuse(itoa(m.Version), "negative: versions start at 1")
				}
				w.Raw(itoa(m.Version))
			})
		}
		w.instant("createdAt", m.Created)
		w.instant("modifiedAt", m.Modified)
		w.Text("source", m.Source)
		w.Text("asOf", m.AsOf.String())
		if m.Base != nil {
			w.Member("base", func() { w.metadata(*m.Base, depth+1) })
		}
	})
}

// empty tells what is written, not what is there: times are cut to the
// millisecond, and their zero can be in any zone.
func (m Metadata) empty() bool {
	return m.Version == 0 && m.Source == "" && m.AsOf.IsZero() && m.Base == nil &&
		toMillisecond(m.Created).IsZero() && toMillisecond(m.Modified).IsZero()
}

func (w *jsonWriter) localized(name string, l LocalizedText) {
	if l.IsZero() {
		return
	}
	w.Member(name, func() {
		w.Object(func() {
			for _, t := range l.All() {
				w.Member(t.Language, func() { w.Quoted(t.Text) })
			}
		})
	})
}

func (w *jsonWriter) enum(name string, value encoding.TextMarshaler, zero bool) {
	if zero {
		return
	}
	w.Member(name, func() {
		text, err := value.MarshalText()
		if err != nil {
			refusal := refusalOf(err)
			w.Refuse(refusal.Value, refusal.Reason)
		}
		w.Quoted(string(text))
	})
}

// percent writes the number itself: the decimal library's own JSON depends on
// variables that any package of the program can change.
func (w *jsonWriter) percent(d decimal.Decimal) {
	w.Member("percent", func() {
		if reason := exact.PercentFault(d); reason != "" {
			// Without the value: writing it out is what has no bounds.
			w.Refuse("", reason)
			return
		}
		w.Raw(exact.Format(d))
	})
}

func (w *jsonWriter) instant(name string, t time.Time) {
	// Cut before looking: what is left may be the zero time.
	t = toMillisecond(t)
	if t.IsZero() {
		return
	}
	w.Member(name, func() {
		if reason := timeFault(t); reason != "" {
			w.Refuse(itoa(int64(t.Year())), reason)
		}
		w.Quoted(t.Format("2006-01-02T15:04:05.000Z07:00"))
	})
}
