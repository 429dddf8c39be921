package trace_test

import (
	"math"
	"slices"
	"testing"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax/benchmarks/trace"
)

func TestSameSeedSameStream(t *testing.T) {
	a, ranksA := trace.Ranked(7, 1.1, 1000, 5000)
	b, ranksB := trace.Ranked(7, 1.1, 1000, 5000)
	c, _ := trace.Ranked(8, 1.1, 1000, 5000)
	assert.Equal(t, a, b)
	assert.Equal(t, ranksA, ranksB)
	assert.NotEqual(t, a, c)
}

func TestRanksAreEveryNumberOnce(t *testing.T) {
	stream, byRank := trace.Ranked(7, 1.1, 1000, 5000)
	sorted := slices.Sorted(slices.Values(byRank))
	for i, n := range sorted {
		require.Equal(t, int32(i), n)
	}
	require.NotEqual(t, sorted, byRank)
	assert.GreaterOrEqual(t, slices.Min(stream), int32(0))
	assert.Less(t, slices.Max(stream), int32(1000))
}

// The most popular numbers must occur as often as the law says, with a tolerance of
// five standard deviations of a count.
func TestZipfHasItsShape(t *testing.T) {
	const n, draws = 500, 100_000
	for _, s := range []float64{0.86, 1.1, 2} {
		stream, byRank := trace.Ranked(3, s, n, draws)
		counts := make(map[int32]float64, n)
		for _, x := range stream {
			counts[x]++
		}
		sum := 0.0
		for k := 1; k <= n; k++ {
			sum += math.Pow(float64(k), -s)
		}
		for _, rank := range []int{1, 2, 3, 10, 50, 200} {
			p := math.Pow(float64(rank), -s) / sum
			tolerance := 5 * math.Sqrt(draws*p*(1-p))
			assert.InDelta(t, draws*p, counts[byRank[rank-1]], tolerance, "rank %d with exponent %v", rank, s)
		}
	}
}

func TestZipfReachesTheLastRank(t *testing.T) {
	z := trace.NewZipf(1, 0.5, 3)
	seen := [3]bool{}
	for range 1000 {
		seen[z.Next()] = true
	}
	assert.Equal(t, [3]bool{true, true, true}, seen)
}

// The reference was written independently of golang-lru: they must agree on every
// question.
func TestExactLRUHitsWhereGolangLRUDoes(t *testing.T) {
	for _, s := range []float64{0.86, 1.1} {
		stream, _ := trace.Ranked(5, s, 5_000, 50_000)
		const capacity = 500
		peer, err := lru.New[int32, struct{}](capacity)
		require.NoError(t, err)
		reference := trace.NewLRU(capacity)
		hits := 0
		for i, x := range stream {
			_, want := peer.Get(x)
			peer.Add(x, struct{}{})
			got := reference.Use(x)
			require.Equal(t, want, got, "question %d", i)
			if got {
				hits++
			}
		}
		assert.Greater(t, hits, len(stream)/4)
		assert.Less(t, hits, len(stream)*19/20)
	}
}
