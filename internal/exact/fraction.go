package exact

import "math/big"

// Fraction is an exact sum of fractions. The zero value is 0. It is not reduced, because
// that would take longer than all additions.
type Fraction struct {
	num, den   big.Int
	term, unit big.Int // of the last addition
}

// Add adds c times a ratio, whose denominator is not 0.
func (f *Fraction) Add(c int64, r Ratio) {
	if c == 0 || r.Num == 0 {
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

// add adds term / unit.
func (f *Fraction) add() {
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
	if f.den.Sign() == 0 {
		return new(big.Int)
	}
	return m.WideScaled(c, shift, &f.num, &f.den)
}
