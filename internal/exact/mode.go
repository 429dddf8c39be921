// Package exact does the integer arithmetic behind amounts of money: it rounds, divides
// a total by largest remainders, and reads and writes decimals and percentages.
//
// Its functions on 64 bits report ok = false instead of wrapping. The caller then uses
// the function on big integers, which has the same formula.
package exact

import (
	"math"
	"math/big"
	"math/bits"
)

// Mode is a rounding rule. All rules are symmetric about zero.
type Mode uint8

// The rules, in the order of the modes of package tax.
const (
	HalfUp Mode = iota
	HalfEven
	HalfDown
	Up
	Down
)

// away returns by how many units, 1 or 0, a quotient that was cut off toward zero moves away
// from zero. odd says that the quotient is odd, inexact that something was cut off,
// and half how the part cut off compares with half a unit. It does not see the sign,
// so a refund is always rounded like its sale. No other function decides how an
// amount is rounded.
//
// No processor can predict on which side of one half the rest of a price is, and a branch that
// it predicts wrongly costs as much as the division. So no branch depends on that, here and in
// MulDiv.
func (m Mode) away(odd, inexact bool, half int) uint64 {
	switch m {
	case HalfUp:
		return one(half >= 0)
	case HalfEven:
		return one(half > 0) | one(half == 0)&one(odd)
	case HalfDown:
		return one(half > 0)
	case Up:
		return one(inexact)
	default:
		return 0
	}
}

// one returns 1 for true and 0 for false. It compiles to no branch.
func one(b bool) (n uint64) {
	if b {
		n = 1
	}
	return n
}

// MulDiv returns a * num / den, rounded. den must not be 0. It is not ok if the result
// does not fit.
func (m Mode) MulDiv(a int64, num, den uint64) (q int64, ok bool) {
	quo, rest, ok := mulDiv(Magnitude(a), num, den)
	if !ok || quo > math.MaxInt64 {
		return 0, false
	}
	half := int(one(rest > den-rest)) - int(one(rest < den-rest))
	quo += m.away(quo&1 != 0, rest != 0, half)
	if quo > math.MaxInt64 {
		return 0, false
	}
	sign := a >> 63 // -1 or 0
	return (int64(quo) ^ sign) - sign, true
}

// Quotient returns num / den, rounded. den must be positive.
func (m Mode) Quotient(num, den *big.Int) *big.Int {
	quo, rest := new(big.Int).QuoRem(num, den, new(big.Int))
	if rest.Sign() == 0 {
		return quo
	}
	// The rest has the sign of num: only its size counts.
	half := new(big.Int).Lsh(rest, 1).CmpAbs(den)
	if m.away(quo.Bit(0) != 0, true, half) != 0 {
		quo.Add(quo, big.NewInt(int64(num.Sign())))
	}
	return quo
}

// Scaled returns c * 10^shift * num / den, rounded. den must not be 0. It is not ok if
// an intermediate result or the result does not fit.
func (m Mode) Scaled(c int64, shift int, num, den uint64) (q int64, ok bool) {
	switch {
	case shift > 0:
		if c, ok = Shifted(c, shift); !ok {
			return 0, false
		}
	case shift < 0:
		if shift < -maxPower {
			return 0, false
		}
		hi, lo := bits.Mul64(den, powers[-shift])
		if hi != 0 {
			return 0, false
		}
		den = lo
	}
	return m.MulDiv(c, num, den)
}

// WideScaled is [Mode.Scaled] for numbers of any size. It does not change its
// arguments.
func (m Mode) WideScaled(c *big.Int, shift int, num, den *big.Int) *big.Int {
	n := new(big.Int).Mul(c, num)
	if shift >= 0 {
		return m.Quotient(n.Mul(n, Power(shift)), den)
	}
	return m.Quotient(n, new(big.Int).Mul(den, Power(-shift)))
}

// Cut returns a * num / den rounded toward zero, and the rest in units of 1/den. Both
// have the sign of a. den must not be 0. It is not ok if den or the quotient does not
// fit 63 bits.
func Cut(a int64, num, den uint64) (q, rest int64, ok bool) {
	quo, r, ok := mulDiv(Magnitude(a), num, den)
	if !ok || quo > math.MaxInt64 || den > math.MaxInt64 {
		return 0, 0, false
	}
	if a < 0 {
		return -int64(quo), -int64(r), true
	}
	return int64(quo), int64(r), true
}

// mulDiv returns a * num / den with its rest.
func mulDiv(a, num, den uint64) (quo, rest uint64, ok bool) {
	hi, lo := bits.Mul64(a, num)
	if hi == 0 {
		quo = lo / den
		return quo, lo - quo*den, true
	}
	if hi >= den {
		return 0, 0, false
	}
	quo, rest = bits.Div64(hi, lo, den)
	return quo, rest, true
}

// Magnitude returns the absolute value of a. That of the least integer fits as well.
func Magnitude(a int64) uint64 {
	sign := a >> 63 // -1 or 0
	return uint64((a ^ sign) - sign)
}
