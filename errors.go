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

// At returns the same refusal with a path as its Field, for a value that is a part
// of something larger: that of a "percent" becomes that of "lines[2].taxRate".
func (e *InputError) At(path string) *InputError {
	at := *e
	at.Field = path
	return &at
}

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

// refusalOf is the InputError that a parser of this package returned.
func refusalOf(err error) *InputError {
	if refusal, ok := err.(*InputError); ok {
		return refusal
	}
	return &InputError{Reason: err.Error()}
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
