package exact

import (
	"math/big"
	"strings"

	"github.com/shopspring/decimal"
)

// The bounds of an amount or a quantity that a caller gives. They are wide for
// any price and narrow enough that no arithmetic takes noticeable time.
const (
	MaxDigits   = 40
	MaxExponent = 20
)

// Bounds says in words what Within checks.
const Bounds = "out of range: at most 40 digits and an exponent from -20 to 20"

// maxSmall is what Small returns at most. It leaves room to add some.
const maxSmall = 1_000_000_000_000_000_000

// Small returns the coefficient of a decimal of at most 18 digits, and allocates
// nothing.
func Small(d decimal.Decimal) (c int64, ok bool) {
	c = d.CoefficientInt64()
	// The line above wraps: it has to be the same number still. Decimals of one
	// exponent are compared by their coefficients alone.
	return c, c > -maxSmall && c < maxSmall && d.Cmp(decimal.New(c, d.Exponent())) == 0
}

// Within reports whether a decimal is within the bounds. It looks at the
// exponent first: one that a caller built can have one with which every other
// operation takes minutes.
func Within(d decimal.Decimal) bool {
	if d.Exponent() < -MaxExponent || d.Exponent() > MaxExponent {
		return false
	}
	if _, ok := Small(d); ok {
		return true
	}
	return d.Coefficient().BitLen() <= 4*MaxDigits && d.NumDigits() <= MaxDigits
}

// Describe names a decimal that may be too large to write out.
func Describe(d decimal.Decimal) string {
	if d.Coefficient().BitLen() > 4*MaxDigits {
		return "a number of more than 40 digits"
	}
	return d.Coefficient().String() + "e" + big.NewInt(int64(d.Exponent())).String()
}

// Format writes a decimal with all its decimals and without an exponent. The
// String of the decimal library depends on variables that any package of the
// program can change.
func Format(d decimal.Decimal) string {
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

// Trim drops zeros at the end of the decimals.
func Trim(d decimal.Decimal) decimal.Decimal {
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

// Parse reads a number as JSON writes it: a minus, digits without a leading
// zero, decimals, an exponent. It never hands text to the decimal library, which
// accepts more, and whose limits are variables. reason tells what is wrong with
// the text, or is empty; the number is then within the bounds.
func Parse(s string) (d decimal.Decimal, reason string) {
	const form = "write digits with a point before the decimals, such as 19 or 9.975"
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
	whole, fraction, point := strings.Cut(mantissa, ".")
	exp, ok := smallInteger(power)
	switch {
	case whole == "" || point && fraction == "" || !digits(whole) || !digits(fraction):
		return d, form
	case len(whole) > 1 && whole[0] == '0':
		return d, "leading zero: " + form
	case !ok:
		return d, Bounds
	}
	text = whole + fraction
	exp -= len(fraction)
	if extra := len(text) - MaxDigits; extra > 0 {
		// What Format writes for an exponent above 0 are zeros, not digits.
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

// smallInteger reads an exponent of at most three digits; nothing is 0.
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

func digits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// natural reads at most 18 digits; nothing is 0.
func natural(digits string) (n int64) {
	for i := range len(digits) {
		n = 10*n + int64(digits[i]-'0')
	}
	return n
}
