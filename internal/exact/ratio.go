package exact

import (
	"math/big"
	"math/bits"

	"github.com/shopspring/decimal"
)

// Ratio is the ratio of a tax to a price. Den is 0 if the ratio does not fit 64 bits.
type Ratio struct{ Num, Den uint64 }

// Percent returns a percentage as a ratio: 19 as 19/100.
func Percent(d decimal.Decimal) Ratio {
	n, ok := Small(d)
	scale := -int(d.Exponent())
	if !ok || n < 0 || scale < 0 || scale > 16 {
		return Ratio{}
	}
	return Ratio{uint64(n), 100 * powers[scale]}
}

// PlainPercent returns [Percent] of n / 10^scale, where 0 <= n < 10^18 and
// 0 <= scale <= 16.
func PlainPercent(n int64, scale int) Ratio { return Ratio{uint64(n), 100 * powers[scale&31]} }

// InNet returns the ratio of the tax to the net price. ofGross says that r is a ratio
// to the gross price; it must then be below 1.
func (r Ratio) InNet(ofGross bool) Ratio {
	if ofGross {
		return Ratio{r.Num, r.Den - r.Num}
	}
	return r
}

// InGross returns the ratio of the tax to the gross price. ofGross says that r already
// is that ratio.
func (r Ratio) InGross(ofGross bool) Ratio {
	if ofGross || r.Den == 0 {
		return r
	}
	return Ratio{r.Num, r.Den + r.Num}
}

// Equal reports whether r and o are the same number. Both must have a denominator.
func (r Ratio) Equal(o Ratio) bool {
	hi1, lo1 := bits.Mul64(r.Num, o.Den)
	hi2, lo2 := bits.Mul64(o.Num, r.Den)
	return hi1 == hi2 && lo1 == lo2
}

// Rest returns 1 - r: the ratio of the price without its tax to the price.
func (r Ratio) Rest() Ratio { return Ratio{r.Den - r.Num, r.Den} }

// WideRatio is a [Ratio] of numbers of any size.
type WideRatio struct{ Num, Den *big.Int }

// WidePercent is [Percent] for any percentage.
func WidePercent(d decimal.Decimal) WideRatio {
	r := WideRatio{d.Coefficient(), big.NewInt(100)}
	if e := int(d.Exponent()); e >= 0 {
		r.Num.Mul(r.Num, Power(e))
	} else {
		r.Den.Mul(r.Den, Power(-e))
	}
	return r
}

// InNet is [Ratio.InNet].
func (r WideRatio) InNet(ofGross bool) WideRatio {
	if ofGross {
		return WideRatio{r.Num, new(big.Int).Sub(r.Den, r.Num)}
	}
	return r
}

// InGross is [Ratio.InGross].
func (r WideRatio) InGross(ofGross bool) WideRatio {
	if ofGross {
		return r
	}
	return WideRatio{r.Num, new(big.Int).Add(r.Den, r.Num)}
}

// Rest is [Ratio.Rest].
func (r WideRatio) Rest() WideRatio { return WideRatio{new(big.Int).Sub(r.Den, r.Num), r.Den} }
