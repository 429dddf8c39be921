package postal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// anyRange returns a range of few characters, so that many meet.
func anyRange(rng *rand.Rand) Range {
	const digits = "019AZ"
	for {
		var from, to strings.Builder
		for range 1 + rng.IntN(4) {
			from.WriteByte(digits[rng.IntN(len(digits))])
			to.WriteByte(digits[rng.IntN(len(digits))])
		}
		r := Range{From: from.String()}
		switch rng.IntN(3) {
		case 0:
			r.To = r.From
		case 1:
			r.To = to.String()
		}
		if r.Fault() == "" {
			return r
		}
	}
}

// A plain list is the model: every range that is in it and meets is found, once.
func TestClaimsAreFoundByWhatTheyMeet(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	type claim struct {
		Range
		owner int
	}
	var claims Claims[int]
	var list []claim
	for step := range 4000 {
		if len(list) > 0 && rng.IntN(300) < len(list) {
			i := rng.IntN(len(list))
			claims.Remove(list[i].Range, list[i].owner)
			list = slices.Delete(list, i, i+1)
		} else {
			c := claim{anyRange(rng), step}
			claims.Add(c.Range, c.owner)
			list = append(list, c)
		}
		asked := anyRange(rng)
		q := asked.Claim(0)
		var want []int
		for _, c := range list {
			if s := c.Claim(0); s.Lo <= q.Hi && q.Lo <= s.Hi {
				want = append(want, c.owner)
			}
		}
		slices.Sort(want)
		require.Equal(t, want, slices.Sorted(claims.Meeting(asked)), asked)
	}
	for _, c := range list {
		claims.Remove(c.Range, c.owner)
	}
	assert.Zero(t, claims.root.next, "nothing is left of ranges that have gone")
	assert.Empty(t, claims.root.here)
}

// The number of ranges that are looked at does not grow with those that do not meet.
func TestFewClaimsAreLookedAt(t *testing.T) {
	looked := func(n int) (branches int) {
		var claims Claims[int]
		for i := range n {
			claims.Add(Range{From: fmt.Sprintf("%06d", i)}, i)
		}
		found := slices.Collect(claims.Meeting(Range{From: fmt.Sprintf("%06d", n/2)}))
		assert.Equal(t, []int{n / 2}, found)
		b, depth, code := &claims.root, 0, Range{From: fmt.Sprintf("%06d", n/2)}.Claim(0).Lo
		for b != nil {
			branches += len(b.here) + len(b.next)
			b = b.next[digitAt(code, depth)]
			depth++
		}
		return branches
	}
	assert.LessOrEqual(t, looked(100_000), 3*looked(1_000))
}

func TestARemovedClaimThatWasNotThereIsNothing(t *testing.T) {
	var claims Claims[string]
	claims.Remove(Range{From: "1"}, "a")
	for i := range 100 {
		claims.Add(Range{From: fmt.Sprint(100 + i)}, "a")
	}
	claims.Remove(Range{From: "999"}, "a")
	claims.Remove(Range{From: "100"}, "b")
	assert.Len(t, slices.Collect(claims.Meeting(Range{From: "1", To: "1"})), 100)
	for range claims.Meeting(Range{From: "1", To: "1"}) {
		break // and yields no more
	}
}
