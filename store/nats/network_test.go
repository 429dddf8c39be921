package nats

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/proxy"
	"github.com/taxresolve/tax/store"
)

// pings is how often the clients of these tests look whether their connection still works. One
// that does not is replaced when three pings have had no answer.
const pings = 200 * time.Millisecond

// again is how long it may take until a client has a connection again and calls work: three
// pings, and what a busy machine adds.
const again = 20 * time.Second

// behindProxy opens a store behind a proxy, with one document, and another one that is not.
func behindProxy(t *testing.T, timeout time.Duration) (p *proxy.TCP, s, direct *store.Versioned) {
	t.Helper()
	url := one(t)
	p, through := newProxy(t, url)
	direct, _ = opened(t, connect(t, url), "")
	put(t, direct, "shop", 1)
	conn, err := nats.Connect(through, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.PingInterval(pings), nats.Timeout(time.Second))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	s, err = Open(t.Context(), conn, &Options{Timeout: timeout})
	require.NoError(t, err)
	t.Cleanup(func() {
		p.Set(func() { p.Silent, p.Refusing, p.Delay = false, false, 0 })
		require.NoError(t, s.Close())
	})
	return p, s, direct
}

// What the client sends for a write, and for a read.
const (
	aWrite = "HPUB $KV."
	aRead  = "$JS.API.STREAM.MSG.GET."
)

// calls are one of each kind.
func calls(s *store.Versioned) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Get": func(ctx context.Context) error { _, err := s.Get(ctx, "shop", germany); return err },
		"Load": func(ctx context.Context) error {
			_, err := s.Configurations(ctx, tax.Key{Tenant: "shop", Country: "DE"})
			return err
		},
		"Versions": func(ctx context.Context) error { _, err := s.Versions(ctx, "shop", germany); return err },
		"List":     func(ctx context.Context) error { _, err := s.List(ctx, "shop", tax.Query{}); return err },
		"Write":    func(ctx context.Context) error { return s.Write(ctx, many("shop", store.Put, 2)[2:3])[0].Err },
		"Bulk":     func(ctx context.Context) error { return s.Write(ctx, many("new", store.Put, 2))[7].Err },
	}
}

// works requires that every call works again in time.
func works(t *testing.T, s *store.Versioned) {
	t.Helper()
	began := time.Now()
	for name, call := range calls(s) {
		require.Eventually(t, func() bool { return call(t.Context()) == nil }, again-time.Since(began), 5*time.Millisecond, name)
	}
}

// documented requires that an error, if there is one, is one of those that the package documents
// for a network that fails.
func documented(t *testing.T, err error, name string) {
	t.Helper()
	if err != nil && !errors.Is(err, tax.ErrUnavailable) {
		assert.ErrorIs(t, err, context.DeadlineExceeded, name)
	}
}

func TestASlowNetworkOnlyTakesLonger(t *testing.T) {
	t.Parallel()
	p, s, _ := behindProxy(t, 0)
	p.Set(func() { p.Delay = 20 * time.Millisecond })
	for name, call := range calls(s) {
		require.NoError(t, call(t.Context()), name)
	}
}

// narrow stores messages, and its answers take long.
type narrow struct{ jetstream.JetStream }

func (n narrow) PublishMsg(ctx context.Context, m *nats.Msg, o ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	ack, err := n.JetStream.PublishMsg(ctx, m, o...)
	return ack, errors.Join(err, narrowed(ctx))
}

// narrowed takes longer than another leader would be waited for.
func narrowed(ctx context.Context) error {
	select {
	case <-time.After(patience * 5 / 4):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A large country over a narrow link takes longer than another leader would: it comes although
// it was asked for again.
func TestAnswersThatTakeLongAreWaitedFor(t *testing.T) {
	t.Parallel()
	b, err := open(t.Context(), connect(t, one(t)), nil)
	require.NoError(t, err)
	b.options.Timeout = again
	request := b.request
	b.request = func(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
		m, err := request(ctx, subject, data)
		return m, errors.Join(err, narrowed(ctx))
	}
	b.js = narrow{b.js}
	s, err := store.New(b, nil)
	require.NoError(t, err)
	defer s.Close()
	put(t, s, "", 1)
	assert.EqualValues(t, 1, read(t, s, ""))
}

// The server hangs, and goes on later.
func TestEveryCallHasADeadlineWhenTheServerHangs(t *testing.T) {
	t.Parallel()
	p, s, direct := behindProxy(t, time.Second)
	p.Set(func() { p.Silent = true })
	var waiting sync.WaitGroup
	for name, call := range calls(s) {
		waiting.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			began := time.Now()
			assert.ErrorIs(t, call(ctx), context.DeadlineExceeded, name)
			assert.Less(t, time.Since(began), 3*time.Second, name)
			began = time.Now()
			assert.ErrorIs(t, call(context.Background()), tax.ErrUnavailable, name)
			assert.Less(t, time.Since(began), 5*time.Second, name)
		})
	}
	waiting.Wait()
	p.Set(func() { p.Silent = false })
	works(t, s)
	assert.GreaterOrEqual(t, read(t, direct, "shop"), int64(2))
}

