package exact_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
)

// sums asserts that a + b, a - b and a * b are right, or refused if they do not fit 64
// bits. The least integer is refused as a product, because its negative does not fit.
func sums(t *testing.T, a, b int64) {
	t.Helper()
	x, y := big.NewInt(a), big.NewInt(b)
	for name, c := range map[string]struct {
		got  func(a, b int64) (int64, bool)
		want *big.Int
		fits bool
	}{
		"+": {exact.Add, new(big.Int).Add(x, y), new(big.Int).Add(x, y).IsInt64()},
		"-": {exact.Sub, new(big.Int).Sub(x, y), new(big.Int).Sub(x, y).IsInt64()},
		"*": {exact.Mul, new(big.Int).Mul(x, y), new(big.Int).Mul(x, y).CmpAbs(big.NewInt(math.MaxInt64)) <= 0},
	} {
		got, ok := c.got(a, b)
		if c.fits != ok || ok && c.want.Cmp(big.NewInt(got)) != 0 {
			require.Fail(t, "wrong", "%d %s %d: %d %t, want %s", a, name, b, got, ok, c.want)
		}
	}
}

func TestSumsAndProductsAreRightOrRefused(t *testing.T) {
	for _, a := range edges {
		for _, b := range edges {
			sums(t, a, b)
		}
	}
	rng := rand.New(rand.NewPCG(4, 64))
	for range 50000 {
		sums(t, int64(rng.Uint64()>>rng.IntN(64)), int64(rng.Uint64()>>rng.IntN(64)))
		sums(t, -int64(rng.Uint64()>>rng.IntN(64)), int64(rng.Uint64()>>rng.IntN(64)))
	}
}

func TestShiftingByPowersOfTenIsExactOrRefused(t *testing.T) {
	numbers := append([]int64{123, 1230, 1e17, 1e18, 92233720368547758, 922337203685477580, -922337203685477580, 9223372036854775800}, edges...)
	for _, a := range numbers {
		for n := range 40 {
			power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
			require.Zero(t, power.Cmp(exact.Power(n)))

			want := new(big.Int).Mul(big.NewInt(a), power)
			got, ok := exact.Shifted(a, n)
			require.Equal(t, n == 0 || want.CmpAbs(big.NewInt(math.MaxInt64)) <= 0, ok, "%d e%d", a, n)
			if ok {
				require.Equal(t, want.Int64(), got, "%d e%d", a, n)
			}

			want, rest := new(big.Int).QuoRem(big.NewInt(a), power, new(big.Int))
			got, ok = exact.Unshifted(a, n)
			require.Equal(t, rest.Sign() == 0, ok, "%d e-%d", a, n)
			if ok {
				require.Equal(t, want.Int64(), got, "%d e-%d", a, n)
			}
		}
	}
}

func TestPowersCanBeChangedByTheirCaller(t *testing.T) {
	for _, n := range []int{0, 1, 19, 20, 30} {
		p := exact.Power(n)
		before := p.String()
		p.Add(p, p)
		require.Equal(t, before, exact.Power(n).String())
	}
}
