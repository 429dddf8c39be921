package sqlite

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

const soon = 2 * time.Millisecond

// reports collects the keys that somebody watches.
type reports struct {
	mu   sync.Mutex
	keys map[tax.Key]int
}

func (r *reports) add(key tax.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[key]++
}

func (r *reports) of(key tax.Key) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys[key]
}

// watching watches a backend until the end of the test. It returns when it listens.
func watching(t *testing.T, b *backend) *reports {
	t.Helper()
	r := &reports{keys: map[tax.Key]int{}}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error)
	go func() { ended <- b.Watch(ctx, r.add) }()
	t.Cleanup(func() { cancel(); assert.ErrorIs(t, <-ended, context.Canceled) })
	r.wait(t, tax.Key{}, 1)
	return r
}

// wait waits until a key was reported a number of times.
func (r *reports) wait(t *testing.T, key tax.Key, times int) {
	t.Helper()
	require.Eventually(t, func() bool { return r.of(key) >= times }, 5*time.Second, time.Millisecond, "%v", key)
}

func TestProcessesSeeEachOthersWrites(t *testing.T) {
	path := file(t)
	mine, other := opened(t, path, &Options{Poll: soon}), opened(t, path, nil)
	r := taxtest.Open(t, mine, &tax.Options{TTL: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- r.Watch(ctx) }()
	c, err := other.Create(t.Context(), "", doc("DE", "16"))
	require.NoError(t, err)
	for percent := 17; percent < 25; percent++ {
		want := strconv.Itoa(percent)
		c.Classes[0].Rates[0].Percent = tax.MustPercent(want)
		c, err = other.Update(t.Context(), "", c)
		require.NoError(t, err)
		set, err := mine.Configurations(t.Context(), tax.Key{Country: "DE"}) // the store at once
		require.NoError(t, err)
		assert.Equal(t, want, set[0].Classes[0].Rates[0].Percent.String())
		require.Eventually(t, func() bool { // who has it in memory when it is told
			a, err := r.Resolve(t.Context(), "DE", "STANDARD")
			return err == nil && a.Percent().String() == want
		}, 5*time.Second, time.Millisecond)
	}
	cancel()
	assert.ErrorIs(t, <-ended, context.Canceled)
}

func TestOnlyWritesOfOthersAreReported(t *testing.T) {
	path := file(t)
	mine, b := inside(t, path, &Options{Poll: soon})
	other := opened(t, path, nil)
	r := watching(t, b)
	key := func(tenant string) tax.Key { return tax.Key{Tenant: tenant, Country: "DE"} }
	for range 3 {
		_, err := mine.Create(t.Context(), "mine", doc("DE", "19"))
		require.NoError(t, err)
		require.NoError(t, mine.Delete(t.Context(), "mine", germany))
	}
	_, err := other.Create(t.Context(), "\xff", doc("DE", "19"))
	require.NoError(t, err)
	r.wait(t, key("\xff"), 1)
	require.NoError(t, other.Delete(t.Context(), "\xff", germany)) // leaves no document
	r.wait(t, key("\xff"), 2)
	assert.Zero(t, r.of(key("mine")))
	assert.Equal(t, 1, r.of(tax.Key{}))
}

func TestManyWritesAtOnceAreAllReported(t *testing.T) {
	path := file(t)
	_, b := inside(t, path, nil)
	conn, err := b.single.Conn(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, conn.Close()) })
	var batches []store.Batch
	for i := range 2500 { // more than are read at once
		batches = append(batches, store.Batch{Key: tax.Key{Tenant: strconv.Itoa(i), Country: "DE"}, Changes: []store.Change{{Configuration: doc("DE", "19")}}})
	}
	for _, out := range opened(t, path, nil).Write(t.Context(), batches) {
		require.NoError(t, out.Err)
	}
	r := &reports{keys: map[tax.Key]int{}}
	w := &watch{backend: b, conn: conn} // that has looked before the first write, and not since
	require.NoError(t, w.look(t.Context(), r.add))
	for i := range batches {
		assert.Equal(t, 1, r.of(batches[i].Key))
	}
	require.NoError(t, w.look(t.Context(), r.add))
	assert.Len(t, r.keys, len(batches))
	assert.Equal(t, 1, r.of(batches[0].Key))
}

func TestOlderStatePutInPlaceIsReportedAsAGap(t *testing.T) {
	s, b := inside(t, file(t), &Options{Poll: soon})
	_, err := s.Create(t.Context(), "", doc("DE", "19"))
	require.NoError(t, err)
	r := watching(t, b)
	edit(t, b, "UPDATE country SET sequence = 0")
	r.wait(t, tax.Key{}, 2)
}

func TestWritesOfTwoProcessesToACountryNeverOverwriteEachOther(t *testing.T) {
	path := file(t)
	stores := []*store.Versioned{opened(t, path, nil), opened(t, path, nil)}
	_, err := stores[0].Create(t.Context(), "", doc("DE", "0"))
	require.NoError(t, err)
	const times = 100
	var wg sync.WaitGroup
	for _, s := range stores {
		wg.Go(func() {
			for done := 0; done < times; {
				c, err := s.Get(t.Context(), "", germany)
				if !assert.NoError(t, err) {
					return
				}
				if _, err = s.Update(t.Context(), "", c); err == nil {
					done++
				} else if !assert.ErrorIs(t, err, tax.ErrConflict) {
					return
				}
			}
		})
	}
	wg.Wait()
	c, err := stores[1].Get(t.Context(), "", germany)
	require.NoError(t, err)
	assert.EqualValues(t, 1+2*times, c.Metadata.Version)
}

func TestWatchEndsWithTheErrorOfItsContext(t *testing.T) {
	_, b := inside(t, file(t), nil)
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	assert.Equal(t, context.DeadlineExceeded, b.Watch(ctx, func(tax.Key) {}))
	_, err := b.Load(ctx, tax.Key{})
	assert.Equal(t, context.DeadlineExceeded, err)
	_, _, err = b.Ended(ctx, tax.Key{}, nil)
	assert.Equal(t, context.DeadlineExceeded, err)
	for _, err := range b.Documents(ctx, "", tax.Location{}) {
		assert.Equal(t, context.DeadlineExceeded, err)
	}
	for _, err := range b.Save(ctx, []*store.Commit{{}}) {
		assert.Equal(t, context.DeadlineExceeded, err)
	}
}
