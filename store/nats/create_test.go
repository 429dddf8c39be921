package nats

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/rand/v2"
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
	"github.com/taxresolve/tax/internal/proxy"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// many returns a batch for each of some countries of a tenant.
func many(tenant string, action store.Action, percent int64) (batches []store.Batch) {
	for _, code := range []string{"AT", "BE", "DE", "ES", "FR", "IT", "NL", "PL"} {
		c := taxOf(percent)
		c.Location.Country = code
		batches = append(batches, store.Batch{Key: tax.Key{Tenant: tenant, Country: code}, Changes: []store.Change{{Action: action, Configuration: c}}})
	}
	return batches
}

// forgetful loses every fourth message that is sent without waiting, and the answer to another.
type forgetful struct {
	jetstream.JetStream
	sent, again atomic.Int64
}

func (f *forgetful) PublishMsgAsync(m *nats.Msg, o ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	n := f.sent.Add(1) % 4
	if n == 0 {
		return lost{}, nil
	}
	future, err := f.JetStream.PublishMsgAsync(m, o...)
	if n == 2 && err == nil {
		return lost{future}, nil
	}
	return future, err
}

func (f *forgetful) PublishMsg(ctx context.Context, m *nats.Msg, o ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	f.again.Add(1)
	return f.JetStream.PublishMsg(ctx, m, o...)
}

// lost is an answer that the client waits for in vain.
type lost struct{ jetstream.PubAckFuture }

func (lost) Ok() <-chan *jetstream.PubAck { return nil }

func (lost) Err() <-chan error {
	c := make(chan error, 1)
	c <- jetstream.ErrAsyncPublishTimeout
	return c
}

// What is written together is sent without waiting. Where the answer is lost, it is looked for,
// and found to be stored; or it is not, and sent again.
func TestAnswersThatAreLostAmongManyAreFound(t *testing.T) {
	t.Parallel()
	s, b := opened(t, connect(t, one(t)), "")
	unsteady := &forgetful{JetStream: b.js}
	b.js = unsteady
	for i, out := range s.Write(t.Context(), many("shop", store.Create, 1)) {
		require.NoError(t, out.Err, "%d", i)
		assert.EqualValues(t, 1, out.Configurations[0].Metadata.Version)
	}
	assert.EqualValues(t, 8, unsteady.sent.Load())
	assert.EqualValues(t, 2, unsteady.again.Load())
	page, err := s.List(t.Context(), "shop", tax.Query{})
	require.NoError(t, err)
	assert.Len(t, page.Configurations(), 8)
	for _, out := range s.Write(t.Context(), many("shop", store.Create, 2)) {
		require.ErrorIs(t, out.Err, tax.ErrExists)
	}
}

// A tenant that has something is asked what it has, and not for each country that is new.
func TestManyNewCountriesAreLookedForTogether(t *testing.T) {
	t.Parallel()
	url := one(t)
	s, b := opened(t, connect(t, url), "")
	other, _ := opened(t, connect(t, url), "")
	batches := many("shop", store.Put, 1)
	for _, out := range other.Write(t.Context(), batches[:2]) {
		require.NoError(t, out.Err)
	}
	var asked atomic.Int64
	request := b.request
	b.request = func(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
		asked.Add(1)
		return request(ctx, subject, data)
	}
	for _, out := range s.Write(t.Context(), batches[2:]) {
		require.NoError(t, out.Err)
	}
	assert.EqualValues(t, 2, asked.Swap(0), "what is the newest, and what is there")
	for _, out := range s.Write(t.Context(), many("shop", store.Put, 2)) {
		require.NoError(t, out.Err)
		assert.EqualValues(t, 2, out.Configurations[0].Metadata.Version, "what is there is found")
	}
	assert.EqualValues(t, 2+len(batches), asked.Load())
}

