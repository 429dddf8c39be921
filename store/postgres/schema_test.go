package postgres_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/store/postgres"
)

// tables describes the tables of the schema tax.
func tables(t *testing.T, dsn string) (list []string) {
	rows, err := connect(t, dsn).Query(t.Context(), `SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(collation_name, '')
		FROM information_schema.columns WHERE table_schema = 'tax'
		UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'tax' ORDER BY 1`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		list = append(list, line)
	}
	require.NoError(t, rows.Err())
	return list
}

func TestTablesOfEveryOlderVersionAreBroughtUpToDate(t *testing.T) {
	t.Parallel()
	newest := server(t).database(t)
	steps := postgres.Migrations()
	require.NotEmpty(t, steps)
	for from := range len(steps) + 1 {
		dsn := server(t).database(t)
		pool := connect(t, dsn)
		_, err := pool.Exec(t.Context(), "DROP SCHEMA tax CASCADE")
		require.NoError(t, err)
		if from > 0 {
			s, err := postgres.OpenSteps(t.Context(), pool, nil, steps[:from])
			require.NoError(t, err)
			require.NoError(t, s.Close())
			_, err = pool.Exec(t.Context(), `INSERT INTO tax.country (tenant, country, revision, retired, modified, changed, writer, tokens)
				VALUES ('shop', 'DE', 3, 0, now(), pg_current_xact_id(), 0, '')`)
			require.NoError(t, err)
			_, err = pool.Exec(t.Context(), `INSERT INTO tax.configuration (tenant, country, region, version, since, author, document)
				VALUES ('shop', 'DE', '', 3, now(), '', $1)`, `{"location":{"country":"DE"},"timeZone":"UTC","taxClasses":[{"code":"STANDARD","rate":19}],"metadata":{"version":3}}`)
			require.NoError(t, err)
		}
		if from > 1 {
			_, err = pool.Exec(t.Context(), `INSERT INTO tax.flat_tax_last VALUES ('shop', 3);
				INSERT INTO tax.flat_tax VALUES ('shop', 1, 1, now(), '1', '{"name":"VAT 20","percentage":20}'), ('shop', 2, 4, now(), '2', '{"name":"VAT 7","percentage":7.0}')`)
			require.NoError(t, err)
		}
		s := openStore(t, dsn, nil)
		assert.Equal(t, tables(t, newest), tables(t, dsn), "from version %d", from)
		if from > 0 {
			c, err := s.Get(t.Context(), "shop", germany)
			require.NoError(t, err)
			assert.EqualValues(t, 3, c.Metadata.Version)
		}
		require.NoError(t, put(t.Context(), s, "shop", "20"))
		made, err := taxesOf(t, s, "shop").Create(t.Context(), ampeco.Draft{Name: "x"})
		require.NoError(t, err)
		if from > 1 {
			assert.EqualValues(t, 4, made.ID)
			seven, err := taxesOf(t, s, "shop").Update(t.Context(), 2, ampeco.Patch{Name: ampeco.Set("VAT 7.0")})
			require.NoError(t, err)
			assert.Equal(t, "7.0", seven.Percentage.StringFixed(1))
		}
	}
}

func TestEachStepIsTakenOnceAndAllOfThemOrNone(t *testing.T) {
	dsn := server(t).database(t)
	steps := append(postgres.Migrations(), "CREATE TABLE {schema}.added (n int)", "INSERT INTO {schema}.added VALUES (1); ALTER TABLE {schema}.added ADD m int")
	broken := append(steps[:len(steps):len(steps)], "CREATE TABLE {schema}.more (n int); SELECT no_such_column")
	before := tables(t, dsn)
	_, err := postgres.OpenSteps(t.Context(), connect(t, dsn), nil, broken)
	require.ErrorContains(t, err, "no_such_column")
	assert.Equal(t, before, tables(t, dsn), "nothing is left of it")

	var wg sync.WaitGroup
	for range 8 { // processes that start together
		pool := connect(t, dsn)
		wg.Go(func() {
			s, err := postgres.OpenSteps(t.Context(), pool, nil, steps)
			if assert.NoError(t, err) {
				assert.NoError(t, s.Close())
			}
		})
	}
	wg.Wait()
	var n int
	require.NoError(t, connect(t, dsn).QueryRow(t.Context(), "SELECT count(*) FROM tax.added").Scan(&n))
	assert.Equal(t, 1, n)
}

func TestTablesOfANewerReleaseAreRefused(t *testing.T) {
	dsn := server(t).database(t)
	s, err := postgres.OpenSteps(t.Context(), connect(t, dsn), nil, append(postgres.Migrations(), "SELECT 1"))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	before := tables(t, dsn)
	_, err = postgres.Open(t.Context(), connect(t, dsn), nil)
	require.ErrorIs(t, err, postgres.ErrSchema)
	var of *postgres.Error
	require.True(t, errors.As(err, &of))
	assert.Contains(t, err.Error(), "version 3, and this one knows 2: update the program")
	assert.Equal(t, before, tables(t, dsn))
}

func TestAnySchemaCanHaveTheTables(t *testing.T) {
	dsn := server(t).database(t)
	for _, schema := range []string{"user", `a "quoted" one; DROP SCHEMA tax`, "Ünïcode", strings.Repeat("x", 63)} {
		s, other := openStore(t, dsn, &postgres.Options{Schema: schema}), openStore(t, dsn, &postgres.Options{Schema: schema})
		r := watch(t, s)
		require.NoError(t, put(t.Context(), other, "shop", "19"))
		r.eventually(t, shop)
		_, err := openStore(t, dsn, nil).Get(t.Context(), "shop", germany)
		require.ErrorIs(t, err, tax.ErrNotFound)
	}
}
