package freshness_test

import (
	"context"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

func TestHitsReadNoClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := newSteppedClock(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
		src := newLivingSource("19")
		r := taxtest.Open(t, src, &tax.Options{Clock: clock.now, TTL: time.Hour})
		hit := func() {
			_, err := r.Resolve(t.Context(), "DE", "STANDARD")
			require.NoError(t, err)
			_, err = r.Resolve(t.Context(), "DE", "BOOKS")
			require.ErrorIs(t, err, tax.ErrUnknownClass)
			_, err = r.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: "X-ISLE"})
			require.NoError(t, err)
			_, err = r.Lookup(t.Context(), tax.Lookup{Country: "DE", PostalCode: "27498", Date: taxtest.Day})
			require.NoError(t, err)
			p, err := r.Place(t.Context(), tax.Lookup{Country: "DE"})
			require.NoError(t, err)
			_ = p.LoadedAt()
			_ = p.Classes()
		}
		hit()
		before := clock.calls.Load()
		for range 10_000 {
			hit()
		}
		assert.Equal(t, before, clock.calls.Load())
		time.Sleep(10 * time.Second)
		hit()
		assert.LessOrEqual(t, clock.calls.Load(), before+11, "a tick a second")
		assert.GreaterOrEqual(t, clock.calls.Load(), before+9)
		assert.Equal(t, 1, src.loads())
	})
}

func TestCloseStopsTheTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, ttl := range []time.Duration{0, time.Second, time.Hour} {
			clock := newSteppedClock(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
			src := newLivingSource("19")
			r := taxtest.Open(t, src, &tax.Options{Clock: clock.now, TTL: ttl})
			for i := range 5 {
				_, err := r.Tenant(strconv.Itoa(i)).Resolve(t.Context(), "DE", "")
				require.NoError(t, err)
			}
			before := clock.calls.Load()
			time.Sleep(3300 * time.Millisecond) // not the moment of a tick, which might be under way
			require.Greater(t, clock.calls.Load(), before)
			r.Close()
			before = clock.calls.Load()
			time.Sleep(time.Hour)
			assert.Equal(t, before, clock.calls.Load())
			assert.Equal(t, 5, src.loads())
		}
	})
}

func TestWithoutCountriesTheClockIsNotCalled(t *testing.T) {
	for name, drop := range map[string]func(*tax.Resolver, *livingSource){
		"all":     func(r *tax.Resolver, _ *livingSource) { r.InvalidateAll() },
		"tenant":  func(r *tax.Resolver, _ *livingSource) { r.InvalidateTenant() },
		"country": func(r *tax.Resolver, _ *livingSource) { r.Invalidate("DE") },
		"none": func(r *tax.Resolver, src *livingSource) {
			src.set(func(s *livingSource) { s.none = true })
			r.InvalidateAll()
			_, _ = r.Resolve(context.Background(), "DE", "")
		},
		"failed": func(r *tax.Resolver, src *livingSource) {
			src.fails(taxtest.ErrDatabase)
			r.InvalidateAll()
			_, _ = r.Resolve(context.Background(), "DE", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := newSteppedClock(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
				src := newLivingSource("19")
				r := taxtest.Open(t, src, &tax.Options{Clock: clock.now, TTL: time.Hour})
				for _, day := range []string{"2026-11-21", "2026-11-24"} { // it starts again
					src.set(func(s *livingSource) { s.none, s.fault = false, nil })
					time.Sleep(20 * time.Second)
					before := clock.calls.Load()
					a, err := r.Resolve(t.Context(), "DE", "")
					require.NoError(t, err)
					assert.Equal(t, day, a.Date().String())
					time.Sleep(10500 * time.Millisecond)
					assert.GreaterOrEqual(t, clock.calls.Load(), before+10, "a country is in memory")
					drop(r, src)
					before = clock.calls.Load()
					time.Sleep(72 * time.Hour)
					assert.Equal(t, before, clock.calls.Load())
					_ = a.Percent() // the answer keeps the compiled country, and with it its day
				}
			})
		})
	}
}

// What is under way keeps the timer: no country comes into memory that it does not know.
func TestDayIsRightHoweverLoadsAndInvalidationsMeet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := newSteppedClock(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
		src := newLivingSource("19")
		r := taxtest.Open(t, src, &tax.Options{Clock: clock.now, LoadTimeout: time.Minute})
		src.slow(20 * time.Second)
		for range 20 {
			answer := taxtest.Ask(t.Context(), r)
			time.Sleep(7 * time.Second)
			r.InvalidateAll()
			assert.Equal(t, "19 VAT", <-answer)
			for range 3 {
				a, err := r.Resolve(t.Context(), "DE", "")
				require.NoError(t, err)
				assert.Equal(t, clock.read().UTC().Format(time.DateOnly), a.Date().String())
				clock.step(25 * time.Hour)
				time.Sleep(time.Second + 1)
				synctest.Wait()
			}
			r.InvalidateAll()
			time.Sleep(30 * time.Hour)
		}
	})
}

