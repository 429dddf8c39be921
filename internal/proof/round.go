package proof

import (
	"math/big"
)

// HalfUp rounds to so many decimals, to the nearest, halves away from zero.
func HalfUp(r *big.Rat, scale int) *big.Rat {
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	scaled := new(big.Rat).Mul(new(big.Rat).Abs(r), power)
	// floor(x + 1/2) of what is not negative.
	scaled.Add(scaled, big.NewRat(1, 2))
	whole := new(big.Rat).SetInt(new(big.Int).Quo(scaled.Num(), scaled.Denom()))
	whole.Quo(whole, power)
	if r.Sign() < 0 {
		whole.Neg(whole)
	}
	return whole
}

// Split shares an amount in the proportion of weights, in units of so many
// decimals: to each its share rounded toward zero, and what is left in single
// units to the largest remainders, of equal ones to the first.
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
