package exact

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// The bounds of an amount or a quantity that a caller passes. They leave room for any
// price, and keep arithmetic fast.
const (
	MaxDigits   = 40
	MaxExponent = 20
)

// Bounds is the reason to refuse a decimal that is not [Within] the bounds.
const Bounds = "out of range: at most 40 digits and an exponent from -20 to 20"

// maxSmall is above all coefficients that Small returns. The sum of several of them
// fits 64 bits.
const maxSmall = 1_000_000_000_000_000_000

// Small returns the coefficient of a decimal with at most 18 digits. It allocates
// nothing.
func Small(d decimal.Decimal) (c int64, ok bool) {
	c = d.CoefficientInt64()
	// CoefficientInt64 can wrap, so the result is compared with d. Decimals with the
	// same exponent are compared by their coefficients alone.
	return c, c > -maxSmall && c < maxSmall && d.Cmp(decimal.New(c, d.Exponent())) == 0
}

// Within reports whether a decimal has at most MaxDigits digits and an exponent from
// -MaxExponent to MaxExponent. It checks the exponent first, because with a huge one
// any other operation takes minutes.
func Within(d decimal.Decimal) bool {
	if d.Exponent() == 0 && d.Sign() == 0 { // most fields are left out
		return true
	}
	if d.Exponent() < -MaxExponent || d.Exponent() > MaxExponent {
		return false
	}
	if _, ok := Small(d); ok {
		return true
	}
	return d.Coefficient().BitLen() <= 4*MaxDigits && d.NumDigits() <= MaxDigits
}

// Describe returns a text for a decimal of any size that people read in an error: 0.02.
// A number that would need many zeros is written as 2 x 10^-400.
func Describe(d decimal.Decimal) string {
	const longest = 61 // digits or decimals: errors cut values at 64 bytes
	c, exp := d.Coefficient(), int64(d.Exponent())
	switch {
	case c.BitLen() > 4*MaxDigits:
		return "a number of more than 40 digits"
	case c.Sign() == 0:
		return "0"
	case exp >= -longest && exp+int64(d.NumDigits()) <= longest:
		return Format(d)
	}
	return c.String() + " x 10^" + strconv.FormatInt(exp, 10)
}

// Format returns a decimal with all its decimals and without an exponent. It replaces
// the String of the decimal library, which depends on variables that any package of
// the program can change.
func Format(d decimal.Decimal) string {
	if small, ok := Small(d); ok && d.Exponent() == 0 {
		return strconv.FormatInt(small, 10)
	}
	c := d.Coefficient()
	negative := c.Sign() < 0
	text := c.Abs(c).String()
	exp := int(d.Exponent())
	switch {
	case exp > 0 && text != "0":
		text += strings.Repeat("0", exp)
	case exp < 0:
		if missing := 1 - exp - len(text); missing > 0 {
			text = strings.Repeat("0", missing) + text
		}
		text = text[:len(text)+exp] + "." + text[len(text)+exp:]
	}
	if negative {
		return "-" + text
	}
	return text
}

// Trim returns a decimal without the zeros at the end of its decimals: 19.50 becomes
// 19.5, and 1900 stays.
func Trim(d decimal.Decimal) decimal.Decimal {
	if d.Exponent() >= 0 {
		return d
	}
	c, exp := d.Coefficient(), d.Exponent()
	ten, rest := big.NewInt(10), new(big.Int)
	for exp < 0 {
		q, r := new(big.Int).QuoRem(c, ten, rest)
		if r.Sign() != 0 {
			break
		}
		c, exp = q, exp+1
	}
	return decimal.NewFromBigInt(c, exp)
}

// Parse reads a number in the form of JSON: an optional minus sign, digits without a
// leading zero, optional decimals and an optional exponent. If the text has another
// form or the number is not [Within] the bounds, it returns the reason; otherwise the
// reason is empty. It does not use the parser of the decimal library, which accepts
// more, and whose limits are variables.
func Parse(s string) (d decimal.Decimal, reason string) {
	if len(s) > 2*MaxDigits {
		return d, Bounds
	}
	text, negative := strings.CutPrefix(s, "-")
	mantissa, power := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, power = text[:i], text[i+1:]
		if plus, ok := strings.CutPrefix(power, "+"); ok && !strings.HasPrefix(plus, "-") {
			power = plus
		}
		if unsigned := strings.TrimPrefix(power, "-"); unsigned == "" || !digits(unsigned) {
			return d, form
		}
	}
	whole, fraction, reason := splitNumber(mantissa)
	if reason != "" {
		return d, reason
	}
	exp, ok := smallInteger(power)
	if !ok {
		return d, Bounds
	}
	text = whole + fraction
	exp -= len(fraction)
	if extra := len(text) - MaxDigits; extra > 0 {
		// Zeros at the end are not counted: Format writes them for an exponent above 0.
		digits := strings.TrimRight(text[len(text)-extra:], "0")
		exp += extra - len(digits)
		text = text[:len(text)-extra] + digits
	}
	c, _ := new(big.Int).SetString(text, 10)
	if negative {
		c.Neg(c)
	}
	d = decimal.NewFromBigInt(c, int32(exp))
	if !Within(d) {
		return decimal.Decimal{}, Bounds
	}
	return d, ""
}

const form = "write digits with a point before the decimals, such as 19 or 9.975"

// splitNumber splits a number without sign and exponent at its decimal point. If the
// text is not such a number, it returns the reason.
func splitNumber(s string) (whole, fraction, reason string) {
	whole, fraction, point := strings.Cut(s, ".")
	switch {
	case whole == "" || point && fraction == "" || !digits(whole) || !digits(fraction):
		return "", "", form
	case len(whole) > 1 && whole[0] == '0':
		return "", "", "leading zero: " + form
	}
	return whole, fraction, ""
}

// smallInteger reads an exponent of at most three digits. An empty text is 0.
func smallInteger(s string) (n int, ok bool) {
	text, negative := strings.CutPrefix(s, "-")
	if len(text) > 3 {
		return 0, false
	}
	n = int(natural(text))
	if negative {
		n = -n
	}
	return n, true
}

// digits reports whether a text has no other characters than digits.
func digits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// natural reads at most 18 digits. An empty text is 0.
func natural(digits string) (n int64) {
	for i := range len(digits) {
		n = 10*n + int64(digits[i]-'0')
	}
	return n
}
