package foreign_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/foreign"
)

// german imports a table and returns the document of Germany.
func german(t *testing.T, table foreign.Table, text string) tax.Configuration {
	m := store.NewMemory(nil)
	_, err := store.Import(t.Context(), strings.NewReader(text), m, &store.ImportOptions{Format: table.Format})
	require.NoError(t, err, text)
	c, err := m.Get(t.Context(), "", tax.Location{Country: "DE"})
	require.NoError(t, err, text)
	return c
}

func TestOneColumnCanHaveSeveralMeanings(t *testing.T) {
	table := foreign.Table{Columns: map[string]string{"class": "Code", "name.en": "Code", "name.de": "Code"}}
	for range 8 { // the order of a map is random
		c := german(t, table, "country,Code,percent,default\nDE,NORMAL,19,yes\n")
		require.Equal(t, "NORMAL", c.Classes[0].Code)
		require.Equal(t, `de "NORMAL", en "NORMAL"`, c.Classes[0].Name.String())
	}
}

func TestRowsWithoutAnythingAreReadOver(t *testing.T) {
	for _, text := range []string{"country;percent\nDE;19\n;\n;\n", "country;percent\n;;;\n ; \nDE;19\n\n;", "country;percent\r\n;\r\nDE;19\r\n;\r\n"} {
		german(t, foreign.Table{}, text)
	}
	german(t, foreign.Table{}, "country;percent\nDE;19\n"+strings.Repeat(";\n", 1<<20)) // more than a record can have
	got := rejections(t, foreign.Table{}.Format, "country,percent,note\n,,see below\n")
	require.Len(t, got, 1, "a row with a note is none of those")
}

func TestTheLineThatNamesTheSeparatorIsReadOverAlsoIfItIsKnown(t *testing.T) {
	german(t, foreign.Table{Comma: ';'}, "sep=;\ncountry;percent\nDE;19\n")
	german(t, foreign.Table{Comma: ';'}, "\ufeffsep=;\r\ncountry;percent\r\nDE;19\r\n")
	german(t, foreign.Table{Comma: ','}, "country,percent\nDE,19\n")
}

func TestSeparatorsInQuotesOfTheHeaderAreNone(t *testing.T) {
	german(t, foreign.Table{}, "\"note, a, b\";country;percent\nx;DE;19\n")
	german(t, foreign.Table{}, "\"a \"\"b;c;d\"\"\",country,percent\nx,DE,19\n")
}

func TestADayHasNoTimeButMidnight(t *testing.T) {
	for _, day := range []string{"2021-01-31", "2021-01-31T00:00:00Z", "2021-01-31 00:00", "2021-01-31T00:00:00.000+01:00", "2021-01-31 00:00:00"} {
		c := german(t, foreign.Table{}, "country,percent,from\nDE,19,"+day+"\n")
		assert.Equal(t, "2021-01-31", c.Classes[0].Rates[0].From.String(), day)
	}
	for _, day := range []string{"2021-01-31 - 2022-01-01", "2020-12-31T23:00:00Z", "2021-01-31 or so", "2021-01-31T", "2021-01-31 00:00:01", "2021-01-31T25:00:00"} {
		got := rejections(t, foreign.Table{}.Format, "country,percent,from\nDE,19,"+day+"\n")
		if assert.NotEmpty(t, got, day) {
			assert.Contains(t, got[0], "from", day)
		}
	}
}

func TestNamesOfAClassComeFromAllItsRows(t *testing.T) {
	const head = "country,percent,from,name.en,name.de\n"
	c := german(t, foreign.Table{}, head+"DE,19,2007-01-01,Standard rate,\nDE,16,2000-01-01,Standard rate,Normalsatz\nDE,15,1990-01-01,,\n")
	assert.Equal(t, `de "Normalsatz", en "Standard rate"`, c.Classes[0].Name.String())
	got := rejections(t, foreign.Table{}.Format, head+"DE,19,2007-01-01,Standard,\nDE,16,2000-01-01,Standard rate,\n")
	require.NotEmpty(t, got)
	assert.Contains(t, got[0], `line 3: DE: name.en: "Standard rate": changed since another row`)
}

func TestAnErrorAboutAHeaderIsShort(t *testing.T) {
	got := rejections(t, foreign.Table{}.Format, strings.Repeat("column,", 1)+strings.Repeat("x", 4000)+"\nDE,19\n")
	require.Len(t, got, 1)
	assert.Less(t, len(got[0]), 600)
}
