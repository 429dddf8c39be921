package store

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// asked is a file system that counts what a store asks of it.
type asked struct {
	fileSystem
	mu    sync.Mutex // a history is synced beside the rest
	times map[string]int
}

func (a *asked) count(operation, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.times[operation+" "+filepath.Base(name)]++
}

func (a *asked) existing(name string) (openFile, error) {
	a.count("read", name)
	return a.fileSystem.existing(name)
}

func (a *asked) open(name string) (openFile, error) {
	a.count("open", name)
	return a.fileSystem.open(name)
}

func (a *asked) rename(from, to string) error {
	a.count("rename", from)
	return a.fileSystem.rename(from, to)
}

func (a *asked) sync(folder string) error {
	a.count("sync", folder)
	return a.fileSystem.sync(folder)
}

func standard(percent string) tax.Configuration {
	return taxtest.Doc("DE", taxtest.Class("STANDARD*", "2000-01-01 "+percent))
}

func TestWriteReadsTheFileOnce(t *testing.T) {
	a := &asked{fileSystem: disk{}, times: map[string]int{}}
	o := &FileOptions{}
	s, err := newFiles(t.TempDir(), a, o).store(o)
	require.NoError(t, err)
	c, err := s.Create(t.Context(), "shop", standard("19"))
	require.NoError(t, err)
	for range 3 { // the store has been alone with the country from the second on
		clear(a.times)
		c, err = s.Update(t.Context(), "shop", c)
		require.NoError(t, err)
	}
	require.Equal(t, map[string]int{"read DE.json": 1, "open DE.history.jsonl": 1, "open DE.json.tmp": 1, "rename DE.json.tmp": 1, "sync shop": 1}, a.times)
}

// aloneWith returns a store that plans its next write to Germany on what it recalls.
func aloneWith(t *testing.T, dir string) (s *Versioned, c tax.Configuration) {
	s, err := OpenFile(dir, nil)
	require.NoError(t, err)
	c, err = s.Create(t.Context(), "shop", standard("19"))
	require.NoError(t, err)
	for range 2 {
		c, err = s.Update(t.Context(), "shop", c)
		require.NoError(t, err)
	}
	require.NotNil(t, s.backend().(recaller).Recall(tax.Key{Tenant: "shop", Country: "DE"}))
	return s, c
}

func TestWriteAfterOneOfAnotherProcessIsPlannedOnIt(t *testing.T) {
	dir := t.TempDir()
	s, c := aloneWith(t, dir)
	other, err := OpenFile(dir, nil)
	require.NoError(t, err)
	theirs, err := other.Update(t.Context(), "shop", c)
	require.NoError(t, err)
	_, err = s.Update(t.Context(), "shop", c)
	require.ErrorIs(t, err, tax.ErrConflict)
	conflict := (*tax.StoreError)(nil)
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, theirs.Metadata.Version, conflict.Current)

	s, c = aloneWith(t, t.TempDir()+"/other")
	require.NoError(t, s.Delete(t.Context(), "shop", c.Location))
	c, err = s.Create(t.Context(), "shop", standard("20"))
	require.NoError(t, err)
	require.EqualValues(t, 4, c.Metadata.Version)
}

func TestWriteThatARecalledStateRefusesIsPlannedOnTheFile(t *testing.T) {
	dir := t.TempDir()
	s, c := aloneWith(t, dir)
	other, err := OpenFile(dir, nil)
	require.NoError(t, err)
	theirs, err := other.Update(t.Context(), "shop", c)
	require.NoError(t, err)
	out := s.Write(t.Context(), []Batch{{tax.Key{Tenant: "shop", Country: "DE"}, []Change{{Restore, c}}}})[0]
	require.ErrorIs(t, out.Err, tax.ErrConflict)
	mine, err := s.Update(t.Context(), "shop", theirs)
	require.NoError(t, err)
	require.Equal(t, theirs.Metadata.Version+1, mine.Metadata.Version)
	require.NoError(t, other.Delete(t.Context(), "shop", mine.Location))
	_, err = s.Create(t.Context(), "shop", standard("20"))
	require.NoError(t, err)
}

func TestWriteAfterAnEditIsPlannedOnIt(t *testing.T) {
	dir := t.TempDir()
	s, c := aloneWith(t, dir)
	name := filepath.Join(dir, "shop", "DE.json")
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, bytes.Replace(text, []byte(`"percent": 19`), []byte(`"percent": 21`), 1), 0o644))
	out := s.Write(t.Context(), []Batch{{tax.Key{Tenant: "shop", Country: "DE"}, []Change{{Put, standard("22")}}}})[0]
	require.NoError(t, out.Err)
	require.Equal(t, c.Metadata.Version+2, out.Configurations[0].Metadata.Version)
	versions, err := s.Versions(t.Context(), "shop", c.Location)
	require.NoError(t, err)
	require.Equal(t, "21", versions[1].Configuration.Classes[0].Rates[0].Percent.String())
}

func TestStoreRecallsOnlyACountryThatItIsAloneWith(t *testing.T) {
	dir := t.TempDir()
	s, c := aloneWith(t, dir)
	other, err := OpenFile(dir, nil)
	require.NoError(t, err)
	for range 2 {
		for _, w := range []*Versioned{other, s} {
			c, err = w.Update(t.Context(), "shop", c)
			require.NoError(t, err)
			require.Nil(t, w.backend().(recaller).Recall(tax.Key{Tenant: "shop", Country: "DE"}))
		}
	}
}

func TestStoreThatHasOnlyWrittenHasSeenAGoodState(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenFile(dir, nil)
	require.NoError(t, err)
	c, err := s.Create(t.Context(), "shop", standard("19"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "shop", "DE.json"), []byte("{"), 0o644))
	_, err = s.Configurations(t.Context(), tax.Key{Tenant: "shop", Country: "DE"})
	require.ErrorIs(t, err, tax.ErrInvalid)
	_, err = s.Update(t.Context(), "shop", c)
	require.ErrorContains(t, err, "DE.json:1:")
}
