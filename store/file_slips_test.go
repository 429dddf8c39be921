package store

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// editPercent edits the only percentage of Germany, from one to another, at a time.
func editPercent(t *testing.T, dir, from, to string, at time.Time) {
	name := filepath.Join(dir, "shop", "DE.json")
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	text = bytes.Replace(text, []byte(`"percent": `+from), []byte(`"percent": `+to), 1)
	require.NoError(t, os.WriteFile(name, text, 0o644))
	require.NoError(t, os.Chtimes(name, time.Time{}, at))
}

func TestAFileOfATimeStillToComeIsInForceNow(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenFile(dir, nil)
	require.NoError(t, err)
	first, err := s.Create(t.Context(), "shop", standard("19"))
	require.NoError(t, err)
	for _, year := range []int{2400, 2100} {
		editPercent(t, dir, "19", "21", time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
		for range 2 { // from the file, and as the store has written it
			key := tax.Key{Tenant: "shop", Country: "DE"}
			now, err := s.AsOf(t.Context(), key, time.Now())
			require.NoError(t, err)
			require.Len(t, now, 1)
			c, err := s.Get(t.Context(), "shop", first.Location)
			require.NoError(t, err)
			require.Equal(t, c, now[0].Configuration)
			require.False(t, c.Metadata.Modified.After(time.Now()))
			versions, err := s.Versions(t.Context(), "shop", first.Location)
			require.NoError(t, err)
			require.EqualValues(t, c.Metadata.Version, len(versions))
			out := s.Write(t.Context(), []Batch{{key, []Change{{Put, standard("19")}}}})[0]
			require.NoError(t, out.Err)
		}
	}
}

func TestAFileThatBeginsWithAByteOrderMarkIsRead(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "_"), 0o755))
	document := `{"configuration": {"location": {"country": "DE"}, "taxClasses": [{"code": "STANDARD", "rate": 19}]}}`
	name := filepath.Join(dir, "_", "DE.json")
	require.NoError(t, os.WriteFile(name, []byte("\ufeff{\"documents\": ["+document+"]}"), 0o644))
	s, err := OpenFile(dir, nil)
	require.NoError(t, err)
	c, err := s.Get(t.Context(), "", tax.Location{Country: "DE"})
	require.NoError(t, err)
	_, err = s.Update(t.Context(), "", c)
	require.NoError(t, err)
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, append([]byte("\ufeff"), text...), 0o644))
	c, err = s.Get(t.Context(), "", tax.Location{Country: "DE"})
	require.NoError(t, err)
	require.EqualValues(t, 2, c.Metadata.Version, "a mark is no edit")
}

func TestAnEntryThatSaysSomethingTwiceIsBroken(t *testing.T) {
	configuration := func(percent string) string {
		return `{"location": {"country": "DE"}, "taxClasses": [{"code": "STANDARD", "rate": ` + percent + `}]}`
	}
	for _, entry := range []string{
		`{"configuration": ` + configuration("19") + `, "configuration": ` + configuration("7") + `}`,
		`{"configuration": ` + configuration("19") + `, "Configuration": ` + configuration("7") + `}`,
		`{"author": "anna", "author": "bert", "configuration": ` + configuration("19") + `}`,
		`{"From": "2020-01-01T00:00:00Z", "configuration": ` + configuration("19") + `}`,
	} {
		dir := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(dir, "_"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "_", "DE.json"), []byte(`{"documents": [`+entry+`]}`), 0o644))
		s, err := OpenFile(dir, nil)
		require.NoError(t, err)
		_, err = s.Get(t.Context(), "", tax.Location{Country: "DE"})
		require.ErrorIs(t, err, tax.ErrInvalid, entry)
		require.Regexp(t, "given twice|no such field", err.Error(), entry)
		_, err = s.Update(t.Context(), "", standard("19"))
		require.ErrorIs(t, err, tax.ErrInvalid, entry)
	}
}

func TestANewFileOfATimeStillToComeIsInForceNow(t *testing.T) {
	now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	require.Equal(t, now, editedAt(time.Time{}, now.Add(time.Hour), now))
	require.Equal(t, now, editedAt(now, now.Add(-time.Hour), now.Add(time.Hour)))
	require.Equal(t, now, editedAt(now.Add(-time.Hour), now, now))
}
