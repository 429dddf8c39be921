package exact_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
)

func TestLargestAgreesWithASort(t *testing.T) {
	orders := map[string]func(i, n int) uint64{
		"all equal":  func(int, int) uint64 { return 7 },
		"all zero":   func(int, int) uint64 { return 0 },
		"all ones":   func(int, int) uint64 { return math.MaxUint64 },
		"ascending":  func(i, _ int) uint64 { return uint64(i) },
		"descending": func(i, n int) uint64 { return uint64(n - i) },
		"organ pipe": func(i, n int) uint64 { return uint64(min(i, n-i)) },
		"valley":     func(i, n int) uint64 { return uint64(max(i, n-i)) },
		"two values": func(i, _ int) uint64 { return uint64(i * 7919 % 2) },
		"three, far": func(i, _ int) uint64 { return uint64(i%3) << 62 },
		"sawtooth":   func(i, _ int) uint64 { return uint64(i % 17) },
		"extremes":   func(i, _ int) uint64 { return math.MaxUint64 * uint64(i%2) },
		"random":     func(i, _ int) uint64 { return rand.New(rand.NewPCG(uint64(i), 1)).Uint64() },
		"few values": func(i, _ int) uint64 { return rand.New(rand.NewPCG(uint64(i), 2)).Uint64N(5) },
	}
	for name, order := range orders {
		for _, n := range []int{1, 2, 3, 11, 12, 13, 14, 25, 100, 1000} {
			keys := make([]uint64, n)
			for i := range keys {
				keys[i] = order(i, n)
			}
			sorted := slices.Sorted(slices.Values(keys))
			slices.Reverse(sorted)
			step := max(1, n/60)
			for k := 0; k <= n; k += step {
				mine := slices.Clone(keys)
				threshold, ties := exact.Largest(mine, k)
				slices.Sort(mine)
				slices.Reverse(mine)
				require.Equal(t, sorted, mine, "no key is lost")
				if k == 0 {
					// No key is greater than this threshold, and no key is taken as a tie.
					require.EqualValues(t, uint64(math.MaxUint64), threshold)
					require.Zero(t, ties)
					continue
				}
				require.Equal(t, sorted[k-1], threshold, "%s, %d of %d", name, k, n)
				greater := 0
				for _, key := range keys {
					if key > threshold {
						greater++
					}
				}
				require.Equal(t, k-greater, ties, "%s, %d of %d", name, k, n)
			}
		}
	}
}

func TestLargestOfManyInHostileOrders(t *testing.T) {
	const n = 100_000
	// For these keys, the median of the first, middle and last one is a poor pivot.
	ramps := make([]uint64, n)
	for i := range n / 2 {
		ramps[i], ramps[n/2+i] = uint64(i|1), uint64(2*(i+1))
	}
	pipe := make([]uint64, n)
	for i := range pipe {
		pipe[i] = uint64(min(i, n-i))
	}
	for name, keys := range map[string][]uint64{"two ramps": ramps, "organ pipe": pipe, "equal": make([]uint64, n)} {
		sorted := slices.Sorted(slices.Values(keys))
		for _, k := range []int{1, 2, n / 3, n / 2, n - 1, n} {
			threshold, _ := exact.Largest(slices.Clone(keys), k)
			require.Equal(t, sorted[n-k], threshold, "%s, %d", name, k)
		}
	}
}

