package emporix

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// Price is a price together with its notation, so that an answer can repeat it
// unchanged: 1.50 stays 1.50, and a string stays a string. The zero Price is
// not a price.
type Price struct {
	text   string
	quoted bool
	value  decimal.Decimal
}

// NewPrice returns a price that is written as a number, with all its decimals.
// A decimal with more than 40 digits or an exponent outside -20 to 20 is a
// [tax.InputError].
func NewPrice(d decimal.Decimal) (Price, error) {
	if !exact.Within(d) {
		return Price{}, inputError("input.price", exact.Describe(d), exact.Bounds)
	}
	return Price{text: exact.Format(d), value: d}, nil
}

// ParsePrice reads a price in the notation of JSON numbers: an optional minus
// sign, digits without leading zeros, optional decimals and an optional
// exponent. The price keeps its notation. Any other text, and a price out of
// the bounds of [NewPrice], is a [tax.InputError].
func ParsePrice(s string) (Price, error) {
	p, reason := parsePrice(s)
	if reason != "" {
		return Price{}, inputError("input.price", s, reason)
	}
	return p, nil
}

// Decimal returns the price, or 0 for the zero Price.
func (p Price) Decimal() decimal.Decimal { return p.value }

// String returns the price as it was written, without quotes, or "" for the
// zero Price.
func (p Price) String() string { return p.text }

// MarshalJSON returns the price as it was written, or null for the zero Price.
func (p Price) MarshalJSON() ([]byte, error) {
	switch {
	case p.text == "":
		return []byte("null"), nil
	case p.quoted:
		return strictjson.AppendString(nil, p.text), nil
	}
	return []byte(p.text), nil
}

// UnmarshalJSON reads what MarshalJSON returns, by the rules of [ParsePrice].
func (p *Price) UnmarshalJSON(data []byte) error {
	d := decoder{strictjson.NewReader(data, inputError)}
	var read Price
	if !d.Null() {
		var err error
		if read, err = d.price(); err != nil {
			return err
		}
	}
	if err := d.End(); err != nil {
		return err
	}
	*p = read
	return nil
}

func parsePrice(s string) (p Price, reason string) {
	d, reason := exact.Parse(s)
	if reason != "" {
		return Price{}, reason
	}
	return Price{text: strings.Clone(s), value: d}, ""
}
