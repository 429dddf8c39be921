package postgres_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/pgserver"
	"github.com/taxresolve/tax/store/postgres"
)

// shared is the server of the tests in this process.
var shared *cluster

// missing says why there is none.
var missing error

func TestMain(m *testing.M) {
	code := 1
	func() {
		defer func() {
			if shared != nil {
				_ = shared.Close()
			}
		}()
		if shared, missing = newCluster(); missing != nil {
			shared = nil
		}
		if missing != nil && os.Getenv(pgserver.Required) != "" {
			fmt.Fprintln(os.Stderr, "FAIL: no PostgreSQL, which", pgserver.Required, "asks for:", missing)
			return
		}
		code = m.Run()
	}()
	os.Exit(code)
}

// server returns the server of the tests, or skips the test if there is none.
func server(t testing.TB) *cluster {
	t.Helper()
	if missing != nil {
		t.Skipf("no PostgreSQL: %v (%s=1 makes this a failure)", missing, pgserver.Required)
	}
	return shared
}

// cluster is a PostgreSQL server, in which each test has a database of its own.
type cluster struct {
	*pgserver.Server
	prepared  sync.Once
	databases atomic.Int64
}

// newCluster starts a server with data of its own.
func newCluster() (*cluster, error) {
	s, err := pgserver.Start()
	return &cluster{Server: s}, err
}

// template is the database that the others are copies of.
const template = "tables"

// database makes a database with empty tables for a test, and returns its connection string.
func (c *cluster) database(t testing.TB) string {
	t.Helper()
	ctx := context.Background()
	admin := connect(t, c.DSN("postgres"))
	c.prepared.Do(func() {
		_, err := admin.Exec(ctx, "CREATE DATABASE "+template)
		require.NoError(t, err)
		s, err := postgres.Connect(ctx, c.DSN(template), nil)
		require.NoError(t, err)
		require.NoError(t, s.Close())
	})
	name := "test" + strconv.FormatInt(c.databases.Add(1), 10)
	_, err := admin.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template)
	require.NoError(t, err)
	return c.DSN(name)
}

// connect returns a pool that is closed at the end of the test.
func connect(t testing.TB, dsn string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), dsn)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// openStore opens a store that is closed at the end of the test.
func openStore(t testing.TB, dsn string, o *postgres.Options) *postgres.Store {
	t.Helper()
	s, err := postgres.Connect(context.Background(), dsn, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
