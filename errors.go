package tax

import (
	"errors"
	"strconv"
	"strings"
)

// The reasons for which there is no answer, for [errors.Is]. The structs that
// carry the input are [LookupError], [InputError], [InvalidError],
// [StoreError] and [ConflictError].
var (
	// ErrUnknownCountry: the code names no country, or the source has no
	// configuration for it.
	ErrUnknownCountry = errors.New("tax: unknown country")
	// ErrUnknownRegion: what was given is no region code of the country, or the
	// country lists its regions and this is none of them.
	ErrUnknownRegion = errors.New("tax: unknown region")
	// ErrRegionRequired: the country alone has no answer.
	ErrRegionRequired = errors.New("tax: region required")
	// ErrUnknownClass: the place has no such class.
	ErrUnknownClass = errors.New("tax: unknown class")
	// ErrNoDefaultClass: no class was given and the place has no default.
	ErrNoDefaultClass = errors.New("tax: no default class")
	// ErrNoRate: the class has no rate on that day.
	ErrNoRate = errors.New("tax: no rate on that day")
	// ErrUnverified: the rate exists, but the resolver was told to refuse
	// rates with its evidence.
	ErrUnverified = errors.New("tax: unverified rate")
	// ErrInvalid: a document or an input breaks a rule.
	ErrInvalid = errors.New("tax: invalid")
	// ErrNotFound: the store has no such document.
	ErrNotFound = errors.New("tax: not found")
	// ErrExists: the store has the document already.
	ErrExists = errors.New("tax: exists already")
	// ErrConflict: the document changed since the caller read it.
	ErrConflict = errors.New("tax: version conflict")
	// ErrUnavailable: the source did not answer.
	ErrUnavailable = errors.New("tax: source unavailable")
	// ErrStale: the source did not answer, and what it answered last is older
	// than Options.MaxStale allows. It is an ErrUnavailable.
	ErrStale error = outdated{}
	// ErrClosed: the resolver was closed.
	ErrClosed = errors.New("tax: resolver closed")
)

// outdated is the type of [ErrStale].
type outdated struct{}

func (outdated) Error() string { return "tax: source unavailable, and what it answered last too old" }

func (outdated) Unwrap() error { return ErrUnavailable }

// LookupError says why a lookup has no answer. It carries the lookup, and
// unwraps to Kind and, when there is one, to Cause.
type LookupError struct {
	// Kind is one of the sentinels: [ErrUnknownClass], [ErrNoRate], …
	Kind error
	// Tenant and Lookup are what was asked, Date being the day that was used.
	Tenant string
	Lookup Lookup
	// Territory is the place that was reached; zero if none was.
	Territory Location
	// Detail tells what to do, when Kind alone does not.
	Detail string
	// Cause is the error underneath: of a source, or an [InvalidError].
	Cause error
}

// Error tells the reason, the lookup and what to do.
func (e *LookupError) Error() string {
	var b strings.Builder
	b.WriteString(kindText(e.Kind))
	b.WriteString(": ")
	e.Lookup.describe(&b)
	if e.Tenant != "" {
		b.WriteString(" of tenant ")
		b.WriteString(strconv.Quote(clip(e.Tenant)))
	}
	if e.Detail != "" {
		b.WriteString(": ")
		b.WriteString(e.Detail)
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

// InputError refuses a value that a caller passed in.
type InputError struct {
	// Field names the input: "country", "percent", "postal code".
	Field string
	// Value is the input, cut to 64 bytes.
	Value string
	// Reason tells what is wrong with it and what to pass instead.
	Reason string
	// Kind is the sentinel it unwraps to; nil means [ErrInvalid].
	Kind error
}

// Error names the field, the value and what to do.
func (e *InputError) Error() string {
	return "tax: " + e.Field + " " + strconv.Quote(e.Value) + ": " + e.Reason
}

// Unwrap returns Kind, or [ErrInvalid] when there is none.
func (e *InputError) Unwrap() error {
	if e.Kind == nil {
		return ErrInvalid
	}
	return e.Kind
}

// StoreError says why a [Store] did not do what it was asked to. It unwraps to
// Kind and, when there is one, to Cause.
type StoreError struct {
	// Kind is [ErrNotFound], [ErrExists] or [ErrUnavailable].
	Kind error
	// Tenant and Location name the document.
	Tenant   string
	Location Location
	// Cause is the error underneath, if there is one.
	Cause error
}

// Error names the reason and the document.
func (e *StoreError) Error() string {
	s := kindText(e.Kind) + ": configuration of " + strconv.Quote(clip(e.Location.String()))
	if e.Tenant != "" {
		s += " of tenant " + strconv.Quote(clip(e.Tenant))
	}
	if e.Cause != nil {
		s += ": " + strings.TrimPrefix(e.Cause.Error(), "tax: ")
	}
	return s
}

// Unwrap returns Kind and Cause.
func (e *StoreError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// ConflictError refuses an update of a document that somebody else changed.
// It unwraps to [ErrConflict].
type ConflictError struct {
	// Location names the document.
	Location Location
	// Given is the version the caller had read, Current the one in the store.
	Given, Current int64
}

// Error names the document and both versions.
func (e *ConflictError) Error() string {
	return "tax: version conflict: " + printable(e.Location.String()) + " is at version " + itoa(e.Current) +
		", not " + itoa(e.Given) + ": read it again and repeat the change"
}

// Unwrap returns [ErrConflict].
func (e *ConflictError) Unwrap() error { return ErrConflict }

// kindText is the text of a sentinel. Stores of others make errors of these
// types, and may forget it.
func kindText(kind error) string {
	if kind == nil {
		return "tax: error"
	}
	return kind.Error()
}

// inputError builds an InputError of kind [ErrInvalid].
func inputError(field, value, reason string) error {
	return &InputError{Field: field, Value: clip(value), Reason: reason}
}

// clip bounds how much of a caller's text an error keeps and prints.
func clip(s string) string {
	const limit = 64
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(strings.Clone(s[:limit]), "")
}

// printable is clip for text that should be a code: quoted if it is none.
func printable(s string) string {
	s = clip(s)
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return strconv.Quote(s)
		}
	}
	return s
}

func itoa(i int64) string { return strconv.FormatInt(i, 10) }
