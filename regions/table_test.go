package regions

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/csvtable"
	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/placename"
	"github.com/taxresolve/tax/internal/testfile"
)

var update = flag.Bool("update", false, "write names.bin")

func TestPackedNamesAreThoseOfTheTable(t *testing.T) {
	want := textOfTheTable(t)
	if *update {
		require.NoError(t, os.WriteFile("names.bin", pack(want), 0o644))
		return
	}
	assert.Greater(t, len(want), 190)
	for _, country := range iso.Countries() {
		assert.Equal(t, want[country], unpack(textOf(country)), "%s: run go generate ./regions", country)
	}
}

// textOfTheTable returns the text of each country before it is packed.
func textOfTheTable(t *testing.T) map[string]string {
	names, all := foldedNames(t), map[string]string{}
	for _, country := range iso.Countries() {
		var lines []string
		for _, region := range iso.Regions(country) {
			place := tax.Location{Country: country, Region: region}
			own := slices.Clone(names[place])
			require.NotEmpty(t, own, "%s has no name", place)
			for outer := place.Parent(); outer.Region != ""; outer = outer.Parent() {
				own = slices.DeleteFunc(own, func(name string) bool { return slices.Contains(names[outer], name) })
			}
			lines = append(lines, strings.Join(own, " "))
		}
		if len(lines) > 0 {
			all[country] = strings.Join(lines, "\n")
		}
	}
	return all
}

// foldedNames returns the names of the table in the form that is compared.
func foldedNames(t *testing.T) map[tax.Location][]string {
	t.Helper()
	rows, err := csvtable.Read("names.csv", "country,region,name,source")
	require.NoError(t, err)
	names := map[tax.Location][]string{}
	for _, row := range rows {
		place := tax.Location{Country: row[0], Region: row[1]}
		require.NotZero(t, iso.RegionIndex(row[0], row[1]), row)
		require.Contains(t, []string{"cldr", "iso", "isot", "google", "gk"}, row[3], row)
		name := placename.Fold(row[2], "")
		require.NotEmpty(t, name, row)
		require.NotContains(t, names[place], name, "a name is there twice: %s", row)
		names[place] = append(names[place], name)
	}
	return names
}

// pack gives the bytes that no text has to the pairs of bytes that are most frequent.
func pack(all map[string]string) []byte {
	var meaning [256][2]byte
	texts := map[string][]byte{}
	for country, text := range all {
		texts[country] = []byte(text)
		for _, b := range texts[country] {
			meaning[b] = [2]byte{b}
		}
	}
	for b := 1; b < 256; b++ {
		if meaning[b] != [2]byte{} {
			continue
		}
		meaning[b] = mostFrequent(texts)
		for country, text := range texts {
			texts[country] = replaced(text, meaning[b], byte(b))
		}
	}
	var out []byte
	for _, m := range meaning {
		out = append(out, m[0], m[1])
	}
	for _, country := range slices.Sorted(maps.Keys(texts)) {
		text := texts[country]
		out = append(out, country[0], country[1], byte(len(text)>>8), byte(len(text)))
		out = append(out, text...)
	}
	return out
}

func mostFrequent(texts map[string][]byte) (pair [2]byte) {
	var count [256 * 256]int
	for _, text := range texts {
		for i := range len(text) - 1 {
			count[int(text[i])<<8|int(text[i+1])]++
		}
	}
	most := 0
	for p, n := range count {
		if n > count[most] {
			most = p
		}
	}
	return [2]byte{byte(most >> 8), byte(most)}
}

func replaced(text []byte, pair [2]byte, by byte) (out []byte) {
	for i := 0; i < len(text); i++ {
		if i+1 < len(text) && text[i] == pair[0] && text[i+1] == pair[1] {
			out = append(out, by)
			i++
		} else {
			out = append(out, text[i])
		}
	}
	return out
}

// TestNamesOfSeveralRegionsAreListed compares the names that several regions of a country
// have with a list, so that a new one is noticed.
func TestNamesOfSeveralRegionsAreListed(t *testing.T) {
	var list []string
	for _, country := range iso.Countries() {
		seen := map[string]bool{}
		for name := range strings.FieldsSeq(unpack(textOf(country))) {
			codes, similar := Named(country, name)
			assert.False(t, similar, name)
			if assert.NotEmpty(t, codes, name) && len(codes) > 1 && !seen[name] {
				seen[name] = true
				list = append(list, country+" | "+name+" -> "+strings.Join(codes, " "))
			}
		}
	}
	slices.Sort(list)
	var want []string
	for _, line := range testfile.Lines(t, "testdata/ambiguous.txt") {
		want = append(want, line)
	}
	assert.Equal(t, want, list)
}
