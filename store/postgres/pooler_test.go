package postgres_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/internal/pgserver"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
)

// newPooler starts PgBouncer in transaction mode before a database, and returns the
// connection string through it.
func newPooler(t *testing.T, c *cluster, dsn string) string {
	t.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		path = "/usr/sbin/pgbouncer"
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no PgBouncer: install it to try transactions through a pooler: %v", err)
	}
	port, err := pgserver.FreePort()
	require.NoError(t, err)
	config := filepath.Join(c.Folder, fmt.Sprintf("pgbouncer%d.ini", port))
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `[databases]
* = host=127.0.0.1 port=%d user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
`, c.Port, port), 0o644))
	cmd := pgserver.Command(path, "-q", config)
	cmd.Dir = c.Folder
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address := fmt.Sprintf("127.0.0.1:%d", port)
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, 10*time.Second, 5*time.Millisecond)
	return strings.Replace(dsn, fmt.Sprintf("127.0.0.1:%d", c.Port), address, 1)
}

// use does everything that a store does.
func use(t *testing.T, s, other *postgres.Store) {
	r := watch(t, s)
	c, err := s.Create(t.Context(), "shop\x00", country("DE", "19"))
	require.NoError(t, err)
	for range 8 { // prepared statements would be used by now
		c, err = s.Update(store.WithAuthor(t.Context(), "anna"), "shop\x00", c)
		require.NoError(t, err)
	}
	_, err = s.Update(t.Context(), "shop\x00", country("DE", "1"))
	require.ErrorIs(t, err, tax.ErrConflict)
	var batches []store.Batch
	for i := range 100 {
		batches = append(batches, store.Batch{Key: tax.Key{Tenant: strconv.Itoa(i % 5), Country: []string{"AT", "BE", "DE", "FR", "NL"}[i/20]}, Changes: []store.Change{{Configuration: country([]string{"AT", "BE", "DE", "FR", "NL"}[i/20], "19")}}})
	}
	for _, out := range s.Write(t.Context(), batches) {
		require.NoError(t, out.Err)
	}
	page, err := s.List(t.Context(), "3", tax.Query{PageSize: 2})
	require.NoError(t, err)
	assert.Equal(t, 2, page.Len())
	require.NoError(t, s.Delete(t.Context(), "shop\x00", germany))
	versions, err := s.Versions(t.Context(), "shop\x00", germany)
	require.NoError(t, err)
	assert.Len(t, versions, 9)
	assert.Equal(t, "anna", versions[0].Author)
	require.NoError(t, put(t.Context(), other, "shop", "7"))
	r.eventually(t, shop)

	taxes := taxesOf(t, s, "shop\x00")
	made, err := taxes.Create(t.Context(), ampeco.Draft{Name: "VAT"})
	require.NoError(t, err)
	_, err = taxes.Update(t.Context(), made.ID, ampeco.Patch{Name: ampeco.Set("b")})
	require.NoError(t, err)
	for _, r := range []ampeco.Range{{Limit: 1, Total: true}, {Limit: 1, Total: true, Before: 9}} {
		list, err := taxesOf(t, other, "shop\x00").List(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, 1, list.Total)
		assert.Equal(t, "b", list.Taxes[0].Name)
	}
	require.NoError(t, taxes.Delete(t.Context(), made.ID))
}

func TestBehindATransactionPooler(t *testing.T) {
	c := server(t)
	dsn := c.database(t)
	through := newPooler(t, c, dsn) + "&default_query_exec_mode=exec"
	o := &postgres.Options{NoNotifications: true, Poll: 20 * time.Millisecond}
	use(t, openStore(t, through, o), openStore(t, through, o))
}

func TestEveryWayInWhichTheDriverExecutes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			dsn := server(t).database(t) + "&default_query_exec_mode=" + mode
			use(t, openStore(t, dsn, nil), openStore(t, dsn, nil))
		})
	}
}
