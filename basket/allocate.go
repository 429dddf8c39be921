package basket

import (
	"fmt"
	"math/big"

	"github.com/taxresolve/tax/internal/exact"
)

// maxParts bounds the list that Split makes.
const maxParts = 1_000_000

// Allocate divides an amount of minor units in proportion to weights, so that
// the parts sum to the amount. Each part is cut off toward zero; the units that
// are left go one each to the parts with the largest remainders, the first of
// equals first. Negative amounts mirror positive ones. A weight of 0 gets 0.
//
// Allocate returns a [tax.InputError] if there are no weights, if one is
// negative, if all are 0, or if their sum does not fit 64 bits.
func Allocate(amount int64, weights ...int64) ([]int64, error) {
	var sum int64
	for i, w := range weights {
		var ok bool
		if w < 0 {
			return nil, inputError(fmt.Sprintf("weights[%d]", i), itoa(w), "negative: a weight is at least 0")
		}
		if sum, ok = exact.Add(sum, w); !ok {
			return nil, inputError(fmt.Sprintf("weights[%d]", i), itoa(w), "out of range: the sum of the weights does not fit 64 bits")
		}
	}
	if sum == 0 {
		return nil, inputError("weights", "", "no proportion: at least one weight must be larger than 0")
	}
	if parts, ok := exact.Apportion(amount, weights); ok {
		return parts, nil
	}
	// The least integer has no positive counterpart.
	wide := make([]*big.Int, len(weights))
	for i, w := range weights {
		wide[i] = big.NewInt(w)
	}
	parts := make([]int64, len(weights))
	for i, part := range exact.WideApportion(big.NewInt(amount), wide) {
		parts[i] = part.Int64()
	}
	return parts, nil
}

// Split divides an amount of minor units into n parts that sum to it. The parts
// differ by at most one unit; those larger in magnitude come first. Split
// returns a [tax.InputError] if n is not from 1 to 1,000,000.
func Split(amount int64, n int) ([]int64, error) {
	if n < 1 || n > maxParts {
		return nil, inputError("n", itoa(int64(n)), "out of range: use 1 to 1,000,000 parts")
	}
	parts := make([]int64, n)
	part, rest := amount/int64(n), amount%int64(n)
	for i := range parts {
		parts[i] = part
		switch {
		case rest > 0:
			parts[i]++
			rest--
		case rest < 0:
			parts[i]--
			rest++
		}
	}
	return parts, nil
}
