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

// requireAtOnce fails if the call lets time pass.
func requireAtOnce(t *testing.T, call func()) {
	t.Helper()
	before := time.Now()
	call()
	require.Zero(t, time.Since(before), "nobody waits")
}

func TestAfterOneFailedLoadNobodyWaitsForASourceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := outage(t, func(o *tax.Options) { o.LoadTimeout = 2 * time.Second })
		src.hangs(t)
		a, err := r.Resolve(t.Context(), "DE", "")
		requireStale(t, src, a, err)
		assert.Equal(t, 2*time.Second, time.Since(src.start)-hundred-time.Second, "the first one waited")
		requireAtOnce(t, func() {
			for range 1000 {
				a, err := r.Resolve(t.Context(), "DE", "")
				requireStale(t, src, a, err)
			}
		})
		before := src.loads()
		for range 400 { // across several probes
			time.Sleep(100 * time.Millisecond)
			requireAtOnce(t, func() {
				a, err := r.Resolve(t.Context(), "DE", "")
				requireStale(t, src, a, err)
			})
		}
		assert.Greater(t, src.loads(), before+1, "probes go on")
		assert.Less(t, src.loads(), before+40/2, "one after the other")
	})
}

// Else a source that hangs would cost every caller his whole deadline for ever.
func TestCallersWithShortDeadlinesDoNotAllWaitForASourceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := outage(t, func(o *tax.Options) { o.LoadTimeout = 2 * time.Second })
		src.hangs(t)
		var waited time.Duration
		for range 100 {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			before := time.Now()
			a, err := r.Resolve(ctx, "DE", "")
			waited += time.Since(before)
			cancel()
			requireStale(t, src, a, err)
		}
		assert.LessOrEqual(t, waited, 2200*time.Millisecond, "no longer than the first load may take")
	})
}

// outages has many countries of which the source fails, all beyond their end
// and asked for since.
func outages(t *testing.T, countries int) ([]*tax.Resolver, *livingSource) {
	t.Helper()
	src := newLivingSource("19")
	r := taxtest.Open(t, src, &tax.Options{TTL: hundred, RefreshAhead: noRefresh, MaxStale: time.Hour, LoadTimeout: 2 * time.Second})
	views := make([]*tax.Resolver, countries)
	for i := range views {
		views[i] = r.Tenant(strconv.Itoa(i))
		_, err := views[i].Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
	}
	src.fails(taxtest.ErrDatabase)
	src.answers("21")
	src.until(hundred + time.Second)
	for _, view := range views {
		a, err := view.Resolve(t.Context(), "DE", "")
		requireStale(t, src, a, err)
	}
	return views, src
}

// More countries may be stale than there is room to remember failures.
func TestHoweverManyCountriesAreStaleNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const countries = 3000
		src := newLivingSource("19")
		r := taxtest.Open(t, src, &tax.Options{Capacity: 2 * countries, TTL: hundred, RefreshAhead: noRefresh, MaxStale: time.Hour})
		everybody := func() {
			for i := range countries {
				requireAtOnce(t, func() {
					_, err := r.Tenant(strconv.Itoa(i)).Resolve(t.Context(), "DE", "")
					require.NoError(t, err)
				})
			}
		}
		everybody()
		src.fails(taxtest.ErrDatabase)
		src.until(hundred + time.Second)
		everybody() // it fails for each of them
		src.slow(time.Second)
		src.set(func(s *livingSource) { s.most = 0 })
		for range 60 {
			time.Sleep(time.Second)
			everybody()
		}
		src.set(func(s *livingSource) { assert.Equal(t, 1, s.most) })
	})
}

func TestStaleCountryOfATenantWithALongNameMakesNobodyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, src := outage(t, nil)
		src.works()
		src.answers("19")
		r, began := all.Tenant(strings.Repeat("x", 1000)), time.Now()
		_, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		src.fails(taxtest.ErrDatabase)
		time.Sleep(hundred + 1)
		a, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		require.True(t, a.Stale())
		src.slow(time.Second)
		before := src.loads()
		for time.Since(began) < hundred+allowed-2*time.Second {
			requireAtOnce(t, func() {
				a, err := r.Resolve(t.Context(), "DE", "")
				require.NoError(t, err)
				require.True(t, a.Stale())
			})
			time.Sleep(10 * time.Millisecond)
		}
		assert.Greater(t, src.loads(), before+1, "it is tried")
		assert.Less(t, src.loads(), before+20, "and not hammered")
	})
}

func TestOneProbeAtATimeOverAllCountriesWhileTheSourceFails(t *testing.T) {
	for name, trouble := range map[string]func(*testing.T, *livingSource){
		"slow error": func(_ *testing.T, s *livingSource) { s.slow(300 * time.Millisecond) },
		"timeout":    func(_ *testing.T, s *livingSource) { s.slow(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				views, src := outages(t, 50)
				trouble(t, src)
				src.set(func(s *livingSource) { s.most = 0 })
				for range 600 {
					for _, view := range views {
						requireAtOnce(t, func() {
							a, err := view.Resolve(t.Context(), "DE", "")
							requireStale(t, src, a, err)
						})
					}
					time.Sleep(47 * time.Millisecond) // not the moment at which a load times out
				}
				src.set(func(s *livingSource) { assert.Equal(t, 1, s.most) })
				assert.Greater(t, src.loads(), 50+50+3, "probes go on")
			})
		})
	}
}

