package basket

import (
	"strconv"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/enum"
	"github.com/taxresolve/tax/internal/strictjson"
)

// String returns the name used in JSON.
func (l Level) String() string { return enum.Name(levelNames[:], int(l)) }

// MarshalText returns the name of the level. An undefined value is a
// [tax.InputError].
func (l Level) MarshalText() ([]byte, error) {
	return enum.Marshal("level", levelNames[:], l, inputError)
}

// UnmarshalText accepts the names that MarshalText returns, in exactly that
// case. Any other text is a [tax.InputError].
func (l *Level) UnmarshalText(text []byte) error {
	return enum.Unmarshal("level", levelNames[:], l, text, inputError)
}

// String returns the name used in JSON.
func (s Spread) String() string { return enum.Name(spreadNames[:], int(s)) }

// MarshalText returns the name of the spread. An undefined value is a
// [tax.InputError].
func (s Spread) MarshalText() ([]byte, error) {
	return enum.Marshal("spread", spreadNames[:], s, inputError)
}

// UnmarshalText accepts the names that MarshalText returns, in exactly that
// case. Any other text is a [tax.InputError].
func (s *Spread) UnmarshalText(text []byte) error {
	return enum.Unmarshal("spread", spreadNames[:], s, text, inputError)
}

// String returns the name used in JSON.
func (a AmountTax) String() string { return enum.Name(amountTaxNames[:], int(a)) }

// MarshalText returns the name of the kind. An undefined value is a
// [tax.InputError].
func (a AmountTax) MarshalText() ([]byte, error) {
	return enum.Marshal("amountTax", amountTaxNames[:], a, inputError)
}

// UnmarshalText accepts the names that MarshalText returns, in exactly that
// case. Any other text is a [tax.InputError].
func (a *AmountTax) UnmarshalText(text []byte) error {
	return enum.Unmarshal("amountTax", amountTaxNames[:], a, text, inputError)
}

// inputError returns the error for a value that is refused. The field is a path
// in the basket.
func inputError(field, value, reason string) error {
	return &tax.InputError{Field: field, Value: strictjson.Clip(value), Reason: reason}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
