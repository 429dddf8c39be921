package ampeco

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// ValidationError refuses a body, parameters, or a draft or patch made in Go
// that breaks the same rules. It unwraps to [tax.ErrInvalid].
type ValidationError struct {
	// Errors are the faults by field; there is at least one. A field is the path
	// of a value in a body ("percentage", "displayName.0.locale"), "body" if the
	// body is not a JSON object, or the name of a parameter. At most 256 fields
	// are reported.
	Errors map[string][]string
}

// Error returns the alphabetically first field, its faults, and the number of
// other fields.
func (e *ValidationError) Error() string {
	if len(e.Errors) == 0 {
		return "tax: invalid data"
	}
	first := faults(e.Errors).first()
	s := "tax: " + first + ": " + strings.Join(e.Errors[first], ", ")
	if more := len(e.Errors) - 1; more > 0 {
		s += " (and " + strconv.Itoa(more) + " more)"
	}
	return s
}

// Unwrap returns [tax.ErrInvalid].
func (e *ValidationError) Unwrap() error { return tax.ErrInvalid }

// MarshalText returns the text of Error. JSON has the error as this text; [ErrorFor]
// makes a document with all faults.
func (e *ValidationError) MarshalText() ([]byte, error) {
	return []byte(strings.ToValidUTF8(e.Error(), "\ufffd")), nil
}

const maxFaults = 256

// faults collects faults by field. Only the first fault of a field is kept,
// because later ones usually follow from it.
type faults map[string][]string

func (f faults) add(field, reason string) {
	if field = clip(field); !f.has(field) && len(f) < maxFaults {
		f[field] = []string{reason}
	}
}

func (f faults) has(field string) bool { return f[field] != nil }

// first returns the alphabetically first field. There must be one.
func (f faults) first() string { return slices.Sorted(maps.Keys(f))[0] }

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &ValidationError{f}
}

// clip bounds the part of a text that an error keeps.
func clip(s string) string {
	const limit = 96
	return strings.ToValidUTF8(strings.Clone(s[:min(len(s), limit)]), "")
}
