package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/store/postgres"
)

// required makes it a failure that there is no server: set it where the tests must run.
const required = "TAX_POSTGRES_REQUIRED"

// shared is the server of the tests in this process.
var shared *cluster

// missing says why there is none.
var missing error

func TestMain(m *testing.M) {
	code := 1
	func() {
		defer func() {
			if shared != nil {
				shared.close()
			}
		}()
		shared, missing = newCluster()
		if missing != nil && os.Getenv(required) != "" {
			fmt.Fprintln(os.Stderr, "FAIL: no PostgreSQL, which", required, "asks for:", missing)
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
		t.Skipf("no PostgreSQL: %v (%s=1 makes this a failure)", missing, required)
	}
	return shared
}

// cluster is a PostgreSQL server with its own data in a temporary folder. It runs as nobody
// if the tests run as root, which PostgreSQL refuses.
type cluster struct {
	bin, folder, data string
	port              int
	prepared          sync.Once
	databases         atomic.Int64
}

// newCluster makes a cluster and starts its server.
func newCluster() (*cluster, error) {
	out, err := exec.Command("pg_config", "--bindir").Output()
	if err != nil {
		return nil, fmt.Errorf("pg_config --bindir: %w: install PostgreSQL with its server", err)
	}
	c := &cluster{bin: strings.TrimSpace(string(out))}
	if c.folder, err = os.MkdirTemp("", "postgres"); err != nil {
		return nil, err
	}
	c.data = filepath.Join(c.folder, "data")
	if os.Geteuid() == 0 {
		if err := os.Chown(c.folder, nobody, nobody); err != nil {
			return nil, err
		}
	}
	if err := c.run("initdb", "-D", c.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"); err != nil {
		os.RemoveAll(c.folder)
		return nil, err
	}
	if c.port, err = freePort(); err != nil {
		return nil, err
	}
	return c, c.start()
}

const nobody = 65534

// freePort returns a port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// run runs a program of PostgreSQL.
func (c *cluster) run(program string, args ...string) error {
	command := []string{filepath.Join(c.bin, program)}
	if os.Geteuid() == 0 {
		id := strconv.Itoa(nobody)
		command = []string{"setpriv", "--reuid", id, "--regid", id, "--clear-groups", command[0]}
	}
	cmd := exec.Command(command[0], append(command[1:], args...)...)
	cmd.Dir = c.folder
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) { // the server keeps the output open
		return fmt.Errorf("%s: %w: %s", program, err, bytes.TrimSpace(out.Bytes()))
	}
	return nil
}

// start starts the server and waits until it answers.
func (c *cluster) start() error {
	return c.run("pg_ctl", "-D", c.data, "-w", "-l", filepath.Join(c.folder, "log"), "-o",
		fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s -c max_connections=200 -c shared_buffers=64MB -c max_wal_senders=4 -c fsync=off", c.port, c.folder), "start")
}

// stop stops the server. The mode "immediate" is as if it had crashed.
func (c *cluster) stop(mode string) error {
	return c.run("pg_ctl", "-D", c.data, "-m", mode, "-w", "stop")
}

func (c *cluster) close() {
	_ = c.stop("immediate")
	os.RemoveAll(c.folder)
}

// dsn returns the connection string of a database.
func (c *cluster) dsn(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, database)
}

// template is the database that the others are copies of.
const template = "tables"

// database makes a database with empty tables for a test, and returns its connection string.
func (c *cluster) database(t testing.TB) string {
	t.Helper()
	ctx := context.Background()
	admin := connect(t, c.dsn("postgres"))
	c.prepared.Do(func() {
		_, err := admin.Exec(ctx, "CREATE DATABASE "+template)
		require.NoError(t, err)
		s, err := postgres.Connect(ctx, c.dsn(template), nil)
		require.NoError(t, err)
		require.NoError(t, s.Close())
	})
	name := "test" + strconv.FormatInt(c.databases.Add(1), 10)
	_, err := admin.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template)
	require.NoError(t, err)
	return c.dsn(name)
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
