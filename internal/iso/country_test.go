package iso

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax/internal/csvtable"
)

func TestTheTableHasTheCountriesOfISOAndOneMore(t *testing.T) {
	rows := codes(t, "countries.csv")
	assert.Len(t, rows, countryCount-1)
	countries := Countries()
	assert.Len(t, countries, countryCount)
	assert.True(t, slices.IsSorted(countries))
	for _, row := range rows {
		require.Contains(t, countries, row[0])
		for _, code := range []string{row[0], row[1], strings.ToLower(row[0]), strings.ToLower(row[1])} {
			country, region, ok := Country(code)
			require.True(t, ok, "%s", code)
			require.Equal(t, row[0], country, "%s", code)
			require.Empty(t, region, "%s", code)
		}
		_, _, ok := Country(row[2])
		require.False(t, ok, "%s", row[2])
		reason, ok := Refusal(row[2])
		require.True(t, ok, "%s", row[2])
		require.Contains(t, reason, "pass "+row[0])
	}
}

func TestNoOtherTwoBytesAreACountry(t *testing.T) {
	accepted := map[string]bool{"UK": true, "EL": true, "XI": true, "XK": true}
	for _, row := range codes(t, "countries.csv") {
		accepted[row[0]] = true
	}
	for i := range 1 << 16 {
		s := string([]byte{byte(i >> 8), byte(i)})
		// ToUpper would turn invalid UTF-8 into other bytes.
		want := utf8.ValidString(s) && accepted[strings.ToUpper(s)]
		_, _, ok := Country(s)
		require.Equal(t, want, ok, "%q", s)
	}
}

func TestEveryOtherCodeIsForACountryOrSaysWhatToPass(t *testing.T) {
	for _, row := range codes(t, "extra.csv") {
		kind, code := row[0], row[1]
		country, region, ok := Country(code)
		reason, refused := Refusal(code)
		switch kind {
		case "country":
			assert.Equal(t, code, country, code)
		case "alias":
			assert.Equal(t, row[3], country, code)
			assert.Equal(t, row[4], region, code)
		default:
			assert.False(t, ok, code)
			assert.True(t, refused, code)
			assert.Equal(t, row[5]+": "+row[6], reason, code)
			continue
		}
		assert.True(t, ok, code)
		assert.False(t, refused, code)
	}
}

func TestRefusalKnowsNothingOfOtherCodes(t *testing.T) {
	for _, code := range []string{"", "Q", "QQ", "27", "2766", "DEUT", "ÄT", "D E", "EU ", strings.Repeat("E", 1e5)} {
		reason, ok := Refusal(code)
		assert.False(t, ok, "%.10q", code)
		assert.Empty(t, reason, "%.10q", code)
	}
}

func TestNumericCodesAreRefusedWithTheCodeToPass(t *testing.T) {
	for code, advice := range map[string]string{
		"004": "pass AF", "276": "pass DE", "894": "pass ZM", "000": "pass the alpha-2 or alpha-3 code", "999": "pass the alpha-2 or alpha-3 code",
	} {
		reason, ok := Refusal(code)
		assert.True(t, ok, code)
		assert.Equal(t, "is a numeric code, which is not accepted: "+advice, reason, code)
	}
}

// A place is that of a country, or of none: other codes of a country, such as
// UK, have no place of their own.
func TestEveryCountryHasAPlace(t *testing.T) {
	places := Places()
	assert.True(t, slices.IsSorted(places))
	assert.Len(t, slices.Compact(slices.Clone(places)), countryCount)
	for i, country := range Countries() {
		require.Less(t, places[i], uint16(26*26))
		require.Equal(t, places[i], Place(country))
		require.Equal(t, country, AtPlace(places[i]))
	}
	for place := range 1 << 16 {
		require.Equal(t, slices.Contains(places, uint16(place)), AtPlace(uint16(place)) != "", "%d", place)
	}
}

func TestCountriesAreFoundWithoutAllocation(t *testing.T) {
	sink := 0
	for name, f := range map[string]func(){
		"Country": func() {
			for _, s := range [...]string{"DE", "deu", "UK", "xi", "XKX", "EU", "276", ""} {
				country, region, _ := Country(s)
				sink += len(country) + len(region)
			}
		},
		"Place and back": func() { sink += len(AtPlace(Place("DE"))) },
		"Places": func() {
			for _, place := range Places() {
				sink += int(place)
			}
		},
	} {
		assert.Zero(t, testing.AllocsPerRun(100, f), name)
	}
	assert.NotZero(t, sink)
}

// codes returns the rows of a table of codes.
func codes(t *testing.T, name string) [][]string {
	t.Helper()
	rows, err := csvtable.Read(filepath.Join("gen", name), "")
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	return rows
}
