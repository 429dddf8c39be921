package spelling_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/taxresolve/tax/internal/spelling"
)

func TestClosestIsTheOnlyCodeNearby(t *testing.T) {
	for _, c := range []struct{ word, codes, want string }{
		{"standard", "STANDARD REDUCED", "STANDARD"},
		{"Books", "BOOKS BOOK", "BOOKS"}, // case before anything else
		{"STANDRD", "STANDARD REDUCED", "STANDARD"},
		{"STANDAARD", "STANDARD REDUCED", "STANDARD"},
		{"STANDART", "STANDARD REDUCED", "STANDARD"},
		{"STADNARD", "STANDARD REDUCED", "STANDARD"},
		{"stadnart", "STANDARD REDUCED", "STANDARD"}, // two errors
		{"stadnar", "STANDARD REDUCED", "STANDARD"},
		{"sadnar", "STANDARD REDUCED", ""}, // three
		{"CQ", "QC ON", "QC"},
		{"QB", "QC BC", "QC"},
		{"QX", "QC QB", ""}, // two of them
		{"REDUCED", "REDUCED_1 REDUCED_2", ""},
		{"REDUCED", "REDUCED1 REDUCED_2", "REDUCED1"},
		{"bOOKS", "BOOKS Books", ""}, // two that differ in case alone
		{"ZERO", "NERO", "NERO"},
		{"ZER", "NERO", ""}, // a short word has one error
		{"X", "Y", ""},      // all of it would be wrong
		{"S", "s", "s"},
		{"", "A", ""},
		{"FOOD", "", ""},
		{"FOOD", "MEDICINE", ""},
		{"STANDRD", "STANDARD STANDARD", "STANDARD"}, // listed twice
		{"é", "É", "É"},
	} {
		codes := strings.Fields(c.codes)
		assert.Equal(t, c.want, spelling.Closest(c.word, slices.Values(codes)), "%q of %q", c.word, c.codes)
		slices.Reverse(codes)
		assert.Equal(t, c.want, spelling.Closest(c.word, slices.Values(codes)), "%q of %q", c.word, codes)
	}
}

func TestClosestIsBounded(t *testing.T) {
	long := strings.Repeat("X", 64)
	assert.Equal(t, long, spelling.Closest(long[:63], slices.Values([]string{long})))
	assert.Equal(t, long, spelling.Closest(strings.ToLower(long), slices.Values([]string{long})))
	assert.Empty(t, spelling.Closest(long+"X", slices.Values([]string{long})), "longer than any code")
	assert.Empty(t, spelling.Closest(long, slices.Values([]string{long + "X"})))
	wide := strings.Repeat("Ⱥ", 21) // in lower case, it has three bytes instead of two
	assert.NotPanics(t, func() { spelling.Closest(wide, slices.Values([]string{wide + "XX"})) })

	codes := []string{"STANDARD"}
	for i := range 999 {
		codes = append(codes, strconv.Itoa(i))
	}
	assert.Equal(t, "STANDARD", spelling.Closest("STANDRD", slices.Values(codes)))
	read := 0
	assert.Empty(t, spelling.Closest("STANDRD", func(yield func(string) bool) {
		for _, code := range append(codes, "one more", "never read") {
			read++
			if !yield(code) {
				return
			}
		}
	}))
	assert.Equal(t, 1001, read)
}
