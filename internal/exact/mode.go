// Package exact is the integer arithmetic behind amounts of money: the one rule
// that rounds, in 64 bits where numbers fit and in any number of bits where
// they do not, the largest remainders, and decimals as text.
//
// Functions on 64 bits report ok = false instead of wrapping; their callers
// then take the function on big integers, which has the same formula.
package exact

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
)

// Mode is a rule of rounding. All are symmetric about zero.
type Mode uint8

// The rules, in the order of the modes of package tax.
const (
	HalfUp Mode = iota
	HalfEven
	HalfDown
	Up
	Down
)

// away reports whether a quotient that was cut off toward zero moves one unit
// away from zero. odd tells that the quotient is odd, inexact that something was
// cut off, and half how that compares with half a unit. It knows nothing of the
// sign, so that no rule can treat a refund unlike its sale. It is the only place
// in which an amount is rounded.
func (m Mode) away(odd, inexact bool, half int) bool {
	switch m {
	case HalfUp:
		return half >= 0
	case HalfEven:
		return half > 0 || half == 0 && odd
	case HalfDown:
		return half > 0
	case Up:
		return inexact
	default:
		return false
	}
}

// MulDiv returns a * num / den, rounded. den is not 0. It is not ok when the
// result does not fit.
func (m Mode) MulDiv(a int64, num, den uint64) (q int64, ok bool) {
	u := Magnitude(a)
	quo, rest, ok := mulDiv(u, num, den)
	if !ok || quo > math.MaxInt64 {
		return 0, false
	}
	if rest != 0 && m.away(quo&1 != 0, true, cmp.Compare(rest, den-rest)) {
		quo++
	}
	if quo > math.MaxInt64 {
		return 0, false
	}
	if a < 0 {
		return -int64(quo), true
	}
	return int64(quo), true
}

// Quotient returns num / den, rounded. den is positive.
func (m Mode) Quotient(num, den *big.Int) *big.Int {
	quo, rest := new(big.Int).QuoRem(num, den, new(big.Int))
	if rest.Sign() == 0 {
		return quo
	}
	// What QuoRem cut off has the sign of num: only its size counts.
	half := new(big.Int).Lsh(rest, 1).CmpAbs(den)
	if m.away(quo.Bit(0) != 0, true, half) {
		quo.Add(quo, big.NewInt(int64(num.Sign())))
	}
	return quo
}

// Scaled returns c * 10^shift * num / den, rounded. den is not 0.
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

// WideScaled is Scaled for numbers of any size. It does not change them.
func (m Mode) WideScaled(c *big.Int, shift int, num, den *big.Int) *big.Int {
	n := new(big.Int).Mul(c, num)
	if shift >= 0 {
		return m.Quotient(n.Mul(n, Power(shift)), den)
	}
	return m.Quotient(n, new(big.Int).Mul(den, Power(-shift)))
}

// Cut returns a * num / den without what is beyond its integer, and the rest in
// units of 1/den; both have the sign of a. den is not 0 and fits 63 bits.
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

// Magnitude is the absolute value; that of the least integer fits as well.
func Magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}
