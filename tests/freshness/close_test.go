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

// closes returns how long Close takes, and when the last LoadEnd returned.
func closes(t *testing.T, opts tax.Options, takes time.Duration) (closed, ended time.Duration) {
	t.Helper()
	const loads = 5
	var mu sync.Mutex
	told := 0
	gate := make(chan struct{})
	start := time.Now()
	opts.Observer = &tax.Observer{LoadEnd: func(_ context.Context, l tax.LoadEvent) {
		time.Sleep(takes)
		mu.Lock()
		defer mu.Unlock()
		told++
		ended = time.Since(start)
		assert.Equal(t, l.Key.Tenant == "ended", l.Err == nil)
	}}
	r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		if key.Tenant != "ended" {
			<-gate // deaf to its context
		}
		return taxtest.LoadNineteen(ctx, key)
	}), &opts)
	for i := range loads {
		taxtest.Ask(t.Context(), r.Tenant(fmt.Sprint(i)))
	}
	synctest.Wait()
	assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant("ended").Resolve(t.Context(), "DE", "")))
	r.Close()
	closed = time.Since(start)
	again := time.Now()
	r.Close()
	assert.Zero(t, time.Since(again), "calling it again does nothing")
	assert.Equal(t, loads, r.Stats().Abandoned, "the source has not returned")
	time.Sleep(time.Until(start.Add(takes)))
	synctest.Wait()
	close(gate)
	mu.Lock()
	defer mu.Unlock()
	assert.Equal(t, loads+1, told)
	return closed, ended
}

func TestCloseWaitsForTheObserverButNotForTheSource(t *testing.T) {
	for name, c := range map[string]struct{ timeout, takes, want time.Duration }{
		"at once":         {0, 0, 0},
		"while it takes":  {0, 900 * time.Millisecond, 900 * time.Millisecond},
		"by default":      {0, time.Hour, time.Second},
		"by option":       {time.Minute, time.Hour, time.Minute},
		"the longest":     {1<<63 - 1, time.Hour, time.Hour},
		"for no longer":   {time.Minute, 2 * time.Second, 2 * time.Second},
		"a shorter bound": {time.Millisecond, time.Second, time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				closed, ended := closes(t, tax.Options{CloseTimeout: c.timeout}, c.takes)
				assert.Equal(t, c.want, closed)
				assert.Equal(t, c.takes, ended, "all are told at the same time")
			})
		})
	}
}

func TestHookThatClosesDoesNotWaitForItself(t *testing.T) {
	for _, hook := range []string{"LoadStart", "LoadEnd", "Evicted", "source"} {
		synctest.Test(t, func(t *testing.T) {
			var r *tax.Resolver
			took := make(chan time.Duration, 10)
			closes := func(here string) {
				if here == hook {
					began := time.Now()
					r.Close()
					took <- time.Since(began)
				}
			}
			r = taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
				closes("source")
				return taxtest.LoadNineteen(ctx, key)
			}), &tax.Options{Capacity: 1, Observer: &tax.Observer{
				LoadStart: func(ctx, _ context.Context, _ tax.Key) context.Context { closes("LoadStart"); return ctx },
				LoadEnd:   func(context.Context, tax.LoadEvent) { closes("LoadEnd") },
				Evicted:   func(tax.Key) { closes("Evicted") },
			}})
			for _, country := range []string{"DE", "FR"} {
				_, _ = r.Resolve(t.Context(), country, "")
			}
			time.Sleep(time.Minute)
			assert.Zero(t, <-took, hook)
			_, err := r.Resolve(t.Context(), "DE", "")
			assert.ErrorIs(t, err, tax.ErrClosed, hook)
		})
	}
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
