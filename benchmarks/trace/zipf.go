// Package trace makes the streams of questions for the benchmarks. The same seed
// gives the same stream in every process.
package trace

import (
	"math"
	"math/rand/v2"
	"sort"
)

// Zipf draws ranks from 0 to n-1, rank k in proportion to 1/(k+1)^s. The one in
// math/rand needs an s above 1, which is too steep for a flat trace.
type Zipf struct {
	// sums[k] is the probability of a rank of at most k.
	sums []float64
	rand *rand.Rand
}

// NewZipf makes a generator.
func NewZipf(seed uint64, s float64, n int) *Zipf {
	z := &Zipf{sums: make([]float64, n), rand: NewRand(seed)}
	sum := 0.0
	for k := range z.sums {
		sum += math.Pow(float64(k+1), -s)
		z.sums[k] = sum
	}
	for k := range z.sums {
		z.sums[k] /= sum
	}
	return z
}

// Next draws a rank.
func (z *Zipf) Next() int {
	return sort.SearchFloat64s(z.sums[:len(z.sums)-1], z.rand.Float64())
}

// NewRand makes a source of numbers that depends only on the seed.
func NewRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x7a6970665f746178)) }

// Ranked draws numbers below n with the frequencies of [Zipf]. The rank of each
// number is drawn too, so that neighbours are not popular together. It also returns
// the numbers in the order of their ranks.
func Ranked(seed uint64, s float64, n, draws int) (stream, byRank []int32) {
	byRank = make([]int32, n)
	for i := range byRank {
		byRank[i] = int32(i)
	}
	NewRand(seed^1).Shuffle(n, func(i, j int) { byRank[i], byRank[j] = byRank[j], byRank[i] })
	z := NewZipf(seed, s, n)
	stream = make([]int32, draws)
	for i := range stream {
		stream[i] = byRank[z.Next()]
	}
	return stream, byRank
}
