package exact

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// The bounds of a percentage. They are wide for any law and narrow enough that
// no arithmetic on a percentage can take noticeable time or memory.
const (
	maxPercent       = 1000
	maxPercentScale  = 12
	maxPercentDigits = 30
	maxPercentBytes  = 40
)

// ParsePercent reads a percentage: digits with at most 12 decimals and 30 digits
// in all, from 0 to 1000, without sign, exponent and leading zeros. reason tells
// what is wrong with the text, or is empty.
func ParsePercent(s string) (d decimal.Decimal, reason string) {
	d, reason = parsePercent(s, maxPercentScale)
	if reason == "" {
		reason = PercentFault(d)
	}
	return d, reason
}

// ParseFraction reads a percentage written as a fraction of one, by the grammar
// of [ParsePercent] with two more decimals: 0.19 is 19 %.
func ParseFraction(s string) (d decimal.Decimal, reason string) {
	d, reason = parsePercent(s, maxPercentScale+2)
	if reason == "" {
		d = d.Shift(2)
		reason = PercentFault(d)
	}
	return d, reason
}

// parsePercent never hands text to the decimal library: that library accepts
// exponents, signs and more, and its limits are variables that any package of
// the program can change.
func parsePercent(s string, scale int) (d decimal.Decimal, reason string) {
	const form = "write digits with a point before the decimals, such as 19 or 9.975"
	if len(s) > maxPercentBytes {
		return d, "too long: at most 30 digits"
	}
	whole, fraction, point := strings.Cut(s, ".")
	switch {
	case strings.HasPrefix(s, "-"):
		return d, "negative: a percentage is at least 0"
	case whole == "" || point && fraction == "":
		return d, form
	case !digits(whole) || !digits(fraction):
		return d, form
	case len(whole) > 1 && whole[0] == '0':
		return d, "leading zero: " + form
	case len(fraction) > scale:
		return d, "too many decimals: at most " + strconv.Itoa(scale)
	case len(whole)+len(fraction) > maxPercentDigits:
		return d, "too long: at most 30 digits"
	}
	text := whole + fraction
	if len(text) <= 18 {
		return decimal.New(natural(text), -int32(len(fraction))), ""
	}
	n, _ := new(big.Int).SetString(text, 10)
	return decimal.NewFromBigInt(n, -int32(len(fraction))), ""
}

// PercentFault tells what is wrong with a decimal as a percentage, or "". It
// looks at the exponent before anything else: a decimal that a caller built can
// have one that makes every other operation take minutes.
func PercentFault(d decimal.Decimal) string {
	if _, ok := plainCoefficient(d); ok {
		return ""
	}
	switch {
	case d.Exponent() < -maxPercentScale:
		return "too many decimals: at most 12"
	case d.Exponent() > 3 || d.Coefficient().BitLen() > 100 || d.NumDigits() > maxPercentDigits:
		return "too large: a percentage is at most 1000, with at most 30 digits"
	case d.Sign() < 0:
		return "negative: a percentage is at least 0"
	case d.GreaterThan(decimal.New(maxPercent, 0)):
		return "too large: a percentage is at most 1000"
	}
	return ""
}

// PercentCheck is what validation asks about a percentage.
type PercentCheck struct {
	Fault          string // what is wrong with it, or ""
	Zero, BelowOne bool
}

// CheckPercent checks a decimal as a percentage.
func CheckPercent(d decimal.Decimal) PercentCheck {
	if n, ok := plainCoefficient(d); ok {
		return PercentCheck{Zero: n == 0, BelowOne: n < int64(powers[-d.Exponent()])}
	}
	if fault := PercentFault(d); fault != "" {
		return PercentCheck{Fault: fault}
	}
	return PercentCheck{Zero: d.Sign() == 0, BelowOne: d.LessThan(decimal.New(1, 0))}
}

// IsPlainPercent reports whether a decimal is a valid percentage without a
// positive exponent: its coefficient is a machine word that holds every digit.
func IsPlainPercent(d decimal.Decimal) bool {
	_, ok := plainCoefficient(d)
	return ok
}

// plainCoefficient is the coefficient of a decimal for which [IsPlainPercent] is
// true. That number answers every question at once; arithmetic on decimals makes
// new ones.
func plainCoefficient(d decimal.Decimal) (n int64, ok bool) {
	scale := -d.Exponent()
	// Comparing decimals of one scale looks at their coefficients alone, and
	// allocates nothing.
	if scale < 0 || scale > maxPercentScale || d.Sign() < 0 || d.Cmp(maxPercentAt[scale]) > 0 {
		return 0, false
	}
	return d.CoefficientInt64(), true
}

// maxPercentAt is maxPercent by scale.
var maxPercentAt = func() (list [maxPercentScale + 1]decimal.Decimal) {
	for scale := range list {
		list[scale] = decimal.New(int64(maxPercent*powers[scale]), -int32(scale))
	}
	return list
}()
