package nats

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

func TestSubjectsOfTenantsNeverMeet(t *testing.T) {
	b := &backend{prefix: "$KV.tax."}
	seen := map[string]tax.Key{}
	for _, tenant := range []string{"", "a", "A", ".", "*", ">", "a.b", "a b", "\x00", "\xff", "\xff\xfe", "ta", "YQ", strings.Repeat("x", 1024), "é", "e\u0301"} {
		for _, country := range []string{"DE", "FR"} {
			key := tax.Key{Tenant: tenant, Country: country}
			subject, ok := b.subjectOf(key)
			require.True(t, ok)
			assert.NotContains(t, seen, subject)
			seen[subject] = key
			assert.Regexp(t, `^\$KV\.tax\.t[A-Za-z0-9_-]*\.[A-Z]{2}$`, subject)
			back, ok := b.keyOf(subject)
			assert.True(t, ok)
			assert.Equal(t, key, back)
		}
	}
	for _, country := range []string{"", "D", "de", "D*", "*", ">", "DEU", "D.E", "Ä"} {
		_, ok := b.subjectOf(tax.Key{Country: country})
		assert.False(t, ok, country)
	}
	for _, subject := range []string{"", "$KV.tax.", "$KV.tax.t", "$KV.tax.t.", "$KV.tax.x.DE", "$KV.tax.tY.DE", "$KV.other.t.DE", "$KV.tax.t.DE.FR", "$KV.tax.tYR.DE"} {
		_, ok := b.keyOf(subject)
		assert.False(t, ok, subject)
	}
}

func TestWhatDoesNotFitIntoAMessageIsRefused(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), connect(t, one(t)), &Options{Store: store.Options{Limits: tax.Limits{Bytes: 64 << 20}}})
	require.NoError(t, err)
	defer s.Close()
	c := taxOf(1)
	random := rand.NewChaCha8([32]byte{})
	noise := make([]byte, 900_000)
	_, _ = random.Read(noise)
	c.Classes[0].Description = tax.MustLocalizedText(map[string]string{"en": fmt.Sprintf("%x", noise)}) // gzip halves it
	_, err = s.Create(t.Context(), "shop", c)
	require.NoError(t, err)
	more := make([]byte, 1_200_000)
	_, _ = random.Read(more)
	c.Metadata.Version = 1
	c.Classes[0].Description = tax.MustLocalizedText(map[string]string{"en": fmt.Sprintf("%x", more)})
	_, err = s.Update(t.Context(), "shop", c)
	require.ErrorIs(t, err, ErrTooLarge)
	require.ErrorIs(t, err, tax.ErrInvalid)
	var large *TooLargeError
	require.ErrorAs(t, err, &large)
	assert.Equal(t, tax.Key{Tenant: "shop", Country: "DE"}, large.Key)
	assert.Greater(t, large.Bytes, large.Limit)
	assert.ErrorContains(t, err, "raise max_payload")
	found, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	assert.EqualValues(t, 1, found.Metadata.Version, "nothing was stored")
}

func TestBucketsThatWereMadeForSomethingElseAreRefused(t *testing.T) {
	t.Parallel()
	conn := connect(t, one(t))
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	for i, c := range []jetstream.StreamConfig{
		{MaxAge: time.Hour}, {MaxMsgs: 10}, {Retention: jetstream.WorkQueuePolicy}, {MaxBytes: 1 << 20, Discard: jetstream.DiscardOld},
		{Subjects: []string{"other.>"}},
		{MaxMsgsPerSubject: 5, Discard: jetstream.DiscardNew, DiscardNewPerSubject: true}, {NoAck: true},
	} {
		bucket := fmt.Sprint("b", i)
		c.Name = "KV_" + bucket
		if c.Subjects == nil {
			c.Subjects = []string{"$KV." + bucket + ".>"}
		}
		_, err := js.CreateStream(t.Context(), c)
		require.NoError(t, err)
		_, err = Open(t.Context(), conn, &Options{Bucket: bucket})
		assert.ErrorIs(t, err, ErrBucket, "%d", i)
	}
	_, err = js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "plain", History: 5})
	require.NoError(t, err)
	s, err := Open(t.Context(), conn, &Options{Bucket: "plain"})
	require.NoError(t, err, "a bucket that others have made can be used; its history is shorter")
	defer s.Close()
	for n := range int64(8) {
		c := taxOf(n)
		c.Metadata.Version = n
		if n == 0 {
			_, err = s.Create(t.Context(), "", c)
		} else {
			_, err = s.Update(t.Context(), "", c)
		}
		require.NoError(t, err)
	}
	versions, err := s.Versions(t.Context(), "", germany)
	require.NoError(t, err)
	assert.Len(t, versions, 5)
	_, err = s.Version(t.Context(), "", germany, 2)
	assert.ErrorIs(t, err, store.ErrRemoved)
}

