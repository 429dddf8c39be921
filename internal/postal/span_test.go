package postal

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/oracle"
)

// rules are functions as Rules.
type rules struct {
	inside   func(inner, outer int32) bool
	together func(owners []int32) int32
	overlap  func(a, b int32)
	crowded  func(owner int32)
}

func (r *rules) Inside(inner, outer int32) bool { return r.inside(inner, outer) }
func (r *rules) Together(owners []int32) int32  { return r.together(owners) }
func (r *rules) Overlap(a, b int32)             { r.overlap(a, b) }
func (r *rules) Crowded(owner int32)            { r.crowded(owner) }

// cut cuts claims of owners that neither lie in each other nor share a code.
func cut(room, claims []Span, overlap func(a, b int32)) []Span {
	return Cut(room, claims, &rules{
		inside:   func(_, _ int32) bool { return false },
		together: func(owners []int32) int32 { panic(fmt.Sprint(owners)) },
		overlap:  overlap,
		crowded:  func(owner int32) { panic(owner) },
	})
}

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
		{"10-19 15-25 20-30", "0/1 1/2", "10:0 14:0 15:0 19:0 20:1 25:1 26:2 30:2"},
		{"1 1", "0/1", "1:0"},
		{"1* 1", "0/1", "1:0 10:0"},
		// Of what overlaps, the shorter bounds say which codes find an owner, and the
		// first one has the others.
		{"100-300 20*", "0/1", "2:- 10:- 20:1 200:0 210:0"},
		{"1-3 30-45", "0/1", "3:0 30:0 4:- 40:1 46:-"},
		// What is around a short code, or behind it, hides nothing.
		{"132-321 2 2", "1/2", "2:1 21:- 211:0"},
		{"3* 221-333 3", "1/0 0/2", "3:0 31:0 221:1 22:-"},
		{"2 13-21 13-31", "2/1", "2:0 1:- 13:2 21:2 31:2"},
		{"22-32 12-31 3 22-33 2", "1/3 1/0", "12:1 2:4 3:2 32:3 33:3"},
		{"213-332 111-313 3*", "1/0 1/2", "111:1 213:1 3:2 31:2 332:0"},
		{"22 122-233 13*", "1/2", "22:0 133:1 122:1 233:1"},
		{"1-2 2*", "0/1", "2:0 2ZZ:0 3:-"},
	} {
		var claims []Span
		for i, text := range strings.Fields(c.claims) {
			r, fault := ParseRange(text)
			require.Empty(t, fault, text)
			claims = append(claims, r.Claim(int32(i)))
		}
		var overlaps []string
		spans := cut(nil, claims, func(a, b int32) { overlaps = append(overlaps, fmt.Sprintf("%d/%d", a, b)) })
		assert.Equal(t, c.overlaps, strings.Join(overlaps, " "), c.claims)
		requireDisjoint(t, spans)
		for pair := range strings.FieldsSeq(c.found) {
			text, want, _ := strings.Cut(pair, ":")
			code, ok := Pack(text)
			require.True(t, ok, text)
			got := "-"
			if owner, ok := NewIndex(spans).Find(code); ok {
				got = fmt.Sprint(owner)
			}
			assert.Equal(t, want, got, "%s among %s", text, c.claims)
		}
	}
	_, ok := NewIndex([]Span{{Hi: 1 << 53}}).Find(Code{})
	assert.False(t, ok, "no code is nowhere")
}

