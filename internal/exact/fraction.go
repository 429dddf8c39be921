package exact

import (
	"math"
	"math/big"
)

// Fraction is an exact sum of fractions. The zero value is 0. Beyond 64 bits it is not
// reduced, because that would take longer than all additions.
type Fraction struct {
	// small is the sum as long as it fits 64 bits. den is 0 if nothing was added.
	small      struct{ num, den int64 }
	wide       bool
	num, den   big.Int // the sum if it is wide
	term, unit big.Int // of the last addition
}

// Add adds c times a ratio, whose denominator is not 0.
func (f *Fraction) Add(c int64, r Ratio) {
	if c == 0 || r.Num == 0 {
		return
	}
	if !f.wide && f.addSmall(c, r) {
		return
	}
	f.term.SetInt64(c)
	f.unit.SetUint64(r.Num)
	f.term.Mul(&f.term, &f.unit)
	f.unit.SetUint64(r.Den)
	f.add()
}

// AddWide is [Fraction.Add] for a ratio of any size.
func (f *Fraction) AddWide(c int64, r WideRatio) {
	f.term.SetInt64(c)
	f.term.Mul(&f.term, r.Num)
	f.unit.Set(r.Den)
	f.add()
}

// addSmall is [Fraction.Add] if 64 bits are enough.
func (f *Fraction) addSmall(c int64, r Ratio) bool {
	if max(r.Num, r.Den) > math.MaxInt64 {
		return false
	}
	num, den := f.small.num, f.small.den
	term, ok := Mul(c, int64(r.Num))
	switch unit := int64(r.Den); {
	case !ok:
		return false
	case den == 0:
		den = unit
	case den != unit:
		common := divisor(den, unit)
		var ok1, ok2, ok3 bool
		num, ok1 = Mul(num, unit/common)
		term, ok2 = Mul(term, den/common)
		if den, ok3 = Mul(den, unit/common); !ok1 || !ok2 || !ok3 {
			return false
		}
	}
	if num, ok = Add(num, term); ok {
		f.small.num, f.small.den = num, den
	}
	return ok
}

// divisor returns the greatest common divisor of two positive numbers.
func divisor(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// add adds term / unit.
func (f *Fraction) add() {
	if !f.wide {
		f.num.SetInt64(f.small.num)
		f.den.SetInt64(f.small.den)
		f.wide = true
	}
	switch {
	case f.den.Sign() == 0:
		f.num.Set(&f.term)
		f.den.Set(&f.unit)
	case f.den.Cmp(&f.unit) == 0:
		f.num.Add(&f.num, &f.term)
	default:
		f.num.Mul(&f.num, &f.unit)
		f.term.Mul(&f.term, &f.den)
		f.num.Add(&f.num, &f.term)
		f.den.Mul(&f.den, &f.unit)
	}
}

// Scaled returns the sum times c * 10^shift, rounded.
func (f *Fraction) Scaled(m Mode, c *big.Int, shift int) *big.Int {
	switch {
	case f.wide:
		return m.WideScaled(c, shift, &f.num, &f.den)
	case f.small.den == 0:
		return new(big.Int)
	case c.IsUint64():
		if units, ok := m.Scaled(f.small.num, shift, c.Uint64(), uint64(f.small.den)); ok {
			return big.NewInt(units)
		}
	}
	return m.WideScaled(c, shift, big.NewInt(f.small.num), big.NewInt(f.small.den))
}
