package tax

import (
	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// Percent reads a percentage: Percent("19") is 19 %. The text is digits with
// at most 12 decimals and 30 digits in all, from 0 to 1000: no sign, no
// exponent, no leading zeros, a digit on both sides of the point. Anything else
// is an [InputError]. The decimals given are kept: "19.50" keeps its zero.
func Percent(s string) (decimal.Decimal, error) {
	d, reason := exact.ParsePercent(s)
	if reason != "" {
		return decimal.Decimal{}, inputError("percent", s, reason)
	}
	return d, nil
}

// Fraction reads a percentage written as a fraction of one: Fraction("0.19")
// is 19 %. The grammar is that of [Percent], with at most 14 decimals.
func Fraction(s string) (decimal.Decimal, error) {
	d, reason := exact.ParseFraction(s)
	if reason != "" {
		return decimal.Decimal{}, inputError("fraction", s, reason)
	}
	return d, nil
}

// MustPercent is [Percent] for package-level variables: it panics on an error.
func MustPercent(s string) decimal.Decimal {
	d, err := Percent(s)
	if err != nil {
		panic(err)
	}
	return d
}
