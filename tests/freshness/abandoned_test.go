package freshness_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// Nothing stops a load in a source that ignores its context. What is bounded is how
// many of them there can be.
const (
	mostOfACountry = 4
	mostGivenUp    = 4096
)

// givenUp leaves as many loads of DE behind as there can be, and returns the source
// with the function that lets them end.
func givenUp(t *testing.T, opts tax.Options) (src *livingSource, r *tax.Resolver, release func()) {
	t.Helper()
	src = newLivingSource("19")
	r = taxtest.Open(t, src, &opts)
	release = src.hangs(t)
	for range mostOfACountry {
		_, err := r.Resolve(t.Context(), "DE", "")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.Sleep(16 * time.Second) // longer than any pause after a failure
	}
	require.Equal(t, mostOfACountry, r.Stats().Abandoned)
	return src, r, release
}

func TestLoadsThatAreGivenUpDoNotPileUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, r, release := givenUp(t, tax.Options{})
		for range 1000 {
			began := time.Now()
			_, err := r.Resolve(t.Context(), "DE", "")
			require.ErrorIs(t, err, tax.ErrUnavailable)
			if since := time.Since(began); since != 0 {
				t.Fatalf("waited for %v", since)
			}
			time.Sleep(time.Second)
		}
		_, err := r.Resolve(t.Context(), "DE", "")
		assert.ErrorContains(t, err, "given up")
		assert.NotErrorIs(t, err, context.DeadlineExceeded, "nothing was waited for")
		taxtest.AssertAdvises(t, err)
		s := r.Stats()
		assert.Equal(t, mostOfACountry, s.Abandoned)
		assert.Zero(t, s.Loading)
		assert.EqualValues(t, mostOfACountry, s.Failures, "what was refused is no load")

		src.set(func(s *livingSource) { s.gate = nil })
		unharmed(t, r)
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "FR", "")), "another country")
		release()
		synctest.Wait()
		assert.Zero(t, r.Stats().Abandoned)
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")), "at once, without a pause")
	})
}

func TestOneLoadThatReturnsMakesRoomForOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gates := make(chan chan struct{}, 100)
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			gate := make(chan struct{})
			gates <- gate
			<-gate
			return taxtest.LoadNineteen(ctx, key)
		}), &tax.Options{LoadTimeout: time.Second})
		ask := func() {
			_, err := r.Resolve(t.Context(), "DE", "")
			require.ErrorIs(t, err, tax.ErrUnavailable)
			time.Sleep(16 * time.Second)
		}
		for range 10 {
			ask()
		}
		assert.Len(t, gates, mostOfACountry)
		close(<-gates)
		synctest.Wait()
		assert.Equal(t, mostOfACountry-1, r.Stats().Abandoned)
		for range 10 {
			ask()
		}
		assert.Len(t, gates, mostOfACountry)
		for range mostOfACountry {
			close(<-gates)
		}
		synctest.Wait()
		assert.Zero(t, r.Stats().Abandoned)
	})
}

func TestCallersWhoLeaveLeaveNoMoreLoadsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := taxtest.Open(t, src, nil)
		release := src.hangs(t)
		for i := range 100 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_, err := r.Resolve(ctx, "DE", "")
			cancel()
			require.ErrorIs(t, err, tax.ErrUnavailable)
			synctest.Wait()
			require.Equal(t, min(i+1, mostOfACountry), r.Stats().Abandoned)
		}
		assert.Equal(t, mostOfACountry, src.loads())
		release()
		synctest.Wait()
		assert.Zero(t, r.Stats().Abandoned)
	})
}

// Loads that an invalidation has overtaken are still under way. They count, but nobody
// is refused for them: a burst of writes is no fault of the source.
func TestLoadsThatAreOvertakenDoNotPileUp(t *testing.T) {
	const writes = 50
	for name, takes := range map[string]time.Duration{"slow": 2 * time.Second, "hung": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := newLivingSource("0")
				r := taxtest.Open(t, src, nil)
				release := func() {}
				if src.slow(takes); takes == 0 {
					release = src.hangs(t)
				}
				var group sync.WaitGroup
				for i := range writes {
					written := fmt.Sprint(i + 1)
					src.answers(written)
					r.Invalidate("DE")
					group.Go(func() {
						began := time.Now()
						a, err := r.Resolve(t.Context(), "DE", "")
						if takes == 0 {
							assert.ErrorIs(t, err, tax.ErrUnavailable)
							assert.LessOrEqual(t, time.Since(began), 10*time.Second, "LoadTimeout")
							return
						}
						if assert.NoError(t, err) {
							assert.False(t, a.Percent().LessThan(tax.MustPercent(written)), "%v after %s was written", a.Percent(), written)
						}
					})
					time.Sleep(10 * time.Millisecond)
					synctest.Wait()
				}
				group.Wait()
				src.set(func(s *livingSource) { assert.Equal(t, mostOfACountry, s.most) })
				release()
				synctest.Wait()
				assert.Zero(t, r.Stats().Abandoned)
				time.Sleep(16 * time.Second)
				assert.Equal(t, "50 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
			})
		})
	}
}

