package csvtable_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/csvtable"
)

func TestTablesAreReadWithoutHeaderAndComments(t *testing.T) {
	want := [][]string{{"DE", "Germany"}, {"BQ", "Bonaire, Saba"}}
	for _, text := range []string{
		"# source\ncode,name\nDE,Germany\n# islands\nBQ,\"Bonaire, Saba\"\n",
		"code,name\r\nDE,Germany\r\n\r\nBQ,\"Bonaire, Saba\"",
	} {
		path := filepath.Join(t.TempDir(), "codes.csv")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		for _, columns := range []string{"code,name", ""} {
			got, err := csvtable.Read(path, columns)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
	}
	got, err := csvtable.Parse("codes.csv", []byte("code,name\n"), "code,name")
	require.NoError(t, err)
	assert.Empty(t, got)
}

func TestOtherFilesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "codes.csv: there is no header",
		"# comment\n":                 "codes.csv: there is no header",
		"name,code\nGermany,DE\n":     "codes.csv: the header is not code,name",
		"code\nDE\n":                  "codes.csv: the header is not code,name",
		"code,name\nDE\n":             "codes.csv: record on line 2: wrong number of fields",
		"code,name\nDE,Germany,EUR\n": "codes.csv: record on line 2: wrong number of fields",
		"code,name\nDE,\"Germany\n":   "codes.csv: parse error on line 2, column 13: extraneous or missing \" in quoted-field",
	} {
		_, err := csvtable.Parse("codes.csv", []byte(text), "code,name")
		assert.ErrorContains(t, err, want, "%q", text)
	}
	_, err := csvtable.Read(filepath.Join(t.TempDir(), "none.csv"), "")
	assert.ErrorIs(t, err, os.ErrNotExist)
}
