package tax

import (
	"slices"
	"strings"
)

// marshalEnum returns the name of a value. field names the input in the error.
func marshalEnum[E ~uint8](field string, names []string, value E) ([]byte, error) {
	if int(value) >= len(names) {
		return nil, inputError(field, enumName(names, int(value)), enumAdvice(names))
	}
	return []byte(names[value]), nil
}

// unmarshalEnum sets the value to the one with that name.
func unmarshalEnum[E ~uint8](field string, names []string, value *E, text []byte) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return inputError(field, string(text), enumAdvice(names))
	}
	*value = E(i)
	return nil
}

// enumAdvice says which names there are.
func enumAdvice(names []string) string {
	named := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
	return "no such value: use one of " + strings.Join(named, ", ")
}

// enumName returns the name of value i. For a value that does not exist, which a
// caller can pass, it returns a text with the number.
func enumName(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "invalid(" + itoa(int64(i)) + ")"
}