func TestResolverThatIsDroppedStopsTicking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := newSteppedClock(time.Date(2026, 11, 21, 23, 59, 50, 0, time.UTC))
		open := func() *tax.Resolver {
			r, err := tax.NewResolver(taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))), &tax.Options{Clock: clock.now})
			require.NoError(t, err)
			_, err = r.Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			return r.Tenant("shop")
		}
		view := open()
		runtime.GC()
		before := clock.calls.Load()
		time.Sleep(30300 * time.Millisecond) // not the moment of a tick: one under way keeps it
		require.Greater(t, clock.calls.Load(), before, "a view keeps it")
		a, err := view.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		require.Equal(t, "2026-11-22", a.Date().String())
		kept := a // an answer does not
		view = nil
		for range 3 {
			runtime.GC()
			time.Sleep(2 * time.Second) // nor these
		}
		before = clock.calls.Load()
		time.Sleep(time.Minute)
		assert.Equal(t, before, clock.calls.Load())
		assert.Equal(t, "19 VAT", taxtest.Answer(kept, nil))
		_ = view
	})
}

// After Close nothing happens any more, whatever was under way. The end of the bubble
// shows that no goroutine is left.
func TestAfterCloseNothingRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := newSteppedClock(time.Date(2026, 11, 21, 23, 59, 50, 0, time.UTC))
		src := newLivingSource("19")
		hung := make(chan error, 100)
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			set, err := src.Configurations(ctx, key)
			if key.Tenant == "hung" {
				<-ctx.Done()
				hung <- ctx.Err()
			}
			return set, err
		}), &tax.Options{TTL: hundred, MaxStale: time.Hour, NegativeTTL: time.Minute, LoadTimeout: time.Hour, Clock: clock.now})
		for _, tenant := range []string{"fresh", "stale"} {
			_, err := r.Tenant(tenant).Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
		}
		src.until(window)
		_, err := r.Tenant("fresh").Resolve(t.Context(), "DE", "") // refreshes
		require.NoError(t, err)
		synctest.Wait()
		src.until(hundred + 1)
		src.fails(taxtest.ErrDatabase)
		a, err := r.Tenant("stale").Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		require.True(t, a.Stale())
		for range 3 {
			_, err = r.Tenant("failing").Resolve(t.Context(), "DE", "")
			require.ErrorIs(t, err, taxtest.ErrDatabase)
		}
		src.set(func(s *livingSource) { s.fault, s.none = nil, true })
		_, err = r.Tenant("none").Resolve(t.Context(), "DE", "")
		require.ErrorIs(t, err, tax.ErrUnknownCountry)
		waiting := taxtest.Ask(t.Context(), r.Tenant("hung"))
		src.slow(time.Hour)
		src.until(window + window)
		_, _ = r.Tenant("fresh").Resolve(t.Context(), "DE", "") // refreshes, slowly
		_, _ = r.Tenant("stale").Resolve(t.Context(), "DE", "") // probes
		synctest.Wait()
		require.Positive(t, r.Stats().Loading)

		r.Close()
		assert.Equal(t, "resolver closed", <-waiting)
		assert.ErrorIs(t, <-hung, context.Canceled)
		synctest.Wait()
		loads, reads := src.loads(), clock.calls.Load()
		time.Sleep(24 * time.Hour)
		for _, tenant := range []string{"fresh", "stale", "failing", "none", "hung", "cold"} {
			_, err := r.Tenant(tenant).Resolve(t.Context(), "DE", "")
			assert.ErrorIs(t, err, tax.ErrClosed, tenant)
		}
		assert.Equal(t, loads, src.loads())
		assert.Equal(t, reads, clock.calls.Load())
		assert.Zero(t, r.Stats().Loading)
		r.Close()
	})
}

func TestTimePassesOutsideOfABubbleAsWell(t *testing.T) {
	src := taxtest.Script(taxtest.LoadNineteen)
	r := taxtest.Open(t, src, &tax.Options{TTL: 20 * time.Millisecond, RefreshAhead: noRefresh})
	for src.Loads.Load() < 3 {
		require.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		time.Sleep(time.Millisecond)
	}
}
