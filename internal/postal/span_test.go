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

// A line is the claims, by owner from 0; the calls of overlap, in their order;
// codes and the owners that they find, - for none.
func TestClaimsAreCutIntoSpans(t *testing.T) {
	for _, c := range []struct{ claims, overlaps, found string }{
		{"", "", "1:- 10:-"},
		{"1 2", "", "1:0 2:1 3:- 10:- 20:-"},
		{"1* 2*", "", "1:0 19:0 1Z:0 2:1 2ZZ:1 3:-"},
		{"2* 1*", "", "1:1 2:0"},
		{"10-30 20", "0/1", ""},
		{"10-30 2", "", "2:1 1Z:0 20:0 1:- 3:-"},
		{"10-30 2 3", "", "2:1 3:2 10:0 1Z:0 20:0 2Z:0 30:0 30ZZ:0 31:-"},
		{"100-300 2 20", "", "2:1 20:2 1ZZ:0 200:0 3:- 30:- 300:0"},
		{"1-3 25-35", "0/1", "1:0 25:0 3ZZ:0 4:-"},
		{"25-35 1-3", "1/0", "1:1 35:1"},
		{"1-3 2* 3*", "0/1 0/2", "1:0 2:0 3:0"},
		{"10-19 15-25 20-30", "0/1 1/2", "10:0 15:0 20:1 25:1 26:2 30:2"},
		{"1 1", "0/1", "1:0"},
		{"1* 1", "1/0", "1:1 10:0"},
		// Of what overlaps, the shorter bounds say which codes find an owner.
		{"100-300 20*", "0/1", "2:- 20:0 200:0"},
		{"1-3 30-45", "0/1", "3:0 4:1 40:1 46:-"},
		{"1-2 2*", "0/1", "2:0 2ZZ:0 3:-"},
	} {
		var claims []Span
		for i, text := range strings.Fields(c.claims) {
			r, fault := ParseRange(text)
			require.Empty(t, fault, text)
			claims = append(claims, r.Claim(int32(i)))
		}
		var overlaps []string
		spans := Disjoint(nil, claims, func(a, b int32) { overlaps = append(overlaps, fmt.Sprintf("%d/%d", a, b)) })
		assert.Equal(t, c.overlaps, strings.Join(overlaps, " "), c.claims)
		requireDisjoint(t, spans)
		for pair := range strings.FieldsSeq(c.found) {
			text, want, _ := strings.Cut(pair, ":")
			code, ok := Pack(text)
			require.True(t, ok, text)
			got := "-"
			if owner, ok := Find(spans, code); ok {
				got = fmt.Sprint(owner)
			}
			assert.Equal(t, want, got, "%s among %s", text, c.claims)
		}
	}
	_, ok := Find([]Span{{0, 1 << 53, 0, 0}}, Code{})
	assert.False(t, ok, "no code is nowhere")
}

// claimed tells by strings alone whether a range has a code.
func claimed(r Range, code string) bool {
	if r.To == "" {
		return code == r.From
	}
	if len(code) < len(r.From) {
		return false
	}
	lead := code[:len(r.From)]
	return r.From <= lead && lead <= r.To
}

// Ranges with bounds of few characters are compared with what their text says
// about all codes of these characters, one of which lies in every overlap.
func TestSpansAgreeWithTheTextOfTheirRanges(t *testing.T) {
	const characters = "1AZ"
	codes := []string{""}
	for i := 0; len(codes[i]) < 4; i++ {
		for _, c := range characters {
			codes = append(codes, codes[i]+string(c))
		}
	}
	codes = codes[1:]
	rng := rand.New(rand.NewPCG(11, 10))
	bound := func(length int) string {
		b := make([]byte, length)
		for i := range b {
			b[i] = characters[rng.IntN(len(characters))]
		}
		return string(b)
	}
	apart, overlapping := 0, 0
	for range 10000 {
		ranges := make([]Range, 1+rng.IntN(5))
		claims := make([]Span, len(ranges))
		for i := range ranges {
			length := 1 + rng.IntN(3)
			r := Range{From: bound(length)}
			switch rng.IntN(3) {
			case 0:
				r.To = r.From
			case 1:
				r.To = bound(length)
				r.From, r.To = min(r.From, r.To), max(r.From, r.To)
			}
			require.Empty(t, r.Fault())
			ranges[i], claims[i] = r, r.Claim(int32(i))
		}
		named := map[int32]bool{}
		spans := Disjoint(nil, claims, func(a, b int32) { named[a], named[b] = true, true })

		owners := map[string][]int32{}
		overlap, single := map[int32]bool{}, false // owners of codes that others claim, too
		for _, code := range codes {
			for i, r := range ranges {
				if claimed(r, code) {
					owners[code] = append(owners[code], int32(i))
				}
			}
			if len(owners[code]) > 1 {
				for _, owner := range owners[code] {
					overlap[owner] = true
					single = single || ranges[owner].To == ""
				}
			}
		}
		for _, code := range codes {
			packed, _ := Pack(code)
			owner, found := Find(spans, packed)
			if found && !named[owner] && !slices.Contains(owners[code], owner) {
				t.Fatalf("%v: %s finds %v", ranges, code, ranges[owner])
			}
			if len(overlap) == 0 && found != (len(owners[code]) == 1) {
				t.Fatalf("%v: %s finds an owner: %t", ranges, code, found)
			}
		}
		if len(overlap) == 0 {
			apart++
			require.Empty(t, named, "%v", ranges)
			requireDisjoint(t, spans)
			continue
		}
		overlapping++
		if !single { // one code that two list is not always noticed inside longer ranges
			for owner := range overlap {
				require.True(t, named[owner], "%v: %v", ranges, ranges[owner])
			}
		}
	}
	assert.Greater(t, apart, 2000, "the test must reach both answers")
	assert.Greater(t, overlapping, 2000, "the test must reach both answers")
}

func requireDisjoint(t *testing.T, spans []Span) {
	t.Helper()
	for i, s := range spans {
		require.LessOrEqual(t, s.Lo, s.Hi)
		if i > 0 {
			require.Less(t, spans[i-1].Hi, s.Lo)
		}
	}
}

func TestRoomIsUsedAgain(t *testing.T) {
	var claims []Span
	for i, text := range []string{"7*", "10-30", "2", "5"} {
		r, fault := ParseRange(text)
		require.Empty(t, fault)
		claims = append(claims, r.Claim(int32(i)))
	}
	overlaps := 0
	overlap := func(_, _ int32) { overlaps++ }
	want := Disjoint(nil, slices.Clone(claims), overlap)
	require.Len(t, want, 5)
	room := []Span{{1, 2, 3, 4}, {5, 6, 7, 8}}
	require.Equal(t, want, Disjoint(room, slices.Clone(claims), overlap), "the content of room is lost")

	room = make([]Span, 0, len(want))
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if got := Disjoint(room, claims, overlap); &got[0] != &room[:1][0] {
			overlaps++
		}
	}))
	assert.Zero(t, overlaps)
}
