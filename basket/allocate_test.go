package basket_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

func TestAllocateGivesWhatIsLeftToTheLargestRemainders(t *testing.T) {
	for _, c := range []struct {
		amount  int64
		weights []int64
		want    []int64
	}{
		{10, []int64{1, 1, 1}, []int64{4, 3, 3}},            // equal remainders: the first
		{-10, []int64{1, 1, 1}, []int64{-4, -3, -3}},        // mirrored
		{100, []int64{1, 2, 3}, []int64{17, 33, 50}},        // 16.67, 33.33, 50
		{-100, []int64{1, 2, 3}, []int64{-17, -33, -50}},    //
		{5, []int64{3, 7}, []int64{2, 3}},                   // 1.5, 3.5: a tie
		{5, []int64{7, 3}, []int64{4, 1}},                   //
		{1, []int64{1, 2, 2}, []int64{0, 1, 0}},             // 0.2, 0.4, 0.4
		{7, []int64{0, 1, 0}, []int64{0, 7, 0}},             // a weight of 0 gets 0
		{0, []int64{5, 0}, []int64{0, 0}},                   //
		{2, []int64{0, 1, 1, 0, 1}, []int64{0, 1, 1, 0, 0}}, //
		{2, []int64{1_000_000_000_000, 1}, []int64{2, 0}},   //
		{475, []int64{3998, 750}, []int64{400, 75}},         // 399.97, 75.03
		{math.MaxInt64, []int64{1}, []int64{math.MaxInt64}}, //
		{math.MinInt64, []int64{1}, []int64{math.MinInt64}}, // it has no positive counterpart
		{math.MinInt64, []int64{1, 1}, []int64{-1 << 62, -1 << 62}},
		{math.MaxInt64, []int64{math.MaxInt64 - 1, 1}, []int64{math.MaxInt64 - 1, 1}},
		{math.MaxInt64, []int64{1, 1}, []int64{1 << 62, 1<<62 - 1}},
	} {
		got, err := basket.Allocate(c.amount, c.weights...)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%d by %v", c.amount, c.weights)
	}
}

func TestAllocateRefusesWeightsThatMakeNoProportion(t *testing.T) {
	for _, c := range []struct {
		weights []int64
		field   string
	}{
		{nil, "weights"},
		{[]int64{0, 0}, "weights"},
		{[]int64{1, -1, 2}, "weights[1]"},
		{[]int64{math.MaxInt64, 1}, "weights[1]"},
		{[]int64{math.MinInt64}, "weights[0]"},
	} {
		parts, err := basket.Allocate(100, c.weights...)
		require.Nil(t, parts)
		refusedAt(t, err, c.field)
	}
}

func TestSplitMakesPartsThatDifferByOne(t *testing.T) {
	for _, c := range []struct {
		amount int64
		n      int
		want   []int64
	}{
		{100, 3, []int64{34, 33, 33}},
		{-100, 3, []int64{-34, -33, -33}},
		{2, 4, []int64{1, 1, 0, 0}},
		{0, 2, []int64{0, 0}},
		{7, 1, []int64{7}},
		{math.MinInt64, 2, []int64{-1 << 62, -1 << 62}},
		{math.MinInt64, 1, []int64{math.MinInt64}},
	} {
		got, err := basket.Split(c.amount, c.n)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%d in %d", c.amount, c.n)
	}
	many, err := basket.Split(1_999_999, 1_000_000)
	require.NoError(t, err)
	require.Equal(t, int64(2), many[999_998])
	require.Equal(t, int64(1), many[999_999])
}

func TestSplitRefusesANumberOfPartsThatIsNone(t *testing.T) {
	for _, n := range []int{0, -1, math.MinInt, 1_000_001, math.MaxInt} {
		parts, err := basket.Split(100, n)
		require.Nil(t, parts)
		refusedAt(t, err, "n")
	}
}

func TestSplitIsAllocateWithEqualWeights(t *testing.T) {
	for amount := int64(-40); amount <= 40; amount++ {
		for n := 1; n < 9; n++ {
			weights := make([]int64, n)
			for i := range weights {
				weights[i] = 3
			}
			allocated, err := basket.Allocate(amount, weights...)
			require.NoError(t, err)
			split, err := basket.Split(amount, n)
			require.NoError(t, err)
			require.Equal(t, allocated, split, "%d in %d", amount, n)
		}
	}
}

// refusedAt checks that an input was refused at this path.
func refusedAt(t testing.TB, err error, field string) {
	t.Helper()
	var input *tax.InputError
	require.ErrorAs(t, err, &input)
	require.Equal(t, field, input.Field, err)
	require.NotEmpty(t, input.Reason)
}

// FuzzAllocate compares the parts with their exact shares.
func FuzzAllocate(f *testing.F) {
	f.Add(int64(100), int64(1), int64(1), int64(1))
	f.Add(int64(-5), int64(3), int64(0), int64(7))
	f.Add(int64(math.MinInt64), int64(1), int64(2), int64(math.MaxInt64-3))
	f.Add(int64(1), int64(-1), int64(0), int64(0))
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), int64(1), int64(0))
	f.Fuzz(func(t *testing.T, amount, a, b, c int64) {
		weights := []int64{a, b, c}
		sum := new(big.Int)
		valid := true
		for _, w := range weights {
			sum.Add(sum, big.NewInt(w))
			valid = valid && w >= 0
		}
		parts, err := basket.Allocate(amount, weights...)
		if valid = valid && sum.Sign() > 0 && sum.IsInt64(); !valid {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		total := new(big.Int)
		for i, part := range parts {
			total.Add(total, big.NewInt(part))
			exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(amount), big.NewInt(weights[i])), sum)
			off := new(big.Rat).Sub(new(big.Rat).SetInt64(part), exact)
			require.Negative(t, off.Abs(off).Cmp(big.NewRat(1, 1)), "part %d is %d, exactly %s", i, part, exact)
			for j := range i {
				if weights[i] == weights[j] {
					require.True(t, parts[j] == part || parts[j]-part == int64(sign(amount)), "of equal weights, the first gets more")
				}
			}
		}
		require.Zero(t, total.Cmp(big.NewInt(amount)), "the parts sum to the amount")
	})
}

func sign(n int64) int {
	if n < 0 {
		return -1
	}
	return 1
}
