package sqlite

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// released returns what a release of a version of the tables left behind.
func released(t *testing.T, version int) (tables, rows string) {
	t.Helper()
	for name, to := range map[string]*string{".sql": &tables, ".rows.sql": &rows} {
		text, err := os.ReadFile("testdata/schema/" + strconv.Itoa(version) + name)
		require.NoError(t, err)
		*to = string(text)
	}
	return tables, rows
}

// made makes a database of a version of the tables.
func made(t *testing.T, version int, statements ...string) (path string) {
	t.Helper()
	path = file(t)
	b := newBackend(path, Options{})
	require.NoError(t, b.options.complete(path))
	require.NoError(t, b.connectPools())
	for _, s := range append(statements, fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d", version, application)) {
		_, err := b.single.ExecContext(t.Context(), s)
		require.NoError(t, err)
	}
	require.NoError(t, b.Close())
	return path
}

// number returns a number that a statement selects.
func number(t *testing.T, b *backend, statement string) (n int) {
	t.Helper()
	require.NoError(t, b.single.QueryRowContext(t.Context(), statement).Scan(&n))
	return n
}

func TestStepsThatWereReleasedStayAsTheyAre(t *testing.T) {
	for i, step := range migrations() {
		tables, _ := released(t, i+1)
		assert.Equal(t, tables, step, "schema/%d.sql was changed: databases that took it exist, so write a next step", i+1)
	}
	assert.NotEmpty(t, migrations())
}

func TestDatabasesOfEveryOlderReleaseAreBroughtUpToDate(t *testing.T) {
	for version := range len(migrations()) {
		version++
		t.Run(strconv.Itoa(version), func(t *testing.T) {
			var statements []string
			for step := range version {
				tables, rows := released(t, step+1)
				statements = append(statements, tables, rows)
			}
			path := made(t, version, statements...)
			s, b := inside(t, path, nil)
			assert.Equal(t, len(migrations()), number(t, b, "PRAGMA user_version"))

			set, err := s.Configurations(t.Context(), tax.Key{Country: "CA"})
			require.NoError(t, err)
			require.Len(t, set, 2)
			assert.Equal(t, "14.975", set[1].Classes[0].Rates[0].Percent.String())
			_, err = s.AsOf(t.Context(), tax.Key{Country: "CA"}, time.UnixMilli(1793000000000))
			assert.ErrorIs(t, err, store.ErrRemoved)
			versions, err := s.AsOf(t.Context(), tax.Key{Tenant: "shop", Country: "DE"}, time.UnixMilli(1795000000000))
			require.NoError(t, err)
			require.Len(t, versions, 1)
			assert.Equal(t, "DE version 1 from 2026-11-06T21:20:00Z until 2026-11-24T06:00:00Z", versions[0].String())
			c, err := s.Create(t.Context(), "shop", doc("DE", "19"))
			require.NoError(t, err)
			assert.EqualValues(t, 3, c.Metadata.Version)
			assert.Equal(t, 6, number(t, b, "SELECT max(sequence) FROM country"))
		})
	}
}

func TestDatabaseWithoutTablesGetsThemInOneStep(t *testing.T) {
	_, b := inside(t, file(t), nil)
	assert.Equal(t, 5, number(t, b, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"))
	assert.Equal(t, application, number(t, b, "PRAGMA application_id"))
	assert.Equal(t, 1, number(t, b, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"))
}

func TestLaterStepKeepsWhatIsThere(t *testing.T) {
	path := file(t)
	s, err := Open(path, nil)
	require.NoError(t, err)
	_, err = s.Create(t.Context(), "shop", doc("DE", "19"))
	require.NoError(t, err)
	require.NoError(t, s.Close())

	next := append(slices.Clone(migrations()), "CREATE TABLE note (text TEXT NOT NULL) STRICT; ALTER TABLE configuration ADD COLUMN mark TEXT NOT NULL DEFAULT ''")
	for range 2 { // the second time there is nothing to do
		s, err = open(path, nil, oldest, next)
		require.NoError(t, err)
		c, err := s.Get(t.Context(), "shop", germany)
		require.NoError(t, err)
		assert.Equal(t, "19", c.Classes[0].Rates[0].Percent.String())
		require.NoError(t, s.Close())
	}
	_, err = Open(path, nil)
	assert.ErrorIs(t, err, ErrSchema)
	assert.ErrorContains(t, err, "version 3, and this one knows 2")
}

func TestStepThatFailsChangesNothing(t *testing.T) {
	path := file(t)
	require.NoError(t, opened(t, path, nil).Close())
	next := append(slices.Clone(migrations()), "CREATE TABLE note (text TEXT)", "CREATE TABLE country (a TEXT)")
	_, err := open(path, nil, oldest, next)
	require.ErrorAs(t, err, new(*Error))
	_, b := inside(t, path, nil) // still of the first version
	assert.Equal(t, 0, number(t, b, "SELECT count(*) FROM sqlite_schema WHERE name = 'note'"))
}

func TestStoresThatOpenANewFileAtOnceAllSucceed(t *testing.T) {
	for range 5 {
		path := file(t)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				s, err := Open(path, nil)
				if !assert.NoError(t, err) {
					return
				}
				_, err = s.Create(t.Context(), strconv.Itoa(i), doc("DE", "19"))
				assert.NoError(t, err)
				assert.NoError(t, s.Close())
			})
		}
		wg.Wait()
	}
}
