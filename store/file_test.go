package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// openFile opens a store in a folder.
func openFile(t *testing.T, dir string, o *store.FileOptions) *store.Versioned {
	t.Helper()
	s, err := store.OpenFile(dir, o)
	require.NoError(t, err)
	return s
}

// german returns a configuration with a rate for STANDARD.
func german(percent string) tax.Configuration {
	return taxtest.Doc("DE", taxtest.Class("STANDARD*", "2000-01-01 "+percent))
}

func TestFileIsReadable(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	s := openFile(t, dir, &store.FileOptions{Options: store.Options{Clock: func() time.Time { now = now.Add(time.Second); return now }}})
	ctx := store.WithAuthor(t.Context(), "anna <a&b>")
	c, err := s.Create(ctx, "shop", german("16"))
	require.NoError(t, err)
	c.Classes[0].Rates = append([]tax.Rate{{From: tax.MustDate("2007-01-01"), Percent: tax.MustPercent("19")}}, c.Classes[0].Rates...)
	_, err = s.Update(ctx, "shop", c)
	require.NoError(t, err)

	text, err := os.ReadFile(filepath.Join(dir, "shop", "DE.json"))
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	assert.Regexp(t, `^  "hash": "[0-9a-f]{64}",$`, lines[1])
	lines[1] = `  "hash": "...",`
	want, err := os.ReadFile("testdata/DE.json")
	require.NoError(t, err)
	assert.Equal(t, string(want), strings.Join(lines, "\n"))
	text, err = os.ReadFile(filepath.Join(dir, "shop", "DE.history.jsonl"))
	require.NoError(t, err)
	want, err = os.ReadFile("testdata/DE.history.jsonl")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(text))
}

func TestFileStoresWithTheSameDocumentsAreEqual(t *testing.T) {
	var texts [2]string
	for i := range texts {
		dir := t.TempDir()
		now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
		s := openFile(t, dir, &store.FileOptions{Options: store.Options{Clock: func() time.Time { return now }}})
		regions := []string{"CA-QC", "CA-ON", "CA"}
		if i == 1 {
			regions = []string{"CA", "CA-ON", "CA-QC"}
		}
		var changes []store.Change
		for _, r := range regions {
			changes = append(changes, store.Change{Action: store.Put, Configuration: taxtest.Doc(r, taxtest.Class("STANDARD*", "2000-01-01 5"))})
		}
		require.NoError(t, s.Write(t.Context(), []store.Batch{{Key: tax.Key{Country: "CA"}, Changes: changes}})[0].Err)
		text, err := os.ReadFile(filepath.Join(dir, "_", "CA.json"))
		require.NoError(t, err)
		texts[i] = string(text)
	}
	assert.Equal(t, texts[0], texts[1])
}

func TestFoldersOfTenantsNeverMeet(t *testing.T) {
	tenants := []string{"", "_", "__", "a", "A", "a/b", "a\\b", "..", ".", ".lock", ".git", "a\x00", "a.", "a ", "con", "CON", "nul", "com1", "lpt9", "com", "ä", "Ä",
		"\xff", "a:b", strings.Repeat("x", 180), strings.Repeat("x", 181), strings.Repeat("x", 1024), strings.Repeat("X", 1024), strings.Repeat("\x00", 1024), strings.Repeat("x", 1023) + "y"}
	const alphabet = "abAB_./0-\x00 "
	for range 2000 {
		name := make([]byte, rand.N(200))
		for i := range name {
			name[i] = alphabet[rand.N(len(alphabet))]
		}
		tenants = append(tenants, string(name))
	}
	seen := map[string]string{}
	for _, tenant := range tenants {
		folder := store.FolderOf(tenant)
		assert.Regexp(t, `^[a-z0-9_-]{1,255}$`, folder)
		if other, ok := seen[folder]; ok {
			assert.Equal(t, other, tenant, folder)
		}
		seen[folder] = tenant
		if back, ok := store.TenantOf(folder); ok {
			assert.Equal(t, tenant, back)
		} else {
			assert.Contains(t, folder, "__")
		}
	}
	assert.Equal(t, "shop-1", store.FolderOf("shop-1"))
	assert.Equal(t, "_63on", store.FolderOf("con"))
	for _, folder := range []string{"A", "_4", "_zz", "_61", "a__b", "con"} {
		_, ok := store.TenantOf(folder)
		assert.False(t, ok, folder)
	}
}

