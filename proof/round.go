package proof

import (
	"math/big"

	"github.com/taxresolve/tax"
)

// Round rounds to a number of decimals by the definition of the mode: it takes the
// two neighbours and picks one.
func Round(r *big.Rat, mode tax.Mode, scale int) *big.Rat {
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	x := new(big.Rat).Mul(r, power)
	// Div rounds toward negative infinity, as denominators are positive.
	floor := new(big.Int).Div(x.Num(), x.Denom())
	ceiling := new(big.Int).Neg(new(big.Int).Div(new(big.Int).Neg(x.Num()), x.Denom()))
	inner, outer := floor, ceiling // by their distance from zero
	if x.Sign() < 0 {
		inner, outer = ceiling, floor
	}
	middle := new(big.Rat).SetFrac(new(big.Int).Add(floor, ceiling), big.NewInt(2))
	nearest := map[int]*big.Int{-1: floor, 1: ceiling}[x.Cmp(middle)] // none in the middle
	even := inner
	if inner.Bit(0) != 0 {
		even = outer
	}
	var picked *big.Int
	switch {
	case x.IsInt():
		picked = floor
	case mode == tax.Up:
		picked = outer
	case mode == tax.Down:
		picked = inner
	case nearest != nil:
		picked = nearest
	default:
		picked = map[tax.Mode]*big.Int{tax.HalfUp: outer, tax.HalfEven: even, tax.HalfDown: inner}[mode]
	}
	whole := new(big.Rat).SetInt(picked)
	return whole.Quo(whole, power)
}

// Tax returns the tax on a price, net or gross, as the documentation defines it.
func Tax(price, percent *big.Rat, ofGross, gross bool, rounding tax.Rounding) *big.Rat {
	base := big.NewRat(100, 1)
	if gross && !ofGross {
		base.Add(base, percent)
	}
	if !gross && ofGross {
		base.Sub(base, percent)
	}
	exact := new(big.Rat).Mul(price, percent)
	exact.Quo(exact, base)
	if gross && rounding.NetFirst() && percent.Sign() != 0 {
		net := Round(new(big.Rat).Sub(price, exact), rounding.Mode(), int(rounding.Scale()))
		return net.Sub(price, net)
	}
	return Round(exact, rounding.Mode(), int(rounding.Scale()))
}

// Converted returns the gross price that keeps the net of a gross price when the tax
// changes.
func Converted(gross, from *big.Rat, fromOfGross bool, to *big.Rat, toOfGross bool, rounding tax.Rounding) *big.Rat {
	over := func(percent *big.Rat, ofGross bool) *big.Rat { // the gross price of a net price of 1
		hundred := big.NewRat(100, 1)
		if ofGross {
			return new(big.Rat).Quo(hundred, new(big.Rat).Sub(hundred, percent))
		}
		return new(big.Rat).Quo(new(big.Rat).Add(hundred, percent), hundred)
	}
	net := new(big.Rat).Quo(gross, over(from, fromOfGross))
	return Round(net.Mul(net, over(to, toOfGross)), rounding.Mode(), int(rounding.Scale()))
}

// Split divides an amount in proportion to weights, in units with scale decimals:
// each part is its share rounded toward zero, and the units left go, one each, to
// the parts with the largest remainders; among equal remainders, to the first.
func Split(amount *big.Rat, weights []*big.Rat, scale int) []*big.Rat {
	total := new(big.Rat)
	for _, w := range weights {
		total.Add(total, w)
	}
	unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	if amount.Sign() < 0 {
		unit.Neg(unit)
	}
	left := new(big.Rat).Set(amount)
	parts := make([]*big.Rat, len(weights))
	rests := make([]*big.Rat, len(weights))
	for i, w := range weights {
		exact := new(big.Rat)
		if total.Sign() != 0 {
			exact.Quo(exact.Mul(amount, w), total)
		}
		units := new(big.Rat).Quo(exact, unit)
		whole := new(big.Int).Quo(units.Num(), units.Denom())
		parts[i] = new(big.Rat).Mul(new(big.Rat).SetInt(whole), unit)
		rests[i] = units.Sub(units, new(big.Rat).SetInt(whole))
		left.Sub(left, parts[i])
	}
	for left.Sign() != 0 {
		largest := 0
		for i, r := range rests {
			if r.Cmp(rests[largest]) > 0 {
				largest = i
			}
		}
		rests[largest] = big.NewRat(-1, 1)
		parts[largest].Add(parts[largest], unit)
		left.Sub(left, unit)
	}
	return parts
}
