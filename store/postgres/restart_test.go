package postgres_test

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

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
)

// restarts is how often the server is stopped as if it had crashed, and fewer with -short. Set
// TAX_POSTGRES_RESTARTS for another number.
const restarts = 20

// recovery is how long it may take until a write succeeds after the server has started.
const recovery = 2 * time.Second

func TestNothingAcknowledgedIsLostWhenTheServerCrashes(t *testing.T) {
	t.Parallel()
	server(t)
	c, err := newCluster()
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	s, reader := openStore(t, c.DSN("postgres"), nil), openStore(t, c.DSN("postgres"), nil)
	r := watch(t, reader)
	var stopping atomic.Bool
	var writers []*writer
	var wg sync.WaitGroup
	for i := range 4 {
		w := &writer{store: s, tenant: strconv.Itoa(i)}
		writers = append(writers, w)
		wg.Go(func() {
			for !stopping.Load() {
				w.write(t)
			}
		})
	}
	var took []time.Duration
	n := restarts
	if testing.Short() {
		n = 5
	}
	if more, err := strconv.Atoi(os.Getenv("TAX_POSTGRES_RESTARTS")); err == nil {
		n = more
	}
	for range n {
		time.Sleep(50 * time.Millisecond)
		require.NoError(t, c.Stop("immediate"))
		require.NoError(t, c.Start())
		began := time.Now()
		before := make([]int64, len(writers))
		for i, w := range writers {
			before[i] = w.acknowledged.Load()
		}
		for i, w := range writers {
			require.Eventually(t, func() bool { return w.acknowledged.Load() > before[i] }, 10*time.Second, time.Millisecond)
		}
		took = append(took, time.Since(began))
	}
	stopping.Store(true)
	wg.Wait()
	var all int64
	for _, w := range writers {
		versions, err := s.Versions(t.Context(), w.tenant, germany)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, versions[0].Configuration.Metadata.Version, w.last, "an acknowledged write is lost")
		for i := 1; i < len(versions); i++ {
			assert.Equal(t, versions[i-1].Configuration.Metadata.Version-1, versions[i].Configuration.Metadata.Version)
		}
		all += w.acknowledged.Load()
	}
	slices.Sort(took)
	t.Logf("%d crashes, %d writes acknowledged, writing again after %v (median) and %v (most)", n, all, took[len(took)/2], took[len(took)-1])
	assert.Less(t, took[len(took)-1], recovery)
	require.Eventually(t, func() bool { return slices.Contains(r.take(), tax.Key{}) }, 5*time.Second, time.Millisecond,
		"who watches is told that anything may have changed")
	require.NoError(t, put(t.Context(), s, "shop", "7"))
	require.Eventually(t, func() bool {
		keys := r.take() // everything, if it has only just found the server again
		return slices.Contains(keys, shop) || slices.Contains(keys, tax.Key{})
	}, 5*time.Second, time.Millisecond)
}

// writer updates a document of its own tenant again and again.
type writer struct {
	store        *postgres.Store
	tenant       string
	document     tax.Configuration
	last         int64 // version that was acknowledged
	acknowledged atomic.Int64
}

func (w *writer) write(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var err error
	if w.document.Location.Country == "" {
		var c tax.Configuration
		if c, err = w.store.Get(ctx, w.tenant, germany); errors.Is(err, tax.ErrNotFound) {
			c, err = w.store.Create(ctx, w.tenant, country("DE", "19"))
		} else if err == nil {
			assert.GreaterOrEqual(t, c.Metadata.Version, w.last, "an acknowledged write is lost")
		}
		if err == nil {
			w.document = c
		}
	} else {
		var c tax.Configuration
		if c, err = w.store.Update(ctx, w.tenant, w.document); err == nil {
			assert.Equal(t, w.document.Metadata.Version+1, c.Metadata.Version)
			w.document = c
			w.last = c.Metadata.Version
			w.acknowledged.Add(1)
		}
	}
	if err == nil {
		return
	}
	w.document = tax.Configuration{} // read it again
	assert.NotErrorIs(t, err, tax.ErrConflict, "nobody else writes it")
	assert.True(t, errors.Is(err, tax.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, store.ErrUnknownOutcome), "%v", err)
	time.Sleep(5 * time.Millisecond)
}