func TestHostileTenantsStayInTheFolder(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, filepath.Join(dir, "store"), nil)
	for i, tenant := range []string{"", "..", "../..", "/etc", "a\x00b", "A", "a", strings.Repeat("..", 512), strings.Repeat("ü", 512)} {
		_, err := s.Create(t.Context(), tenant, german(fmt.Sprint(i)))
		require.NoError(t, err, "%q", tenant)
		c, err := s.Get(t.Context(), tenant, tax.Location{Country: "DE"})
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprint(i), c.Classes[0].Rates[0].Percent.String())
	}
	for _, country := range []string{"", "de", "../DE", "D/", "DEU", "..", "\x00\x00"} {
		set, err := s.Configurations(t.Context(), tax.Key{Country: country})
		require.NoError(t, err)
		assert.Empty(t, set)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func TestLeftTemporaryFilesAreSwept(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, dir, nil)
	_, err := s.Create(t.Context(), "shop", german("19"))
	require.NoError(t, err)
	for _, name := range []string{"DE.json.tmp", "FR.json.tmp", "DE.history.jsonl.tmp"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "shop", name), []byte("{"), 0o644))
	}
	openFile(t, dir, nil)
	left, err := filepath.Glob(filepath.Join(dir, "shop", "*.tmp"))
	require.NoError(t, err)
	assert.Empty(t, left)
	_, err = s.Get(t.Context(), "shop", tax.Location{Country: "DE"})
	assert.NoError(t, err)
}

func TestFileHistoryGoesOnAfterAnotherProcessWasKilledWhileItWrote(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, dir, nil)
	c, err := s.Create(t.Context(), "", german("19"))
	require.NoError(t, err)
	name := filepath.Join(dir, "_", "DE.history.jsonl")
	whole, err := os.ReadFile(name)
	require.NoError(t, err)
	for _, left := range []string{`{"revision":2,"ended":[{"ver`, strings.Replace(string(whole), `{"revision":1`, `{"revision":3`, 1)} {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
		require.NoError(t, err)
		_, err = f.WriteString(left)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		c, err = s.Update(t.Context(), "", c)
		require.NoError(t, err)
		versions, err := openFile(t, dir, nil).Versions(t.Context(), "", c.Location)
		require.NoError(t, err)
		require.Len(t, versions, int(c.Metadata.Version))
		for i, v := range versions {
			assert.Equal(t, c.Metadata.Version-int64(i), v.Configuration.Metadata.Version)
		}
	}
}

func TestFileHistoryIsBoundedAndSaysWhatWasRemoved(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, dir, &store.FileOptions{Options: store.Options{Retention: store.Retention{Versions: 3}}})
	c, err := s.Create(t.Context(), "", german("0"))
	require.NoError(t, err)
	largest := int64(0)
	for i := range 600 {
		c.Classes[0].Rates[0].Percent = tax.MustPercent(fmt.Sprint(i % 50))
		c, err = s.Update(t.Context(), "", c)
		require.NoError(t, err)
		info, err := os.Stat(filepath.Join(dir, "_", "DE.history.jsonl"))
		require.NoError(t, err)
		largest = max(largest, info.Size())
	}
	assert.Less(t, largest, int64(265*600), "256 lines and those that are kept")
	again := openFile(t, dir, &store.FileOptions{Options: store.Options{Retention: store.Retention{Versions: 1000}}})
	versions, err := again.Versions(t.Context(), "", c.Location)
	require.NoError(t, err)
	assert.Less(t, len(versions), 265)
	for i, v := range versions {
		assert.EqualValues(t, 601-i, v.Configuration.Metadata.Version)
	}
	_, err = again.Version(t.Context(), "", c.Location, 1)
	assert.ErrorIs(t, err, store.ErrRemoved)
	first := versions[len(versions)-1]
	_, err = again.AsOf(t.Context(), tax.Key{Country: "DE"}, first.From.Add(-time.Millisecond))
	assert.ErrorIs(t, err, store.ErrRemoved)
}

