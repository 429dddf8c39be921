package basket

import (
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// String returns the name used in JSON.
func (l Level) String() string { return name(levelNames[:], l) }

// MarshalText returns the name of the level. An undefined value is a
// [tax.InputError].
func (l Level) MarshalText() ([]byte, error) { return marshal("level", levelNames[:], l) }

// UnmarshalText accepts the names that MarshalText returns, in exactly that
// case. Any other text is a [tax.InputError].
func (l *Level) UnmarshalText(text []byte) error { return unmarshal("level", levelNames[:], l, text) }

// String returns the name used in JSON.
func (s Spread) String() string { return name(spreadNames[:], s) }

// MarshalText returns the name of the spread. An undefined value is a
// [tax.InputError].
func (s Spread) MarshalText() ([]byte, error) { return marshal("spread", spreadNames[:], s) }

// UnmarshalText accepts the names that MarshalText returns, in exactly that
// case. Any other text is a [tax.InputError].
func (s *Spread) UnmarshalText(text []byte) error {
	return unmarshal("spread", spreadNames[:], s, text)
}

func name[E ~uint8](names []string, value E) string {
	if int(value) < len(names) {
		return names[value]
	}
	return "unknown(" + strconv.Itoa(int(value)) + ")"
}

func marshal[E ~uint8](field string, names []string, value E) ([]byte, error) {
	if int(value) >= len(names) {
		return nil, inputError(field, name(names, value), "no such value: use one of "+strings.Join(names, ", "))
	}
	return []byte(names[value]), nil
}

func unmarshal[E ~uint8](field string, names []string, value *E, text []byte) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return inputError(field, string(text), "no such value: use one of "+strings.Join(names, ", "))
	}
	*value = E(i)
	return nil
}

// inputError returns the error for a value that is refused. The field is a path
// in the basket.
func inputError(field, value, reason string) error {
	const limit = 64
	if len(value) > limit {
		value = strings.ToValidUTF8(strings.Clone(value[:limit]), "")
	}
	return &tax.InputError{Field: field, Value: value, Reason: reason}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
