package nats

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// killsVariable is the environment variable for how often a leader is killed.
const killsVariable = "TAX_NATS_KILLS"

// recovery is how long it may take until every writer has written again after the leader
// was killed. The servers elect another one after 4 to 9 seconds; a busy machine adds to it.
const recovery = 30 * time.Second

var germany = tax.Location{Country: "DE"}

// taxOf returns a configuration of Germany.
func taxOf(percent int64) tax.Configuration {
	return tax.Configuration{Location: germany, Classes: []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: decimal.New(percent, -4)}}}}}
}

// scribe updates one document again and again.
type scribe struct {
	store  *store.Versioned
	tenant string
	acked  atomic.Int64 // the last version that was acknowledged
	lost   int64        // a version that was acknowledged and is not there
	odd    error        // an error that is not documented
}

// write writes the next version. It reads where it stands after an error.
func (s *scribe) write(ctx context.Context) {
	version := s.acked.Load()
	c := taxOf(version + 1)
	c.Metadata.Version = version
	stored, err := s.store.Update(ctx, s.tenant, c)
	if err == nil {
		s.acked.Store(stored.Metadata.Version)
		return
	}
	if !errors.Is(err, tax.ErrUnavailable) && !errors.Is(err, store.ErrUnknownOutcome) && !errors.Is(err, context.DeadlineExceeded) {
		s.odd = err
	}
	found, err := s.store.Get(ctx, s.tenant, germany)
	if err != nil {
		return
	}
	switch v := found.Metadata.Version; {
	case v < version:
		s.lost = version
	case v > version: // one whose outcome was not known
		s.acked.Store(v)
	}
}

// Above a few kills there are two clusters at once, because most of the time is waiting.
func TestNothingAcknowledgedIsLostWhenLeadersAreKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("elections of leaders take seconds")
	}
	t.Parallel()
	count, clusters := 1, 1
	if text := os.Getenv(killsVariable); text != "" {
		var err error
		count, err = strconv.Atoi(text)
		require.NoError(t, err, "%s is a number", killsVariable)
		clusters = 2
	}
	var all kills
	t.Run("clusters", func(t *testing.T) {
		for n := range clusters {
			t.Run(strconv.Itoa(n), func(t *testing.T) {
				t.Parallel()
				killLeaders(t, (count+n)/clusters, &all)
			})
		}
	})
	if t.Failed() {
		return
	}
	slices.Sort(all.took)
	require.Len(t, all.took, count)
	t.Logf("%d leaders killed: %d writes acknowledged, 0 lost; writing again after %v (median), %v (most)",
		count, all.acked, all.took[count/2].Round(time.Millisecond), all.took[count-1].Round(time.Millisecond))
}

// kills is what was seen while leaders were killed.
type kills struct {
	mu    sync.Mutex
	took  []time.Duration // until every writer had written again
	acked int64
}

// killLeaders kills the leader of a cluster of its own again and again while four write.
func killLeaders(t *testing.T, count int, all *kills) {
	members, urls := cluster(t)
	conn, err := nats.Connect(urls, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.RetryOnFailedConnect(true))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	var s *store.Versioned
	require.Eventually(t, func() bool {
		s, err = Open(t.Context(), conn, &Options{Replicas: 3, Timeout: recovery})
		return err == nil
	}, 30*time.Second, 100*time.Millisecond, "a cluster of three: %v", err)
	defer s.Close()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	scribes, stop := scribesOf(t, s)
	for range count {
		leader := leaderOf(t, js, members)
		before := make([]int64, len(scribes))
		leader.kill()
		began := time.Now()
		for i, w := range scribes {
			before[i] = w.acked.Load()
		}
		for i, w := range scribes {
			require.Eventually(t, func() bool { return w.acked.Load() > before[i] }, recovery, time.Millisecond)
		}
		all.mu.Lock()
		all.took = append(all.took, time.Since(began))
		all.mu.Unlock()
		leader.start(t)
	}
	stop()
	for _, w := range scribes {
		require.NoError(t, w.odd, "an error that is not documented")
		assert.Zero(t, w.lost, "a version that was acknowledged is not there")
		c, err := s.Get(t.Context(), w.tenant, germany)
		require.NoError(t, err)
		assert.Equal(t, w.acked.Load(), c.Metadata.Version)
		assert.True(t, decimal.New(c.Metadata.Version, -4).Equal(c.Classes[0].Rates[0].Percent), "the document is that of its version")
		all.mu.Lock()
		all.acked += w.acked.Load()
		all.mu.Unlock()
	}
}

// scribesOf lets four write until stop is called, which waits for them.
func scribesOf(t *testing.T, s *store.Versioned) (scribes []*scribe, stop func()) {
	var writing sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	for i := range 4 {
		w := &scribe{store: s, tenant: strconv.Itoa(i)}
		_, err := s.Create(t.Context(), w.tenant, taxOf(1))
		require.NoError(t, err)
		w.acked.Store(1)
		scribes = append(scribes, w)
		writing.Go(func() {
			for ctx.Err() == nil {
				w.write(context.WithoutCancel(ctx))
			}
		})
	}
	return scribes, func() { cancel(); writing.Wait() }
}

// leaderOf waits until all servers have the stream, and returns the one that leads.
func leaderOf(t *testing.T, js jetstream.JetStream, members []*member) *member {
	t.Helper()
	var leader string
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		stream, err := js.Stream(ctx, "KV_tax")
		if err != nil {
			return false
		}
		c := stream.CachedInfo().Cluster
		if c == nil || c.Leader == "" || len(c.Replicas) != 2 {
			return false
		}
		for _, r := range c.Replicas {
			if !r.Current || r.Offline {
				return false
			}
		}
		leader = c.Leader
		return true
	}, 60*time.Second, 50*time.Millisecond)
	for _, m := range members {
		if m.Name == leader {
			return m
		}
	}
	t.Fatal("no server is called", leader)
	return nil
}