func TestAnAnswerThatLacksSubjectsSaysNothingAboutOthers(t *testing.T) {
	t.Parallel()
	written, err := subjectsIn([]byte(`{"total":2,"state":{"last_seq":8,"subjects":{"a":1,"b":7}}}`), 8)
	require.NoError(t, err)
	assert.Equal(t, map[string]bool{"a": true, "b": true}, written)
	for _, answer := range []string{
		`{"total":2,"state":{"last_seq":7,"subjects":{"a":1,"b":6}}}`, // of a server that is behind
		`{"total":3,"state":{"last_seq":8,"subjects":{"a":1,"b":7}}}`,
		`{"error":{"code":503,"err_code":10008}}`, `{`,
	} {
		_, err = subjectsIn([]byte(answer), 8)
		require.Error(t, err, answer)
	}
}

// Others may have created some of the countries since they were looked for.
func TestCountriesThatOthersHaveCreatedAreNotOverwritten(t *testing.T) {
	t.Parallel()
	url := one(t)
	s, b := opened(t, connect(t, url), "")
	other, _ := opened(t, connect(t, url), "")
	request, done := b.request, false
	b.request = func(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
		m, err := request(ctx, subject, data)
		if !done {
			done = true
			for _, out := range other.Write(t.Context(), many("shop", store.Put, 1)[:3]) {
				require.NoError(t, out.Err)
			}
		}
		return m, err
	}
	for i, out := range s.Write(t.Context(), many("shop", store.Create, 2)) {
		if i < 3 {
			require.ErrorIs(t, out.Err, tax.ErrExists)
		} else {
			require.NoError(t, out.Err)
		}
	}
}

// A tenant that has nothing is asked for once, and not once for each country.
func TestANewTenantIsAskedForOnce(t *testing.T) {
	t.Parallel()
	s, b := opened(t, connect(t, one(t)), "")
	var asked atomic.Int64
	request := b.request
	b.request = func(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
		asked.Add(1)
		return request(ctx, subject, data)
	}
	write := func(percent int64) {
		for _, out := range s.Write(t.Context(), append(many("a", store.Put, percent), many("b", store.Put, percent)...)) {
			require.NoError(t, out.Err)
		}
	}
	write(1)
	const repeated = 8 // on a slow machine
	assert.Less(t, asked.Swap(0), int64(2+repeated))
	write(2)
	assert.Less(t, asked.Load(), int64(2+16+repeated), "both have countries now, which writes are planned on")
	for _, tenant := range []string{"a", "b"} {
		page, err := s.List(t.Context(), tenant, tax.Query{})
		require.NoError(t, err)
		assert.Len(t, page.Configurations(), 8)
		assert.EqualValues(t, 2, page.Configurations()[0].Metadata.Version)
	}
}

// A state is stored as what json.Marshal makes of it, compressed as gzip.
func TestStatesAreJSONCompressedAsGzip(t *testing.T) {
	at := time.Date(2026, 3, 31, 9, 52, 15, 123e6, time.UTC)
	for _, s := range []state{
		{Revision: 1, Modified: at},
		{Revision: 2, Retired: 7, Modified: at, Author: "Ann <\"&\u2028>", Unkept: true, Versions: 3, Age: time.Hour, Documents: []document{
			{Version: 1, From: at, Configuration: json.RawMessage(`{"a":"<é>"}`)},
			{Region: "X-É", Version: 3, From: at.Add(1), Author: "Ben\n", Base: &tax.Metadata{Version: 4, Source: "<x>"}, Cause: "\x00"},
		}},
	} {
		compressed, err := s.encode(math.MaxInt)
		require.NoError(t, err)
		r, err := gzip.NewReader(bytes.NewReader(compressed))
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		want, err := json.Marshal(&s)
		require.NoError(t, err)
		assert.JSONEq(t, string(want), string(text))
		var other bytes.Buffer
		w := gzip.NewWriter(&other)
		_, err = w.Write(want)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		read := decode(&message{data: other.Bytes(), header: nats.Header{revisionHeader: {strconv.FormatInt(s.Revision, 10)}}})
		assert.Equal(t, s.Revision, read.Revision)
		assert.Len(t, read.Documents, len(s.Documents))
	}
	late := state{Revision: 1, Modified: at, Documents: []document{{From: at.AddDate(9000, 0, 0)}}}
	_, err := late.encode(math.MaxInt)
	assert.ErrorContains(t, err, "year")
	large := state{Revision: 1, Modified: at, Author: strings.Repeat("x", 2*mostKept)}
	_, err = large.encode(math.MaxInt)
	assert.NoError(t, err)
}

