package tax

import (
	"errors"
	"strconv"
	"strings"

	"github.com/taxresolve/tax/internal/enum"
	"github.com/taxresolve/tax/internal/strictjson"
)

// The errors to compare with [errors.Is]. They come wrapped in a struct that
// carries the input, and has a method Code: [LookupError], [InputError],
// [InvalidError] or [StoreError].
var (
	// ErrUnknownCountry means that the code names no country, or that the source has
	// no configuration for it.
	ErrUnknownCountry = errors.New("tax: unknown country")
	// ErrUnknownRegion means that the text is not a region code of the country and not
	// the name of exactly one region, or that the country lists its regions and this is
	// not one of them.
	ErrUnknownRegion = errors.New("tax: unknown region")
	// ErrRegionRequired means that the country alone has no answer: the lookup needs
	// a region, or a postal code of one.
	ErrRegionRequired = errors.New("tax: region required")
	// ErrUnknownClass means that the place has no such class.
	ErrUnknownClass = errors.New("tax: unknown class")
	// ErrNoDefaultClass means that no class was given, and the place has no default.
	ErrNoDefaultClass = errors.New("tax: no default class")
	// ErrNoRate means that the class has no rate on that day.
	ErrNoRate = errors.New("tax: no rate on that day")
	// ErrUnverified means that there is a rate, but Options.Refuse refuses rates with
	// its evidence.
	ErrUnverified = errors.New("tax: unverified rate")
	// ErrInvalid means that a document or an input breaks a rule.
	ErrInvalid = errors.New("tax: invalid")
	// ErrNotFound means that the store has no such document.
	ErrNotFound = errors.New("tax: not found")
	// ErrExists means that the store already has the document.
	ErrExists = errors.New("tax: exists already")
	// ErrConflict means that the document has changed since the caller read it.
	ErrConflict = errors.New("tax: version conflict")
	// ErrUnavailable means that the source failed, or did not answer in time.
	ErrUnavailable = errors.New("tax: source unavailable")
	// ErrStale means that the source failed, and that its last answer is older than
	// Options.MaxStale allows. It is also an ErrUnavailable.
	ErrStale error = staleError{}
	// ErrClosed means that the resolver was closed.
	ErrClosed = errors.New("tax: resolver closed")
)

// staleError is the type of [ErrStale].
type staleError struct{}

func (staleError) Error() string { return "tax: source unavailable, and its last answer is too old" }

func (staleError) Unwrap() error { return ErrUnavailable }

// errorCode names a reason for an error, the same in every version, for programs and
// translators. docs/errors.md lists all codes.
type errorCode string

const (
	codeInvalid              errorCode = "invalid"
	codeInvalidConfiguration errorCode = "invalid_configuration"
)

// kindCode returns the code of an error of which only the kind is known.
func kindCode(kind error) errorCode {
	switch kind {
	case ErrUnknownCountry:
		return "unknown_country"
	case ErrUnknownRegion:
		return "unknown_region"
	case ErrRegionRequired:
		return "region_required"
	case ErrUnknownClass:
		return "unknown_class"
	case ErrNoDefaultClass:
		return "no_default_class"
	case ErrNoRate:
		return "no_rate"
	case ErrUnverified:
		return "unverified_rate"
	case ErrInvalid:
		return codeInvalid
	case ErrNotFound:
		return "not_found"
	case ErrExists:
		return "exists"
	case ErrConflict:
		return "version_conflict"
	case ErrUnavailable:
		return "source_unavailable"
	case ErrStale:
		return "source_stale"
	case ErrClosed:
		return "resolver_closed"
	}
	return "error"
}

// InputError refuses a value that a caller passed.
type InputError struct {
	// Field names the input: "country", "percent", "postal code".
	Field string
	// Value is the input, cut to 64 bytes.
	Value string
	// Reason says what is wrong with the value and what to pass instead.
	Reason string
	// Kind is the error that Unwrap returns; nil stands for [ErrInvalid].
	Kind error
}

// Error returns the field, the value and the reason.
func (e *InputError) Error() string {
	return "tax: " + e.Field + " " + strconv.Quote(e.Value) + ": " + e.Reason
}

// Code returns the code of Kind or, for [ErrInvalid], that of the Reason:
// out_of_range, too_long, duplicate. Field says which input it is about.
func (e *InputError) Code() string {
	if e.Kind != nil && e.Kind != ErrInvalid {
		return string(kindCode(e.Kind))
	}
	for _, c := range inputCodes {
		for _, words := range c.reasons {
			begin, inside, _ := strings.Cut(words, "*")
			if strings.HasPrefix(e.Reason, begin) && strings.Contains(e.Reason, inside) {
				return string(c.code)
			}
		}
	}
	return string(codeInvalid)
}