func TestApportionGivesTheLargestRemaindersOneUnitMore(t *testing.T) {
	for _, c := range []struct {
		total   int64
		weights []int64
		want    []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{-100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		{5, []int64{9, 9}, []int64{3, 2}},
		{-5, []int64{9, 9}, []int64{-3, -2}},
		{1498, []int64{5000, 9975}, []int64{500, 998}}, // 500.17 and 997.83
		{4, []int64{1, 1, 1}, []int64{2, 1, 1}},
		{5, []int64{1, 1, 1}, []int64{2, 2, 1}},
		{1, []int64{0, 1}, []int64{0, 1}},
		{10, []int64{0, 3, 0, 3, 0}, []int64{0, 5, 0, 5, 0}},
		{0, []int64{1, 2}, []int64{0, 0}},
		{1, []int64{1, 2, 3}, []int64{0, 0, 1}},     // 0.17, 0.33, 0.50
		{2, []int64{1, 2, 3}, []int64{0, 1, 1}},     // 0.33, 0.67, 1
		{7, []int64{1, 2, 3}, []int64{1, 2, 4}},     // 1.17, 2.33, 3.50
		{-7, []int64{1, 2, 3}, []int64{-1, -2, -4}}, // as above
		{7, []int64{1}, []int64{7}},
		{7, []int64{}, []int64{}},
		{math.MaxInt64, []int64{1, 1}, []int64{1 << 62, 1<<62 - 1}},
		{math.MinInt64 + 1, []int64{1, 1}, []int64{-1 << 62, -1<<62 + 1}},
		{1, []int64{math.MaxInt64 - 1, 1}, []int64{1, 0}},
	} {
		if len(c.weights) > 0 {
			got, ok := exact.Apportion(c.total, c.weights)
			require.True(t, ok, "%d by %d", c.total, c.weights)
			assert.Equal(t, c.want, got, "%d by %d", c.total, c.weights)
		}
		wide := []int64{}
		for _, p := range exact.WideApportion(big.NewInt(c.total), bigs(c.weights)) {
			wide = append(wide, p.Int64())
		}
		assert.Equal(t, c.want, wide, "%d by %d", c.total, c.weights)
	}
}

func TestWideApportionOfNoWeightAtAllIsNothing(t *testing.T) {
	for _, p := range exact.WideApportion(big.NewInt(5), bigs([]int64{0, 0})) {
		assert.Zero(t, p.Sign())
	}
}

func bigs(list []int64) (all []*big.Int) {
	for _, n := range list {
		all = append(all, big.NewInt(n))
	}
	return all
}

// apportioned asserts the rule with fractions: a part is its exact share without
// decimals, or one unit more. A part with one unit more never has a smaller remainder
// than a part without, nor the same remainder and a later place. The parts add up to
// the total.
func apportioned(t *testing.T, total int64, weights []int64) {
	t.Helper()
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, big.NewInt(w))
	}
	if sum.Sign() == 0 {
		return
	}
	before := slices.Clone(weights)
	wide := exact.WideApportion(big.NewInt(total), bigs(weights))
	narrow, ok := exact.Apportion(total, weights)
	require.Equal(t, before, weights)
	if !sum.IsInt64() || total == math.MinInt64 && slices.Contains(weights, sum.Int64()) {
		require.False(t, ok, "%d by %d: 64 bits do not hold it", total, weights)
	} else {
		require.True(t, ok, "%d by %d", total, weights)
	}
	one := big.NewInt(1)
	if total < 0 {
		one.Neg(one)
	}
	made := new(big.Int)
	var last *big.Rat // the smallest remainder of a part with one unit more
	rests, more := make([]*big.Rat, len(weights)), make([]bool, len(weights))
	for i, w := range weights {
		made.Add(made, wide[i])
		if ok && wide[i].Cmp(big.NewInt(narrow[i])) != 0 {
			require.Fail(t, "two ways, two parts", "%d by %d: %d and %d", total, weights, wide, narrow)
		}
		share := new(big.Int).Mul(big.NewInt(total), big.NewInt(w))
		whole, rest := new(big.Int).QuoRem(share, sum, new(big.Int))
		rests[i] = new(big.Rat).SetFrac(rest.Abs(rest), sum)
		switch extra := new(big.Int).Sub(wide[i], whole); {
		case extra.Sign() == 0:
		case extra.Cmp(one) == 0:
			more[i] = true
			if last == nil || rests[i].Cmp(last) < 0 {
				last = rests[i]
			}
		default:
			require.Fail(t, "more than a unit", "%d by %d: %d", total, weights, wide)
		}
	}
	require.Zero(t, made.Cmp(big.NewInt(total)), "%d by %d: %d", total, weights, wide)
	passed := false // a part with the same remainder has no unit more
	for i := range rests {
		if last == nil {
			break
		}
		c := rests[i].Cmp(last)
		if !more[i] && c > 0 || more[i] && c == 0 && passed {
			require.Fail(t, "the wrong remainder", "%d by %d: %d", total, weights, wide)
		}
		passed = passed || !more[i] && c == 0
	}
}

func TestApportionIsWideApportionAndTheRule(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 20000 {
		weights := make([]int64, 1+rng.IntN(30))
		for i := range weights {
			switch rng.IntN(4) {
			case 0:
				weights[i] = rng.Int64N(4)
			case 1:
				weights[i] = int64(rng.Uint64() >> (1 + rng.IntN(63)))
			default:
				weights[i] = rng.Int64N(100000)
			}
		}
		total := rng.Int64() >> rng.IntN(63)
		if rng.IntN(2) == 0 {
			total = -total
		}
		apportioned(t, total, weights)
	}
	for _, total := range edges {
		for _, a := range edges {
			for _, b := range edges {
				if a >= 0 && b >= 0 {
					apportioned(t, total, []int64{a, b, 1})
				}
			}
		}
	}
}

func TestApportionOfManyWeights(t *testing.T) {
	weights := make([]int64, 100_000)
	for i := range weights {
		weights[i] = int64(i % 7)
	}
	apportioned(t, 123_456_789_012, weights)
	apportioned(t, -99_999, weights)
	for i := range weights {
		weights[i] = 1
	}
	apportioned(t, 50_001, weights)
}

func FuzzApportion(f *testing.F) {
	f.Add(int64(1498), []byte{50, 0, 99, 3})
	f.Add(int64(-5), []byte{9, 0, 9, 0})
	f.Add(int64(math.MinInt64), []byte{0, 63})
	f.Fuzz(func(t *testing.T, total int64, data []byte) {
		// A weight has two bytes: its digits, and how far they are shifted.
		var weights []int64
		for ; len(data) >= 2 && len(weights) < 500; data = data[2:] {
			weights = append(weights, int64(uint64(data[0])<<(data[1]%64)&math.MaxInt64))
		}
		if len(weights) > 0 {
			apportioned(t, total, weights)
		}
	})
}