// What would not fit into a message of its bucket is compressed as well as it can be.
func TestADocumentThatFitsWhenItIsCompressedWellIsStored(t *testing.T) {
	t.Parallel()
	s, b := opened(t, connect(t, one(t)), "")
	c := taxOf(1)
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for text.Len() < mostQuick/2 {
		text.WriteString("tax " + strconv.Itoa(random.IntN(1000)) + " ")
	}
	c.Classes[0].Description = tax.MustLocalizedText(map[string]string{"en": text.String()})
	c, err := s.Create(t.Context(), "shop", c)
	require.NoError(t, err)
	subject, _ := b.subjectOf(tax.Key{Tenant: "shop", Country: "DE"})
	quick, err := b.last(t.Context(), subject)
	require.NoError(t, err)
	b.most = headers + len(quick.data)*98/100
	_, err = s.Update(t.Context(), "shop", c)
	require.NoError(t, err)
}

// slowing has an event before the first of many messages.
type slowing struct {
	jetstream.JetStream
	first func()
}

func (s slowing) PublishMsgAsync(m *nats.Msg, o ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	s.first()
	return s.JetStream.PublishMsgAsync(m, o...)
}

// openedBehindProxy opens a store with the default options through a proxy. Its network is quick
// again when the test ends.
func openedBehindProxy(t *testing.T) (p *proxy.TCP, b *backend, s *store.Versioned) {
	t.Helper()
	p, through := newProxy(t, one(t))
	b, err := open(t.Context(), connect(t, through), nil)
	require.NoError(t, err)
	s, err = store.New(b, nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		p.Set(func() { p.Delay, p.Rate = 0, 0 })
		require.NoError(t, s.Close())
	})
	return p, b, s
}

// Many messages over a slow network take longer than one, and are not taken for lost.
func TestNewCountriesOverASlowNetworkAreWaitedFor(t *testing.T) {
	t.Parallel()
	p, b, s := openedBehindProxy(t)
	var asked atomic.Int64
	request := b.request
	b.request = func(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
		asked.Add(1)
		return request(ctx, subject, data)
	}
	b.js = slowing{b.js, sync.OnceFunc(func() {
		p.Set(func() { p.Delay = patience * 3 / 2 })
		asked.Store(0)
	})}
	for _, out := range s.Write(t.Context(), many("shop", store.Create, 1)) {
		require.NoError(t, out.Err)
	}
	assert.Zero(t, asked.Load(), "nobody looked whether they are stored")
}

// Over a narrow network each of many new countries waits for those before it: all are sent once,
// and nobody has to look whether they are stored.
func TestManyNewCountriesOverANarrowNetworkAreSentOnce(t *testing.T) {
	t.Parallel()
	p, b, s := openedBehindProxy(t)
	counting := &counted{JetStream: b.js}
	b.js = counting
	var batches []store.Batch
	for _, code := range rates.Countries() {
		c := taxOf(1)
		c.Location.Country = code
		for _, tenant := range []string{"a", "b"} {
			batches = append(batches, store.Batch{Key: tax.Key{Tenant: tenant, Country: code}, Changes: []store.Change{{Configuration: c}}})
		}
	}
	p.Set(func() { p.Rate = 40_000 })
	for _, out := range s.Write(t.Context(), batches) {
		require.NoError(t, out.Err)
	}
	assert.LessOrEqual(t, counting.sent.Load()+counting.again.Load(), int64(len(batches)*11/10), "on a busy machine some may be taken for lost")
}

// counted counts the messages that are sent.
type counted struct {
	jetstream.JetStream
	sent, again atomic.Int64
}

func (c *counted) PublishMsgAsync(m *nats.Msg, o ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	c.sent.Add(1)
	return c.JetStream.PublishMsgAsync(m, o...)
}

func (c *counted) PublishMsg(ctx context.Context, m *nats.Msg, o ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	c.again.Add(1)
	return c.JetStream.PublishMsg(ctx, m, o...)
}

