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

// Many who ask at the same time wait in line, which no one gets out of by asking again.
func TestRequestsThatWaitInLineAreNotSentAgain(t *testing.T) {
	t.Parallel()
	b, err := open(t.Context(), connect(t, one(t)), nil)
	require.NoError(t, err)
	defer b.Close()
	const many = 260
	turns := make(chan chan struct{}, 10*many)
	go func() {
		for turn := range turns { // one after the other
			time.Sleep(2 * time.Millisecond)
			close(turn)
		}
	}()
	defer close(turns)
	var asked atomic.Int64
	lose := func(int64) bool { return false }
	b.request = func(ctx context.Context, _ string, _ []byte) (*nats.Msg, error) {
		if lose(asked.Add(1)) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		turn := make(chan struct{})
		turns <- turn
		<-turn
		return &nats.Msg{}, nil
	}
	var asking sync.WaitGroup
	for range many {
		asking.Go(func() {
			_, err := b.ask(t.Context(), "", nil)
			assert.NoError(t, err)
		})
	}
	asking.Wait()
	assert.EqualValues(t, many, asked.Load())
	lose = func(n int64) bool { return n == many+1 }
	_, err = b.ask(t.Context(), "", nil)
	require.NoError(t, err)
	assert.EqualValues(t, many+2, asked.Load(), "one that is lost is sent again")
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
	var l line
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
