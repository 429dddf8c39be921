package postgres_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/proxy"
)

// aWrite is what a write of configurations has, for [proxy.TCP].DropAt.
const aWrite = "locationCode"

// newProxy returns a proxy to a database, and the connection string that goes through it.
func newProxy(t testing.TB, dsn string) (*proxy.TCP, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	p, err := proxy.Start(u.Host)
	require.NoError(t, err)
	t.Cleanup(p.Stop)
	u.Host = p.Addr()
	return p, u.String()
}