// Twice as many messages are on their way after each round trip, until they wait for each other.
func TestTheWindowIsAsWideAsTheNetworkTakes(t *testing.T) {
	t.Parallel()
	var w window
	trip := func(took time.Duration) int {
		for range w.size() {
			w.answered(took)
		}
		return w.size()
	}
	assert.Equal(t, firstly, w.size())
	for _, want := range []int{32, 64, 128, 256, atOnce, atOnce} {
		assert.Equal(t, want, trip(time.Second), "a long way is not a narrow one")
	}
	for want := atOnce - 1; want > 0; want-- {
		w.answered(time.Second + queueing + 1)
		assert.Equal(t, want, w.size(), "each has waited too long")
	}
	assert.Equal(t, 2, trip(time.Minute))
	assert.Equal(t, 4, trip(time.Minute+queueing), "the way is longer now")
	w.answered(time.Millisecond)
	assert.Equal(t, 5, w.size())
	w.answered(2*time.Millisecond + queueing)
	assert.Equal(t, 4, w.size(), "it is shorter now")
	w.shut()
	assert.Equal(t, firstly, w.size())
	w.answered(time.Second)
	assert.Equal(t, firstly+1, w.size())
	w.answered(time.Second + queueing + 1)
	w.answered(time.Second + queueing + 1)
	assert.Equal(t, firstly-1, w.size())
}

// watchful notes how many messages were sent before an answer was looked at.
type watchful struct {
	jetstream.JetStream
	sent, before int
}

func (w *watchful) PublishMsgAsync(m *nats.Msg, o ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	w.sent++
	future, err := w.JetStream.PublishMsgAsync(m, o...)
	return looked{future, w}, err
}

type looked struct {
	jetstream.PubAckFuture
	at *watchful
}

func (l looked) Ok() <-chan *jetstream.PubAck {
	if l.at.before == 0 {
		l.at.before = l.at.sent
	}
	return l.PubAckFuture.Ok()
}

func TestNewCountriesAreSentAsTheNetworkTakesThem(t *testing.T) {
	t.Parallel()
	s, b := opened(t, connect(t, one(t)), "")
	w := &watchful{JetStream: b.js}
	b.js = w
	var batches []store.Batch
	for n := range 5 {
		batches = append(batches, many(strconv.Itoa(n), store.Create, 1)...)
	}
	for _, out := range s.Write(t.Context(), batches) {
		require.NoError(t, out.Err)
	}
	assert.Equal(t, firstly, w.before)
	assert.Equal(t, len(batches), w.sent)
	assert.Greater(t, b.window.size(), firstly)
}

// When nobody answers, what is not on its way yet is not sent. It is known not to be stored, and
// nobody waits for it.
func TestNewCountriesAreNotSentWhenNobodyAnswers(t *testing.T) {
	t.Parallel()
	url := one(t)
	p, through := newProxy(t, url)
	b, err := open(t.Context(), connect(t, through), &Options{Timeout: time.Second})
	require.NoError(t, err)
	s, err := store.New(b, nil)
	require.NoError(t, err)
	defer s.Close()
	direct, _ := opened(t, connect(t, url), "")
	put(t, direct, "other", 1)
	counting := &counted{JetStream: b.js}
	b.js = slowing{counting, sync.OnceFunc(func() { p.Set(func() { p.Silent = true }) })}
	var batches []store.Batch
	for n := range 8 {
		batches = append(batches, many(strconv.Itoa(n), store.Create, 1)...)
	}
	outcomes := s.Write(t.Context(), batches)
	p.Set(func() { p.Silent = false })
	assert.EqualValues(t, firstly, counting.sent.Load())
	for i, out := range outcomes {
		require.ErrorIs(t, out.Err, tax.ErrUnavailable)
		assert.Equal(t, i < firstly, errors.Is(out.Err, store.ErrUnknownOutcome), i)
		if i < firstly {
			continue
		}
		_, err := direct.Get(t.Context(), batches[i].Key.Tenant, batches[i].Changes[0].Configuration.Location)
		require.ErrorIs(t, err, tax.ErrNotFound)
	}
}
