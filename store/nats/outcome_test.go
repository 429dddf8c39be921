package nats

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// unsteady stores messages and loses the answers, as told.
type unsteady struct {
	jetstream.JetStream
	lost    int                     // the next calls, which reach nobody
	answers []func(err error) error // of the calls after those
	refused int                     // calls after those that store nothing
}

func (u *unsteady) PublishMsg(ctx context.Context, m *nats.Msg, o ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	if u.lost > 0 {
		u.lost--
		return nil, context.DeadlineExceeded
	}
	if len(u.answers) == 0 && u.refused > 0 {
		u.refused--
		return nil, unavailable(nil)
	}
	if len(u.answers) == 0 {
		return u.JetStream.PublishMsg(ctx, m, o...)
	}
	answer := u.answers[0]
	u.answers = u.answers[1:]
	ack, err := u.JetStream.PublishMsg(ctx, m, o...)
	return ack, answer(err)
}

// lostAnswer is what the client returns when the answer does not come.
func lostAnswer(error) error { return context.DeadlineExceeded }

// unavailable is the answer of a cluster without a leader.
func unavailable(error) error {
	return &jetstream.APIError{Code: 503, ErrorCode: codeUnavailable, Description: "JetStream system temporarily unavailable"}
}

// opened returns a store in a bucket and what keeps its documents.
func opened(t *testing.T, conn *nats.Conn, bucket string) (*store.Versioned, *backend) {
	t.Helper()
	b, err := open(t.Context(), conn, &Options{Bucket: bucket, Timeout: 2 * time.Second})
	require.NoError(t, err)
	s, err := store.New(b, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, b
}

// A write whose first answer was lost is not said to have failed because a later attempt is
// refused for another reason.
func TestAWriteIsNotSaidToHaveFailedAfterItsAnswerWasLost(t *testing.T) {
	t.Parallel()
	url := one(t)
	conn := connect(t, url)
	s, b := opened(t, conn, "")
	full := func(error) error {
		return &jetstream.APIError{Code: 400, ErrorCode: 10077, Description: "maximum bytes exceeded"}
	}
	b.js = &unsteady{JetStream: b.js, lost: 1, answers: []func(error) error{unavailable, full}}
	c, err := s.Create(t.Context(), "", taxOf(1))
	require.NoError(t, err)
	assert.EqualValues(t, 1, c.Metadata.Version)
	b.js = &unsteady{JetStream: b.js, answers: []func(error) error{func(error) error { conn.Close(); return context.DeadlineExceeded }}}
	_, err = s.Update(t.Context(), "", c)
	require.ErrorIs(t, err, store.ErrUnknownOutcome)
	other, _ := opened(t, connect(t, url), "")
	found, err := other.Get(t.Context(), "", germany)
	require.NoError(t, err)
	assert.EqualValues(t, 2, found.Metadata.Version)
}

// In a bucket that keeps one message of a country, one that another write replaced has left
// no trace.
func TestAWriteThatLeftNoTraceHasAnUnknownOutcome(t *testing.T) {
	conn := connect(t, one(t))
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	_, err = js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "short", History: 1})
	require.NoError(t, err)
	s, b := opened(t, conn, "short")
	other, _ := opened(t, conn, "short")
	c, err := s.Create(t.Context(), "", taxOf(1))
	require.NoError(t, err)
	b.js = &unsteady{JetStream: b.js, answers: []func(error) error{func(error) error {
		next := taxOf(3)
		next.Metadata.Version = 2
		_, err := other.Update(t.Context(), "", next)
		require.NoError(t, err)
		return context.DeadlineExceeded
	}}}
	began := time.Now()
	_, err = s.Update(t.Context(), "", c)
	require.ErrorIs(t, err, store.ErrUnknownOutcome)
	assert.NotErrorIs(t, err, tax.ErrConflict)
	assert.Less(t, time.Since(began), time.Second, "asking again tells nothing more")
}