// inputCodes has the codes of the reasons to refuse an input, by the words that a reason
// begins with, and those that it also has after a star. The first that fit count. Reasons
// are written in many places, also in packages that know no errors; a test finds them
// all and looks for their codes.
var inputCodes = [...]struct {
	code    errorCode
	reasons []string
}{
	{"wrong_type", []string{"write * instead of "}},
	{"missing", []string{"missing", "empty", "nil: ", "no country given", "no currency given", "has no day", "not given", "pass a Source", "pass the source", "pass a function", "pass a Store", "pass a Resolver", "pass two sources", "pass context", "pass the configurations", "pass the reader"}},
	{"language_missing", []string{"needs a language", "with Accept-Language", "with Content-Language", "a plain string has no language"}},
	{"duplicate", []string{"given twice", "given in two languages", "second default"}},
	{"conflicting", []string{"given together", "given with", "both ", "ask for exactly one", "nothing is * without"}},
	{"ambiguous", []string{"several lines"}},
	{"unknown", []string{"no such", "no tax has", "the sale has no such", "is not in the table", "combine Refuse"}},
	{"no_minor_unit", []string{"has no minor unit", "is withdrawn"}},
	{"mismatch", []string{"not the code of", "not the country of", "not a cursor of", "net + tax", "changed since", "the totals have no"}},
	{"not_canonical", []string{"not the canonical"}},
	{"not_allowed", []string{"not allowed", "not an allowed", "not among the allowed", "only ", "cannot change", "cannot report", "not a tax.Lister", "an entry that", "has no languages", "a line's own", "a region", "a document with several", "it reduces prices", "there are no lines", "the contract has no"}},
	{"nothing_left", []string{"there is nothing", "no proportion"}},
	{"negative", []string{"negative"}},
	{"too_many_decimals", []string{"too many decimals", "more than * decimals", "finer than"}},
	{"not_whole", []string{"not a whole number"}},
	{"out_of_range", []string{"out of range", "outside", "not between", "too large", "larger than", "longer than", "nested more deeply", "not shorter", "more than * % of", "pass a number", "pass the number", "write a whole number"}},
	{"too_long", []string{"too long"}},
	{"too_short", []string{"too short"}},
	{"too_many", []string{"too many", "more than"}},
	{"not_utf8", []string{"not valid UTF-8"}},
	{"malformed_json", []string{"not valid JSON", "the document ends", "begins with a byte order mark", "an escape"}},
	{"not_json", []string{"not data that JSON", "not JSON", "cannot be read"}},
	{"malformed", []string{"write ", "not a ", "leading zero", "bounds", "the second bound", "remove the spaces", "is not three letters", "is a numeric code", "pass at most"}},
}

// Unwrap returns Kind, or [ErrInvalid] if it is nil.
func (e *InputError) Unwrap() error {
	if e.Kind == nil {
		return ErrInvalid
	}
	return e.Kind
}

// MarshalText returns the text of Error. JSON has the error as this text.
func (e *InputError) MarshalText() ([]byte, error) { return errorText(e) }

// At returns the same refusal with a path as its Field, for a value that is a part
// of something larger: that of a "percent" becomes that of "lines[2].taxRate".
func (e *InputError) At(path string) *InputError {
	at := *e
	at.Field = path
	return &at
}

// inputError returns an InputError with the kind [ErrInvalid].
func inputError(field, value, reason string) error {
	return &InputError{Field: field, Value: clip(value), Reason: reason}
}

// refusalOf returns the InputError that a parser of this package returned.
func refusalOf(err error) *InputError {
	if refusal, ok := err.(*InputError); ok {
		return refusal
	}
	return &InputError{Reason: err.Error()}
}

// kindText returns the text of a Kind, which can be nil in an error that a store
// outside this module made.
func kindText(kind error) string {
	if kind == nil {
		return "tax: error"
	}
	return kind.Error()
}

// clip bounds how much of a caller's text an error keeps and shows.
func clip(s string) string {
	return strictjson.Clip(s)
}

// printable clips a text that should be a code, and quotes it if it is none.
func printable(s string) string {
	s = clip(s)
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return strconv.Quote(s)
		}
	}
	return s
}

// excerpt quotes a text, and marks it with dots if it was cut.
func excerpt(s string) string {
	if clipped := clip(s); len(clipped) < len(s) {
		return strconv.Quote(clipped) + "..."
	}
	return strconv.Quote(s)
}

// counted returns a number of things: "1 change", "2 changes".
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return itoa(int64(n)) + " " + thing
}

func itoa(i int64) string { return strconv.FormatInt(i, 10) }

// noJSON returns the error of a type that JSON would empty. advice says what to store
// instead.
func noJSON(name, advice string) error {
	return inputError(name, "", "not data that JSON can hold: "+advice)
}

// errorText returns the text of an error for JSON, which holds only UTF-8. An error
// can carry any text of its cause.
func errorText(err error) ([]byte, error) {
	return []byte(strings.ToValidUTF8(err.Error(), "\ufffd")), nil
}

// marshalEnum returns the name of a value. field names the input in the error.
func marshalEnum[E ~uint8](field string, names []string, value E) ([]byte, error) {
	return enum.Marshal(field, names, value, inputError)
}

// unmarshalEnum sets the value to the one with that name.
func unmarshalEnum[E ~uint8](field string, names []string, value *E, text []byte) error {
	return enum.Unmarshal(field, names, value, text, inputError)
}

func enumAdvice(names []string) string { return enum.Advice(names) }

func enumName(names []string, i int) string { return enum.Name(names, i) }
