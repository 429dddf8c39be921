package codetable

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whoever writes documents chooses the codes, and can choose them by their homes. No
// search then reads more slots than in any other table.
func TestNoChoiceOfCodesMakesLongSearches(t *testing.T) {
	const n = 4096
	for name, codes := range map[string][]string{
		"all with one home": collidingCodes(n),
		"homes in a row":    codesAt(n, Size(n), func(i int) int { return i }),
		"few homes":         codesAt(n, Size(n), func(i int) int { return i % 7 * 100 }),
		"two at each home":  codesAt(n, 2*Size(n), func(i int) int { return i / 2 }),
	} {
		t.Run(name, func(t *testing.T) {
			table := emptyTable(len(codes))
			for i, code := range codes[:len(codes)/2] {
				require.Nil(t, table.Add(code, int32(i), i%3 == 0))
			}
			for i, code := range codes[:len(codes)/2] {
				taken := table.Add(code, 0, false)
				require.NotNil(t, taken, "%q was added before", code)
				require.EqualValues(t, i, taken.Line)
			}
			require.LessOrEqual(t, longestRun(&table), maxRun)
			frozen := table.Frozen(make([]Slot, table.FrozenSize()))
			require.LessOrEqual(t, longestRun(&frozen), maxRun)
			assert.Positive(t, frozen.Far())
			all := 0
			frozen.All(func(*Slot) { all++ })
			require.Equal(t, len(codes)/2, all)
			yielded := map[string]int32{}
			for code, s := range frozen.Codes {
				yielded[code] = s.Line
			}
			require.Len(t, yielded, len(codes)/2)
			for i, code := range codes[:len(codes)/2] {
				require.EqualValues(t, i, yielded[code], "%q", code)
			}
			for range frozen.Codes {
				break // which must end it, in the slots as in the map
			}
			for i, code := range codes {
				s := frozen.Find(code)
				second, last := Cut(code)
				end := frozen.At(Word(code, 0, second), Word(code, last, last-second), len(code))
				require.Equal(t, s == nil, frozen.Lacks(code, end), "%q", code)
				require.Equal(t, s == nil, frozen.Lacks(code, nil), "%q", code)
				if i >= len(codes)/2 {
					require.Nil(t, s, "%q was not added", code)
					continue
				}
				require.NotNil(t, s, "%q", code)
				require.EqualValues(t, i, s.Line)
				require.Equal(t, i%3 == 0, s.Alias)
				require.Equal(t, code, s.code())
			}
		})
	}
}

// The copy of a table is smaller, so that codes can meet there that did not before.
func TestCodesThatMeetInTheCopyAreAllThere(t *testing.T) {
	const n = 100
	table := New(make([]Slot, 128*Size(n)))
	codes := codesAt(n, 128*Size(n), func(i int) int { return i * Size(n) })
	for i, code := range codes {
		require.Nil(t, table.Add(code, int32(i), false))
	}
	require.Zero(t, table.Far())
	require.Equal(t, Size(n), table.FrozenSize())
	table = table.Frozen(make([]Slot, Size(n)))
	require.Equal(t, n-maxRun, table.Far())
	for i, code := range codes {
		s := table.Find(code)
		require.NotNil(t, s, "%q", code)
		require.EqualValues(t, i, s.Line)
	}
}

func TestCodesThatNobodyChoseHaveRoomNearTheirHomes(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 13))
	for n := 1; n <= 1<<14; n *= 4 {
		table := emptyTable(n)
		for i := range n {
			table.Add(fmt.Sprintf("CODE_%d_%d", i, random.IntN(1000)), int32(i), false)
		}
		table = table.Frozen(make([]Slot, table.FrozenSize()))
		assert.Zero(t, table.Far(), "of %d codes", n)
	}
	table := emptyTable(maxRun)
	for i, code := range collidingCodes(maxRun) {
		table.Add(code, int32(i), false)
	}
	assert.Zero(t, table.Far(), "a table of that size has room for any codes")
}

func TestSlotHasItsCode(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 34))
	for n := 1; n <= MaxShort; n++ {
		for range 100 {
			code := make([]byte, n)
			for i := range code {
				code[i] = byte(random.IntN(256))
			}
			table := emptyTable(1)
			require.Nil(t, table.Add(string(code), 0, false))
			require.Equal(t, string(code), table.Find(string(code)).code())
		}
	}
}

// longestRun returns the largest number of used slots in a row.
func longestRun(t *Table) (longest int) {
	run := 0
	for i := range 2 * len(t.all()) {
		if run++; !t.at(uint64(i)).Used() {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// collidingCodes returns codes that have the same home in every table.
func collidingCodes(n int) []string {
	base := Slot{a: 0x6060606060606060, b: 0x6060606060606060, length: MaxShort}
	list := make([]string, n)
	for i := range list {
		var d uint64
		for j := range 8 {
			d |= uint64(i) >> (4 * j) & 15 << (8*j + 1)
		}
		s := base
		s.a, s.b = s.a^(d<<31|d>>33), s.b^d
		list[i] = s.code()
	}
	return list
}

// codesAt returns codes with chosen homes in a table of so many slots.
func codesAt(n, size int, home func(i int) int) []string {
	table := Table{Slots: Slots{mult: multipliers[0]}}
	wanted := map[uint64][]int{}
	for i := range n {
		wanted[uint64(home(i))] = append(wanted[uint64(home(i))], i)
	}
	list := make([]string, n)
	for i, left := uint64(0), n; left > 0; i++ {
		s := Slot{a: i * 0x9e3779b97f4a7c15, b: i, length: MaxShort}
		h := table.home(s.a, s.b) & uint64(size-1)
		if open := wanted[h]; len(open) > 0 {
			list[open[0]], wanted[h] = s.code(), open[1:]
			left--
		}
	}
	return list
}
