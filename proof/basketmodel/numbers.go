package basketmodel

import (
	"math/big"

	"github.com/taxresolve/tax"
)

// All amounts are rational numbers of minor units, and are never changed.

var (
	zero    = new(big.Rat)
	hundred = whole(100)
)

func whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

func plus(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }

func minus(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }

func times(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

func over(a, b *big.Rat) *big.Rat { return new(big.Rat).Quo(a, b) }

func size(a *big.Rat) *big.Rat { return new(big.Rat).Abs(a) }

func less(a, b *big.Rat) bool { return a.Cmp(b) < 0 }

func sum(list []*big.Rat) *big.Rat {
	total := zero
	for _, a := range list {
		total = plus(total, a)
	}
	return total
}

// power returns 10^n.
func power(n int32) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil))
}

// cut rounds toward zero.
func cut(a *big.Rat) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Quo(a.Num(), a.Denom()))
}

// round rounds to a whole number. It rounds the size and then restores the sign, so
// that every rule is symmetric about zero.
func round(a *big.Rat, mode tax.Mode) *big.Rat {
	below := cut(size(a))
	odd := new(big.Int).Rem(below.Num(), big.NewInt(2)).Sign() != 0
	rest := minus(size(a), below)
	half := rest.Cmp(big.NewRat(1, 2))
	up := false
	switch mode {
	case tax.HalfUp:
		up = half >= 0
	case tax.HalfDown:
		up = half > 0
	case tax.HalfEven:
		up = half > 0 || half == 0 && odd
	case tax.Up:
		up = rest.Sign() > 0
	case tax.Down:
	}
	if up {
		below = plus(below, whole(1))
	}
	return times(below, whole(int64(a.Sign())))
}

// allocate divides a whole amount in proportion to weights, which are not negative
// and not all 0.
func allocate(amount *big.Rat, weights []*big.Rat) []*big.Rat {
	exact := make([]*big.Rat, len(weights))
	for i, w := range weights {
		exact[i] = over(times(amount, w), sum(weights))
	}
	return settle(amount, exact)
}

// settle turns exact parts into whole ones that sum to a whole total. Each is rounded
// toward zero, and the units left go, one each, to the largest remainders of their
// sign; among equal remainders, to the first.
func settle(total *big.Rat, exact []*big.Rat) []*big.Rat {
	parts := make([]*big.Rat, len(exact))
	rests := make([]*big.Rat, len(exact))
	for i, e := range exact {
		parts[i] = cut(e)
		rests[i] = minus(e, parts[i])
	}
	left := minus(total, sum(parts))
	unit := whole(int64(left.Sign()))
	for left.Sign() != 0 {
		largest := -1
		for i, r := range rests {
			if r.Sign() == unit.Sign() && (largest < 0 || less(size(rests[largest]), size(r))) {
				largest = i
			}
		}
		parts[largest] = plus(parts[largest], unit)
		rests[largest] = zero
		left = minus(left, unit)
	}
	return parts
}