func TestWrongInputSaysWhatToDo(t *testing.T) {
	t.Parallel()
	conn := connect(t, one(t))
	for reason, open := range map[string]func() error{
		"pass the connection": func() error { _, err := Open(t.Context(), nil, nil); return err },
		"not a name":          func() error { _, err := Open(t.Context(), conn, &Options{Bucket: "a.b"}); return err },
		"not a number of":     func() error { _, err := Open(t.Context(), conn, &Options{Replicas: -1}); return err },
		"negative":            func() error { _, err := Open(t.Context(), conn, &Options{Timeout: -1}); return err },
	} {
		var input *tax.InputError
		require.ErrorAs(t, open(), &input, reason)
		assert.Contains(t, input.Reason, reason)
	}
	closed := connect(t, one(t))
	closed.Close()
	_, err := Open(t.Context(), closed, nil)
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Open(over, conn, nil)
	assert.ErrorIs(t, err, context.Canceled)
}

// A message that cannot be read makes its country invalid, not the store, and is replaced
// by the next write.
func TestAMessageThatCannotBeReadIsDamageOfItsCountry(t *testing.T) {
	t.Parallel()
	conn := connect(t, one(t))
	s, err := Open(t.Context(), conn, nil)
	require.NoError(t, err)
	defer s.Close()
	_, err = s.Create(t.Context(), "", taxOf(1))
	require.NoError(t, err)
	france := taxOf(2)
	france.Location.Country = "FR"
	_, err = s.Create(t.Context(), "", france)
	require.NoError(t, err)
	for _, text := range [][]byte{nil, []byte("{}"), []byte("\x1f\x8b"), bytes.Repeat([]byte{0}, 100)} {
		_, err = conn.RequestWithContext(t.Context(), "$KV.tax.t.DE", text) // the answer comes when it is stored
		require.NoError(t, err)
		_, err = s.Get(t.Context(), "", germany)
		require.ErrorIs(t, err, tax.ErrInvalid)
		_, err = s.Get(t.Context(), "", france.Location)
		require.NoError(t, err)
		out := s.Write(t.Context(), []store.Batch{{Key: tax.Key{Country: "DE"}, Changes: []store.Change{{Action: store.Put, Configuration: taxOf(3)}}}})[0]
		require.NoError(t, out.Err)
		found, err := s.Get(t.Context(), "", germany)
		require.NoError(t, err)
		assert.Equal(t, "0.0003", found.Classes[0].Rates[0].Percent.String())
	}
}

func TestWatchMissesNothingWhenTheServerRestarts(t *testing.T) {
	t.Parallel()
	options := serverOptions(t.TempDir())
	server := serve(t, options)
	url := server.ClientURL()
	_, err := fmt.Sscanf(url[strings.LastIndexByte(url, ':')+1:], "%d", &options.Port)
	require.NoError(t, err)
	defer func() { server.Shutdown(); server.WaitForShutdown() }()
	writer, err := Open(t.Context(), connect(t, url), nil)
	require.NoError(t, err)
	defer writer.Close()
	reader, err := Open(t.Context(), connect(t, url), nil)
	require.NoError(t, err)
	defer reader.Close()
	_, err = writer.Create(t.Context(), "", taxOf(0))
	require.NoError(t, err)
	r, err := tax.NewResolver(reader, nil)
	require.NoError(t, err)
	defer r.Close()
	go r.Watch(t.Context()) // it ends with the test
	_, err = r.Resolve(t.Context(), "DE", "STANDARD")
	require.NoError(t, err, "what it has in memory has to be dropped")
	for n := range int64(2) {
		server.Shutdown()
		server.WaitForShutdown()
		server = serve(t, options)
		c := taxOf(n + 1)
		c.Metadata.Version = n + 1
		require.Eventually(t, func() bool {
			_, err := writer.Update(t.Context(), "", c)
			return err == nil
		}, 20*time.Second, 10*time.Millisecond)
		require.Eventually(t, func() bool {
			a, err := r.Resolve(t.Context(), "DE", "STANDARD")
			return err == nil && a.Percent().Shift(4).IntPart() == n+1
		}, 20*time.Second, 5*time.Millisecond, "change %d", n+1)
	}
}

func TestIdleFollowersSendNothing(t *testing.T) {
	conn := connect(t, one(t))
	s, err := Open(t.Context(), conn, nil)
	require.NoError(t, err)
	defer s.Close()
	_, err = s.Create(t.Context(), "", taxOf(1))
	require.NoError(t, err)
	for range 5 {
		r, err := tax.NewResolver(s, nil)
		require.NoError(t, err)
		defer r.Close()
		go r.Watch(t.Context()) // it ends with the test
		_, err = r.Resolve(t.Context(), "DE", "STANDARD")
		require.NoError(t, err)
	}
	time.Sleep(200 * time.Millisecond)
	before := conn.Stats().OutMsgs
	time.Sleep(500 * time.Millisecond)
	// A pull for the next messages every half a minute, and no query.
	assert.LessOrEqual(t, conn.Stats().OutMsgs-before, uint64(1))
}
