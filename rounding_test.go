package tax

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHalfUpRoundsHalvesAwayFromZero(t *testing.T) {
	for _, c := range []struct{ num, den, want int64 }{
		{0, 1, 0}, {0, 7, 0}, {1, 1, 1}, {7, 1, 7},
		{1, 2, 1}, {3, 2, 2}, {5, 2, 3}, {7, 2, 4},
		{49, 100, 0}, {50, 100, 1}, {51, 100, 1}, {149, 100, 1}, {150, 100, 2},
		{1, 3, 0}, {2, 3, 1}, {4, 3, 1}, {5, 3, 2},
		{25125, 10, 2513}, {25124, 10, 2512}, {25135, 10, 2514},
		{1, 1 << 62, 0}, {1 << 61, 1 << 62, 1}, {1<<61 - 1, 1 << 62, 0},
	} {
		for _, sign := range []int64{1, -1} {
			num := big.NewInt(sign * c.num)
			got := HalfUp.quotient(num, big.NewInt(c.den))
			assert.Equal(t, sign*c.want, got.Int64(), "%d/%d", sign*c.num, c.den)
			assert.Equal(t, sign*c.num, num.Int64(), "the argument must not change")
		}
	}
}

func TestHalfUpAgreesWithBigRat(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 8))
	random := func(bits int) *big.Int {
		n := new(big.Int)
		for range 1 + rng.IntN(bits) {
			n.Lsh(n, 1).Add(n, big.NewInt(rng.Int64N(2)))
		}
		return n
	}
	for range 50000 {
		num, den := random(200), random(100)
		den.Add(den, big.NewInt(1))
		switch rng.IntN(3) {
		case 0: // exactly a half
			num.Mul(num, den).Lsh(num, 1).Add(num, den)
			den.Lsh(den, 1)
		case 1: // next to a half
			num.Mul(num, den).Lsh(num, 1).Add(num, den).Add(num, big.NewInt(rng.Int64N(3)-1))
			den.Lsh(den, 1)
		}
		want := halfAway(new(big.Rat).SetFrac(num, den))
		got := HalfUp.quotient(num, den)
		require.Zero(t, want.Cmp(got), "%s/%s is %s, want %s", num, den, got, want)
		mirrored := HalfUp.quotient(new(big.Int).Neg(num), den)
		require.Zero(t, mirrored.Neg(mirrored).Cmp(got), "-%s/%s", num, den)
	}
}

func TestRoundingFaultNamesWhatIsWrong(t *testing.T) {
	assert.NoError(t, Rounding{}.check())
	assert.NoError(t, Rounding{HalfUp, 12}.check())
	assert.ErrorContains(t, Rounding{Mode: 1}.check(), "mode")
	assert.ErrorContains(t, Rounding{Mode: 255}.check(), "mode")
	assert.ErrorContains(t, Rounding{Scale: 13}.check(), "scale")
	assert.ErrorContains(t, Rounding{Scale: -1}.check(), "scale")
}