// An index searches among few spans only, and finds the one that a look at all of them finds.
func TestAnIndexFindsWhatIsThere(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 37))
	for round := range 2000 {
		text := func() string {
			b := make([]byte, 1+rng.IntN(3))
			for i := range b {
				b[i] = oracle.PostalAlphabet[rng.IntN(4+round%33)] // few first characters, or all
			}
			return string(b)
		}
		claims := make([]Span, rng.IntN(1+round%40))
		for i := range claims {
			r := Range{From: text(), To: ""}
			if to := text(); rng.IntN(2) == 0 && len(to) == len(r.From) && to >= r.From {
				r.To = to // often over several first characters
			}
			claims[i] = r.Claim(int32(i))
		}
		spans := cut(nil, claims, func(_, _ int32) {})
		index := NewIndex(spans)
		for range 200 {
			code, ok := Pack(text())
			require.True(t, ok)
			i := slices.IndexFunc(spans, func(s Span) bool {
				return s.Lo <= code.Packed && code.Packed <= s.Hi && code.Length >= int(s.Length)
			})
			owner, ok := index.Find(code)
			require.Equal(t, i >= 0, ok, "%v among %v", code, spans)
			if ok {
				require.Equal(t, spans[i].Owner, owner, "%v among %v", code, spans)
			}
		}
	}
}

func TestAnIndexSearchesAmongTheCodesWithOneFirstCharacter(t *testing.T) {
	width := func(claims string) uint32 {
		var list []Span
		for i, text := range strings.Fields(claims) {
			r, fault := ParseRange(text)
			require.Empty(t, fault, text)
			list = append(list, r.Claim(int32(i)))
		}
		return NewIndex(cut(nil, list, func(_, _ int32) { assert.Fail(t, claims) })).width
	}
	assert.EqualValues(t, 1, width("A* B* C* D* E* F* 1* 2*"))
	assert.EqualValues(t, 4, width("350* 850* 900* 800* 320* 300* 600* 460* 010* 206* 480* 550* 630* 270* 070* 100* 430* 150* 370* 750* 220* 980* 530*"))
	assert.EqualValues(t, 2, width("11* 12*"))
	assert.Nil(t, NewIndex(nil))
	assert.Zero(t, NewIndex(nil).Bytes())
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

// codesOf returns all codes of a few characters up to a length. One of them lies in
// every overlap of ranges whose bounds are such codes: the higher of the two first
// bounds, filled up with the lowest of the characters.
func codesOf(characters string, length int) []string {
	codes := []string{""}
	for i := 0; len(codes[i]) < length; i++ {
		for _, c := range characters {
			codes = append(codes, codes[i]+string(c))
		}
	}
	return codes[1:]
}

// rangesOf returns all ranges whose bounds are among the codes.
func rangesOf(codes []string) (list []Range) {
	for i, from := range codes {
		list = append(list, Range{From: from})
		for _, to := range codes[i:] {
			if len(to) == len(from) {
				list = append(list, Range{from, to})
			}
		}
	}
	return list
}

// judge compares what claims become with what their text says about each code, and
// reports whether any of them overlap.
func judge(t *testing.T, codes []string, ranges []Range, owner func(i int) int32) bool {
	t.Helper()
	claims := make([]Span, len(ranges))
	for i, r := range ranges {
		claims[i] = r.Claim(owner(i))
	}
	named, pairs := map[int32]bool{}, map[[2]int32]bool{}
	spans := cut(nil, claims, func(a, b int32) {
		named[a], named[b] = true, true
		pairs[[2]int32{min(a, b), max(a, b)}] = true
	})
	requireDisjoint(t, spans)
	index := NewIndex(spans)

	overlapping, really := map[int32]bool{}, map[[2]int32]bool{}
	for _, code := range codes {
		var owners []int32
		for i, r := range ranges {
			if claimed(r, code) {
				owners = append(owners, owner(i))
			}
		}
		for i, a := range owners {
			for _, b := range owners[i+1:] {
				overlapping[a], overlapping[b] = true, true
				really[[2]int32{min(a, b), max(a, b)}] = true
			}
		}
		packed, ok := Pack(code)
		require.True(t, ok)
		found, ok := index.Find(packed)
		if ok != (len(owners) > 0) || ok && !slices.Contains(owners, found) {
			t.Fatalf("%v: %s finds %d, %t, and belongs to %v", ranges, code, found, ok, owners)
		}
	}
	if !maps.Equal(overlapping, named) {
		t.Fatalf("%v: of %v overlap, %v are named", ranges, overlapping, named)
	}
	for pair := range pairs {
		if !really[pair] {
			t.Fatalf("%v: %v do not overlap", ranges, pair)
		}
	}
	return len(named) > 0
}

func ownerEach(i int) int32 { return int32(i) }

// In a set that is accepted, every code has one owner at most and finds that one. In a
// set that is refused, everybody who overlaps is named, nobody else is, and every code
// still finds one of its owners.
func TestEveryPairOfRangesIsJudgedByItsCodes(t *testing.T) {
	codes := codesOf("19AZ", 3)
	ranges := rangesOf(codesOf("19AZ", 2))
	apart, overlapping := 0, 0
	for i, r := range ranges {
		for _, s := range ranges[i:] {
			if judge(t, codes, []Range{r, s}, ownerEach) {
				overlapping++
			} else {
				apart++
			}
		}
	}
	assert.Greater(t, apart, 100)
	assert.Greater(t, overlapping, 100)
}

func TestEveryThreeRangesAreJudgedByTheirCodes(t *testing.T) {
	codes := codesOf("1Z", 4)
	ranges := rangesOf(codesOf("1Z", 3))
	apart, overlapping := 0, 0
	for i, r := range ranges {
		for j, s := range ranges[i:] {
			for _, u := range ranges[i+j:] {
				if judge(t, codes, []Range{r, s, u}, ownerEach) {
					overlapping++
				} else {
					apart++
				}
			}
		}
	}
	assert.Greater(t, apart, 500)
	assert.Greater(t, overlapping, 500)
}

func TestManyRangesAreJudgedByTheirCodes(t *testing.T) {
	t.Run("short", func(t *testing.T) { judgeMany(t, "") })
	t.Run("long", func(t *testing.T) { judgeMany(t, "0ZZ12") })
}

// judgeMany judges random sets of ranges all of whose codes begin with the lead.
func judgeMany(t *testing.T, lead string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, 10))
	under := func(length int) []string {
		codes := codesOf("123", length)
		for i := range codes {
			codes[i] = lead + codes[i]
		}
		return codes
	}
	codes := under(5)
	ranges := rangesOf(under(4))
	short := rangesOf(under(2))
	apart, overlapping := 0, 0
	for range 4000 {
		set := make([]Range, 1+rng.IntN(9))
		for i := range set {
			switch rng.IntN(3) {
			case 0:
				set[i] = ranges[rng.IntN(len(ranges))]
			case 1:
				set[i] = short[rng.IntN(len(short))]
			case 2:
				set[i] = Range{From: codes[rng.IntN(len(codes)/3)]}
			}
		}
		owners := 1 + rng.IntN(len(set))
		if judge(t, codes, set, func(i int) int32 { return int32(i % owners) }) {
			overlapping++
		} else {
			apart++
		}
	}
	assert.Greater(t, apart, 500, "the test must reach both answers")
	assert.Greater(t, overlapping, 500, "the test must reach both answers")
}

