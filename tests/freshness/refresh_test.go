package freshness_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// With a TTL of 100 s a life ends between 90 s and 100 s, the refresh window
// begins 20 s before that, and both may come a second early. So at quiet there
// is no window yet, and at window every country is in it and fresh.
const (
	hundred = 100 * time.Second
	quiet   = 68 * time.Second
	window  = 82 * time.Second
	lastOf  = 88 * time.Second
)

// refreshing has DE in memory, loaded at the start.
func refreshing(t *testing.T, src tax.Source, opts tax.Options) *tax.Resolver {
	t.Helper()
	opts.TTL = hundred
	r := taxtest.Open(t, src, &opts)
	a, err := r.Resolve(t.Context(), "DE", "")
	require.Equal(t, "19 VAT", taxtest.Answer(a, err))
	return r
}

func TestLookupsInTheWindowGetTheOldAnswerAndStartOneLoad(t *testing.T) {
	for name, opts := range map[string]tax.Options{"default": {}, "20s": {RefreshAhead: 20 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ended []tax.LoadEvent
				var mu sync.Mutex
				opts.Observer = &tax.Observer{LoadEnd: func(_ context.Context, l tax.LoadEvent) {
					mu.Lock()
					defer mu.Unlock()
					ended = append(ended, l)
				}}
				src := newLivingSource("19")
				r := refreshing(t, src, opts)
				src.answers("21")
				src.slow(3 * time.Second)
				src.until(quiet)
				assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
				synctest.Wait()
				assert.Equal(t, 1, src.loads(), "the window has not begun")

				src.until(window)
				for range 1000 {
					a, err := r.Resolve(t.Context(), "DE", "")
					require.Equal(t, "19 VAT", taxtest.Answer(a, err))
					require.False(t, a.Stale())
				}
				for range 29 { // callers of all kinds, until just before the load ends
					time.Sleep(100 * time.Millisecond)
					require.Equal(t, "19 VAT", <-taxtest.Ask(t.Context(), r))
					_, err := r.Place(t.Context(), tax.Lookup{Country: "DE", Region: "X-ISLE"})
					require.NoError(t, err)
				}
				assert.Equal(t, window+2900*time.Millisecond, time.Since(src.start), "nobody waited")
				assert.Equal(t, 2, src.loads())
				time.Sleep(100*time.Millisecond + 1)
				synctest.Wait()

				a, err := r.Resolve(t.Context(), "DE", "")
				assert.Equal(t, "21 VAT", taxtest.Answer(a, err))
				assert.Equal(t, src.start.Add(window).UTC(), a.LoadedAt())
				src.until(window + quiet)
				assert.Equal(t, "21 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
				assert.Equal(t, 2, src.loads(), "a refresh begins a whole new life")
				mu.Lock()
				defer mu.Unlock()
				require.Len(t, ended, 2)
				assert.False(t, ended[0].Background)
				assert.Equal(t, tax.LoadEvent{Key: tax.Key{Country: "DE"}, Duration: 3 * time.Second, Found: true, Background: true}, ended[1])
			})
		})
	}
}

func TestCountryThatIsAskedForIsAlwaysFreshAndNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := refreshing(t, src, tax.Options{})
		src.slow(2 * time.Second)
		for time.Since(src.start) < time.Hour {
			before := time.Now()
			a, err := r.Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			require.False(t, a.Stale())
			require.Zero(t, time.Since(before))
			require.LessOrEqual(t, time.Since(a.LoadedAt()), hundred)
			time.Sleep(500 * time.Millisecond)
		}
		lives := int(time.Hour / hundred)
		assert.GreaterOrEqual(t, src.loads(), lives)
		assert.LessOrEqual(t, src.loads(), 2*lives, "a load for each life, at 69 s of it at the earliest")
	})
}

// The longest RefreshAhead leaves of every life a part in which nothing is loaded, also
// where a tick is longer than that, and where the source is slow.
func TestLongestRefreshAheadIsNoStreamOfLoads(t *testing.T) {
	for _, ttl := range []time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 10 * time.Second, time.Hour} {
		for _, takes := range []time.Duration{0, ttl / 5} {
			synctest.Test(t, func(t *testing.T) {
				src := newLivingSource("19")
				src.slow(takes)
				r := taxtest.Open(t, src, &tax.Options{TTL: ttl, RefreshAhead: ttl / 5 * 4, LoadTimeout: ttl})
				for time.Since(src.start) < 10*ttl {
					_, err := r.Resolve(t.Context(), "DE", "")
					require.NoError(t, err)
					time.Sleep(ttl / 1000)
				}
				most := 10 * int(ttl/min(tickOf(ttl), ttl/20))
				assert.LessOrEqual(t, src.loads(), most, "TTL %v, loads of %v", ttl, takes)
			})
		}
	}
}

func TestCountryThatNobodyAsksForIsNotRefreshed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := taxtest.Open(t, src, &tax.Options{TTL: hundred})
		for i := range 10 {
			_, err := r.Tenant(strconv.Itoa(i)).Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
		}
		src.until(window)
		_, err := r.Tenant("3").Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		time.Sleep(10 * hundred)
		assert.Equal(t, 11, src.loads())
		assert.Equal(t, []time.Duration{0, window}, src.loadsOf("3"))
	})
}

