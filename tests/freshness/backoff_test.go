package freshness_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// askEvery is how often callers come while a source fails.
const askEvery = 10 * time.Millisecond

// backoffAfter is the longest time for which the n-th failure in a row is
// remembered, n counted from 1; the shortest is half of it.
func backoffAfter(n int) time.Duration {
	if n < 2 {
		return 0
	}
	d := 100 * time.Millisecond
	for range n - 2 {
		d = min(2*d, 15*time.Second)
	}
	return d
}

// requireBackoff checks the times at which a source that fails at once was
// asked, from its first failure on, while callers came every askEvery and
// waited for it.
func requireBackoff(t *testing.T, asked []time.Duration) {
	t.Helper()
	for i := 1; i < len(asked); i++ {
		gap, most := asked[i]-asked[i-1], backoffAfter(i)
		require.GreaterOrEqual(t, gap, max(most/2, askEvery), "after failure %d: %v", i, asked)
		require.Less(t, gap, most+2*askEvery, "after failure %d: %v", i, asked)
	}
}

// requireCoarseBackoff is requireBackoff for callers who got an answer: the resolver
// then looks at the time only once in a tick of a second.
func requireCoarseBackoff(t *testing.T, asked []time.Duration) {
	t.Helper()
	for i := 1; i < len(asked); i++ {
		gap, most := asked[i]-asked[i-1], backoffAfter(i)
		require.GreaterOrEqual(t, gap, max(most/2, askEvery), "after failure %d: %v", i, asked)
		require.Less(t, gap, max(most, time.Second)+time.Second+2*askEvery, "after failure %d: %v", i, asked)
	}
}

// askFor resolves DE of some tenants every askEvery and returns their last
// errors.
func askFor(t *testing.T, r *tax.Resolver, d time.Duration, tenants ...string) (errs []error) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < d; time.Sleep(askEvery) {
		errs = errs[:0]
		for _, tenant := range tenants {
			_, err := r.Tenant(tenant).Resolve(t.Context(), "DE", "")
			errs = append(errs, err)
		}
	}
	return errs
}

func TestSourceThatFailsIsAskedEverMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tenants []string
		for i := range 20 {
			tenants = append(tenants, strconv.Itoa(i))
		}
		src := newLivingSource("19")
		src.fails(taxtest.ErrDatabase)
		r := taxtest.Open(t, src, nil)
		for _, err := range askFor(t, r, 90*time.Second, tenants...) {
			assert.ErrorIs(t, err, tax.ErrUnavailable)
			assert.ErrorIs(t, err, taxtest.ErrDatabase)
		}
		var low, high, n int
		for _, tenant := range tenants {
			asked := src.loadsOf(tenant)
			requireBackoff(t, asked)
			require.GreaterOrEqual(t, len(asked), 11, "the longest backoff was reached")
			for i := 5; i < len(asked); i++ {
				n++
				switch part := float64(asked[i]-asked[i-1]) / float64(backoffAfter(i)); {
				case part < 0.7:
					low++
				case part > 0.8:
					high++
				}
			}
		}
		assert.Greater(t, min(low, high), n/5, "drawn from the whole range: %d, %d of %d", low, high, n)
	})
}

func TestBackoffBeginsWhenTheLoadHasFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const takes = 3 * time.Second
		src := newLivingSource("19")
		src.fails(taxtest.ErrDatabase)
		src.slow(takes)
		r := taxtest.Open(t, src, nil)
		askFor(t, r, 2*time.Minute, "")
		asked := src.loadsOf("")
		require.Greater(t, len(asked), 6)
		for i := range asked {
			asked[i] -= time.Duration(i) * takes // as if it failed at once
		}
		requireBackoff(t, asked)
	})
}

func TestFirstFailureIsNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := taxtest.Script(taxtest.LoadFails, taxtest.LoadNineteen)
		r := taxtest.Open(t, src, nil)
		assert.Equal(t, "source unavailable", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
	})
}

func TestRememberedErrorNamesItsCauseAndWhoAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		src.fails(taxtest.ErrDatabase)
		r := taxtest.Open(t, src, nil).Tenant("shop")
		for range 2 {
			_, _ = r.Resolve(t.Context(), "DE", "")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, ctx := range []context.Context{t.Context(), ctx} {
			_, err := r.Lookup(ctx, tax.Lookup{Country: "deu", Class: "BOOKS", Date: taxtest.Day})
			require.ErrorIs(t, err, tax.ErrUnavailable)
			require.NotErrorIs(t, err, tax.ErrStale)
			if ctx.Err() == nil {
				require.ErrorIs(t, err, taxtest.ErrDatabase)
			}
			var e *tax.LookupError
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "shop", e.Tenant)
			assert.Equal(t, "BOOKS", e.Lookup.Class)
			assert.Equal(t, taxtest.Day, e.Lookup.Date)
		}
		assert.Equal(t, 2, src.loads())
		_, err := r.Place(t.Context(), tax.Lookup{Country: "DE"})
		assert.ErrorIs(t, err, taxtest.ErrDatabase)
		_, err = r.Classes(t.Context(), tax.Lookup{Country: "DE"})
		assert.ErrorIs(t, err, taxtest.ErrDatabase)
		assert.Equal(t, 2, src.loads())
	})
}

func TestSuccessEndsTheBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		src.fails(taxtest.ErrDatabase)
		r := taxtest.Open(t, src, &tax.Options{TTL: hundred, RefreshAhead: noRefresh})
		askFor(t, r, 10*time.Second, "")
		src.works()
		time.Sleep(15 * time.Second)
		require.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		before := src.loads()

		src.fails(taxtest.ErrDatabase)
		time.Sleep(hundred + 1) // the country comes to its end
		askFor(t, r, 30*time.Second, "")
		requireBackoff(t, src.loadsOf("")[before:])
	})
}

func TestInvalidationEndsTheBackoff(t *testing.T) {
	for name, invalidate := range invalidations {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := newLivingNotifier("19")
				src.fails(taxtest.ErrDatabase)
				all := taxtest.Open(t, src, nil)
				askFor(t, all, 10*time.Second, "shop")
				for n := src.loads(); src.loads() == n; { // until just after a failure
					askFor(t, all, askEvery, "shop")
				}
				before := src.loads()
				_, err := all.Tenant("shop").Resolve(t.Context(), "DE", "")
				require.ErrorIs(t, err, taxtest.ErrDatabase)
				require.Equal(t, before, src.loads(), "it is remembered")
				invalidate(all, src.notices)
				askFor(t, all, 10*time.Second, "shop")
				requireBackoff(t, src.loadsOf("shop")[before:])
				invalidate(all, src.notices)
				src.works()
				assert.Equal(t, "19 VAT", taxtest.Answer(all.Tenant("shop").Resolve(t.Context(), "DE", "")))
			})
		})
	}
}

func TestFailureOfALoadThatWasInvalidatedIsNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		src.fails(taxtest.ErrDatabase)
		r := taxtest.Open(t, src, nil)
		for n := range 5 {
			_, err := r.Resolve(t.Context(), "DE", "")
			require.ErrorIs(t, err, taxtest.ErrDatabase)
			require.Equal(t, n+1, src.loads())
			release := src.hangs(t)
			waiting := taxtest.Ask(t.Context(), r)
			synctest.Wait()
			r.Invalidate("DE")
			release()
			assert.Equal(t, "source unavailable", <-waiting)
			src.set(func(s *livingSource) { s.total-- })
		}
		src.works()
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
	})
}

func TestBackoffOfOneCountryHoldsNoOtherBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if key == (tax.Key{Country: "DE"}) {
				return taxtest.LoadFails(ctx, key)
			}
			return src.Configurations(ctx, key)
		}), nil)
		askFor(t, r, time.Minute, "")
		requireAtOnce(t, func() {
			assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "FR", "")))
			assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant("shop").Resolve(t.Context(), "DE", "")))
			_, err := r.Resolve(t.Context(), "DE", "")
			assert.ErrorIs(t, err, taxtest.ErrDatabase)
		})
		assert.Equal(t, 2, src.loads())

		// Each country counts its own failures.
		src.fails(taxtest.ErrDatabase)
		askFor(t, r, time.Minute, "other", "third")
		requireBackoff(t, src.loadsOf("other"))
		requireBackoff(t, src.loadsOf("third"))
	})
}

func TestRefreshesOfASourceThatFailsBackOffAsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := refreshing(t, src, tax.Options{RefreshAhead: 80 * time.Second, MaxStale: 10 * time.Minute})
		src.fails(taxtest.ErrDatabase)
		for _, err := range askFor(t, r, 5*time.Minute, "") {
			require.NoError(t, err)
		}
		asked := src.loadsOf("")[1:]
		assert.Greater(t, len(asked), 5*60/15, "before the end and after it")
		requireCoarseBackoff(t, asked)
	})
}

func TestCancellationIsNoFailureOfTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		src.slow(time.Second)
		r := taxtest.Open(t, src, nil)
		for range 5 { // each is alone and leaves
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			_, err := r.Resolve(ctx, "DE", "")
			require.ErrorIs(t, err, context.DeadlineExceeded)
			cancel()
		}
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")), "nothing to back off from")
	})
}

// A flood of keys that fail may cost no more memory than one that works.
func TestFailuresAreRememberedInABoundOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &counting{}
		r := taxtest.Open(t, src, nil)
		_, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		src.fault = taxtest.ErrDatabase
		before := heap()
		for i := range 20_000 {
			view := r.Tenant(strconv.Itoa(i) + strings.Repeat("x", 200))
			for range 2 {
				_, err := view.Resolve(t.Context(), "DE", "")
				require.ErrorIs(t, err, taxtest.ErrDatabase)
			}
		}
		assert.Less(t, heap(), before+3<<20)
		assert.Equal(t, 1, r.Stats().Countries)
		loads := src.loads.Load()
		_, err = r.Resolve(t.Context(), "DE", "")
		assert.NoError(t, err)
		assert.Equal(t, loads, src.loads.Load())
	})
}
