package sqlite

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// refused opens what cannot be opened.
func refused(t *testing.T, kind error, path string) {
	t.Helper()
	s, err := Open(path, nil)
	require.ErrorIs(t, err, kind)
	assert.Nil(t, s)
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, path, e.Path)
	assert.ErrorContains(t, err, path)
}

func TestFolderThatIsMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", "tax.db")
	refused(t, ErrCannotOpen, path)
	assert.NoDirExists(t, filepath.Dir(path))
}

func TestFileThatIsNoDatabase(t *testing.T) {
	path := file(t)
	text := []byte("country,rate\nDE,19\n" + string(make([]byte, 4096)))
	require.NoError(t, os.WriteFile(path, text, 0o600))
	refused(t, ErrNotDatabase, path)
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, text, kept)
}

func TestFolderInPlaceOfAFile(t *testing.T) { refused(t, ErrCannotOpen, t.TempDir()) }

func TestDatabaseOfAnotherProgram(t *testing.T) {
	for name, statement := range map[string]string{
		"tables":  "CREATE TABLE country (id INTEGER)",
		"a mark":  "PRAGMA application_id = 7",
		"version": "PRAGMA user_version = 1",
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t)
			b := newBackend(path, Options{BusyTimeout: time.Second})
			require.NoError(t, b.connectPools())
			_, err := b.single.ExecContext(t.Context(), statement)
			require.NoError(t, err)
			require.NoError(t, b.Close())
			before, err := os.ReadFile(path)
			require.NoError(t, err)
			refused(t, ErrForeign, path)
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, before, after)
		})
	}
}

func TestSQLiteThatIsTooOld(t *testing.T) {
	_, err := open(file(t), nil, "4.0.0", migrations())
	assert.ErrorIs(t, err, ErrVersion)
	assert.ErrorContains(t, err, "4.0.0 or newer is needed")
	for version, is := range map[string]bool{
		"3.51.2": true, "3.51.3": false, "3.51.10": false, "3.6.20": true, "3.54.0": false, "4.0": false, "3.51": true, "2.99.99": true, "": true, "x": true,
	} {
		assert.Equal(t, is, older(version, oldest), version)
	}
}

func TestOptionsThatCannotBeUsed(t *testing.T) {
	for field, o := range map[string]Options{
		"poll": {Poll: -1}, "busyTimeout": {BusyTimeout: -1}, "readers": {Readers: -1},
		"retention.age": {Store: store.Options{Retention: store.Retention{Age: -1}}},
	} {
		path := file(t)
		_, err := Open(path, &o)
		taxtest.RequireInputError(t, err, field)
		assert.NoFileExists(t, path)
	}
	_, err := Open("", nil)
	taxtest.RequireInputError(t, err, "path")
}

func TestPathsWithAnyCharacters(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	for _, name := range []string{"a b?mode=memory.db", "100%41.db", "#1.db", ":memory:", "file::memory:", "ä&x=y.db", "'\".db"} {
		s := opened(t, name, nil)
		_, err := s.Create(t.Context(), "", doc("DE", "19"))
		require.NoError(t, err, name)
		assert.FileExists(t, filepath.Join(folder, name))
		require.NoError(t, s.Close())
	}
}

func TestClosedStoreIsUnavailable(t *testing.T) {
	s := opened(t, file(t), nil)
	_, err := s.Create(t.Context(), "", doc("DE", "19"))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, err = s.Get(t.Context(), "", germany)
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	_, err = s.Create(t.Context(), "", doc("FR", "20"))
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	_, err = s.List(t.Context(), "", tax.Query{})
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	assert.ErrorAs(t, s.Watch(t.Context(), func(tax.Key) {}), new(*Error))
}

func TestErrorsSayWhichFileAndWhy(t *testing.T) {
	cause := errors.New("no space left")
	e := &Error{Kind: ErrFull, Path: "tax.db", Cause: cause}
	assert.EqualError(t, e, "sqlite: disk full: tax.db: no space left")
	assert.ErrorIs(t, e, ErrFull)
	assert.ErrorIs(t, e, cause)
	assert.EqualError(t, &Error{Path: "tax.db"}, "sqlite: failed: tax.db")
	assert.Empty(t, (&Error{}).Unwrap())
	text, err := json.Marshal(&Error{Kind: ErrBusy, Path: "\xff.db"})
	require.NoError(t, err)
	assert.Equal(t, "\"sqlite: locked by another process: \ufffd.db\"", string(text))
}
