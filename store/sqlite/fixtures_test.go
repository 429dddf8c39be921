package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// opened opens a database that is closed at the end of the test.
func opened(t testing.TB, path string, o *Options) *store.Versioned {
	t.Helper()
	s, err := Open(path, o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

// inside opens a backend, for tests that look into it.
func inside(t testing.TB, path string, o *Options) (*store.Versioned, *backend) {
	t.Helper()
	given := Options{}
	if o != nil {
		given = *o
	}
	require.NoError(t, given.complete(path))
	b := newBackend(path, given)
	require.NoError(t, b.open(oldest, migrations()))
	s, err := store.New(b, &given.Store)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s, b
}

// file returns the path of a database that does not exist yet.
func file(t testing.TB) string { return filepath.Join(t.TempDir(), "tax.db") }

// doc returns a document whose standard rate has a percentage.
func doc(location, percent string) tax.Configuration {
	return taxtest.Doc(location, taxtest.Class("STANDARD*", "2020-01-01 "+percent))
}

// inForce returns the first document of a country.
func inForce(c *store.Country) *store.Version {
	for v := range c.Documents.All() {
		return v
	}
	return nil
}

// at returns a document of a version, as one that was read has it.
func at(c tax.Configuration, version int64) tax.Configuration {
	c.Metadata.Version = version
	return c
}

var germany = tax.Location{Country: "DE"}

// edit changes the database behind the back of the store.
func edit(t testing.TB, b *backend, statement string, args ...any) {
	t.Helper()
	done, err := b.single.ExecContext(t.Context(), statement, args...)
	require.NoError(t, err)
	n, err := done.RowsAffected()
	require.NoError(t, err)
	require.NotZero(t, n, "nothing was changed")
}
