package emporix

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// Price is a price and how it was written, so that an answer repeats it as it
// was: 1.50 stays 1.50, and a string stays a string. The zero Price is none.
type Price struct {
	text   string
	quoted bool
	value  decimal.Decimal
}

// NewPrice makes a price that is written as a number, with the decimals it has.
// More than 40 digits, or an exponent outside -20 to 20, are a
// [tax.InputError].
func NewPrice(d decimal.Decimal) (Price, error) {
	if !exact.Within(d) {
		return Price{}, inputError("input.price", exact.Describe(d), exact.Bounds)
	}
	return Price{text: exact.Format(d), value: d}, nil
}

// ParsePrice reads a price as JSON writes numbers: an optional minus, digits
// without leading zeros, decimals, an exponent. It is written as it was. The
// bounds are those of [NewPrice]; anything else is a [tax.InputError].
func ParsePrice(s string) (Price, error) {
	p, reason := parsePrice(s)
	if reason != "" {
		return Price{}, inputError("input.price", s, reason)
	}
	return p, nil
}

// Decimal returns the price; 0 if there is none.
func (p Price) Decimal() decimal.Decimal { return p.value }

// String returns the price as it was written, without quotes; "" if there is
// none.
func (p Price) String() string { return p.text }

func parsePrice(s string) (p Price, reason string) {
	d, reason := exact.Parse(s)
	if reason != "" {
		return Price{}, reason
	}
	return Price{text: strings.Clone(s), value: d}, ""
}
