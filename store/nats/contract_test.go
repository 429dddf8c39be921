package nats

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/storetest"
)

// serve starts a server in this process.
func serve(t testing.TB) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(10*time.Second))
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

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
	s := serve(t)
	storetest.Run(t, storetest.Factory{
		Open: func(t *testing.T, place string, o *store.Options) tax.Store {
			given := Options{Bucket: bucketOf(place)}
			if o != nil {
				given.Store = *o
			}
			opened, err := Open(t.Context(), connect(t, s.ClientURL()), &given)
			require.NoError(t, err)
			return opened
		},
		Shared: true,
		Effort: 25,
	})
}
