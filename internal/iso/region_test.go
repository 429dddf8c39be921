package iso

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryRegionIsFoundByItsIndexAndInEveryForm(t *testing.T) {
	rows := codes(t, "regions.csv")
	assert.Len(t, rows, regionCount)
	assert.Less(t, regionCount, 1<<14)
	seen := map[uint16]bool{}
	for _, row := range rows {
		i := RegionIndex(row[0], row[1])
		require.NotZero(t, i, "%v", row)
		require.False(t, seen[i], "%v", row)
		seen[i] = true
		country, region := RegionByIndex(i)
		require.Equal(t, row[:2], []string{country, region})

		full := row[0] + "-" + row[1]
		for _, form := range []string{row[1], strings.ToLower(row[1]), full, strings.ToLower(full)} {
			got, wellFormed := Region(row[0], form)
			require.True(t, wellFormed, "%s", form)
			require.Equal(t, row[1], got, "%s", form)
		}

		require.Equal(t, row[2], Parent(row[0], row[1]), "%v", row)
		steps := 0
		for p := row[1]; p != ""; p = Parent(row[0], p) {
			steps++
			require.LessOrEqual(t, steps, 3, "%v", row)
		}
	}
	for _, i := range []uint16{0, regionCount + 1, 1<<16 - 1} {
		country, region := RegionByIndex(i)
		assert.Empty(t, country+region, "%d", i)
	}
}

func TestRegionsOfACountryAreInTheOrderOfTheirNumbers(t *testing.T) {
	i := uint16(0)
	for _, country := range Countries() {
		for _, region := range Regions(country) {
			i++
			require.Equal(t, i, RegionIndex(country, region), "%s-%s", country, region)
		}
	}
	assert.EqualValues(t, regionCount, i)
	for _, code := range []string{"", "D", "de", "DEU", "UK", "XI", "\x00\x00"} {
		assert.Empty(t, Regions(code), code)
	}
}

func TestRegionIndexTakesOnlyCanonicalCodes(t *testing.T) {
	require.NotZero(t, RegionIndex("GB", "NIR"))
	for _, c := range [][2]string{
		{"GB", "nir"}, {"gb", "NIR"}, {"UK", "NIR"}, {"GBR", "NIR"}, {"XI", "NIR"}, {"", "NIR"},
		{"GB", ""}, {"GB", "GB-NIR"}, {"GB", "X-A"}, {"AT", "9 "}, {"AT", "9\x00"},
	} {
		assert.Zero(t, RegionIndex(c[0], c[1]), "%q", c)
		assert.Empty(t, Parent(c[0], c[1]), "%q", c)
	}
}

func TestRegionJudgesTheShapeApartFromTheTable(t *testing.T) {
	for _, c := range []struct {
		country, region, want string
		wellFormed            bool
	}{
		{"CA", "qc", "QC", true},
		{"CA", "ca-qc", "QC", true},
		{"CA", "zzz", "ZZZ", true}, // not in ISO, but shaped like a region
		{"CA", "CA-ZZZ", "ZZZ", true},
		{"CA", "x-north-1", "X-NORTH-1", true},
		{"CA", "", "", false},
		{"CA", "US-NY", "", false},
		{"FI", "AX-01", "", false}, // Åland has a code of its own
		{"GB", "uk-eng", "ENG", true},
		{"GB", "XI-ENG", "", false},
		{"CA", "ABCD", "", false},
		{"CA", "Q C", "", false},
	} {
		got, wellFormed := Region(c.country, c.region)
		assert.Equal(t, c.want, got, "%q", c.region)
		assert.Equal(t, c.wellFormed, wellFormed, "%q", c.region)
	}
}

func TestPrivateRegionsHaveNamesWithSingleHyphens(t *testing.T) {
	for _, region := range []string{"X-A", "x-a", "X-1", "X-A-B-C", "x-North-1", "X-" + strings.Repeat("A", 32)} {
		assert.True(t, IsPrivate(region), "%q", region)
	}
	for _, region := range []string{
		"", "X", "X-", "X--", "X--A", "X-A-", "X-A--B", "X-A B", "X-A_B", "X-Ä", "Y-A", "XA", "XAB", "\x98-A",
		"X-" + strings.Repeat("A", 33), "DE-X-A", "QC",
	} {
		assert.False(t, IsPrivate(region), "%q", region)
	}
}

func TestRegionsAreFoundWithoutAllocation(t *testing.T) {
	sink := 0
	for name, f := range map[string]func(){
		"Region": func() {
			for _, s := range [...]string{"QC", "qc", "ca-qc", "CA-QC", "X-NORTH", "ZZZ", "US-NY", ""} {
				code, _ := Region("CA", s)
				sink += len(code)
			}
		},
		"RegionIndex and back": func() {
			_, region := RegionByIndex(RegionIndex("FR", "2A"))
			sink += len(region)
		},
		"Parent": func() { sink += len(Parent("FR", "2A")) },
	} {
		assert.Zero(t, testing.AllocsPerRun(100, f), name)
	}
	assert.NotZero(t, sink)
}