func TestReadsSurviveConnectionsThatAreCut(t *testing.T) {
	t.Parallel()
	p, s, _ := behindProxy(t, again)
	for name, call := range calls(s) {
		if name != "Write" && name != "Bulk" {
			require.Positive(t, p.Cut())
			require.NoError(t, call(t.Context()), name)
		}
	}
	fastest := again
	for range 3 {
		p.Set(func() { p.DropAt = aRead })
		began := time.Now()
		_, err := s.Get(t.Context(), "shop", germany)
		require.NoError(t, err)
		fastest = min(fastest, time.Since(began))
	}
	p.Set(func() { assert.Equal(t, 3, p.Dropped) })
	assert.Less(t, fastest, patience, "nothing is waited for that went to the connection of before")
}

func TestAWriteWhoseConnectionIsCutTakesEffectOnce(t *testing.T) {
	t.Parallel()
	p, s, direct := behindProxy(t, again)
	c, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	for i := range int64(3) {
		p.Set(func() { p.DropAt = aWrite })
		c, err = s.Update(t.Context(), "shop", c)
		require.NoError(t, err, "it took effect")
		assert.EqualValues(t, i+2, c.Metadata.Version)
	}
	p.Set(func() { assert.Equal(t, 3, p.Dropped); p.DropAt = aWrite })
	_, err = s.Create(t.Context(), "other", taxOf(7))
	require.NoError(t, err, "of a country that was not there before")
	p.Set(func() { assert.Equal(t, 4, p.Dropped); p.DropAt = aWrite })
	for _, out := range s.Write(t.Context(), many("new", store.Create, 1)) {
		require.NoError(t, out.Err, "many together")
		assert.EqualValues(t, 1, out.Configurations[0].Metadata.Version)
	}
	p.Set(func() { assert.Equal(t, 5, p.Dropped) })
	for tenant, want := range map[string]int{"shop": 4, "other": 1, "new": 1} {
		versions, err := direct.Versions(t.Context(), tenant, germany)
		require.NoError(t, err)
		assert.Len(t, versions, want, "each write of %q once", tenant)
	}
}

func TestConnectionsThatAreRefusedAreUnavailableAndThenWorkAgain(t *testing.T) {
	t.Parallel()
	p, s, direct := behindProxy(t, time.Second)
	p.Set(func() { p.Refusing = true })
	p.Cut()
	for name, call := range calls(s) {
		require.ErrorIs(t, call(t.Context()), tax.ErrUnavailable, name)
	}
	p.Set(func() { p.Refusing = false })
	works(t, s)
	assert.GreaterOrEqual(t, read(t, direct, "shop"), int64(2))
}

// Packets vanish, and neither side is told: pings find it, and calls then work over another
// connection. Who follows misses nothing.
func TestAHalfOpenConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	p, s, direct := behindProxy(t, time.Second)
	seen := follow(t, s)
	p.Vanish()
	documented(t, calls(s)["Write"](t.Context()), "Write")
	documented(t, calls(s)["Get"](t.Context()), "Get")
	put(t, direct, "vanished", 1)
	works(t, s)
	key := tax.Key{Tenant: "vanished", Country: "DE"}
	require.Eventually(t, func() bool { return seen.count(key) > 0 || seen.count(tax.Key{}) > 2 }, again, time.Millisecond)
	put(t, direct, "after", 1)
	key.Tenant = "after"
	require.Eventually(t, func() bool { return seen.count(key) > 0 }, again, time.Millisecond)
}

// A change is two round trips of its writer, who reads what it is planned on, and one of the
// reader, who is told.
func TestAChangeTakesThreeRoundTrips(t *testing.T) {
	t.Parallel()
	url := one(t)
	writing, reading := connect(t, url), connect(t, url)
	writer, _ := opened(t, writing, "")
	reader, _ := opened(t, reading, "")
	put(t, writer, "", 1)
	seen := follow(t, reader)
	time.Sleep(100 * time.Millisecond) // until it has asked for what comes
	sent := func(conn *nats.Conn) uint64 { return conn.Stats().OutMsgs }
	before, asked := sent(writing), sent(reading)
	put(t, writer, "", 2)
	assert.EqualValues(t, 2, sent(writing)-before)
	require.Eventually(t, func() bool { return seen.count(tax.Key{Country: "DE"}) > 0 }, again, time.Millisecond)
	assert.EqualValues(t, 2, read(t, reader, ""))
	assert.EqualValues(t, 1, sent(reading)-asked)
	// The documents that a write leaves alone stay as they are.
	region := taxOf(3)
	region.Location.Region = "X-A"
	_, err := writer.Create(t.Context(), "", region)
	require.NoError(t, err)
	put(t, writer, "", 4)
	for location, version := range map[tax.Location]int64{germany: 3, region.Location: 1} {
		found, err := reader.Get(t.Context(), "", location)
		require.NoError(t, err)
		assert.Equal(t, version, found.Metadata.Version)
		versions, err := reader.Versions(t.Context(), "", location)
		require.NoError(t, err)
		assert.Len(t, versions, int(version))
	}
}

