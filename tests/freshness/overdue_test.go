package freshness_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// One timer serves all loads. Each of them ends at its own time all the same, whichever
// of them land before.
func TestEachLoadHasADeadlineOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := map[string]time.Duration{"AT": time.Second, "DE": 6 * time.Second, "NL": 2 * time.Second}
		gate := make(chan struct{})
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if d, ok := answers[key.Country]; ok {
				time.Sleep(d)
			} else {
				<-gate // it does not listen
			}
			return taxtest.LoadNineteen(ctx, key)
		}), &tax.Options{LoadTimeout: 10 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour) // nobody waits for ever
		defer cancel()
		var group sync.WaitGroup
		ended := map[string]time.Duration{}
		var mu sync.Mutex
		for _, country := range []string{"AT", "BE", "DE", "FR", "IT", "NL", "PL"} { // one a second
			group.Go(func() {
				began := time.Now()
				_, err := r.Resolve(ctx, country, "")
				_, answered := answers[country]
				assert.Equal(t, answered, err == nil, country)
				mu.Lock()
				defer mu.Unlock()
				ended[country] = time.Since(began)
			})
			time.Sleep(time.Second)
		}
		group.Wait()
		ten := 10 * time.Second
		assert.Equal(t, map[string]time.Duration{"AT": time.Second, "BE": ten, "DE": 6 * time.Second, "FR": ten, "IT": ten, "NL": 2 * time.Second, "PL": ten}, ended)
		assert.Equal(t, 4, r.Stats().Abandoned)
		assert.Zero(t, r.Stats().Loading)
		// After a time without loads the timer is set again.
		time.Sleep(time.Hour)
		began := time.Now()
		_, err := r.Resolve(ctx, "ES", "")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, ten, time.Since(began))
		close(gate)
		synctest.Wait()
		assert.Zero(t, r.Stats().Abandoned)
	})
}

func TestHookOfAnOverdueLoadHoldsUpNoOther(t *testing.T) {
	for name, misbehave := range map[string]func(){
		"is slow":            func() { time.Sleep(time.Hour) },
		"ends its goroutine": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := taxtest.Open(t, tax.SourceFunc(taxtest.LoadHangs), &tax.Options{
					LoadTimeout: 10 * time.Second, CloseTimeout: time.Second,
					Observer: &tax.Observer{LoadEnd: func(context.Context, tax.LoadEvent) { misbehave() }},
				})
				var group sync.WaitGroup
				began := time.Now()
				for _, country := range []string{"AT", "BE", "DE"} {
					group.Go(func() {
						_, err := r.Resolve(t.Context(), country, "")
						assert.ErrorIs(t, err, context.DeadlineExceeded)
						assert.Equal(t, 10*time.Second, time.Since(began), country)
					})
				}
				group.Wait()
				time.Sleep(2 * time.Hour) // the slow hooks return
			})
		})
	}
}

// The context of a load says how it ended, and so do those that are derived from it.
func TestSourceSeesHowItsLoadEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := make(chan [2]error, 1)
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) {
			derived, cancel := context.WithCancel(ctx)
			defer cancel()
			deadline, ok := ctx.Deadline()
			assert.True(t, ok)
			assert.Equal(t, 10*time.Second, time.Until(deadline))
			<-derived.Done()
			seen <- [2]error{ctx.Err(), derived.Err()}
			return nil, derived.Err()
		}), &tax.Options{LoadTimeout: 10 * time.Second})
		_, err := r.Resolve(t.Context(), "DE", "")
		assert.ErrorContains(t, err, "LoadTimeout")
		assert.Equal(t, [2]error{context.DeadlineExceeded, context.DeadlineExceeded}, <-seen)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = r.Resolve(ctx, "FR", "")
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, [2]error{context.Canceled, context.Canceled}, <-seen, "all callers have left")
	})
}

// A source may find its deadline before the resolver does.
func TestSourceThatEndsAtItsDeadlineFailsInTheWordsOfTheOption(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) {
			deadline, _ := ctx.Deadline()
			time.Sleep(time.Until(deadline))
			return nil, context.DeadlineExceeded
		}), nil)
		_, err := r.Resolve(t.Context(), "DE", "")
		assert.ErrorContains(t, err, "LoadTimeout")
		r = taxtest.Open(t, tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
			return nil, context.DeadlineExceeded // of something else
		}), nil)
		_, err = r.Resolve(t.Context(), "DE", "")
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotContains(t, err.Error(), "LoadTimeout")
	})
}
