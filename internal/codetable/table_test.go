package codetable

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A Go map is the reference: every code that was added is found with its class, and
// no other code is found, however similar.
func TestTableFindsWhatAMapFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	for size := range 60 {
		codes := randomCodes(random, size)
		table, reference := emptyTable(len(codes)), map[string]int32{}
		for i, code := range codes {
			taken := table.Add(code, int32(i), i%3 == 0)
			if first, ok := reference[code]; ok {
				require.NotNil(t, taken, "%q was added before", code)
				require.Equal(t, first, taken.Line)
				continue
			}
			require.Nil(t, taken, "%q is new", code)
			reference[code] = int32(i)
		}
		table = table.Frozen(make([]Slot, table.FrozenSize()))
		all := 0
		table.All(func(*Slot) { all++ })
		require.Equal(t, len(reference), all)
		for _, code := range append(codes, "") {
			for _, asked := range append(mutations(random, code), code) {
				want, ok := reference[asked]
				got := table.Find(asked)
				require.Equal(t, ok, got != nil, "%q", asked)
				if ok {
					require.Equal(t, want, got.Line, "%q", asked)
					require.Equal(t, want%3 != 0, got.In(Lines(0).With(int(want))), "%q", asked)
					require.False(t, got.In(^Lines(0).With(int(want))), "%q", asked)
					require.Equal(t, want%3 == 0, got.Alias, "%q", asked)
				}
			}
		}
	}
}

func TestTableWithoutCodesFindsNothing(t *testing.T) {
	var zero Table
	for _, code := range []string{"", "A", "STANDARD", strings.Repeat("X", 64)} {
		assert.Nil(t, zero.Find(code), code)
		empty := Empty()
		if s, _, _ := empty.seek(code); s != nil {
			assert.False(t, s.In(^Lines(0)), "%q: a free slot answers nothing", code)
		}
	}
}

func TestASetHasTheFirstClasses(t *testing.T) {
	table := emptyTable(MaxLines + 2)
	for i := range int32(MaxLines + 2) {
		table.Add(fmt.Sprint("CODE", i), i, false)
	}
	for i := range MaxLines + 2 {
		s := table.Find(fmt.Sprint("CODE", i))
		assert.Equal(t, i < MaxLines, s.In(^Lines(0)), "%d", i)
		assert.Equal(t, i < MaxLines, s.In(Lines(0).With(i)), "%d", i)
		assert.False(t, s.In(Lines(0).With(i+1).With(i+MaxLines)), "%d", i)
	}
}

func TestTableMostlyGivesEveryCodeItsHome(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 8))
	away := 0
	for range 500 {
		table := emptyTable(5)
		for i, code := range randomCodes(random, 5) {
			table.Add(code, int32(i), false)
		}
		size := table.FrozenSize()
		table = table.Frozen(make([]Slot, size))
		homes, codes := table.homes(table.mult, size)
		away += codes - homes
	}
	assert.Less(t, away, 500*5/50, "of 2,500 codes")
}

func emptyTable(n int) Table {
	return New(make([]Slot, Size(n)))
}

// randomCodes returns codes of all lengths; many occur twice.
func randomCodes(random *rand.Rand, n int) []string {
	list := make([]string, n)
	for i := range list {
		b := make([]byte, 1+random.IntN(20))
		for j := range b {
			b[j] = "AB_1"[random.IntN(4)]
		}
		list[i] = string(b)
	}
	return list
}

// mutations returns texts that are easily mistaken for a code.
func mutations(random *rand.Rand, code string) []string {
	list := []string{code + "A", code + "\x00", "A" + code, strings.ToLower(code), code + code}
	for i := range len(code) {
		b := []byte(code)
		b[i] ^= 1 << random.IntN(7)
		list = append(list, string(b), code[:i], code[i:], code[:i]+code[i+1:])
	}
	return list
}
