package freshness_test

import (
	"context"
	"fmt"
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

func TestCloseAnswersWhoWaitsAndRefusesWhoComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen, func(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		}), nil)
		kept, err := r.Resolve(t.Context(), "FR", "")
		require.NoError(t, err)
		waiting := taxtest.Ask(t.Context(), r)
		synctest.Wait()
		r.Close()
		assert.Equal(t, "resolver closed", <-waiting)
		assert.ErrorIs(t, <-ended, context.Canceled, "the load is cancelled")

		for _, view := range []*tax.Resolver{r, r.Tenant("shop")} {
			for _, country := range []string{"FR", "DE"} {
				_, err = view.Resolve(t.Context(), country, "")
				assert.ErrorIs(t, err, tax.ErrClosed)
				_, err = view.Place(t.Context(), tax.Lookup{Country: country})
				assert.ErrorIs(t, err, tax.ErrClosed)
				_, err = view.Classes(t.Context(), tax.Lookup{Country: country})
				assert.ErrorIs(t, err, tax.ErrClosed)
				_, _, err = view.Replay(t.Context(), kept.Explain())
				assert.ErrorIs(t, err, tax.ErrClosed)
			}
			view.Invalidate("FR")
			view.InvalidateTenant()
			view.InvalidateAll()
			view.Close()
		}
		assert.Equal(t, "19 VAT", taxtest.Answer(kept, nil), "answers given before stay valid")
		assert.Equal(t, "19", kept.Explain().Percent)
	})
}

// A view belongs to one of many users of a resolver, who can end nothing but that use.
func TestClosingAViewClosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := taxtest.NewNotifyingSource("19")
		r, err := tax.NewResolver(src, &tax.Options{TTL: time.Hour})
		require.NoError(t, err)
		views := []*tax.Resolver{r.Tenant("acme"), r.Tenant(""), r.Tenant("acme").Tenant("shop")}
		gate := make(chan struct{})
		src.Hold.Store(&gate)
		waiting := taxtest.Ask(t.Context(), r.Tenant("slow"))
		synctest.Wait()
		for _, view := range views {
			view.Close()
			view.Close()
		}
		close(gate)
		assert.Equal(t, "19 VAT", <-waiting, "no load is cancelled")
		src.Percent.Store("21")
		src.Tell(tax.Key{})
		for _, user := range append(views, r, r.Tenant("acme"), r.Tenant("slow")) {
			assert.Equal(t, "21 VAT", taxtest.Answer(user.Resolve(t.Context(), "DE", "")))
		}
		assert.Equal(t, 1, src.Listeners())

		r.Close()
		assert.Zero(t, src.Listeners())
		for _, user := range append(views, r) {
			_, err := user.Resolve(t.Context(), "DE", "")
			assert.ErrorIs(t, err, tax.ErrClosed, "with the resolver, all its views end")
		}
	})
}

func TestCloseAnswersWhoWaitsForALoadThatWasInvalidated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		r := taxtest.Open(t, taxtest.Script(taxtest.Held(gate, taxtest.LoadNineteen)), nil)
		waiting := taxtest.Ask(t.Context(), r)
		synctest.Wait()
		r.Invalidate("DE")
		start := time.Now()
		r.Close()
		assert.Equal(t, "resolver closed", <-waiting)
		assert.Zero(t, time.Since(start), "at once, not at the deadline of the load")
		close(gate)
	})
}

func TestCloseAnswersEveryWaitingCallerWithClosed(t *testing.T) {
	// Cancelling a load and answering its callers race. Many loads at once,
	// and other calls that contend for the cache, make it show.
	const callers = 100
	for range 20 {
		answers := make(chan error, callers)
		loading := make(chan struct{}, callers)
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) {
			loading <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		}), nil)
		for i := range callers {
			go func() {
				_, err := r.Tenant(fmt.Sprint(i)).Resolve(t.Context(), "DE", "")
				answers <- err
			}()
		}
		for range callers {
			<-loading
		}
		var contending sync.WaitGroup
		for range 4 {
			contending.Go(func() {
				for range 2000 {
					r.Invalidate("FR")
				}
			})
		}
		r.Close()
		contending.Wait()
		for range callers {
			require.ErrorIs(t, <-answers, tax.ErrClosed)
		}
	}
}

func TestCloseEndsTheRegistrationWithTheSource(t *testing.T) {
	src := taxtest.NewNotifyingSource("19")
	r := taxtest.Open(t, src, nil)
	other := taxtest.Open(t, src, nil)
	assert.Equal(t, 2, src.Listeners())
	r.Close()
	assert.Equal(t, 1, src.Listeners())
	r.Close()
	src.Tell(tax.Key{})
	assert.Equal(t, "19 VAT", taxtest.Answer(other.Resolve(t.Context(), "DE", "")))
}

func TestNoGoroutineIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	gate := make(chan struct{})
	const resolvers = 20
	for i := range resolvers {
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen, taxtest.LoadFails, func(context.Context, tax.Key) ([]tax.Configuration, error) { panic("x") },
			taxtest.Held(gate, taxtest.LoadNineteen)), &tax.Options{LoadTimeout: time.Minute})
		for _, country := range []string{"DE", "FR", "AT"} {
			_, _ = r.Resolve(t.Context(), country, "")
		}
		requireGoroutines(t, before+i, "none stands while nothing is loaded but what hangs from before")
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		_, err := r.Resolve(ctx, "BE", "") // abandoned; the source hangs until the gate opens
		require.Error(t, err)
		cancel()
		r.Close()
	}
	requireGoroutines(t, before+resolvers, "an abandoned load costs one while its source hangs")
	close(gate)
	requireGoroutines(t, before, "none is left")
}

// requireGoroutines waits until there are no more goroutines than that: one
// that has done its work takes a moment to disappear.
func requireGoroutines(t *testing.T, most int, why string) {
	t.Helper()
	for range 500 {
		if runtime.NumGoroutine() <= most {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatalf("%d goroutines, not %d: %s", runtime.NumGoroutine(), most, why)
}
