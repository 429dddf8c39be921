package histories

import (
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/nats"
)

// natsCluster starts three servers in this process, and returns their addresses.
func natsCluster(t *testing.T) string {
	t.Helper()
	routes := freeRoutes(t)
	var all []*server.Server
	for n, route := range routes {
		port, err := strconv.Atoi(route.Port())
		require.NoError(t, err)
		s, err := server.NewServer(&server.Options{ServerName: "n" + strconv.Itoa(n), Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(),
			NoSigs: true, NoLog: true, Cluster: server.ClusterOpts{Name: "histories", Host: "127.0.0.1", Port: port}, Routes: routes})
		require.NoError(t, err)
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		all = append(all, s)
	}
	var urls []string
	for _, s := range all {
		require.True(t, s.ReadyForConnections(10*time.Second))
		urls = append(urls, s.ClientURL())
	}
	return strings.Join(urls, ",")
}

// freeRoutes returns addresses on which servers can find each other.
func freeRoutes(t *testing.T) (routes []*url.URL) {
	t.Helper()
	for range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close() // all are taken before one is given back
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
	}
	return routes
}

// line makes connections that can be cut.
type line struct {
	mu    sync.Mutex
	conns []net.Conn
}

// Dial connects.
func (l *line) Dial(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address)
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.conns = append(l.conns, conn)
	}
	return conn, err
}

// cut ends the connections. Their client connects again.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range l.conns {
		_ = conn.Close()
	}
	l.conns = nil
}

// processes returns stores with a connection each, as processes have them, and what cuts one
// of the connections.
func processes(t *testing.T, urls string, count int, o nats.Options) (handles []tax.Store, cut func(n int)) {
	t.Helper()
	lines := make([]line, count)
	for n := range count {
		conn, err := natsgo.Connect(urls, natsgo.MaxReconnects(-1), natsgo.ReconnectWait(time.Millisecond), natsgo.SetCustomDialer(&lines[n]),
			natsgo.ErrorHandler(func(*natsgo.Conn, *natsgo.Subscription, error) {}))
		require.NoError(t, err)
		t.Cleanup(conn.Close)
		s, err := nats.Open(t.Context(), conn, &o)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		handles = append(handles, s)
	}
	return handles, func(n int) { lines[n].cut() }
}

// Writes are linearizable, and so are reads from the leader. Reads from any server show at
// least what the process itself has read and written. Connections are cut at random moments.
func TestNATSIsLinearizableAndReadsDoNotGoBack(t *testing.T) {
	log.SetOutput(io.Discard) // what a server says of clients that are cut
	urls := natsCluster(t)
	for _, c := range []struct {
		name  string
		any   bool
		run   func(uint64, [2]string, []tax.Store) ([]StoreOperation, error)
		fault func([]StoreOperation) string
	}{
		{"leader", false, RunStore, StoreFault},
		{"any server", true, RunKeeping, BehindFault},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			handles, cut := processes(t, urls, 3, nats.Options{Bucket: strings.ReplaceAll(c.name, " ", "-"), Replicas: 3, AnyServer: c.any, Timeout: 30 * time.Second})
			operations, cuts, failed := 0, 0, 0
			for n := range uint64(max(wanted(t)/1000, 6)) {
				seed := first(t) + n
				stop, stopped := make(chan struct{}), make(chan struct{})
				go func() {
					defer close(stopped)
					for r := rand.New(rand.NewPCG(seed, 7)); ; cuts++ {
						select {
						case <-stop:
							return
						case <-time.After(time.Duration(r.IntN(40)+1) * time.Millisecond):
							cut(r.IntN(len(handles)))
						}
					}
				}()
				name := strconv.FormatUint(seed, 10)
				ops, err := c.run(seed, [2]string{name, name + "a"}, handles)
				close(stop)
				<-stopped
				require.NoError(t, err)
				fault := c.fault(ops)
				require.Empty(t, fault, "PROOF_SCRIPT=%d", seed)
				operations += len(ops)
				for i := range ops {
					if ops[i].unsure() || errors.Is(ops[i].Err, tax.ErrUnavailable) {
						failed++
					}
				}
			}
			t.Logf("%d operations, %d cuts, %d that failed or have an unknown outcome", operations, cuts, failed)
			assert.Positive(t, cuts)
			assert.Less(t, failed, operations/4, "too little is left to judge")
		})
	}
}

// A proof that accepted these histories would accept a store with their mistakes.
func TestReadsThatGoBackAreFound(t *testing.T) {
	key := tax.Key{Country: "DE"}
	create := StoreOperation{Act: Create, Key: key, Percent: 1, Version: 1, Call: 1, Return: 2}
	update := StoreOperation{Act: Update, Key: key, Given: 1, Percent: 2, Version: 2, Call: 3, Return: 4}
	read := func(handle int, version, percent, call int64) StoreOperation {
		o := StoreOperation{Act: Get, Handle: handle, Key: key, Version: version, Percent: percent, Call: call, Return: call + 1}
		if version == 0 {
			o.Err = &tax.StoreError{Kind: tax.ErrNotFound}
		}
		return o
	}
	for name, c := range map[string]struct {
		ops   []StoreOperation
		fault string
	}{
		"behind the write of another":     {[]StoreOperation{create, update, read(1, 1, 1, 5), read(1, 2, 2, 7)}, ""},
		"behind its own write":            {[]StoreOperation{create, update, read(0, 1, 1, 5)}, "goes back"},
		"behind its own write to nothing": {[]StoreOperation{create, update, read(0, 0, 0, 5)}, "goes back"},
		"behind what it has read":         {[]StoreOperation{create, update, read(1, 2, 2, 5), read(1, 1, 1, 7)}, "goes back"},
		"of what nobody has written":      {[]StoreOperation{create, update, read(1, 2, 7, 5)}, "nobody has written"},
		"of what is written later":        {[]StoreOperation{create, read(1, 2, 2, 2), {Act: Update, Key: key, Given: 1, Percent: 2, Version: 2, Call: 9, Return: 10}}, "nobody has written"},
		"writes that are not one by one":  {[]StoreOperation{create, update, {Act: Update, Key: key, Given: 1, Percent: 3, Version: 2, Call: 5, Return: 6}}, "no store does this"},
	} {
		if fault := BehindFault(c.ops); c.fault == "" {
			assert.Empty(t, fault, name)
		} else {
			assert.Contains(t, fault, c.fault, name)
		}
	}
}

// An operation whose outcome is not known may have taken effect, or not, or later.
func TestUnknownOutcomesMayBeEither(t *testing.T) {
	key := tax.Key{Country: "DE"}
	create := StoreOperation{Act: Create, Key: key, Percent: 1, Version: 1, Call: 1, Return: 2}
	lost := StoreOperation{Act: Update, Key: key, Given: 1, Percent: 2, Err: store.ErrUnknownOutcome, Call: 3, Return: 4}
	read := func(version, percent, call int64) StoreOperation {
		return StoreOperation{Act: Get, Key: key, Version: version, Percent: percent, Call: call, Return: call + 1}
	}
	assert.Empty(t, StoreFault([]StoreOperation{create, lost, read(1, 1, 5)}))
	assert.Empty(t, StoreFault([]StoreOperation{create, lost, read(2, 2, 5)}))
	assert.Empty(t, StoreFault([]StoreOperation{create, lost, read(1, 1, 5), read(2, 2, 7)}))
	assert.NotEmpty(t, StoreFault([]StoreOperation{create, lost, read(2, 2, 5), read(1, 1, 7)}))
	assert.NotEmpty(t, StoreFault([]StoreOperation{create, lost, read(2, 3, 5)}))
}