func TestAGapInTheHistoryIsReported(t *testing.T) {
	dir := t.TempDir()
	open := func(versions int) *store.Versioned {
		return openFile(t, dir, &store.FileOptions{Options: store.Options{Retention: store.Retention{Versions: versions}}})
	}
	now := time.Now()
	c, err := open(100).Create(t.Context(), "", german("1"))
	require.NoError(t, err)
	for _, versions := range []int{100, -1, -1, 100, 100} {
		time.Sleep(2 * time.Millisecond)
		c, err = open(versions).Update(t.Context(), "", c)
		require.NoError(t, err)
	}
	s := open(100)
	versions, err := s.Versions(t.Context(), "", c.Location)
	require.NoError(t, err)
	var kept []int64
	for _, v := range versions {
		kept = append(kept, v.Configuration.Metadata.Version)
	}
	assert.Equal(t, []int64{6, 5, 1}, kept)
	_, err = s.AsOf(t.Context(), tax.Key{Country: "DE"}, now.Add(-time.Hour))
	assert.ErrorIs(t, err, store.ErrRemoved)

	// So does a history that somebody has deleted.
	require.NoError(t, os.Remove(filepath.Join(dir, "_", "DE.history.jsonl")))
	_, err = s.Version(t.Context(), "", c.Location, 5)
	assert.ErrorIs(t, err, store.ErrRemoved)
	_, err = s.Update(t.Context(), "", c)
	require.NoError(t, err)
	_, err = s.Version(t.Context(), "", c.Location, 5)
	assert.ErrorIs(t, err, store.ErrRemoved)
}

func TestDocumentsThatAreLargerOnManyLinesAreRead(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, dir, nil)
	c := german("1")
	for i := range 990 {
		class := tax.Class{Code: fmt.Sprintf("C%d", i)}
		for day := range 10 {
			class.Rates = append([]tax.Rate{{From: tax.MustDate(fmt.Sprintf("2000-01-%02d", day+1)), Percent: tax.MustPercent("1")}}, class.Rates...)
		}
		c.Classes = append(c.Classes, class)
	}
	_, err := s.Create(t.Context(), "", c)
	require.NoError(t, err)
	info, err := os.Stat(filepath.Join(dir, "_", "DE.json"))
	require.NoError(t, err)
	require.Greater(t, info.Size(), int64(1<<20))
	got, err := s.Get(t.Context(), "", c.Location)
	require.NoError(t, err)
	assert.Len(t, got.Classes, len(c.Classes))
}

func TestAFolderThatHasGoneIsUnavailable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b", "store")
	s := openFile(t, dir, nil)
	_, err := s.Create(t.Context(), "", german("1"))
	require.NoError(t, err)
	require.NoError(t, os.Rename(dir, dir+".away"))
	fails := func() {
		t.Helper()
		_, err := s.Get(t.Context(), "", tax.Location{Country: "DE"})
		assert.ErrorIs(t, err, tax.ErrUnavailable)
		_, err = s.List(t.Context(), "", tax.Query{})
		assert.ErrorIs(t, err, tax.ErrUnavailable)
	}
	fails()
	require.NoError(t, os.Mkdir(dir, 0o755)) // where something was mounted
	fails()
	require.NoError(t, os.Remove(dir))
	require.NoError(t, os.Rename(dir+".away", dir))
	_, err = s.Get(t.Context(), "", tax.Location{Country: "DE"})
	assert.NoError(t, err)
}

func TestFileStoresThatCannotBeOpened(t *testing.T) {
	_, err := store.OpenFile("", nil)
	taxtest.RequireInputError(t, err, "dir")
	_, err = store.OpenFile(t.TempDir(), &store.FileOptions{PollInterval: -1})
	taxtest.RequireInputError(t, err, "pollInterval")
	_, err = store.OpenFile(t.TempDir(), &store.FileOptions{Options: store.Options{Retention: store.Retention{Age: -1}}})
	taxtest.RequireInputError(t, err, "retention.age")
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	_, err = store.OpenFile(file, nil)
	assert.ErrorIs(t, err, tax.ErrUnavailable)
}

func TestEveryByteOfAFileThatIsFlippedIsNoticed(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, dir, &store.FileOptions{Options: store.Options{Retention: store.Retention{Versions: -1}}})
	_, err := s.Create(t.Context(), "", german("19"))
	require.NoError(t, err)
	name := filepath.Join(dir, "_", "DE.json")
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	for i := range text {
		broken := bytes.Clone(text)
		broken[i] ^= 1
		require.NoError(t, os.WriteFile(name, broken, 0o644))
		c, err := s.Get(t.Context(), "", tax.Location{Country: "DE"})
		if err != nil {
			assert.True(t, errors.Is(err, tax.ErrInvalid) || errors.Is(err, tax.ErrNotFound), err)
			continue
		}
		assert.Greater(t, c.Metadata.Version, int64(1), "byte %d is another version", i)
	}
}
