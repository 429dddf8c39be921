package nats

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/proxy"
)

// newProxy returns a proxy to a server, and the URL that goes through it.
func newProxy(t testing.TB, url string) (*proxy.TCP, string) {
	t.Helper()
	p, err := proxy.Start(strings.TrimPrefix(url, "nats://"))
	require.NoError(t, err)
	t.Cleanup(p.Stop)
	return p, "nats://" + p.Addr()
}
