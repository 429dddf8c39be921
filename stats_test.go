package tax_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// statsModel says what the counts must be after each operation. Which country
// is displaced is the cache's choice: it learns that from the observer.
type statsModel struct {
	tax.Stats
	kept     map[tax.Key]bool
	negative map[tax.Key]bool
	failures map[tax.Key]int // consecutive; from the second on they are remembered
}

// lookup returns the answer and counts it.
func (m *statsModel) lookup(key tax.Key, state string, took time.Duration) string {
	if m.kept[key] {
		m.Hits++
		return "19 VAT"
	}
	m.Misses++
	switch {
	case m.negative[key]:
		return "unknown country"
	case m.failures[key] >= 2:
		return "source unavailable"
	}
	m.Loads++
	m.LoadTime += took
	m.MaxLoadTime = max(m.MaxLoadTime, took)
	switch state {
	case "fails":
		m.failures[key]++
		m.Failures++
		return "source unavailable"
	case "none":
		m.negative[key] = true
		delete(m.failures, key)
		return "unknown country"
	}
	m.kept[key] = true
	delete(m.failures, key)
	return "19 VAT"
}

func (m *statsModel) drop(match func(tax.Key) bool) {
	for key := range m.kept {
		if match(key) {
			delete(m.kept, key)
		}
	}
	for key := range m.negative {
		if match(key) {
			delete(m.negative, key)
		}
	}
	for key := range m.failures {
		if match(key) {
			delete(m.failures, key)
		}
	}
}

// forget waits until no empty answer is remembered, and makes the resolver forget its
// failures.
func (m *statsModel) forget(r *tax.Resolver) {
	time.Sleep(time.Minute)
	clear(m.negative)
	for key := range m.failures {
		r.Tenant(key.Tenant).Invalidate(key.Country)
		delete(m.failures, key)
		delete(m.kept, key)
	}
}

func TestStatsAreExactAfterEveryOperation(t *testing.T) {
	countries, tenants := []string{"AT", "BE", "CZ", "DE", "ES", "FR"}, []string{"", "a", "b"}
	for _, capacity := range []int{3, 7, 100} {
		for seed := range uint64(10) {
			t.Run(fmt.Sprintf("capacity %d, seed %d", capacity, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					rng := rand.New(rand.NewPCG(seed, uint64(capacity)))
					m := statsModel{kept: map[tax.Key]bool{}, negative: map[tax.Key]bool{}, failures: map[tax.Key]int{}}
					state, took := "", time.Duration(0)
					src := taxtest.Metered(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
						time.Sleep(took)
						switch state {
						case "fails":
							return taxtest.LoadFails(ctx, key)
						case "none":
							return taxtest.LoadNone(ctx, key)
						}
						return taxtest.LoadNineteen(ctx, key)
					})
					r := taxtest.Open(t, src, &tax.Options{Capacity: capacity, CountHits: true, NegativeTTL: 30 * time.Second,
						Observer: &tax.Observer{Evicted: func(key tax.Key) {
							assert.True(t, m.kept[key], "%v is displaced and was not there", key)
							delete(m.kept, key)
							m.Evictions++
						}}})
					for step := range 300 {
						key := tax.Key{Tenant: tenants[rng.IntN(len(tenants))], Country: countries[rng.IntN(len(countries))]}
						view := r.Tenant(key.Tenant)
						did := "lookup"
						switch n := rng.IntN(100); {
						case n < 80:
							state, took = []string{"", "", "", "", "none", "fails", "fails"}[rng.IntN(7)], time.Duration(rng.IntN(4))*time.Microsecond
							want := m.lookup(key, state, took)
							require.Equal(t, want, taxtest.Answer(view.Resolve(t.Context(), key.Country, "")), "step %d", step)
						case n < 88:
							did = "country"
							view.Invalidate(key.Country)
							m.drop(func(k tax.Key) bool { return k == key })
						case n < 91:
							did = "tenant"
							view.InvalidateTenant()
							m.drop(func(k tax.Key) bool { return k.Tenant == key.Tenant })
						case n < 92:
							did = "all"
							view.InvalidateAll()
							m.drop(func(tax.Key) bool { return true })
						default:
							did = "time"
							m.forget(r)
						}
						synctest.Wait() // the observer is told
						got := r.Stats()
						assert.Equal(t, len(m.kept) > 0, got.Bytes > 0)
						m.Countries, m.Bytes = len(m.kept), got.Bytes
						require.Equal(t, m.Stats, got, "step %d: %s of %v", step, did, key)
						require.EqualValues(t, got.Loads, src.Total())
						require.LessOrEqual(t, got.Countries, capacity)
					}
				})
			})
		}
	}
}

