package tax

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax/internal/civil"
)

// A Go map is the reference: every code that was added is found where it was
// added, and nothing else is found, however similar.
func TestCodeTableFindsWhatAMapFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	for size := range 60 {
		codes := randomCodes(random, size)
		table, reference := emptyTable(len(codes)), map[string]int32{}
		for i, code := range codes {
			taken := table.add(code, int32(i), i%3 == 0)
			if first, ok := reference[code]; ok {
				require.NotNil(t, taken, "%q was added before", code)
				require.Equal(t, first, taken.line)
				continue
			}
			require.Nil(t, taken, "%q is new", code)
			reference[code] = int32(i)
		}
		body, lines := segmentsFor(len(codes))
		table = table.frozen(make([]codeSlot, table.frozenSize()))
		table.complete(body, lines)
		for _, code := range append(codes, "") {
			for _, asked := range append(mutations(random, code), code) {
				want, ok := reference[asked]
				got := table.find(asked)
				require.Equal(t, ok, got != nil, "%q", asked)
				if ok {
					require.Equal(t, want, got.line, "%q", asked)
					require.Equal(t, lines[want].last-1, got.last, "%q", asked)
					require.Equal(t, want%3 == 0, got.alias, "%q", asked)
				}
			}
		}
	}
}

func TestCodeTableWithoutCodesFindsNothing(t *testing.T) {
	var zero codeTable
	for _, code := range []string{"", "A", "STANDARD", strings.Repeat("X", 64)} {
		assert.Nil(t, zero.find(code), code)
		empty := codeTable{codeSlots: codeSlots{slots: noCodes}}
		if s, _, _ := empty.seek(code); s != nil {
			assert.False(t, s.answers(1), "%q: a free slot answers nothing", code)
			assert.False(t, s.answers(civil.MaxDay))
		}
	}
}

func TestCodeSlotAnswersFromItsFirstDayOn(t *testing.T) {
	for _, c := range []struct {
		from, day int32
		want      bool
	}{
		{1, 1, true}, {1, civil.MaxDay, true}, {100, 99, false}, {100, 100, true}, {100, 101, true},
		{1, 0, false}, {100, 0, false}, // the clock has no day
		{0, 1, false}, {0, 0, false}, {0, civil.MaxDay, false}, // free
		{never, 1, false}, {never, civil.MaxDay, false},
	} {
		s := codeSlot{from: c.from}
		assert.Equal(t, c.want, s.answers(c.day), "%+v", c)
	}
}

func TestCodeTableMostlyGivesEveryCodeItsHome(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 8))
	away := 0
	for range 500 {
		table := emptyTable(5)
		for i, code := range randomCodes(random, 5) {
			table.add(code, int32(i), false)
		}
		size := table.frozenSize()
		table = table.frozen(make([]codeSlot, size))
		homes, codes := table.homes(table.mult, size)
		away += codes - homes
	}
	assert.Less(t, away, 500*5/50, "of 2,500 codes")
}

func emptyTable(n int) codeTable {
	return codeTable{codeSlots: codeSlots{make([]codeSlot, tableSize(n)), codeMultipliers[0]}}
}

// randomCodes come in all lengths, and often twice.
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

// mutations are what a code is easily taken for.
func mutations(random *rand.Rand, code string) []string {
	list := []string{code + "A", code + "\x00", "A" + code, strings.ToLower(code), code + code}
	for i := range len(code) {
		b := []byte(code)
		b[i] ^= 1 << random.IntN(7)
		list = append(list, string(b), code[:i], code[i:], code[:i]+code[i+1:])
	}
	return list
}

// segmentsFor gives every line one segment.
func segmentsFor(n int) (*body, []line) {
	b, lines := &body{}, make([]line, n)
	for i := range lines {
		b.segments = append(b.segments, segment{rate: &effective{}})
		lines[i] = line{first: int32(i), last: int32(i) + 1}
	}
	return b, lines
}
