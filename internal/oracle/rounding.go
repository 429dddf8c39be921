// Package oracle computes by definition what the library computes fast, so that the
// tests of the root and of packages in internal/ can compare the two. Only tests import
// it.
package oracle

import (
	"math/big"

	"github.com/taxresolve/tax/internal/exact"
)

// Round rounds to an integer: of the two integers around x, it returns the one that the
// name of the mode describes.
func Round(m exact.Mode, x *big.Rat) *big.Int {
	abs := new(big.Rat).Abs(x)
	low := new(big.Int).Quo(abs.Num(), abs.Denom())
	high := new(big.Int).Add(low, big.NewInt(1))
	toLow := new(big.Rat).Sub(abs, new(big.Rat).SetInt(low))
	toHigh := new(big.Rat).Sub(new(big.Rat).SetInt(high), abs)
	even := low
	if low.Bit(0) == 1 {
		even = high
	}
	chosen := map[exact.Mode]*big.Int{exact.Up: high, exact.Down: low}[m]
	switch {
	case toLow.Sign() == 0:
		chosen = low
	case chosen != nil:
	case toLow.Cmp(toHigh) < 0:
		chosen = low
	case toLow.Cmp(toHigh) > 0:
		chosen = high
	default:
		chosen = map[exact.Mode]*big.Int{exact.HalfUp: high, exact.HalfEven: even, exact.HalfDown: low}[m]
	}
	if x.Sign() < 0 {
		return new(big.Int).Neg(chosen)
	}
	return new(big.Int).Set(chosen)
}
