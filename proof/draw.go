package proof

import (
	"math/bits"
	"slices"

	"pgregory.net/rapid"
)

// The integers of rapid, and with them its samples, prefer small values. That is
// good for finding simple failures, but would leave most documents empty. The draws
// here are uniform, and still shrink towards the first choice.

// even draws one of 0 to n-1, each with the same probability.
func even(t *rapid.T, n int, label string) int {
	return rapid.Custom(func(t *rapid.T) int {
		number := 0
		// Two bits more than needed keep the remainder at the end even enough.
		for range bits.Len(uint(n-1)) + 2 {
			number *= 2
			if rapid.Bool().Draw(t, "bit") {
				number++
			}
		}
		return number % n
	}).Draw(t, label)
}

// pick draws an element of a list.
func pick[E any](t *rapid.T, list []E, label string) E {
	return list[even(t, len(list), label)]
}

// chance draws true in the given percentage of cases.
func chance(t *rapid.T, percent int, label string) bool {
	return even(t, 100, label) >= 100-percent
}

// shuffled draws an order of a list.
func shuffled[E any](t *rapid.T, list []E, label string) []E {
	list = slices.Clone(list)
	for i := range list[:max(0, len(list)-1)] {
		j := i + even(t, len(list)-i, label)
		list[i], list[j] = list[j], list[i]
	}
	return list
}