func TestNobodyProbesForACountryThatNobodyAsksFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, src := outages(t, 50)
		synctest.Wait()
		before := src.loads()
		time.Sleep(10 * time.Minute)
		assert.Equal(t, before, src.loads())
	})
}

func TestAfterAProbeThatSucceedsEverybodyGetsFreshData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		views, src := outages(t, 50)
		for range 1000 { // the backoff grows
			for _, view := range views {
				_, err := view.Resolve(t.Context(), "DE", "")
				require.NoError(t, err)
			}
			time.Sleep(50 * time.Millisecond)
		}
		src.works()
		healed := time.Now()
		fresh := map[int]bool{}
		for time.Since(healed) <= 16*time.Second {
			for i, view := range views {
				a, err := view.Resolve(t.Context(), "DE", "")
				if fresh[i] || err == nil && !a.Stale() {
					fresh[i] = true
					require.Equal(t, "21 VAT", taxtest.Answer(a, err))
					require.False(t, a.Stale())
					require.False(t, a.LoadedAt().Before(healed.UTC()))
				} else {
					requireStale(t, src, a, err)
				}
			}
			time.Sleep(50 * time.Millisecond)
		}
		assert.Len(t, fresh, len(views), "at the latest when the longest backoff is over")
	})
}

func TestColdAndFreshCountriesAreNotHeldBackByAStaleOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if key.Country != "DE" {
				return taxtest.LoadNineteen(ctx, key)
			}
			return src.Configurations(ctx, key)
		}), &tax.Options{TTL: hundred, MaxStale: time.Hour, LoadTimeout: time.Minute})
		_, err := r.Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		src.until(hundred + 1)
		src.fails(taxtest.ErrDatabase)
		a, err := r.Resolve(t.Context(), "DE", "")
		requireStale(t, src, a, err)
		src.hangs(t)
		time.Sleep(time.Second)
		a, err = r.Resolve(t.Context(), "DE", "") // its probe hangs
		requireStale(t, src, a, err)
		requireAtOnce(t, func() {
			for _, country := range []string{"FR", "AT", "BE"} {
				a, err := r.Resolve(t.Context(), country, "")
				assert.Equal(t, "19 VAT", taxtest.Answer(a, err))
				assert.False(t, a.Stale())
			}
		})
	})
}

func TestAnswersGivenStayAsTheyWere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := taxtest.Open(t, src, &tax.Options{TTL: hundred, MaxStale: time.Hour})
		type given struct {
			a     tax.Resolution
			p     tax.Place
			e     tax.Explanation
			stale bool
			at    time.Time
			want  string
		}
		var all []given
		give := func(stale bool, at time.Duration, want string) {
			a, err := r.Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			p, err := r.Place(t.Context(), tax.Lookup{Country: "DE"})
			require.NoError(t, err)
			all = append(all, given{a, p, a.Explain(), stale, src.start.Add(at).UTC(), want})
			for i, g := range all {
				again, err := g.p.Rate("STANDARD")
				require.NoError(t, err)
				for _, x := range append(g.p.Classes()[:1], g.a, again) { // STANDARD is the first class
					require.Equal(t, g.want, taxtest.Answer(x, nil), "answer %d", i)
					require.Equal(t, g.stale, x.Stale(), "answer %d", i)
					require.Equal(t, g.at, x.LoadedAt(), "answer %d", i)
				}
				require.Equal(t, g.stale, g.p.Stale(), "place %d", i)
				require.Equal(t, g.at, g.p.LoadedAt(), "place %d", i)
				require.Equal(t, g.e, g.a.Explain())
			}
		}
		give(false, 0, "19 VAT")
		src.until(200 * time.Second)
		src.fails(taxtest.ErrDatabase)
		src.answers("21")
		give(true, 0, "19 VAT")
		src.until(300 * time.Second)
		give(true, 0, "19 VAT")
		src.works()
		src.until(400 * time.Second)
		_, err := r.Resolve(t.Context(), "DE", "") // probes
		require.NoError(t, err)
		synctest.Wait()
		give(false, 400*time.Second, "21 VAT")
		src.until(600 * time.Second)
		src.fails(taxtest.ErrDatabase)
		give(true, 400*time.Second, "21 VAT")
		r.Invalidate("DE")
		src.works()
		src.answers("22")
		give(false, 600*time.Second, "22 VAT")
	})
}

func TestStaleAnswersAllocateNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := outage(t, nil)
		a, err := r.Resolve(t.Context(), "DE", "")
		requireStale(t, src, a, err)
		src.hangs(t)
		time.Sleep(time.Second)
		a, err = r.Resolve(t.Context(), "DE", "") // its probe hangs
		requireStale(t, src, a, err)
		synctest.Wait()
		ctx, served := t.Context(), r.Stats().StaleServed
		for name, call := range map[string]func() bool{
			"Resolve": func() bool { a, err := r.Resolve(ctx, "DE", "STANDARD"); return err == nil && a.Stale() },
			"region": func() bool {
				a, err := r.Lookup(ctx, tax.Lookup{Country: "DE", Region: "X-ISLE", Date: taxtest.Day})
				return err == nil && a.Stale()
			},
			"Place": func() bool {
				p, err := r.Place(ctx, tax.Lookup{Country: "DE", PostalCode: "27498"})
				return err == nil && p.Stale()
			},
		} {
			var right bool
			assert.Zero(t, testing.AllocsPerRun(100, func() { right = call() }), name)
			assert.True(t, right, name)
		}
		assert.EqualValues(t, served+3*101, r.Stats().StaleServed)
		assert.Equal(t, 3, src.loads())
	})
}
