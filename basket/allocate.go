package basket

import (
	"fmt"
	"math/big"

	"github.com/taxresolve/tax/internal/exact"
)

// maxParts bounds what Split makes.
const maxParts = 1_000_000

// Allocate divides an amount of minor units in the proportion of weights, so
// that the parts sum to the amount: each part is cut off toward zero, and what is
// left goes, one unit each, to those with the largest remainders, of equal ones
// to the first. Negative amounts mirror positive ones; a weight of 0 gets 0.
//
// It is a [tax.InputError] when a weight is negative, when all are 0 or there
// are none, or when 64 bits do not hold their sum.
func Allocate(amount int64, weights ...int64) ([]int64, error) {
	var sum int64
	for i, w := range weights {
		var ok bool
		if w < 0 {
			return nil, inputError(fmt.Sprintf("weights[%d]", i), itoa(w), "negative: a weight is at least 0")
		}
		if sum, ok = exact.Add(sum, w); !ok {
			return nil, inputError(fmt.Sprintf("weights[%d]", i), itoa(w), "out of range: 64 bits do not hold the sum of the weights")
		}
	}
	if sum == 0 {
		return nil, inputError("weights", "", "nothing to divide by: at least one must be larger than 0")
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

// Split divides an amount of minor units into n parts that differ by one at
// most, the larger ones first; they sum to the amount. It is a [tax.InputError]
// when n is not from 1 to 1,000,000.
func Split(amount int64, n int) ([]int64, error) {
	if n < 1 || n > maxParts {
		return nil, inputError("n", itoa(int64(n)), "out of range: 1 to 1,000,000 parts")
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
