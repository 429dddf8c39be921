package fold

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestContains(t *testing.T) {
	for _, c := range []struct {
		text, part string
		want       bool
	}{
		{"Reduced rate", "reduced", true}, {"Reduced rate", "D RAT", true}, {"Reduced rate", "rates", false},
		{"Ermäßigter Satz", "ERMÄẞIGT", true}, {"Ermäßigter Satz", "ermässigt", false}, {"Ermäßigter Satz", "ermas", false},
		{"ΦΟΡΟΣ", "φόρος", false}, {"ΦΟΡΟΣ", "φορος", true}, {"φόρος", "ΦΌΡΟΣ", true}, {"НДС", "ндс", true},
		{"KDV İNDİRİMLİ", "indirimli", false}, {"INDIRIM", "indirim", true}, {"ındırım", "INDIRIM", false},
		{"\u212a", "k", true}, {"ſ", "S", true}, {"税率", "税", true}, {"", "", true}, {"a", "", true}, {"", "a", false},
		{"aabaabaac", "AABAAC", true}, {"ababac", "ABAC", true}, {"aaab", "aac", false}, {"Ä", "A\u0308", false},
	} {
		assert.Equal(t, c.want, Contains(c.text, c.part), "%q in %q", c.part, c.text)
	}
}

// Every window of the text, compared by strings.EqualFold.
func TestContainsEqualsTheNaiveSearch(t *testing.T) {
	alphabet := []rune("aAbBäÄßẞſsSkK\u212aσςΣιΙ\u0345\u1fbeİIıiдДᲁ税 ")
	r := rand.New(rand.NewPCG(1, 2))
	word := func(most int) []rune {
		some := alphabet[r.IntN(len(alphabet)-4):][:4]
		w := make([]rune, r.IntN(most+1))
		for i := range w {
			w[i] = some[r.IntN(4)]
		}
		return w
	}
	found := 0
	for range 20000 {
		text, part := word(12), word(4)
		if r.IntN(2) == 0 && len(text) > 0 {
			at := r.IntN(len(text))
			part = []rune(strings.ToUpper(string(text[at:min(len(text), at+3)])))
		}
		want := false
		for i := 0; i+len(part) <= len(text); i++ {
			want = want || strings.EqualFold(string(text[i:i+len(part)]), string(part))
		}
		require.Equal(t, want, Contains(string(text), string(part)), "%q in %q", string(part), string(text))
		if want {
			found++
		}
	}
	assert.Greater(t, found, 1000)
}

func TestContainsIsLinearAndAllocatesNothing(t *testing.T) {
	text, part := strings.Repeat("a", 1<<20), strings.Repeat("A", 1<<15)+"b"
	start := time.Now()
	assert.False(t, Contains(text, part))
	assert.Less(t, time.Since(start), 5*time.Second, "a naive search takes 30 billion steps")
	found := false
	assert.Zero(t, testing.AllocsPerRun(10, func() { found = Contains("Ermäßigter Satz", "SATZ") }))
	assert.True(t, found)
}
