package tax

import (
	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// Percent reads a percentage from 0 to 1000: Percent("19") is 19 %. The text has at
// most 30 digits, of which at most 18 come after the decimal point, and a digit on
// both sides of the point. It has no sign, no exponent and no leading zeros. Any
// other text is an [InputError]. All decimals are kept: "19.50" keeps its zero.
func Percent(s string) (decimal.Decimal, error) {
	d, reason := exact.ParsePercent(s)
	if reason != "" {
		return decimal.Decimal{}, inputError("percent", s, reason)
	}
	return d, nil
}

// Fraction reads a percentage that is written as a fraction of 1: Fraction("0.19")
// is 19 %, and the returned decimal is 19. The rules are those of [Percent], except
// that the text can have 20 decimals.
func Fraction(s string) (decimal.Decimal, error) {
	d, reason := exact.ParseFraction(s)
	if reason != "" {
		return decimal.Decimal{}, inputError("fraction", s, reason)
	}
	return d, nil
}

// MustPercent is [Percent] for package-level variables: it panics if there is an
// error.
func MustPercent(s string) decimal.Decimal {
	d, err := Percent(s)
	if err != nil {
		panic(err)
	}
	return d
}