func TestRefreshThatFailsLeavesTheFreshAnswerUntilItsEnd(t *testing.T) {
	for name, fault := range loadsWithoutData {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := taxtest.Script(taxtest.LoadNineteen, fault)
				r := refreshing(t, src, tax.Options{LoadTimeout: time.Second})
				start := time.Now()
				time.Sleep(window)
				for time.Since(start) < lastOf {
					before := time.Now()
					a, err := r.Resolve(t.Context(), "DE", "")
					require.Equal(t, "19 VAT", taxtest.Answer(a, err))
					require.False(t, a.Stale())
					require.Zero(t, time.Since(before))
					time.Sleep(50 * time.Millisecond)
				}
				tried := src.Loads.Load() - 1
				assert.Positive(t, tried)
				// the second at once after the first; then 50 ms at least, 100 ms, ... lie between
				assert.LessOrEqual(t, tried, int64(8), "a source that fails is not hammered")
				time.Sleep(time.Until(start.Add(hundred + 1)))
				_, err := r.Resolve(t.Context(), "DE", "")
				assert.ErrorIs(t, err, tax.ErrUnavailable, "MaxStale was not given")
			})
		})
	}
}

func TestRefreshThatHangsIsOneLoadUntilItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := refreshing(t, src, tax.Options{LoadTimeout: 2 * time.Second})
		release := src.hangs(t)
		src.until(window)
		for time.Since(src.start) < window+2*time.Second-time.Millisecond {
			before := time.Now()
			require.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
			require.Zero(t, time.Since(before))
			time.Sleep(10 * time.Millisecond)
		}
		assert.Equal(t, 2, src.loads())
		time.Sleep(10 * time.Millisecond)
		assert.EqualValues(t, 1, r.Stats().Failures)
		for src.loads() == 2 {
			require.Less(t, time.Since(src.start), window+4100*time.Millisecond, "another within two ticks")
			require.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
			time.Sleep(10 * time.Millisecond)
		}
		src.answers("21")
		release()
		synctest.Wait()
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")), "what a load answers was read when it began")
		assert.Equal(t, 3, src.loads())
	})
}

func TestCallerBeyondTheEndJoinsTheRefreshUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := refreshing(t, src, tax.Options{LoadTimeout: time.Minute})
		src.answers("21")
		release := src.hangs(t)
		src.until(window)
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		src.until(hundred + 1)
		waiting := taxtest.Ask(t.Context(), r)
		synctest.Wait()
		assert.Empty(t, waiting)
		assert.Equal(t, 2, src.loads())
		release()
		assert.Equal(t, "21 VAT", <-waiting)
	})
}

func TestRefreshBelongsToNobodysContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := refreshing(t, src, tax.Options{})
		src.answers("21")
		src.slow(time.Second) // listens to its context
		src.until(window)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := r.Resolve(ctx, "DE", "")
		require.NoError(t, err)
		cancel()
		time.Sleep(time.Second + 1)
		assert.Equal(t, "21 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		assert.Equal(t, 2, src.loads())
	})
}

// A caller who joins a refresh and leaves does not end it, because it was not started
// for that caller.
func TestRefreshGoesOnWhenWhoJoinedItLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := refreshing(t, src, tax.Options{LoadTimeout: time.Minute})
		src.answers("21")
		src.slow(30 * time.Second)
		src.until(window)
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		src.until(hundred + 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		assert.Equal(t, "source unavailable", <-taxtest.Ask(ctx, r))
		src.until(window + 30*time.Second + 1)
		assert.Equal(t, "21 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		assert.Equal(t, 2, src.loads())
	})
}

// livingNotifier is a living source that notifies listeners of its writes.
type livingNotifier struct {
	*livingSource
	notices *taxtest.NotifyingSource
}

func newLivingNotifier(percent string) livingNotifier {
	return livingNotifier{newLivingSource(percent), taxtest.NewNotifyingSource("")}
}

func (s livingNotifier) Notify(changed func(tax.Key)) func() { return s.notices.Notify(changed) }

func TestResultOfARefreshThatWasInvalidatedIsNotKept(t *testing.T) {
	for name, invalidate := range invalidations {
		for _, oldFirst := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					src := newLivingNotifier("19")
					all := taxtest.Open(t, src, &tax.Options{TTL: hundred, MaxStale: time.Hour, LoadTimeout: time.Minute})
					r := all.Tenant("shop")
					require.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
					src.until(window)
					src.answers("20")
					release := src.hangs(t)
					require.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
					synctest.Wait() // the refresh has read 20
					src.set(func(s *livingSource) { s.percent, s.gate = "21", nil })
					invalidate(all, src.notices)
					if oldFirst {
						release()
						synctest.Wait()
					}
					a, err := r.Resolve(t.Context(), "DE", "")
					assert.Equal(t, "21 VAT", taxtest.Answer(a, err))
					assert.Equal(t, src.start.Add(window).UTC(), a.LoadedAt())
					assert.Equal(t, 3, src.loads())
					release()
					synctest.Wait()
					assert.Equal(t, "21 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
					assert.Equal(t, 3, src.loads())
				})
			})
		}
	}
}

func TestRefreshThatFindsNothingEndsTheCountry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := taxtest.Script(taxtest.LoadNineteen, taxtest.LoadNone)
		r := refreshing(t, src, tax.Options{MaxStale: time.Hour})
		time.Sleep(window)
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		synctest.Wait()
		assert.Equal(t, "unknown country", taxtest.Answer(r.Resolve(t.Context(), "DE", "")), "the source said so")
		assert.Equal(t, 0, r.Stats().Countries)
	})
}

func TestCloseEndsARefreshUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		r := refreshing(t, taxtest.Script(taxtest.LoadNineteen, func(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		}), tax.Options{})
		time.Sleep(window)
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		synctest.Wait()
		assert.Equal(t, 1, r.Stats().Loading)
		r.Close()
		assert.ErrorIs(t, <-ended, context.Canceled)
		assert.Equal(t, "resolver closed", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
	})
}