// While connections are cut again and again, nothing that was acknowledged is lost, and no
// error is of another kind than those that are documented.
func TestNothingAcknowledgedIsLostWhileConnectionsAreCut(t *testing.T) {
	t.Parallel()
	p, s, direct := behindProxy(t, 2*time.Second)
	scribes, stop := scribesOf(t, s)
	for range 10 {
		time.Sleep(30 * time.Millisecond)
		p.Cut()
	}
	stop()
	works(t, s)
	for _, w := range scribes {
		require.NoError(t, w.odd, "an error that is not documented")
		assert.Zero(t, w.lost)
		c, err := direct.Get(t.Context(), w.tenant, germany)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, c.Metadata.Version, w.acked.Load())
	}
}

func TestAServerThatIsDownAtTheStartIsUnavailable(t *testing.T) {
	t.Parallel()
	p, through := newProxy(t, one(t))
	p.Set(func() { p.Refusing = true })
	conn, err := nats.Connect(through, nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	require.NoError(t, err)
	defer conn.Close()
	began := time.Now()
	_, err = Open(t.Context(), conn, &Options{Timeout: 200 * time.Millisecond})
	require.ErrorIs(t, err, tax.ErrUnavailable)
	assert.Less(t, time.Since(began), 3*time.Second)
	p.Set(func() { p.Refusing = false })
	s, err := Open(t.Context(), conn, nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
}

// One who is slow to take in what has changed holds up nobody else, and is told of each country
// in the end.
func TestASlowFollowerHoldsUpNobody(t *testing.T) {
	t.Parallel()
	url := one(t)
	writer, _ := opened(t, connect(t, url), "")
	s, _ := opened(t, connect(t, url), "")
	quick := follow(t, s)
	slow, held := make(chan struct{}), make(chan struct{})
	var calls, told atomic.Int64
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		ended <- s.Watch(ctx, func(key tax.Key) {
			if calls.Add(1) == 3 {
				close(held)
				<-slow
			}
			if key.Tenant == "19" {
				told.Add(1)
			}
		})
	}()
	require.Eventually(t, func() bool { return calls.Load() >= 2 }, again, time.Millisecond)
	put(t, writer, "0", 1)
	<-held
	for n := range 20 {
		put(t, writer, strconv.Itoa(n), 2)
	}
	require.Eventually(t, func() bool { return quick.count(tax.Key{Tenant: "19", Country: "DE"}) > 0 }, again, time.Millisecond)
	assert.Zero(t, told.Load())
	close(slow)
	require.Eventually(t, func() bool { return told.Load() > 0 }, again, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}

// notice is one that a server has sent already, or sends late.
type notice struct {
	jetstream.Msg
	sequence uint64
}

func (n notice) Subject() string      { return "$KV.tax.t.DE" }
func (n notice) Headers() nats.Header { return nats.Header{writerHeader: {"another"}} }
func (n notice) Metadata() (*jetstream.MsgMetadata, error) {
	return &jetstream.MsgMetadata{Sequence: jetstream.SequencePair{Stream: n.sequence}}, nil
}

// Notices that come twice, or after later ones, take nothing back.
func TestNoticesThatComeTwiceOrLateTakeNothingBack(t *testing.T) {
	t.Parallel()
	url := one(t)
	s, b, between := spread(t, url)
	other, _ := opened(t, connect(t, url), "")
	seen := follow(t, s)
	key := tax.Key{Country: "DE"}
	put(t, other, "", 1)
	require.Eventually(t, func() bool { return seen.count(key) == 1 }, again, time.Millisecond)
	first := between.now(t, direct)
	put(t, other, "", 2)
	require.Eventually(t, func() bool { return seen.count(key) == 2 }, again, time.Millisecond)
	between.late = first
	last := &atomic.Uint64{}
	for _, sequence := range []uint64{2, 1, 2, 1} {
		b.feed.now.receive(notice{sequence: sequence}, last)
		assert.EqualValues(t, 2, read(t, s, ""))
	}
	require.Eventually(t, func() bool { return seen.count(key) > 2 }, again, time.Millisecond)
}