func TestWhoWaitsForALoadThatWasOvertakenCanLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := taxtest.Open(t, src, nil)
		defer src.hangs(t)()
		for range mostOfACountry {
			taxtest.Ask(t.Context(), r)
			synctest.Wait()
			r.Invalidate("DE")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := r.Resolve(ctx, "DE", "")
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(began))
		waiting := taxtest.Ask(t.Context(), r)
		synctest.Wait()
		r.Close()
		assert.Equal(t, "resolver closed", <-waiting)
	})
}

func TestStaleAnswersWhereLoadsWereGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := refreshing(t, src, tax.Options{MaxStale: time.Hour, LoadTimeout: time.Second})
		release := src.hangs(t)
		r.Invalidate("DE")
		for range mostOfACountry - 1 { // and then the country is loaded
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_, err := r.Resolve(ctx, "DE", "")
			require.Error(t, err)
			cancel()
		}
		src.set(func(s *livingSource) { s.gate = nil })
		_, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		hung := make(chan struct{})
		defer close(hung)
		src.set(func(s *livingSource) { s.gate = hung })
		time.Sleep(window)
		for range 3600 {
			began := time.Now()
			_, err := r.Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			require.Zero(t, time.Since(began), "nobody waits")
			time.Sleep(time.Second)
		}
		assert.Equal(t, mostOfACountry, r.Stats().Abandoned)
		time.Sleep(hundred)
		_, err = r.Resolve(t.Context(), "DE", "")
		assert.ErrorIs(t, err, tax.ErrStale, "older than MaxStale allows")
		src.set(func(s *livingSource) { s.gate = nil })
		release()
		synctest.Wait()
		time.Sleep(16 * time.Second)
		a, err := r.Resolve(t.Context(), "DE", "")
		assert.Equal(t, "19 VAT", taxtest.Answer(a, err))
		assert.False(t, a.Stale())
	})
}

func TestLoadsThatAreGivenUpAreBoundedOverAllCountries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var hangs atomic.Bool
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if hangs.Load() {
				<-gate
			}
			return taxtest.LoadNineteen(ctx, key)
		}), &tax.Options{TTL: hundred, MaxStale: time.Hour})
		hangs.Store(false)
		_, err := r.Tenant("kept").Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		hangs.Store(true)
		var group sync.WaitGroup
		for i := range mostGivenUp {
			group.Go(func() { _, _ = r.Tenant(fmt.Sprint(i)).Resolve(t.Context(), "DE", "") })
		}
		group.Wait()
		require.Equal(t, mostGivenUp, r.Stats().Abandoned)
		time.Sleep(window - 10*time.Second)
		hangs.Store(false)
		_, err = r.Tenant("another").Resolve(t.Context(), "DE", "")
		assert.ErrorIs(t, err, tax.ErrUnavailable)
		assert.ErrorContains(t, err, "4096 loads")
		taxtest.AssertAdvises(t, err)
		for _, stale := range []bool{false, true} { // in the window for refreshes, and after its end
			a, err := r.Tenant("kept").Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			assert.Equal(t, stale, a.Stale(), "its own loads have not failed")
			time.Sleep(hundred)
		}
		close(gate)
		synctest.Wait()
		assert.Zero(t, r.Stats().Abandoned)
		unharmed(t, r)
		a, err := r.Tenant("kept").Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		assert.False(t, a.Stale())
	})
}

func TestLoadsThatAreGivenUpEndAfterCloseWithTheirSource(t *testing.T) {
	before := runtime.NumGoroutine()
	gate := make(chan struct{})
	r := taxtest.Open(t, taxtest.Script(taxtest.Held(gate, taxtest.LoadNineteen)), nil)
	for range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		_, err := r.Resolve(ctx, "DE", "")
		require.Error(t, err)
		cancel()
	}
	waiting := taxtest.Ask(t.Context(), r.Tenant("shop"))
	for r.Stats().Loading == 0 {
		runtime.Gosched()
	}
	r.Close()
	assert.Equal(t, "resolver closed", <-waiting)
	assert.Equal(t, mostOfACountry+1, r.Stats().Abandoned)
	close(gate)
	requireGoroutines(t, before, "none is left")
	assert.Zero(t, r.Stats().Abandoned)
}