func TestStatsOfManyCallersAddUp(t *testing.T) {
	const callers, calls = 8, 2000
	countries := taxtest.Countries()[:60]
	for _, count := range []bool{true, false} {
		src := taxtest.Metered(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if key.Country == countries[0] {
				return taxtest.LoadFails(ctx, key)
			}
			return taxtest.LoadNineteen(ctx, key)
		})
		r := taxtest.Open(t, src, &tax.Options{Capacity: 40, CountHits: count})
		var group sync.WaitGroup
		for caller := range callers {
			group.Go(func() {
				rng := rand.New(rand.NewPCG(1, uint64(caller)))
				for range calls {
					_, err := r.Tenant([]string{"", "shop"}[rng.IntN(2)]).Resolve(t.Context(), countries[min(rng.IntN(60), rng.IntN(60))], "")
					if err != nil && !assert.ErrorIs(t, err, taxtest.ErrDatabase) {
						return
					}
					s := r.Stats()
					assert.LessOrEqual(t, s.Failures, s.Loads)
					assert.LessOrEqual(t, s.Countries, 40)
				}
			})
		}
		group.Wait()
		s := r.Stats()
		assert.EqualValues(t, src.Total(), s.Loads)
		failed := 0
		for key, n := range src.Loads() {
			if key.Country == countries[0] {
				failed += n
			}
		}
		assert.Positive(t, failed)
		assert.EqualValues(t, failed, s.Failures)
		assert.EqualValues(t, s.Loads-s.Failures, s.Evictions+uint64(s.Countries), "what was loaded is there or was displaced")
		assert.Equal(t, 40, s.Countries)
		assert.Zero(t, s.Loading)
		assert.Zero(t, s.StaleServed)
		assert.GreaterOrEqual(t, s.Misses, s.Loads, "each load had a caller who missed")
		assert.GreaterOrEqual(t, s.LoadTime, s.MaxLoadTime)
		assert.Positive(t, s.MaxLoadTime)
		if count {
			assert.EqualValues(t, callers*calls, s.Hits+s.Misses, "each call is one of the two")
		} else {
			assert.Zero(t, s.Hits, "nobody asked for them")
		}
	}
}

func TestStatsCountHitsOfConcurrentCallersExactly(t *testing.T) {
	const callers, calls = 8, 5000
	for _, count := range []bool{true, false} {
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen), &tax.Options{CountHits: count})
		p, err := r.Place(t.Context(), tax.Lookup{Country: "DE"})
		require.NoError(t, err)
		var group sync.WaitGroup
		for i := range callers {
			group.Go(func() {
				for range calls {
					var err error
					switch i % 4 {
					case 0:
						_, err = r.Resolve(t.Context(), "DE", "STANDARD")
					case 1:
						_, err = r.Lookup(t.Context(), tax.Lookup{Country: "deu", Region: "BY", Class: "STANDARD", Date: taxtest.Day})
					case 2:
						_, err = r.Place(t.Context(), tax.Lookup{Country: "DE"})
					case 3:
						_, err = r.Classes(t.Context(), tax.Lookup{Country: "DE"})
					}
					assert.NoError(t, err)
					_, err = p.Rate("STANDARD") // asks no cache
					assert.NoError(t, err)
				}
			})
		}
		group.Wait()
		want := tax.Stats{Countries: 1, Misses: 1, Loads: 1}
		if count {
			want.Hits = callers * calls
		}
		got := r.Stats()
		want.Bytes, want.LoadTime, want.MaxLoadTime = got.Bytes, got.LoadTime, got.MaxLoadTime
		assert.Equal(t, want, got)
	}
}

func TestStatsCountAClassThatIsUnknownAsAHitOfItsCountry(t *testing.T) {
	r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen), &tax.Options{CountHits: true})
	for range 3 {
		_, err := r.Resolve(t.Context(), "DE", "BOOKS")
		require.ErrorIs(t, err, tax.ErrUnknownClass)
	}
	s := r.Stats()
	assert.EqualValues(t, 1, s.Misses)
	assert.EqualValues(t, 2, s.Hits)
	assert.EqualValues(t, 1, s.Loads)
	assert.Zero(t, s.Failures, "the source did not fail")
}

