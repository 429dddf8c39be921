// Package enum reads and writes the values of an enumeration by their names. The values
// are 0, 1, 2 and so on, and the name of value i is names[i].
package enum

import (
	"slices"
	"strconv"
	"strings"
)

// Fault returns the error for a value that is refused. field is what errors call the
// enumeration, and the reason says which names there are.
type Fault func(field, value, reason string) error

// Name returns the name of value i. For a value that does not exist, which a caller can
// pass, it returns a text with the number.
func Name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "invalid(" + strconv.Itoa(i) + ")"
}

// Marshal returns the name of a value. A value that does not exist is refused.
func Marshal[E ~uint8](field string, names []string, value E, fault Fault) ([]byte, error) {
	if int(value) >= len(names) {
		return nil, fault(field, Name(names, int(value)), Advice(names))
	}
	return []byte(names[value]), nil
}

// Unmarshal sets value to the one with the name that text is, in exactly that case. Any
// other text is refused.
func Unmarshal[E ~uint8](field string, names []string, value *E, text []byte, fault Fault) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return fault(field, string(text), Advice(names))
	}
	*value = E(i)
	return nil
}

// Advice returns the reason to refuse a value: it lists the names, except for the empty
// one that can stand for the zero value.
func Advice(names []string) string {
	named := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
	return "no such value: use one of " + strings.Join(named, ", ")
}
