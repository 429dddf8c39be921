package placename_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/placename"
)

func TestCountriesAreFoundByTheirNames(t *testing.T) {
	for name, code := range map[string]string{
		"Germany": "DE", "germany": "DE", "Deutschland": "DE", "DEUTSCHLAND ": "DE", "Österreich": "AT", "osterreich": "AT",
		"Côte d'Ivoire": "CI", "Cote dIvoire": "CI", "Ivory Coast": "CI", "Bosnia and Herzegovina": "BA", "Bosnia & Herzegovina": "BA",
		"Россия": "RU", "日本": "JP", "Czech Republic": "CZ", "Turkey": "TR", "Türkiye": "TR", "Great Britain": "", "United Kingdom": "GB",
		"Puerto Rico": "PR", "Suomi": "FI", "Kosovo": "XK", "Guinea": "GN", "Equatorial Guinea": "GQ", "Congo": "", // two
		"": "", "-": "", "Atlantis": "", "DE": "", "Ger many": "DE", "German": "", "Germanyy": "", "Germ\xffany": "",
	} {
		assert.Equal(t, code, placename.Country(name), name)
	}
}

func TestEveryCountryHasANameOfItsOwn(t *testing.T) {
	text, err := os.ReadFile("countries.txt")
	require.NoError(t, err)
	places, found := map[string]bool{}, 0
	for line := range strings.Lines(string(text)) {
		names := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		code, _, ok := iso.Country(names[0])
		require.True(t, ok && code == names[0], line)
		require.False(t, places[code], "%s is there twice", code)
		places[code] = true
		assert.Equal(t, code, placename.Country(names[1]), line)
		for _, name := range names[2:] {
			require.NotEmpty(t, placename.Fold(name, ""), line)
			if placename.Country(name) == code {
				found++
			} else {
				assert.Empty(t, placename.Country(name), "%s of %s", name, code)
			}
		}
	}
	assert.Len(t, places, 250)
	assert.Greater(t, found, 180)
}