// The order in which claims are given changes neither what is reported nor what a code
// finds.
func TestOrderOfClaimsDoesNotMatter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 12))
	ranges := rangesOf(codesOf("12", 3))
	for range 3000 {
		claims := make([]Span, 2+rng.IntN(6))
		for i := range claims {
			claims[i] = ranges[rng.IntN(len(ranges))].Claim(int32(rng.IntN(4)))
		}
		var wanted, got []int32
		want := cut(nil, slices.Clone(claims), func(a, b int32) { wanted = append(wanted, a, b) })
		rng.Shuffle(len(claims), func(i, j int) { claims[i], claims[j] = claims[j], claims[i] })
		require.Equal(t, want, cut(nil, claims, func(a, b int32) { got = append(got, a, b) }))
		require.Equal(t, wanted, got)
	}
}

// Claims that all overlap are reported as often as there are claims, and cut into as
// many spans, not once for each pair.
func TestOverlapsOfManyClaimsAreFew(t *testing.T) {
	const n = 20000
	claims := make([]Span, 0, 2*n)
	for i := range n {
		from, to := fmt.Sprintf("%05d", i), fmt.Sprintf("%05d", 99999-i)
		claims = append(claims, Range{from, to}.Claim(int32(i)), Range{From: from}.Claim(int32(n+i)))
	}
	overlaps := 0
	named := map[int32]bool{}
	spans := cut(nil, claims, func(a, b int32) { overlaps++; named[a], named[b] = true, true })
	assert.Less(t, overlaps, 2*n)
	assert.Len(t, named, 2*n)
	assert.Less(t, len(spans), 5*n)
}

