package store_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// busy is a backend whose Save takes a second.
func busy(saved func(*store.Commit)) *hooked {
	b := hook()
	b.save = func(ctx context.Context, commits []*store.Commit) []error {
		time.Sleep(time.Second)
		for _, c := range commits {
			saved(c)
		}
		return b.Backend.Save(ctx, commits)
	}
	return b
}

func TestWritersOfACountryGoInTheOrderInWhichTheyCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		s := over(t, busy(func(c *store.Commit) { order = append(order, c.Written[0].Configuration.Classes[0].Code) }), nil)
		var group sync.WaitGroup
		var want []string
		for i := range 20 {
			code := "C" + strconv.Itoa(i)
			want = append(want, code)
			group.Go(func() {
				c := country("CA", "5")
				c.Classes[0].Code = code
				out := s.Write(t.Context(), []store.Batch{put(c)})
				assert.NoError(t, out[0].Err)
			})
			synctest.Wait() // it waits for its turn
		}
		began := time.Now()
		group.Wait()
		assert.Equal(t, want, order)
		assert.Equal(t, 20*time.Second, time.Since(began), "each of them saved once")
		assert.Zero(t, store.Waiting(s), "no turn is left behind")
	})
}

func TestWritersOfOtherCountriesAndTenantsDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := over(t, busy(func(*store.Commit) {}), nil)
		began := time.Now()
		var group sync.WaitGroup
		for _, code := range []string{"AT", "CA", "DE"} {
			for _, tenant := range []string{"", "shop"} {
				group.Go(func() {
					_, err := s.Create(t.Context(), tenant, country(code, "5"))
					assert.NoError(t, err)
				})
			}
		}
		group.Wait()
		assert.Equal(t, time.Second, time.Since(began))
	})
}

// Bulk writers with the same countries in another order must not wait for each other.
func TestWritersOfManyCountriesDoNotBlockEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := over(t, busy(func(*store.Commit) {}), nil)
		codes := []string{"AT", "CA", "DE", "FR"}
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				var batches []store.Batch
				for n := range codes {
					batches = append(batches, put(country(codes[(n*(1+2*(i%2))+i)%len(codes)], "5")))
				}
				batches = append(batches, put(country("AT", "6"))) // for the second time
				for _, o := range s.Write(t.Context(), batches) {
					assert.NoError(t, o.Err)
				}
			})
		}
		group.Wait()
		assert.Zero(t, store.Waiting(s))
		for _, code := range codes {
			c, err := s.Get(t.Context(), "", tax.Location{Country: code})
			require.NoError(t, err)
			if code == "AT" {
				assert.Equal(t, int64(16), c.Metadata.Version)
			} else {
				assert.Equal(t, int64(8), c.Metadata.Version, code)
			}
		}
	})
}

func TestWriterThatGivesUpItsTurnLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := over(t, busy(func(*store.Commit) {}), nil)
		first := make(chan error, 1)
		go func() { _, err := s.Create(t.Context(), "", country("CA", "5")); first <- err }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		// It has the turn of AT, and waits for that of CA.
		out := s.Write(ctx, []store.Batch{put(country("CA", "6")), put(country("AT", "20"))})
		for _, o := range out {
			assert.ErrorIs(t, o.Err, context.DeadlineExceeded)
		}
		assert.Equal(t, 1, store.Waiting(s))
		require.NoError(t, <-first)
		assert.Zero(t, store.Waiting(s))
		_, err := s.Get(t.Context(), "", tax.Location{Country: "AT"})
		assert.ErrorIs(t, err, tax.ErrNotFound)
	})
}

// The writer that comes next does not wait for the listeners of the one before.
func TestListenersAreCalledWhenNobodyWaitsForThemToReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := over(t, store.NewBackend(), nil)
		gate := make(chan struct{})
		var called atomic.Bool
		defer s.Notify(func(tax.Key) {
			if !called.Swap(true) {
				<-gate
			}
		})()
		first := make(chan error, 1)
		go func() { _, err := s.Create(t.Context(), "", country("CA", "5")); first <- err }()
		synctest.Wait()
		update(t, s, canada)
		assert.Empty(t, first, "its listener has not returned")
		close(gate)
		require.NoError(t, <-first)
	})
}
