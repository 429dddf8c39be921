package exact

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFractionIsTheExactSum(t *testing.T) {
	var f Fraction
	require.Zero(t, f.Scaled(HalfUp, big.NewInt(7), 3).Sign(), "nothing was added")
	want := new(big.Rat)
	for _, c := range []struct {
		c        int64
		num, den uint64
	}{{100, 19, 100}, {5, 7, 100}, {-3, 19, 119}, {0, 1, 3}, {math.MinInt64, math.MaxUint64, 7}, {9, 0, 11}, {math.MaxInt64, 7, 107}} {
		f.Add(c.c, Ratio{c.num, c.den})
		f.AddWide(c.c, WideRatio{new(big.Int).SetUint64(c.num), new(big.Int).SetUint64(c.den)})
		term := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(c.c), new(big.Int).SetUint64(c.num)), new(big.Int).SetUint64(c.den))
		want.Add(want, term.Add(term, term))
		for _, mode := range []Mode{HalfUp, HalfEven, Up, Down} {
			require.Equal(t, mode.WideScaled(big.NewInt(1150), -2, want.Num(), want.Denom()).String(), f.Scaled(mode, big.NewInt(1150), -2).String())
		}
	}
}

// Sums of everyday amounts are small numbers.
func TestFractionAllocatesLittle(t *testing.T) {
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		var f Fraction
		for i := range int64(10) {
			f.Add(100+i, Ratio{19, 100})
		}
		f.Scaled(HalfUp, Power(0), 0)
	}), 16.0)
}

func TestAddPartsAddsToWhatIsThere(t *testing.T) {
	parts := []int64{10, 20, 30}
	require.True(t, AddParts(parts, 5, []int64{70, 0, 30}, []uint64{1, 2, 3, 4, 5, 6}))
	require.Equal(t, []int64{14, 20, 31}, parts)
	require.True(t, AddParts(parts, -5, []int64{70, 0, 30}, make([]uint64, 8)))
	require.Equal(t, []int64{10, 20, 30}, parts)
	require.False(t, AddParts(parts, 5, []int64{math.MaxInt64, 1}, make([]uint64, 4)))
}