// The limit of the bucket counts as well as that of the servers.
func TestWhatABucketDoesNotTakeIsTooLarge(t *testing.T) {
	t.Parallel()
	conn := connect(t, one(t))
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	_, err = js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "narrow", History: 5, MaxValueSize: 300})
	require.NoError(t, err)
	s, _ := opened(t, conn, "narrow")
	_, err = s.Create(t.Context(), "", taxOf(1))
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = s.Get(t.Context(), "", germany)
	require.ErrorIs(t, err, tax.ErrNotFound)
}

// While the servers elect a leader they say that they are unavailable for now. Reads and
// writes wait for it, as long as they may.
func TestReadsAndWritesWaitForALeader(t *testing.T) {
	t.Parallel()
	s, b := opened(t, connect(t, one(t)), "")
	steady, request := b.js, b.request
	asked := 0
	b.js = &unsteady{JetStream: steady, refused: 3}
	b.request = func(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
		if asked++; asked < 4 {
			return &nats.Msg{Data: []byte(`{"error":{"code":503,"err_code":10008,"description":"JetStream system temporarily unavailable"}}`)}, nil
		}
		return request(ctx, subject, data)
	}
	c, err := s.Create(t.Context(), "", taxOf(1))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, asked, 4)
	b.js, b.request = &unsteady{JetStream: steady, refused: 1 << 30}, request
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = s.Update(ctx, "", c)
	require.Error(t, err)
	assert.NotErrorIs(t, err, store.ErrUnknownOutcome, "nothing was sent")
}

// impatient stores messages, and ends the context of their writer before the answer comes.
type impatient struct {
	jetstream.JetStream
	end context.CancelFunc
}

func (i impatient) PublishMsg(ctx context.Context, m *nats.Msg, o ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	ack, err := i.JetStream.PublishMsg(ctx, m, o...)
	i.end()
	select {
	case <-time.After(grace / 8):
		return ack, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A write whose context ends while it is on its way waits for the answer a moment longer, so
// that its outcome is known, and what reads the country next finds it.
func TestAWriteWhoseContextEndsIsFoundOrNotMadeAtAll(t *testing.T) {
	t.Parallel()
	s, b := opened(t, connect(t, one(t)), "")
	put(t, s, "", 1)
	steady, request := b.js, b.request
	learned := false
	for range 10 { // on a slow machine the moment may be over
		ctx, cancel := context.WithCancel(t.Context())
		b.js = impatient{steady, cancel}
		before := read(t, s, "")
		out := s.Write(ctx, many("", store.Put, 2)[2:3])[0]
		cancel()
		assert.Equal(t, before+1, read(t, s, ""))
		if learned = out.Err == nil; learned {
			break
		}
		require.ErrorIs(t, out.Err, store.ErrUnknownOutcome)
	}
	assert.True(t, learned, "the answer was never waited for")
	b.js = steady
	before := read(t, s, "")
	b.recent.states = nil // so that the write has to read the country first
	ctx, cancel := context.WithCancel(t.Context())
	b.request = func(inner context.Context, subject string, data []byte) (*nats.Msg, error) {
		m, err := request(inner, subject, data)
		cancel()
		return m, err
	}
	require.ErrorIs(t, s.Write(ctx, many("", store.Put, 3)[2:3])[0].Err, context.Canceled)
	b.request = request
	assert.Equal(t, before, read(t, s, ""), "it said that nothing was written")
}

// A backend that has not written the country itself reads it before it writes, and finds another
// state than the one that the write was planned on.
func TestAWriteThatWasPlannedOnAnOlderStateIsRefused(t *testing.T) {
	t.Parallel()
	conn := connect(t, one(t))
	s, b := opened(t, conn, "")
	_, other := opened(t, conn, "")
	key := tax.Key{Tenant: "shop", Country: "DE"}
	put(t, s, "shop", 1)
	before, err := b.Load(t.Context(), key)
	require.NoError(t, err)
	put(t, s, "shop", 2)
	after := *before
	after.Revision++
	require.ErrorIs(t, other.save(t.Context(), &store.Commit{Key: key, Before: before, After: &after}), store.ErrMoved)
	require.EqualValues(t, 2, read(t, s, "shop"))
}
