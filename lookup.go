package tax

import (
	"strconv"
	"strings"
)

// Lookup is a question: which rate applies to a class of goods at an address on a
// day. Only Country is required.
type Lookup struct {
	// Country is an ISO 3166-1 code as [ParseLocation] accepts it.
	Country string
	// Region is an ISO 3166-2 suffix ("QC"), the full code ("CA-QC"), a private
	// region ("X-HELGOLAND") or an alias that a configuration names, in any
	// case. If the text is none of these, it can be the name that the configuration of
	// one region has: case, accents, spaces and punctuation do not matter.
	Region string
	// PostalCode is the postal code of the address, as people write it. It
	// decides before Region does, unless several regions share it. Where no region
	// of the country has postal codes, any text is ignored.
	PostalCode string
	// Class is a class code or alias, compared exactly; "" asks for the
	// default class of the place.
	Class string
	// Date is the civil day of taxation at the place; zero asks for today, in
	// the time zone of the place.
	Date Date
	// FallbackToDefault answers with the default class of the place if the
	// class is unknown there or has no rate on the day.
	FallbackToDefault bool
}

// describe writes the lookup for an error message.
func (l *Lookup) describe(b *strings.Builder) {
	b.WriteString("country " + strconv.Quote(clip(l.Country)))
	for _, part := range []struct{ name, value string }{
		{" region ", l.Region}, {" postal code ", l.PostalCode}, {" class ", l.Class},
	} {
		if part.value != "" {
			b.WriteString(part.name + strconv.Quote(clip(part.value)))
		}
	}
	if !l.Date.IsZero() {
		b.WriteString(" on " + l.Date.String())
	}
}

// LookupError is the reason why a lookup has no answer. It carries the lookup, and
// unwraps to Kind and, if there is one, to Cause.
type LookupError struct {
	// Kind is one of the sentinels: [ErrUnknownClass], [ErrNoRate], …
	Kind error
	// Tenant and Lookup are the question, with the day that was used as Date.
	Tenant string
	Lookup Lookup
	// Territory is the place that the lookup reached; zero if it reached none.
	Territory Location
	// Detail says what to do, if Kind alone does not.
	Detail string
	// Cause is the error underneath: of a source, or an [InvalidError].
	Cause error

	code  errorCode // if it says more than the Kind
	place speller   // nil if there is nothing to suggest
}

// speller has the codes that a lookup could have meant.
type speller interface{ suggest(*LookupError) string }

// Code returns a short name of the reason, the same in every version, for programs and
// translators: unknown_class, no_rate. Several codes can have one Kind, such as
// class_ended and class_not_started. docs/errors.md lists them all.
func (e *LookupError) Code() string {
	if e.code != "" {
		return string(e.code)
	}
	return string(kindCode(e.Kind))
}

// as gives the error a code that says more than its Kind.
func (e *LookupError) as(code errorCode) *LookupError {
	e.code = code
	return e
}

// Suggestion returns the code that the lookup probably meant: with [ErrUnknownClass],
// the only class code or alias of the place that differs from Lookup.Class in case or
// by a typing error; with [ErrUnknownRegion], such a region of the country, by its code
// or name, if Lookup.Region has four letters or more, or the one whose code is written with
// spaces or points ("N.Y."); with [ErrUnknownCountry], the country of which Lookup.Country is
// the name in English or an official language of it. It is "" if there is none, or more than
// one.
//
// It is searched for when it is asked for, by Error as well, so that refusing a class
// stays cheap. Therefore the error keeps the data of the country in memory, as a
// [Resolution] does. Suggestion is safe for concurrent use.
func (e *LookupError) Suggestion() string {
	if e.place == nil {
		return ""
	}
	return e.place.suggest(e)
}

// Error names the reason and the lookup, asks whether the Suggestion was meant, and says
// what to do.
func (e *LookupError) Error() string {
	var b strings.Builder
	b.WriteString(kindText(e.Kind))
	b.WriteString(": ")
	e.Lookup.describe(&b)
	if e.Tenant != "" {
		b.WriteString(" of tenant ")
		b.WriteString(strconv.Quote(clip(e.Tenant)))
	}
	separator := ": "
	meant := e.Suggestion()
	if meant != "" {
		b.WriteString(": did you mean " + strconv.Quote(meant) + "?")
		separator = " "
	}
	if e.Detail != "" {
		b.WriteString(separator)
		b.WriteString(e.Detail)
	}
	if meant != "" && e.Kind == ErrUnknownCountry {
		return b.String()
	}
	if input, ok := e.Cause.(*InputError); ok && (input.Field == "country" || input.Field == "postal code") {
		b.WriteString(": ")
		b.WriteString(input.Reason) // the value is in the lookup above
	} else if e.Cause != nil {
		b.WriteString(": ")
		b.WriteString(strings.TrimPrefix(e.Cause.Error(), "tax: "))
	}
	return b.String()
}

// Unwrap returns Kind and Cause.
func (e *LookupError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// advice returns what to do about an error of which only the kind is known.
func advice(kind error) string {
	switch kind {
	case ErrUnknownRegion:
		return "pass the code or name of a region that has a configuration"
	case ErrRegionRequired:
		return "pass the region of the address, or a postal code that one of the regions claims"
	case ErrUnknownClass:
		return adviceClass
	case ErrUnavailable, ErrStale:
		return "try again"
	case ErrInvalid:
		return "repair the document"
	case ErrClosed:
		return "use a resolver that is open"
	}
	return ""
}

const adviceClass = "pass a class that the place has, see Resolver.Classes, or set FallbackToDefault"

// addressAdvice is advice about an address that the country has no place for. required means
// that the country itself has no answer, shared that several regions have the postal code,
// and hasPostal that some region has postal codes.
func addressAdvice(kind error, required, shared, hasPostal bool) string {
	switch {
	case kind == ErrUnknownRegion && !required:
		return advice(kind) + ", or leave the region out if the address is in none of them"
	case kind == ErrRegionRequired && shared:
		return "several regions share the postal code: pass the region of the address"
	case kind == ErrRegionRequired && !hasPostal:
		return "pass the region of the address"
	}
	return advice(kind)
}

// askedElsewhere returns what an error says after a referral.
func askedElsewhere(place, detail string) string {
	return "the address belongs to " + place + ", which is asked in its place: " + detail
}

// orNil keeps a nil *LookupError from becoming an error that is not nil.
func orNil(err *LookupError) error {
	if err == nil {
		return nil
	}
	return err
}

// MarshalText returns the text of Error. JSON has the error as this text.
func (e *LookupError) MarshalText() ([]byte, error) { return errorText(e) }
