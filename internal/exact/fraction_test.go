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

// As long as the sum fits 64 bits, it is a fraction with the least common denominator.
func TestSmallFractionsAreTheExactSum(t *testing.T) {
	var f Fraction
	want := new(big.Rat)
	for i, c := range []struct {
		c        int64
		num, den uint64
	}{{60329, 19, 100}, {35210, 7, 100}, {-14353, 8625, 100000}, {64851, 19, 119}, {63658, 7, 107}, {60031, 8625, 108625}, {20, 20, 120}} {
		f.Add(c.c, Ratio{c.num, c.den})
		want.Add(want, new(big.Rat).SetFrac(big.NewInt(c.c*int64(c.num)), new(big.Int).SetUint64(c.den)))
		for _, shift := range []int{-25, -2, 0, 25} {
			require.Equal(t, HalfUp.WideScaled(big.NewInt(1150), shift, want.Num(), want.Denom()).String(), f.Scaled(HalfUp, big.NewInt(1150), shift).String(), i)
		}
		require.Equal(t, Down.WideScaled(big.NewInt(-7), 1, want.Num(), want.Denom()).String(), f.Scaled(Down, big.NewInt(-7), 1).String(), i)
	}
	require.False(t, f.wide)
	f.Add(1, Ratio{math.MaxUint64, 1})
	require.True(t, f.wide)
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