func TestStatsTellWhatIsUnderWayAndHowLongItTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		durations := map[string]time.Duration{"DE": 3 * time.Second, "FR": time.Second, "AT": 7 * time.Second}
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if d := durations[key.Country]; d > 0 {
				time.Sleep(d)
				return taxtest.LoadNineteen(ctx, key)
			}
			return taxtest.LoadHangs(ctx, key)
		}), &tax.Options{LoadTimeout: 8 * time.Second})
		var group sync.WaitGroup
		for _, country := range []string{"DE", "FR", "AT", "BE", "DE", "BE"} {
			group.Go(func() { _, _ = r.Resolve(t.Context(), country, "") })
		}
		synctest.Wait()
		assert.Equal(t, tax.Stats{Loading: 4, Misses: 6}, r.Stats(), "a load counts when it ended")
		time.Sleep(2 * time.Second)
		s := r.Tenant("any view").Stats()
		assert.Equal(t, 3, s.Loading)
		assert.Equal(t, time.Second, s.LoadTime)
		group.Wait()
		synctest.Wait()
		s = r.Stats()
		s.Bytes = 0
		assert.Equal(t, tax.Stats{
			Countries: 3, Misses: 6, Loads: 4, Failures: 1, LoadTime: 19 * time.Second, MaxLoadTime: 8 * time.Second,
		}, s, "the load that timed out took its 8 seconds")
	})
}

func TestStatsCountFailuresOfEveryKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadFails, taxtest.LoadNineteen, func(context.Context, tax.Key) ([]tax.Configuration, error) {
			panic("out of order")
		}, taxtest.LoadHangs, taxtest.LoadNone, taxtest.LoadHangs), nil)
		ask := func(country string, within time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), within)
			defer cancel()
			_, _ = r.Resolve(ctx, country, "")
			synctest.Wait()
		}
		for i, c := range []struct {
			country         string
			within          time.Duration
			loads, failures uint64
		}{
			{"DE", time.Hour, 1, 1}, {"FR", time.Hour, 2, 1}, {"AT", time.Hour, 3, 2},
			{"BE", time.Second, 4, 3}, // everybody left: cancelled
			{"NL", time.Hour, 5, 3},   // none is no failure
			{"LU", time.Hour, 6, 4},   // timed out
		} {
			ask(c.country, c.within)
			s := r.Stats()
			assert.Equal(t, c.loads, s.Loads, "call %d", i)
			assert.Equal(t, c.failures, s.Failures, "call %d", i)
		}
	})
}

func TestStatsCountWhatIsServedStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen, taxtest.LoadFails), &tax.Options{TTL: time.Minute, MaxStale: time.Hour})
		resolve := func() bool {
			a, err := r.Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			synctest.Wait()
			return a.Stale()
		}
		require.False(t, resolve())
		time.Sleep(2 * time.Minute)
		assert.Zero(t, r.Stats().StaleServed, "nobody asked")
		for served := range uint64(5) {
			assert.True(t, resolve())
			assert.Equal(t, served+1, r.Stats().StaleServed)
		}
		assert.Equal(t, 1, r.Stats().Countries, "it is kept while it may answer")
	})
}

func TestStatsOfTheZeroResolverAreZero(t *testing.T) {
	assert.NotPanics(t, func() { assert.Equal(t, tax.Stats{}, (&tax.Resolver{}).Stats()) })
}

func TestStatsGoBackToNothing(t *testing.T) {
	for name, drop := range map[string]func(*tax.Resolver){
		"InvalidateAll": (*tax.Resolver).InvalidateAll,
		"Close":         (*tax.Resolver).Close,
		"each tenant": func(r *tax.Resolver) {
			for i := range 20 {
				r.Tenant(fmt.Sprint(i)).InvalidateTenant()
			}
		},
		"each country": func(r *tax.Resolver) {
			for i := range 20 {
				r.Tenant(fmt.Sprint(i)).Invalidate("de")
				r.Tenant(fmt.Sprint(i)).Invalidate("FR")
			}
		},
	} {
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen), nil)
		var one int64
		for i := range 20 {
			for _, country := range []string{"DE", "FR"} {
				_, err := r.Tenant(fmt.Sprint(i)).Resolve(t.Context(), country, "")
				require.NoError(t, err)
				one = max(one, r.Stats().Bytes/int64(r.Stats().Countries))
			}
		}
		require.Equal(t, 40, r.Stats().Countries, name)
		assert.Greater(t, one, int64(100), "a country of a class is no smaller")
		drop(r)
		s := r.Stats()
		assert.Zero(t, s.Countries, name)
		assert.Zero(t, s.Bytes, name)
		assert.Zero(t, s.Evictions, "%s displaces nothing", name)
		assert.EqualValues(t, 40, s.Loads, "%s: what happened stays counted", name)
	}
}
