package nats

import (
	"bytes"
	"context"
	"net"
	"runtime/pprof"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// link makes connections that can be cut.
type link struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

// Dial connects unless the link is cut.
func (l *link) Dial(network, address string) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return nil, net.ErrClosed
	}
	conn, err := net.Dial(network, address)
	if err == nil {
		l.conns = append(l.conns, conn)
	}
	return conn, err
}

// set cuts the link or mends it.
func (l *link) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	if cut {
		for _, conn := range l.conns {
			_ = conn.Close()
		}
		l.conns = nil
	}
}

// reports are the keys that a call of Watch reported.
type reports struct {
	mu    sync.Mutex
	keys  map[tax.Key]int
	ended chan error
}

// follow watches a store until the end of the test.
func follow(t *testing.T, s *store.Versioned) *reports {
	t.Helper()
	r := &reports{keys: make(map[tax.Key]int), ended: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		r.ended <- s.Watch(ctx, func(key tax.Key) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.keys[key]++
		})
	}()
	t.Cleanup(func() { cancel(); <-returned })
	// The store reports everything, and its backend as well when it listens.
	require.Eventually(t, func() bool { return r.count(tax.Key{}) >= 2 }, 10*time.Second, time.Millisecond)
	return r
}

func (r *reports) count(key tax.Key) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys[key]
}

// put writes Germany.
func put(t *testing.T, s *store.Versioned, tenant string, percent int64) {
	t.Helper()
	out := s.Write(t.Context(), []store.Batch{{Key: tax.Key{Tenant: tenant, Country: "DE"}, Changes: []store.Change{{Action: store.Put, Configuration: taxOf(percent)}}}})[0]
	require.NoError(t, out.Err)
}

// forget makes the server forget who follows, as it does when it is restarted.
func forget(t *testing.T, s jetstream.Stream) {
	t.Helper()
	names := s.ConsumerNames(t.Context())
	for name := range names.Name() {
		require.NoError(t, s.DeleteConsumer(t.Context(), name))
	}
	require.NoError(t, names.Err())
}

// What is written while a follower has no connection is reported when it has one again,
// also the first change that there ever was.
func TestWatchReportsWhatWasWrittenWhileTheLinkWasCut(t *testing.T) {
	t.Parallel()
	url := one(t)
	writer, _ := opened(t, connect(t, url), "")
	var l link
	conn, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.SetCustomDialer(&l))
	require.NoError(t, err)
	defer conn.Close()
	reader, err := Open(t.Context(), conn, nil)
	require.NoError(t, err)
	js, err := jetstream.New(connect(t, url))
	require.NoError(t, err)
	stream, err := js.Stream(t.Context(), "KV_tax")
	require.NoError(t, err)
	seen := follow(t, reader)
	for i := range int64(3) {
		l.set(true)
		require.Eventually(t, func() bool { return !conn.IsConnected() }, 10*time.Second, time.Millisecond)
		tenant := string(rune('a' + i))
		put(t, writer, tenant, i)
		forget(t, stream)
		l.set(false)
		key := tax.Key{Tenant: tenant, Country: "DE"}
		require.Eventually(t, func() bool { return seen.count(key) > 0 }, 10*time.Second, time.Millisecond, "cut %d", i)
		put(t, writer, "after "+tenant, i)
		key.Tenant = "after " + tenant
		require.Eventually(t, func() bool { return seen.count(key) > 0 }, 10*time.Second, time.Millisecond, "after cut %d", i)
	}
}

// Who follows a connection that is closed for good is told.
func TestWatchEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	conn := connect(t, one(t))
	s, _ := opened(t, conn, "")
	seen := follow(t, s)
	conn.Close()
	select {
	case err := <-seen.ended:
		require.ErrorIs(t, err, nats.ErrConnectionClosed)
	case <-time.After(10 * time.Second):
		t.Fatal("Watch goes on although nothing can come any more")
	}
	require.ErrorIs(t, s.Watch(t.Context(), func(tax.Key) {}), nats.ErrConnectionClosed)
}

