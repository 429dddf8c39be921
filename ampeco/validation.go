package ampeco

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// ValidationError refuses a body, parameters, or values of Go that break the
// same rules. It unwraps to [tax.ErrInvalid].
type ValidationError struct {
	// Errors are what is wrong, by field, never empty. A field is that of a body
	// ("percentage", "displayName.0.locale"), "body" when that is no JSON object,
	// or the name of a parameter. Of very many, the first 256 are kept.
	Errors map[string][]string
}

// Error names the first field by name, what is wrong with it, and the number of
// the others.
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

const maxFaults = 256

// faults collects what is wrong, by field. What was found first about a field
// counts: what follows from it is no news.
type faults map[string][]string

func (f faults) add(field, reason string) {
	if field = clip(field); !f.has(field) && len(f) < maxFaults {
		f[field] = []string{reason}
	}
}

func (f faults) has(field string) bool { return f[field] != nil }

// first is the first field by name, of those that there are.
func (f faults) first() string { return slices.Sorted(maps.Keys(f))[0] }

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &ValidationError{f}
}

// clip bounds how much of a text of others an error keeps.
func clip(s string) string {
	const limit = 96
	return strings.ToValidUTF8(strings.Clone(s[:min(len(s), limit)]), "")
}
