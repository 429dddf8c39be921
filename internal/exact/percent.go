package exact

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// The bounds of a percentage. They leave room for any law, and keep arithmetic on
// percentages fast and small.
const (
	maxPercent       = 1000
	maxPercentScale  = 18 // as many as the shortest text of a binary float from 0.01 to 1000 has
	maxPercentDigits = 30
	maxPercentBytes  = 40

	maxPlainScale = 12 // of percentages whose arithmetic fits machine words
)

// ParsePercent reads a percentage from 0 to 1000: at most 30 digits, of which at most
// 18 are decimals, without sign, exponent or leading zeros. If the text is anything
// else, it returns the reason; otherwise the reason is empty.
func ParsePercent(s string) (d decimal.Decimal, reason string) {
	d, reason = parsePercent(s, maxPercentScale)
	if reason == "" {
		reason = PercentFault(d)
	}
	return d, reason
}

// ParsePercentNumber reads a percentage in the notation of JSON numbers: as [ParsePercent]
// does, or with an exponent, so that 1.9e1 is 19.
func ParsePercentNumber(s string) (d decimal.Decimal, reason string) {
	if strings.ContainsAny(s, "eE") {
		if d, reason = Parse(s); reason != "" {
			return d, reason
		}
		s = Format(d)
	}
	return ParsePercent(s)
}

// ParseFraction reads a percentage that is written as a fraction of 1: 0.19 is 19 %,
// and the result is 19. The rules are those of [ParsePercent], with two more decimals.
func ParseFraction(s string) (d decimal.Decimal, reason string) {
	d, reason = parsePercent(s, maxPercentScale+2)
	if reason == "" {
		d = d.Shift(2)
		reason = PercentFault(d)
	}
	return d, reason
}

// parsePercent does not use the parser of the decimal library, which accepts
// exponents, signs and more, and whose limits are variables that any package of the
// program can change.
func parsePercent(s string, scale int) (d decimal.Decimal, reason string) {
	switch {
	case len(s) > maxPercentBytes:
		return d, "too long: at most 30 digits"
	case strings.HasPrefix(s, "-"):
		return d, "negative: a percentage is at least 0"
	}
	whole, fraction, reason := splitNumber(s)
	switch {
	case reason != "":
		return d, reason
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

// PercentFault returns the reason why a decimal is not a valid percentage, or "". It
// checks the exponent before anything else, because with a huge one any other
// operation takes minutes.
func PercentFault(d decimal.Decimal) string {
	if _, ok := plainCoefficient(d); ok {
		return ""
	}
	switch {
	case d.Exponent() < -maxPercentScale:
		return "too many decimals: at most " + strconv.Itoa(maxPercentScale)
	case d.Exponent() > 3 || d.Coefficient().BitLen() > 100 || d.NumDigits() > maxPercentDigits:
		return "too large: a percentage is at most 1000, with at most 30 digits"
	case d.Sign() < 0:
		return "negative: a percentage is at least 0"
	case d.GreaterThan(decimal.New(maxPercent, 0)):
		return "too large: a percentage is at most 1000"
	}
	return ""
}

// PercentCheck is the result of [CheckPercent].
type PercentCheck struct {
	Fault          string // the PercentFault, or ""
	Zero, BelowOne bool   // whether the percentage is 0, and below 1 %
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

// IsPlainPercent reports whether a decimal is a valid percentage of at most 12 decimals
// and without a positive exponent. Its coefficient then fits a machine word.
func IsPlainPercent(d decimal.Decimal) bool {
	_, ok := plainCoefficient(d)
	return ok
}

// plainCoefficient returns the coefficient of a decimal for which [IsPlainPercent] is
// true. Working with it allocates nothing, unlike arithmetic on decimals.
func plainCoefficient(d decimal.Decimal) (n int64, ok bool) {
	scale := -d.Exponent()
	// Cmp of decimals with the same scale compares their coefficients alone, and
	// allocates nothing.
	if scale < 0 || scale > maxPlainScale || d.Sign() < 0 || d.Cmp(maxPercentAt[scale]) > 0 {
		return 0, false
	}
	return d.CoefficientInt64(), true
}

// maxPercentAt holds maxPercent at each scale.
var maxPercentAt = func() (list [maxPlainScale + 1]decimal.Decimal) {
	for scale := range list {
		list[scale] = decimal.New(int64(maxPercent*powers[scale]), -int32(scale))
	}
	return list
}()
