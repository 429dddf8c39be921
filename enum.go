package tax

import "github.com/taxresolve/tax/internal/enum"

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