// A stream that was deleted and made anew, or restored from a backup, counts from a lower
// sequence. Everything is reported then, and what follows as well.
func TestWatchBeginsAnewWithAStreamThatWasRestored(t *testing.T) {
	t.Parallel()
	url := one(t)
	conn := connect(t, url)
	writer, _ := opened(t, conn, "")
	reader, _ := opened(t, connect(t, url), "")
	seen := follow(t, reader)
	for i := range int64(5) {
		put(t, writer, "", i)
	}
	require.Eventually(t, func() bool { return seen.count(tax.Key{Country: "DE"}) > 0 }, 10*time.Second, time.Millisecond)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	require.NoError(t, js.DeleteStream(t.Context(), "KV_tax"))
	another, _ := opened(t, conn, "")
	require.Eventually(t, func() bool { return seen.count(tax.Key{}) > 2 }, 20*time.Second, time.Millisecond)
	put(t, another, "new", 1)
	assert.Eventually(t, func() bool { return seen.count(tax.Key{Tenant: "new", Country: "DE"}) > 0 }, 10*time.Second, time.Millisecond)
}

// A store that is closed leaves nothing running, although its connection stays open.
func TestCloseLeavesNothingRunning(t *testing.T) {
	conn := connect(t, one(t))
	for range 3 {
		s, err := Open(t.Context(), conn, nil)
		require.NoError(t, err)
		ended, began := make(chan error), make(chan struct{}, 4)
		go func() { ended <- s.Watch(t.Context(), func(tax.Key) { began <- struct{}{} }) }()
		<-began
		<-began
		require.NoError(t, s.Close())
		require.Error(t, <-ended)
	}
	require.Eventually(t, func() bool {
		var all bytes.Buffer
		_ = pprof.Lookup("goroutine").WriteTo(&all, 2)
		return !bytes.Contains(all.Bytes(), []byte("nats.(*subscription)")) && !bytes.Contains(all.Bytes(), []byte("jetstream.(*ordered")) &&
			!bytes.Contains(all.Bytes(), []byte("jetstream.(*pull"))
	}, 10*time.Second, 5*time.Millisecond)
}

// A write may take effect after its writer was told that the outcome is not known. Who follows
// that store, and has loaded the country since, is told then.
func TestWatchReportsAWriteThatTakesEffectLater(t *testing.T) {
	t.Parallel()
	p, s, direct := behindProxy(t, again)
	seen := follow(t, s)
	key := tax.Key{Tenant: "shop", Country: "DE"}
	put(t, s, "shop", 2)
	put(t, s, "shop", 3) // the next write need not read the country
	p.Set(func() { p.Silent = true })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	out := s.Write(ctx, []store.Batch{{Key: key, Changes: []store.Change{{Configuration: taxOf(4)}}}})[0]
	require.ErrorIs(t, out.Err, store.ErrUnknownOutcome)
	assert.EqualValues(t, 3, read(t, direct, "shop"))
	before := seen.count(key) // the store itself has told of what it was asked to write
	p.Set(func() { p.Silent = false })
	require.Eventually(t, func() bool { return read(t, direct, "shop") == 4 }, again, time.Millisecond)
	require.Eventually(t, func() bool { return seen.count(key) > before }, again/4, time.Millisecond)
}

func TestOfTooManyLateWritesEveryOneIsReported(t *testing.T) {
	t.Parallel()
	var l late
	one, other := tax.Key{Country: "DE"}, tax.Key{Country: "FR"}
	assert.False(t, l.came(one, 1))
	l.note(one, 5)
	assert.False(t, l.came(other, 6))
	assert.False(t, l.came(one, 5), "the write before it")
	assert.True(t, l.came(one, 7))
	assert.False(t, l.came(one, 8), "it can come no more")
	for n := range mostLate + 1 {
		l.note(tax.Key{Tenant: strconv.Itoa(n), Country: "DE"}, 1)
	}
	assert.True(t, l.came(other, 9))
	assert.Empty(t, l.after)
}
