package nats

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// servers answers in place of servers that are behind or down, and counts who is asked.
type servers struct {
	request        func(ctx context.Context, subject string, data []byte) (*nats.Msg, error)
	late, former   *nats.Msg // what a server that is behind answers, and one that led; nil to ask the real one
	direct, leader int
	down           bool
}

func (s *servers) answer(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
	if strings.HasPrefix(subject, "$JS.API.DIRECT.GET.") {
		s.direct++
		if s.down {
			return nil, nats.ErrNoResponders
		}
		if s.late != nil {
			return s.late, nil
		}
	} else if strings.HasPrefix(subject, "$JS.API.STREAM.MSG.GET.") {
		s.leader++
		if s.former != nil {
			return s.former, nil
		}
	}
	return s.request(ctx, subject, data)
}

// spread returns a store whose reads come from any server, and who answers them.
func spread(t *testing.T, url string) (*store.Versioned, *backend, *servers) {
	t.Helper()
	b, err := open(t.Context(), connect(t, url), &Options{AnyServer: true, Timeout: time.Second})
	require.NoError(t, err)
	between := &servers{request: b.request}
	b.request = between.answer
	s, err := store.New(b, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, b, between
}

// read returns how often Germany was written, 0 if it was not.
func read(t *testing.T, s *store.Versioned, tenant string) int64 {
	t.Helper()
	set, err := s.Configurations(t.Context(), tax.Key{Tenant: tenant, Country: "DE"})
	require.NoError(t, err)
	if len(set) == 0 {
		return 0
	}
	return set[0].Metadata.Version
}

// now returns what a server answers for Germany.
func (s *servers) now(t *testing.T, subject string) *nats.Msg {
	t.Helper()
	m, err := s.request(t.Context(), subject, []byte(`{"last_by_subj":"$KV.tax.t.DE"}`))
	require.NoError(t, err)
	return m
}

const (
	direct = "$JS.API.DIRECT.GET.KV_tax"
	leader = "$JS.API.STREAM.MSG.GET.KV_tax"
)

func TestReadsFromAnyServerShowWhatThisStoreHasWrittenAndRead(t *testing.T) {
	t.Parallel()
	url := one(t)
	s, _, between := spread(t, url)
	other, _ := opened(t, connect(t, url), "")
	assert.Zero(t, read(t, s, ""))
	put(t, s, "", 1)
	between.direct, between.leader = 0, 0
	assert.EqualValues(t, 1, read(t, s, ""))
	assert.Equal(t, []int{1, 0}, []int{between.direct, between.leader}, "a server that has the write is enough")
	before := between.now(t, direct)
	put(t, s, "", 2)
	between.late = before
	assert.EqualValues(t, 2, read(t, s, ""), "its own write")
	between.late = nil
	put(t, other, "", 3)
	assert.EqualValues(t, 3, read(t, s, ""))
	between.late = before
	assert.EqualValues(t, 3, read(t, s, ""), "what it has read")
	between.late = &nats.Msg{Header: nats.Header{"Status": {"404"}}}
	assert.EqualValues(t, 3, read(t, s, ""), "a server that has nothing yet")
	between.down = true
	assert.EqualValues(t, 3, read(t, s, ""), "nobody answers but the leader")
}

func TestReadsFromAnyServerShowWhatWasReported(t *testing.T) {
	t.Parallel()
	url := one(t)
	s, b, between := spread(t, url)
	other, _ := opened(t, connect(t, url), "")
	put(t, other, "", 1)
	assert.EqualValues(t, 1, read(t, s, ""))
	between.late = between.now(t, direct)
	put(t, other, "", 2)
	assert.EqualValues(t, 1, read(t, s, ""), "nothing has told of the other write yet")
	seen := follow(t, s)
	assert.EqualValues(t, 2, read(t, s, ""), "everything was reported when it began to follow")
	between.late = between.now(t, direct)
	put(t, other, "", 3)
	key := tax.Key{Country: "DE"}
	require.Eventually(t, func() bool { return seen.count(key) > 0 }, 10*time.Second, time.Millisecond)
	assert.EqualValues(t, 3, read(t, s, ""))
	for n := range mostKnown + 1 { // so many that they are forgotten
		b.floors.raise(tax.Key{Tenant: strconv.Itoa(n)}, floor{1, 1})
	}
	assert.LessOrEqual(t, len(b.floors.known), mostKnown)
	assert.EqualValues(t, 3, read(t, s, ""), "the leader answers for what was forgotten")
}

// A server that led until a moment ago may not know of later writes, and not that it leads
// no longer.
func TestReadsFromAFormerLeaderDoNotGoBack(t *testing.T) {
	t.Parallel()
	url := one(t)
	s, b, between := spread(t, url)
	b.options.AnyServer = false
	put(t, s, "", 1)
	former := between.now(t, leader)
	put(t, s, "", 2)
	between.former = former
	_, err := s.Configurations(t.Context(), tax.Key{Country: "DE"})
	require.ErrorIs(t, err, tax.ErrUnavailable)
	require.ErrorIs(t, err, errBehind)
	b.behind.Store(time.Now().Add(-longestBehind - time.Second).UnixNano())
	assert.EqualValues(t, 1, read(t, s, ""), "what stays older was restored from a backup")
	between.former = nil
	assert.EqualValues(t, 2, read(t, s, ""))
}

func TestReadsGoOnWithAStreamThatWasMadeAnew(t *testing.T) {
	t.Parallel()
	url := one(t)
	s, b, _ := spread(t, url)
	for n := range int64(5) {
		put(t, s, "", n)
	}
	require.NoError(t, b.js.DeleteStream(t.Context(), "KV_tax"))
	another, _ := opened(t, connect(t, url), "")
	put(t, another, "", 1)
	assert.EqualValues(t, 1, read(t, s, ""))
}

func TestFloorsThatAreForgottenAreLeftToTheLeader(t *testing.T) {
	t.Parallel()
	var f floors
	one, other := tax.Key{Country: "DE"}, tax.Key{Country: "FR"}
	assert.True(t, f.open(one), "nothing was ever read")
	f.raise(one, floor{sequence: 5})
	assert.False(t, f.pass(one, floor{sequence: 4}))
	assert.True(t, f.pass(one, floor{sequence: 6}))
	f.raise(one, floor{sequence: 3})
	assert.False(t, f.pass(one, floor{sequence: 5}), "a floor never sinks")
	f.forget()
	assert.False(t, f.open(one))
	assert.False(t, f.pass(one, floor{sequence: 9}), "an answer that was on its way")
	assert.True(t, f.passLeader(other, floor{sequence: 2}))
	assert.False(t, f.open(one))
	assert.True(t, f.open(other))
	f.raise(one, floor{7, 3})
	sequence, ok := f.sequenceOf(one, 3)
	assert.True(t, ok)
	assert.EqualValues(t, 7, sequence)
	for _, revision := range []int64{0, 2, 4} {
		_, ok := f.sequenceOf(one, revision)
		assert.False(t, ok)
	}
	_, ok = f.sequenceOf(tax.Key{Country: "IT"}, 0)
	assert.False(t, ok)
}

// counter answers one after the other, as a busy server does, but for the request with a number,
// which is lost.
type counter struct {
	jetstream.JetStream
	turns chan chan struct{}
	asked atomic.Int64
	lost  int64
}

// queue returns a counter that is open until the test ends.
func queue(t *testing.T, js jetstream.JetStream) *counter {
	c := &counter{JetStream: js, turns: make(chan chan struct{}, 10_000)}
	go func() {
		for turn := range c.turns {
			time.Sleep(2 * time.Millisecond)
			close(turn)
		}
	}()
	t.Cleanup(func() { close(c.turns) })
	return c
}

func (c *counter) wait(ctx context.Context) error {
	if c.asked.Add(1) == c.lost {
		<-ctx.Done()
		return ctx.Err()
	}
	turn := make(chan struct{})
	c.turns <- turn
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *counter) request(ctx context.Context, _ string, _ []byte) (*nats.Msg, error) {
	return &nats.Msg{}, c.wait(ctx)
}

func (c *counter) PublishMsg(ctx context.Context, m *nats.Msg, o ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	if err := c.wait(ctx); err != nil {
		return nil, err
	}
	return c.JetStream.PublishMsg(ctx, m, o...)
}

// crowd is a number of requests that a counter answers in more than the time after which one that
// is lost is sent again.
const crowd = 300

// Many who ask at the same time wait in line, which no one gets out of by asking again.
func TestRequestsThatWaitInLineAreNotSentAgain(t *testing.T) {
	t.Parallel()
	b, err := open(t.Context(), connect(t, one(t)), nil)
	require.NoError(t, err)
	defer b.Close()
	c := queue(t, b.js)
	b.request = c.request
	var asking sync.WaitGroup
	for range crowd {
		asking.Go(func() {
			_, err := b.ask(t.Context(), "", nil)
			assert.NoError(t, err)
		})
	}
	asking.Wait()
	assert.EqualValues(t, crowd, c.asked.Load())
	c.lost = crowd + 1
	_, err = b.ask(t.Context(), "", nil)
	require.NoError(t, err)
	assert.EqualValues(t, crowd+2, c.asked.Load(), "one that is lost is sent again")
}

func TestWritesThatWaitInLineAreNotSentAgain(t *testing.T) {
	t.Parallel()
	b, err := open(t.Context(), connect(t, one(t)), nil)
	require.NoError(t, err)
	s, err := store.New(b, nil)
	require.NoError(t, err)
	defer s.Close()
	c := queue(t, b.js)
	b.js = c
	var writing sync.WaitGroup
	for n := range crowd {
		writing.Go(func() {
			_, err := s.Create(t.Context(), strconv.Itoa(n), taxOf(1))
			assert.NoError(t, err)
		})
	}
	writing.Wait()
	sent := c.asked.Load()
	assert.InDelta(t, crowd, sent, crowd/10, "on a busy machine one may get into the line late")
	c.lost = sent + 1
	began := time.Now()
	put(t, s, "lost", 1)
	assert.EqualValues(t, sent+2, c.asked.Load(), "one that is lost is sent again")
	assert.Less(t, time.Since(began), b.options.Timeout)
}

// Thousands may wait, so that none of them looks around all the time.
func TestARequestThatWaitsLooksForItsDenialEverMoreSeldom(t *testing.T) {
	t.Parallel()
	b, err := open(t.Context(), connect(t, one(t)), nil)
	require.NoError(t, err)
	defer b.Close()
	var looked []time.Duration
	began := time.Now()
	ctx, stop := b.watched(t.Context(), func(context.Context) error {
		if looked = append(looked, time.Since(began)); len(looked) == 5 {
			return ErrDenied
		}
		return nil
	})
	defer stop()
	<-ctx.Done()
	require.ErrorIs(t, context.Cause(ctx), ErrDenied)
	for i, least := range []time.Duration{1, 2, 4, 8, 16} {
		assert.GreaterOrEqual(t, looked[i], least*denial)
	}
}

func TestARequestIsLostWhenNobodyOrALaterOneIsAnswered(t *testing.T) {
	t.Parallel()
	l := line{beside: new(line)}
	now := time.Now()
	assert.False(t, l.waits(now), "nobody was answered")
	l.answered(now.Add(-time.Second))
	assert.True(t, l.waits(now), "one that was sent before was answered")
	l.answered(now.Add(apart / 2))
	assert.True(t, l.waits(now), "one that was sent at the same time was answered")
	l.answered(now.Add(2 * apart))
	l.answered(now)
	assert.False(t, l.waits(now), "one that was sent later was answered")
	l.heard.Store(now.Add(-2 * patience).UnixNano())
	assert.False(t, l.waits(now.Add(3*apart)), "nobody has been answered for long")
}

// Reads and writes share a network, and each are answered in an order of their own.
func TestARequestWaitsForAnotherLineUntilThatHasPassedIt(t *testing.T) {
	t.Parallel()
	var reads, writes line
	reads.beside, writes.beside = &writes, &reads
	now := time.Now()
	reads.answered(now.Add(-time.Second))
	assert.True(t, writes.waits(now), "the network brings answers to what was sent before")
	reads.answered(now.Add(2 * apart))
	assert.False(t, writes.waits(now), "a later read was answered, and no write")
	writes.answered(now.Add(-time.Second))
	assert.True(t, writes.waits(now), "a write that was sent before was answered")
	writes.answered(now.Add(2 * apart))
	assert.False(t, writes.waits(now), "a later write was answered")
	reads.served.Store(0)
	assert.False(t, writes.waits(now), "a later write was answered, whatever reads do")
}
