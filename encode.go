package tax

import (
	"encoding"
	"time"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// MarshalJSON returns the configuration as the document that [ReadConfiguration]
// describes, on one line, with the fields in the order that they have there. The
// same configuration always gives the same bytes, and reading them gives the same
// configuration.
//
// Zero fields and empty lists are left out, except for location, locationCode, the
// code, order and rates of a class, and the percent of an entry or component. A
// percentage is a JSON number that keeps its decimals. Times are in UTC and cut to
// the millisecond. Characters are not escaped for HTML; [encoding/json.Marshal]
// escapes them afterwards, which does not change what the document means.
//
// MarshalJSON returns an [InputError] with the path of the first value that a
// document cannot hold: a location that is not canonical, an invalid postal range,
// an undefined value of an enumeration, a text that is not UTF-8, a percentage that
// [Percent] would refuse or that belongs to an entry that inherits or ends, an order
// beyond 32 bits, a negative version, a time outside the years 1 to 9999, and more
// than 32 nested base metadata.
func (c Configuration) MarshalJSON() ([]byte, error) {
	size := 256
	for i := range c.Classes {
		size += 128 + 160*len(c.Classes[i].Rates)
	}
	w := jsonWriter{strictjson.NewWriter(make([]byte, 0, size), inputError)}
	w.configuration(c)
	return w.Bytes()
}

// MarshalJSON returns an object from tags to texts, sorted by tag. The zero text is an
// empty object.
func (l LocalizedText) MarshalJSON() ([]byte, error) {
	return part(func(w *jsonWriter) { w.translations(l) })
}

// MarshalJSON returns the class as it is in the document of a [Configuration]. The
// errors are those of [Configuration.MarshalJSON].
func (c Class) MarshalJSON() ([]byte, error) { return part(func(w *jsonWriter) { w.class(c) }) }

// MarshalJSON returns the entry as it is in the document of a [Configuration]. The
// errors are those of [Configuration.MarshalJSON].
func (r Rate) MarshalJSON() ([]byte, error) { return part(func(w *jsonWriter) { w.rate(r) }) }

// MarshalJSON returns the component as it is in the document of a [Configuration]. The
// errors are those of [Configuration.MarshalJSON].
func (c Component) MarshalJSON() ([]byte, error) {
	return part(func(w *jsonWriter) { w.component(c) })
}

// MarshalJSON returns the referral as it is in the document of a [Configuration]. The
// errors are those of [Configuration.MarshalJSON].
func (r Referral) MarshalJSON() ([]byte, error) { return part(func(w *jsonWriter) { w.referral(r) }) }

// MarshalJSON returns the tax as it is in the document of a [Configuration]. The errors
// are those of [Configuration.MarshalJSON].
func (t Tax) MarshalJSON() ([]byte, error) { return part(func(w *jsonWriter) { w.taxObject(t) }) }

// MarshalJSON returns the evidence as it is in the document of a [Configuration]. The
// errors are those of [Configuration.MarshalJSON].
func (e Evidence) MarshalJSON() ([]byte, error) {
	return part(func(w *jsonWriter) { w.evidenceObject(e) })
}

// MarshalJSON returns the metadata as they are in the document of a [Configuration]. The
// errors are those of [Configuration.MarshalJSON].
func (m Metadata) MarshalJSON() ([]byte, error) {
	return part(func(w *jsonWriter) { w.metadata(m, 0) })
}

// part returns the JSON of a part of a document.
func part(write func(*jsonWriter)) ([]byte, error) {
	w := jsonWriter{strictjson.NewWriter(nil, inputError)}
	write(&w)
	return w.Bytes()
}

// jsonWriter writes the parts of a document.
type jsonWriter struct{ strictjson.Writer }

func (w *jsonWriter) configuration(c Configuration) {
	if c.damage != "" {
		w.Refuse(c.damage, "not data that JSON can hold: the store could not read the document")
	}
	w.Object(func() {
		w.Text("locationCode", c.Location.String())
		w.Member("location", func() { w.location(c.Location) })
		w.localized("name", c.Name)
		w.Text("within", c.Within)
		w.postalCodes("postalCodes", c.PostalCodes)
		w.postalCodes("sharedPostalCodes", c.SharedPostalCodes)
		w.Texts("regionAliases", c.RegionAliases)
		w.ListOf("elsewhere", len(c.Elsewhere), func(i int) { w.referral(c.Elsewhere[i]) })
		w.enum("regions", c.Regions, c.Regions == 0)
		w.Flag("exclusive", c.Exclusive)
		w.tax(c.Tax)
		w.Flag("localTaxesMissing", c.LocalTaxesMissing)
		w.Text("timeZone", c.TimeZone)
		w.ListOf("taxClasses", len(c.Classes), func(i int) { w.class(c.Classes[i]) })
		if !c.Metadata.empty() {
			w.Member("metadata", func() { w.metadata(c.Metadata, 0) })
		}
	})
}

func (w *jsonWriter) postalCodes(field string, list []PostalRange) {
	w.ListOf(field, len(list), func(i int) {
		if reason := list[i].fault(); reason != "" {
			w.Refuse(list[i].String(), reason)
		}
		w.Quoted(list[i].String())
	})
}

func (w *jsonWriter) referral(r Referral) {
	w.Object(func() {
		w.Member("location", func() { w.location(r.Location) })
		w.Texts("regions", r.Regions)
		w.postalCodes("postalCodes", r.PostalCodes)
	})
}

func (w *jsonWriter) location(l Location) {
	canonical, err := parseLocation(l.Country, l.Region)
	if err != nil {
		w.Refuse(l.String(), refusalOf(err).Reason)
	} else if canonical != l {
		w.Refuse(l.String(), notCanonical(canonical))
	}
	w.Object(func() {
		w.Text("country", l.Country)
		w.Text("region", l.Region)
	})
}

func (w *jsonWriter) tax(t Tax) {
	if t.Code == "" && t.Name.IsZero() {
		return
	}
	w.Member("tax", func() { w.taxObject(t) })
}

func (w *jsonWriter) taxObject(t Tax) {
	w.Object(func() {
		w.Text("code", t.Code)
		w.localized("name", t.Name)
	})
}

func (w *jsonWriter) class(c Class) {
	w.Object(func() {
		w.Member("code", func() { w.Quoted(c.Code) })
		w.localized("name", c.Name)
		w.localized("description", c.Description)
		if c.Order != nil {
			w.Member("order", func() {
				if int(int32(*c.Order)) != *c.Order {
					w.Refuse(itoa(int64(*c.Order)), "out of range: an order fits 32 bits")
				}
				w.Raw(itoa(int64(*c.Order)))
			})
		}
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
			w.Member("percent", func() { w.Refuse("", unwantedPercent) })
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
	if e.Status == 0 && len(e.Sources) == 0 && e.VerifiedSince.IsZero() {
		return
	}
	w.Member("evidence", func() { w.evidenceObject(e) })
}

func (w *jsonWriter) evidenceObject(e Evidence) {
	w.Object(func() {
		w.enum("status", e.Status, e.Status == 0)
		w.Texts("sources", e.Sources)
		w.Text("verifiedSince", e.VerifiedSince.String())
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

// empty reports whether nothing would be written. A time that is zero after it is
// cut to the millisecond is not written, in whatever zone it is.
func (m Metadata) empty() bool {
	return m.Version == 0 && m.Source == "" && m.AsOf.IsZero() && m.Base == nil &&
		toMillisecond(m.Created).IsZero() && toMillisecond(m.Modified).IsZero()
}

func (w *jsonWriter) localized(name string, l LocalizedText) {
	if l.IsZero() {
		return
	}
	w.Member(name, func() { w.translations(l) })
}

func (w *jsonWriter) translations(l LocalizedText) {
	w.Object(func() {
		for _, t := range l.All() {
			w.Member(t.Language, func() { w.Quoted(t.Text) })
		}
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

// percent writes the digits itself, because the JSON of the decimal library depends
// on variables that any package of the program can change.
func (w *jsonWriter) percent(d decimal.Decimal) {
	w.Member("percent", func() {
		if reason := exact.PercentFault(d); reason != "" {
			// The error leaves out the value, which can be too large to write.
			w.Refuse("", reason)
			return
		}
		w.Raw(exact.Format(d))
	})
}

func (w *jsonWriter) instant(name string, t time.Time) {
	// It is cut first, because the rest can be the zero time.
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