// requireDisjoint checks that spans do not overlap, unless they are of the same codes but
// for their lengths.
func requireDisjoint(t *testing.T, spans []Span) {
	t.Helper()
	for i, s := range spans {
		require.LessOrEqual(t, s.Lo, s.Hi)
		if i == 0 {
			continue
		}
		if p := spans[i-1]; p.Lo == s.Lo {
			require.Equal(t, p.Hi, s.Hi)
			require.Greater(t, p.Length, s.Length)
			require.NotEqual(t, p.Owner, s.Owner)
		} else {
			require.Less(t, p.Hi, s.Lo)
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
	want := cut(nil, slices.Clone(claims), overlap)
	require.Len(t, want, 5)
	room := []Span{{Lo: 1, Hi: 2, Owner: 3, Length: 4}, {Lo: 5, Hi: 6, Owner: 7, Length: 8}}
	require.Equal(t, want, cut(room, slices.Clone(claims), overlap), "the content of room is lost")

	room = make([]Span, 0, len(want))
	rules := &rules{overlap: overlap}
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if got := Cut(room, claims, rules); &got[0] != &room[:1][0] {
			overlaps++
		}
	}))
	assert.Zero(t, overlaps)
}

// family has owners that lie in each other: 1 and 2 in 0, 3 in 1, 4 in 2, and 5 alone.
var family = []int32{-1, 0, 0, 1, 2, -1}

func inFamily(inner, outer int32) bool {
	for inner = family[inner]; inner >= 0; inner = family[inner] {
		if inner == outer {
			return true
		}
	}
	return false
}

// owned is a range of an owner.
type owned struct {
	Range
	owner  int32
	shared bool
}

// together says by the words of the rules whether two claims of one code go together.
func (a owned) together(b owned) bool {
	if a.shared != b.shared {
		if b.shared {
			a, b = b, a
		}
		return inFamily(a.owner, b.owner) // b has the whole code, and a is a part of b
	}
	return a.owner != b.owner && (a.shared || inFamily(a.owner, b.owner) || inFamily(b.owner, a.owner))
}

// The rules for owners that lie in each other or share codes are judged by every code.
func TestOwnersInsideOthersAndThoseThatShareAreJudgedByTheirCodes(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 11))
	codes := codesOf("123", 4)
	ranges := rangesOf(codesOf("123", 3))
	good, bad, shared := 0, 0, 0
	for range 4000 {
		claims := make([]owned, 1+rng.IntN(7))
		spans := make([]Span, len(claims))
		for i := range claims {
			c := owned{ranges[rng.IntN(len(ranges))], int32(rng.IntN(len(family))), rng.IntN(3) == 0}
			if i > 0 && rng.IntN(2) == 0 {
				c.Range = claims[rng.IntN(i)].Range
			}
			claims[i], spans[i] = c, c.Claim(c.owner)
			spans[i].Shared = c.shared
		}
		named := map[int32]bool{}
		var groups [][]int32
		cut := Cut(nil, spans, &rules{
			inside:   inFamily,
			together: func(owners []int32) int32 { groups = append(groups, slices.Clone(owners)); return int32(-len(groups)) },
			overlap:  func(a, b int32) { named[a], named[b] = true, true },
			crowded:  func(int32) { t.Fatal("few claims are no crowd") },
		})
		requireDisjoint(t, cut)
		index, wrong := NewIndex(cut), map[int32]bool{}
		for _, code := range codes {
			packed, _ := Pack(code)
			found, ok := index.Find(packed)
			var of []owned
			for _, c := range claims {
				if claimed(c.Range, code) {
					of = append(of, c)
				}
			}
			if len(of) > 0 != ok {
				t.Fatalf("%v: %s is found: %t", claims, code, ok)
			}
			fine, innermost, sharing := true, int32(-1), []int32(nil)
			for i, a := range of {
				for _, b := range of[i+1:] {
					if !a.together(b) {
						wrong[a.owner], wrong[b.owner], fine = true, true, false
					}
				}
				if a.shared {
					sharing = append(sharing, a.owner)
				} else if innermost < 0 || inFamily(a.owner, innermost) {
					innermost = a.owner
				}
			}
			switch {
			case !ok || !fine:
			case len(sharing) > 0:
				slices.Sort(sharing)
				require.Negative(t, found, "%v %s", claims, code)
				require.Equal(t, sharing, groups[-found-1], "%v %s", claims, code)
				shared++
			default:
				require.Equal(t, innermost, found, "%v %s", claims, code)
			}
		}
		require.Equal(t, wrong, named, "%v", claims)
		if len(named) > 0 {
			bad++
		} else {
			good++
		}
	}
	assert.Greater(t, good, 500)
	assert.Greater(t, bad, 500)
	assert.Greater(t, shared, 500)
}

