package tax

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

// Percent reads a percentage: Percent("19") is 19 %. The text is digits with
// at most 12 decimals and 30 digits in all, from 0 to 1000: no sign, no
// exponent, no leading zeros, a digit on both sides of the point. Anything else
// is an [InputError]. The decimals given are kept: "19.50" keeps its zero.
func Percent(s string) (decimal.Decimal, error) {
	d, reason := parsePercent(s, maxPercentScale)
	if reason == "" {
		reason = percentFault(d)
	}
	if reason != "" {
		return decimal.Decimal{}, inputError("percent", s, reason)
	}
	return d, nil
}

// Fraction reads a percentage written as a fraction of one: Fraction("0.19")
// is 19 %. The grammar is that of [Percent], with at most 14 decimals.
func Fraction(s string) (decimal.Decimal, error) {
	d, reason := parsePercent(s, maxPercentScale+2)
	if reason == "" {
		d = d.Shift(2)
		reason = percentFault(d)
	}
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

// parsePercent reads the grammar of Percent. It never hands text to the decimal
// library: that library accepts exponents, signs and more, and its limits are
// variables that any package of the program can change.
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
	case !allDigits(whole) || !allDigits(fraction):
		return d, form
	case len(whole) > 1 && whole[0] == '0':
		return d, "leading zero: " + form
	case len(fraction) > scale:
		return d, "too many decimals: at most " + itoa(int64(scale))
	case len(whole)+len(fraction) > maxPercentDigits:
		return d, "too long: at most 30 digits"
	}
	text := whole + fraction
	if len(text) <= 18 {
		n, _ := strconv.ParseInt(text, 10, 64)
		return decimal.New(n, -int32(len(fraction))), ""
	}
	n, _ := new(big.Int).SetString(text, 10)
	return decimal.NewFromBigInt(n, -int32(len(fraction))), ""
}

// percentFault tells what is wrong with a decimal as a percentage, or "". It
// looks at the exponent before anything else: a decimal that a caller built can
// have one that makes every other operation take minutes.
func percentFault(d decimal.Decimal) string {
	// Comparing decimals of one scale looks at their coefficients alone, and
	// allocates nothing: a valid percentage goes no further.
	if scale := -d.Exponent(); scale >= 0 && int(scale) < len(maxPercentAt) &&
		d.Sign() >= 0 && d.Cmp(maxPercentAt[scale]) <= 0 {
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

// maxPercentAt is maxPercent by scale.
var maxPercentAt = func() (list [maxPercentScale + 1]decimal.Decimal) {
	coefficient := int64(maxPercent)
	for scale := range list {
		list[scale] = decimal.New(coefficient, -int32(scale))
		coefficient *= 10
	}
	return list
}()

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}
