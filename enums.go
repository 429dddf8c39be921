package tax

import (
	"slices"
	"strings"
)

// MarshalText returns the name of the rule. A value that does not exist is an
// [InputError].
func (r RegionRule) MarshalText() ([]byte, error) {
	return marshalEnum("region rule", regionRuleNames[:], r)
}

// UnmarshalText reads what MarshalText writes, in exactly that case. Another
// name is an [InputError].
func (r *RegionRule) UnmarshalText(text []byte) error {
	return unmarshalEnum("region rule", regionRuleNames[:], r, text)
}

// MarshalText returns the name of the effect. A value that does not exist is
// an [InputError].
func (e Effect) MarshalText() ([]byte, error) {
	return marshalEnum("effect", effectNames[:], e)
}

// UnmarshalText reads what MarshalText writes, in exactly that case. Another
// name is an [InputError].
func (e *Effect) UnmarshalText(text []byte) error {
	return unmarshalEnum("effect", effectNames[:], e, text)
}

// MarshalText returns the name of the treatment. A value that does not exist
// is an [InputError].
func (t Treatment) MarshalText() ([]byte, error) {
	return marshalEnum("treatment", treatmentNames[:], t)
}

// UnmarshalText reads what MarshalText writes, in exactly that case. Another
// name is an [InputError].
func (t *Treatment) UnmarshalText(text []byte) error {
	return unmarshalEnum("treatment", treatmentNames[:], t, text)
}

// MarshalText returns the name of the status, nothing for [Unstated]. A value
// that does not exist is an [InputError].
func (s Status) MarshalText() ([]byte, error) {
	return marshalEnum("status", statusNames[:], s)
}

// UnmarshalText reads what MarshalText writes, in exactly that case. Another
// name is an [InputError].
func (s *Status) UnmarshalText(text []byte) error {
	return unmarshalEnum("status", statusNames[:], s, text)
}

// MarshalText returns the name of the rule. A value that does not exist is an
// [InputError].
func (m Mode) MarshalText() ([]byte, error) {
	return marshalEnum("rounding mode", modeNames[:], m)
}

// UnmarshalText reads what MarshalText writes, in exactly that case. Another
// name is an [InputError].
func (m *Mode) UnmarshalText(text []byte) error {
	return unmarshalEnum("rounding mode", modeNames[:], m, text)
}

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
