package exact

import (
	"math/big"
	"math/bits"
)

// maxPower is the exponent of the largest power of ten in 64 bits.
const maxPower = 19

var powers = func() (list [maxPower + 1]uint64) {
	list[0] = 1
	for i := 1; i <= maxPower; i++ {
		list[i] = list[i-1] * 10
	}
	return list
}()

// Power returns 10^n, where n is at least 0. The result belongs to the caller.
func Power(n int) *big.Int {
	if n <= maxPower {
		return new(big.Int).SetUint64(powers[n])
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// Add returns a + b. It is not ok if the sum does not fit.
func Add(a, b int64) (sum int64, ok bool) {
	sum = a + b
	return sum, (a^sum)&(b^sum) >= 0
}

// Sub returns a - b. It is not ok if the difference does not fit.
func Sub(a, b int64) (difference int64, ok bool) {
	difference = a - b
	return difference, (a^b)&(a^difference) >= 0
}

// Mul returns a * b. It is not ok if the product does not fit or is the least integer.
func Mul(a, b int64) (product int64, ok bool) {
	hi, lo := bits.Mul64(Magnitude(a), Magnitude(b))
	if hi != 0 || lo > 1<<63-1 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

// Shifted returns a * 10^n, where n is at least 0. It is not ok if [Mul] is not.
func Shifted(a int64, n int) (_ int64, ok bool) {
	switch {
	case n == 0 || a == 0:
		return a, true
	case n > 18:
		return 0, false
	}
	return Mul(a, int64(powers[n]))
}

// Unshifted returns a / 10^n, where n is at least 0. It is not ok if the quotient is
// not an integer.
func Unshifted(a int64, n int) (_ int64, ok bool) {
	switch {
	case n == 0 || a == 0:
		return a, true
	case n > 18 || a%int64(powers[n]) != 0:
		return 0, false
	}
	return a / int64(powers[n]), true
}
