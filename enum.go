package tax

import (
	"slices"
	"strings"
)

func marshalEnum[E ~uint8](field string, names []string, value E) ([]byte, error) {
	if int(value) >= len(names) {
		return nil, inputError(field, enumName(names, int(value)), enumAdvice(names))
	}
	return []byte(names[value]), nil
}

func unmarshalEnum[E ~uint8](field string, names []string, value *E, text []byte) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return inputError(field, string(text), enumAdvice(names))
	}
	*value = E(i)
	return nil
}

func enumAdvice(names []string) string {
	named := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
	return "no such value: use one of " + strings.Join(named, ", ")
}

// enumName is the name of value i, or a form that shows the number of a value
// that does not exist. It never panics: enums reach it from callers.
func enumName(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "invalid(" + itoa(int64(i)) + ")"
}
