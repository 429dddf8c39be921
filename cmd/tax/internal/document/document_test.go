package document_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/document"
	"github.com/taxresolve/tax/store"
)

const two = `{
  "location": {"country": "DE"},
  "taxClasses": [
    {
      "code": "A",
      "isDefault": true,
      "rates": [{"from": "2021-01-01", "percent": 19},
                {"percent": 16}]
    },
    {"code": "B",
     "rate": 7}
  ]
}
{"location": {"country": "FR"},
 "metadata": {"asOf": "2026-01-01"}}
`

func TestLinesOfPaths(t *testing.T) {
	documents, problems, err := document.Read("a.json", strings.NewReader(two))
	require.NoError(t, err)
	require.Empty(t, problems)
	require.Len(t, documents, 2)
	for path, line := range map[string]int{
		"": 1, "location": 2, "classes": 3, "classes[0]": 4, "classes[0].code": 5, "classes[0].default": 6,
		"classes[0].rates[0].percent": 7, "classes[0].rates[1]": 8, "classes[0].rates[1].percent": 8, "classes[0].rates[1].tax.name.de": 8,
		"classes[1].rates[0].percent": 10, "taxClasses[1].rate": 11, "name": 1,
	} {
		assert.Equal(t, line, documents[0].Line(path), path)
	}
	assert.Equal(t, 14, documents[1].Line(""))
	assert.Equal(t, 15, documents[1].Line("metadata.asOf"))
	assert.Equal(t, 0, new(document.Document).Line("name"))
}

func TestAllFormsOfFilesAreRead(t *testing.T) {
	s := store.NewMemory(nil)
	_, err := s.Create(t.Context(), "shop", tax.Configuration{Location: tax.Location{Country: "DE"}})
	require.NoError(t, err)
	var export bytes.Buffer
	_, err = store.Export(t.Context(), &export, s, &store.ExportOptions{Tenants: []string{"shop"}})
	require.NoError(t, err)
	for text, tenant := range map[string]string{
		`{"location":{"country":"DE"}}`:                                   "",
		`[{"location":{"country":"DE"}}]`:                                 "",
		`{"documents":[{"configuration":{"location":{"country":"DE"}}}]}`: "",
		`{"tenant":"shop","configuration":{"location":{"country":"DE"}}}`: "shop",
		export.String(): "shop",
		"\ufeff" + `{"location":{"country":"DE"}}`:  "", // as Notepad writes it, and the store takes it
		`{"ended":{}}{"location":{"country":"DE"}}`: "",
	} {
		documents, problems, err := document.Read("a.json", strings.NewReader(text))
		require.NoError(t, err)
		assert.Empty(t, problems, text)
		if assert.Len(t, documents, 1, text) {
			assert.Equal(t, "DE", documents[0].Configuration.Location.Country)
			assert.Equal(t, tenant, documents[0].Tenant)
		}
	}
}

func TestWhatCannotBeReadHasALine(t *testing.T) {
	for text, want := range map[string]document.Problem{
		"{\n": {File: "a.json", Line: 2, Path: "document", Code: "malformed_json"},
		"{\"location\":{\"country\":\"DE\"},\n\"x\":1}": {File: "a.json", Line: 2, Path: "x", Code: "unknown"},
		"[\n[1]]":                         {File: "a.json", Line: 2, Path: "document", Code: "wrong_type"},
		`{"location":{"country":"DE"}} x`: {File: "a.json", Line: 1, Path: "document", Code: "malformed_json"},
	} {
		_, problems, err := document.Read("a.json", strings.NewReader(text))
		require.NoError(t, err)
		if assert.Len(t, problems, 1, text) {
			assert.NotEmpty(t, problems[0].Message)
			problems[0].Message = ""
			assert.Equal(t, want, problems[0], text)
		}
	}
}

func TestFoldersAreReadAsTheStoreOfFilesWritesThem(t *testing.T) {
	folder := t.TempDir()
	s, err := store.OpenFile(folder, nil)
	require.NoError(t, err)
	c, err := s.Create(t.Context(), "shop", tax.Configuration{Location: tax.Location{Country: "DE"}})
	require.NoError(t, err)
	_, err = s.Update(t.Context(), "shop", c)
	require.NoError(t, err)
	_, err = s.Create(t.Context(), "", tax.Configuration{Location: tax.Location{Country: "DE"}})
	require.NoError(t, err)
	documents, problems, err := document.ReadPath(folder)
	require.NoError(t, err)
	assert.Empty(t, problems)
	require.Len(t, documents, 2)
	assert.NotEqual(t, documents[0].Set, documents[1].Set, "tenants are apart")
}

func TestSettingsSwitchRulesOffBelowTheirFolder(t *testing.T) {
	folder := t.TempDir()
	inside := filepath.Join(folder, "shop")
	require.NoError(t, os.Mkdir(inside, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, document.Settings), []byte(`{"disable":["a"],"files":{"DE.json":["b"]}}`), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(inside, document.Settings), []byte(`{"disable":["c"]}`), 0o600))
	var s document.Switches
	valid := func(string) error { return nil }
	for _, c := range []struct {
		file, rule string
		off        bool
	}{
		{"DE.json", "a", true}, {"DE.json", "b", true}, {"FR.json", "b", false}, {"DE.json", "c", false},
		{"shop/DE.json", "a", true}, {"shop/DE.json", "b", true}, {"shop/FR.json", "c", true}, {"shop/FR.json", "d", false},
	} {
		off, err := s.Off(filepath.Join(folder, c.file), c.rule, valid)
		require.NoError(t, err)
		assert.Equal(t, c.off, off, "%s %s", c.file, c.rule)
	}
	_, err := new(document.Switches).Off(filepath.Join(folder, "DE.json"), "a", func(string) error { return os.ErrInvalid })
	assert.ErrorIs(t, err, os.ErrInvalid)
	require.NoError(t, os.WriteFile(filepath.Join(folder, document.Settings), []byte(`{"disabled":["a"]}`), 0o600))
	_, err = new(document.Switches).Off(filepath.Join(folder, "DE.json"), "a", valid)
	assert.ErrorContains(t, err, "disabled")
}