// A code that too many claim is refused, and those that do not claim it are not.
func TestACodeHasABoundedNumberOfClaims(t *testing.T) {
	for n, want := range map[int]int{MaxClaims: 0, MaxClaims + 1: MaxClaims + 1, 5000: 5000} {
		crowd := map[int32]bool{}
		claims := []Span{Range{From: "0", To: "0"}.Claim(0)}
		for i := range n {
			s := Range{"10", fmt.Sprint(10 + i%90)}.Claim(int32(i + 1))
			s.Shared = true
			claims = append(claims, s)
		}
		Cut(nil, claims, &rules{
			inside:   func(_, _ int32) bool { return false },
			together: func([]int32) int32 { return -1 },
			overlap:  func(a, b int32) { t.Fatal(a, b) },
			crowded:  func(owner int32) { crowd[owner] = true },
		})
		assert.Len(t, crowd, want)
		assert.False(t, crowd[0])
	}
}

// A cover has a range if every code of it is in one of the claims, or in claims that follow
// each other without a gap.
func TestCoverHasWhatClaimsHave(t *testing.T) {
	codes := codesOf("1Z", 4)
	ranges := rangesOf(codesOf("1Z", 2))
	has := 0
	for i, a := range ranges {
		for _, b := range ranges[i:] {
			cover := Around([]Span{b.Claim(0), a.Claim(0)})
			for _, r := range ranges {
				want, got := within(codes, r, a) || within(codes, r, b), cover.Has(r.Claim(0))
				if want && !got || got && !withinBoth(codes, r, a, b) {
					t.Fatalf("%v in %v or %v: %t", r, a, b, got)
				}
				if want {
					has++
				}
			}
		}
	}
	assert.Greater(t, has, 100)
	cover := Around([]Span{Range{From: "007", To: "007"}.Claim(0), Range{From: "006", To: "006"}.Claim(0)})
	assert.True(t, cover.Has(Range{From: "00600", To: "00799"}.Claim(0)))
	assert.False(t, cover.Has(Range{From: "00600", To: "00800"}.Claim(0)))
	cover = Around([]Span{Range{From: "006", To: "006"}.Claim(0), Range{From: "008", To: "008"}.Claim(0)})
	assert.False(t, cover.Has(Range{From: "006", To: "008"}.Claim(0)))
	assert.True(t, cover.Has(Range{From: "0080", To: "0089"}.Claim(0)))
}

// within reports whether every code of a range is in another one.
func within(codes []string, r, outer Range) bool {
	return !slices.ContainsFunc(codes, func(code string) bool { return claimed(r, code) && !claimed(outer, code) })
}

// withinBoth reports whether every code of a range is in one of two.
func withinBoth(codes []string, r, a, b Range) bool {
	return !slices.ContainsFunc(codes, func(code string) bool { return claimed(r, code) && !claimed(a, code) && !claimed(b, code) })
}
