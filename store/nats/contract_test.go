package nats

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/storetest"
)

// connect returns a connection that is closed at the end of the test.
func connect(t testing.TB, url string) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

// bucketOf returns the name of a bucket for a place.
func bucketOf(place string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && bucketName.MatchString(string(r)) {
			return r
		}
		return '_'
	}, place)
	return name[max(len(name)-150, 0):]
}

func TestContract(t *testing.T) {
	options := serverOptions(t.TempDir())
	s := serve(t, options)
	options.Port = s.Addr().(*net.TCPAddr).Port
	url := s.ClientURL()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	storetest.Run(t, storetest.Factory{
		Open: func(t *testing.T, place string, o *store.Options) tax.Store {
			given := Options{Bucket: bucketOf(place), Timeout: 2 * time.Second}
			if o != nil {
				given.Store = *o
			}
			opened, err := Open(t.Context(), connect(t, url), &given)
			require.NoError(t, err)
			return opened
		},
		Shared: true,
		Break: func(t *testing.T, _ string) func() {
			s.Shutdown()
			s.WaitForShutdown()
			return func() { s = serve(t, options) }
		},
		Effort: 25,
	})
}
