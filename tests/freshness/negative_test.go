package freshness_test

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// counting is a source that keeps nothing about who asked. It has DE for the
// tenants whose id is short.
type counting struct {
	loads atomic.Int64
	fault error
}

const shortID = 4

func (s *counting) Configurations(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	s.loads.Add(1)
	if s.fault != nil || len(key.Tenant) > shortID || key.Country != "DE" {
		return nil, s.fault
	}
	return []tax.Configuration{taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))}, nil
}

// loadsFor counts the loads of a call.
func (s *counting) loadsFor(call func()) int {
	before := s.loads.Load()
	call()
	return int(s.loads.Load() - before)
}

// heap is what is reachable.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func askUnknown(t *testing.T, r *tax.Resolver, tenant, country string) {
	t.Helper()
	_, err := r.Tenant(tenant).Resolve(t.Context(), country, "")
	require.ErrorIs(t, err, tax.ErrUnknownCountry)
}

func TestNoneIsRememberedAndThenAskedAgain(t *testing.T) {
	for name, c := range map[string]struct{ option, ttl, want time.Duration }{
		"default":   {0, 0, time.Second},
		"short":     {70 * time.Millisecond, 0, 70 * time.Millisecond},
		"long":      {10 * time.Minute, 0, 10 * time.Minute},
		"above TTL": {30 * time.Second, 2 * time.Second, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := newLivingSource("19")
				src.set(func(s *livingSource) { s.none = true })
				r := taxtest.Open(t, src, &tax.Options{NegativeTTL: c.option, TTL: c.ttl})
				step := c.want / 100
				for time.Since(src.start) < 5*c.want {
					_, err := r.Resolve(t.Context(), "DE", "")
					require.ErrorIs(t, err, tax.ErrUnknownCountry)
					time.Sleep(step)
				}
				asked := src.loadsOf("")
				require.GreaterOrEqual(t, len(asked), 5)
				for i := 1; i < len(asked); i++ {
					gap := asked[i] - asked[i-1]
					require.GreaterOrEqual(t, gap, c.want-tickOf(c.want)-step, "%v", asked)
					require.LessOrEqual(t, gap, c.want+step, "%v", asked)
				}
				src.set(func(s *livingSource) { s.none = false })
				time.Sleep(c.want)
				a, err := r.Resolve(t.Context(), "DE", "")
				assert.Equal(t, "19 VAT", taxtest.Answer(a, err))
			})
		})
	}
}

func TestRememberedNoneSaysWhoAskedForWhat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := taxtest.Script(taxtest.LoadNone)
		r := taxtest.Open(t, src, nil).Tenant("shop")
		l := tax.Lookup{Country: "deu", Region: "BY", Class: "BOOKS", Date: taxtest.Day}
		_, first := r.Lookup(t.Context(), l)
		_, second := r.Lookup(t.Context(), l)
		require.ErrorIs(t, second, tax.ErrUnknownCountry)
		assert.Equal(t, first, second)
		taxtest.AssertAdvises(t, second)
		_, err := r.Place(t.Context(), l)
		assert.ErrorIs(t, err, tax.ErrUnknownCountry)
		_, err = r.Classes(t.Context(), l)
		assert.ErrorIs(t, err, tax.ErrUnknownCountry)
		assert.EqualValues(t, 1, src.Loads.Load())
	})
}

func TestInvalidationForgetsNoneAtOnce(t *testing.T) {
	for name, invalidate := range invalidations {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := newLivingNotifier("19")
				src.set(func(s *livingSource) { s.none = true })
				all := taxtest.Open(t, src, &tax.Options{NegativeTTL: time.Hour})
				r := all.Tenant("shop")
				for range 2 {
					askUnknown(t, all, "shop", "DE")
				}
				require.Equal(t, 1, src.loads())
				src.set(func(s *livingSource) { s.none = false })
				invalidate(all, src.notices)
				assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
				assert.Equal(t, 2, src.loads())
			})
		})
	}
}

func TestNoneThatWasLoadedBeforeAnInvalidationIsNotRemembered(t *testing.T) {
	for name, invalidate := range invalidations {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := newLivingNotifier("19")
				all := taxtest.Open(t, src, &tax.Options{NegativeTTL: time.Hour})
				r := all.Tenant("shop")
				src.set(func(s *livingSource) { s.none = true })
				release := src.hangs(t)
				before := taxtest.Ask(t.Context(), r)
				synctest.Wait()
				src.set(func(s *livingSource) { s.none, s.gate = false, nil })
				invalidate(all, src.notices)
				release()
				assert.Equal(t, "19 VAT", <-before, "he asks again")
				assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
			})
		})
	}
}

func TestInvalidationForgetsNoOtherNone(t *testing.T) {
	src := taxtest.Script(taxtest.LoadNone)
	r := taxtest.Open(t, src, &tax.Options{NegativeTTL: time.Hour})
	keys := []tax.Key{{Tenant: "a", Country: "DE"}, {Tenant: "a", Country: "FR"}, {Tenant: "b", Country: "DE"}}
	loads := func() (loaded []tax.Key) {
		for _, key := range keys {
			before := src.Loads.Load()
			askUnknown(t, r, key.Tenant, key.Country)
			if src.Loads.Load() != before {
				loaded = append(loaded, key)
			}
		}
		return loaded
	}
	assert.Equal(t, keys, loads())
	assert.Empty(t, loads())
	r.Tenant("a").Invalidate("FR")
	assert.Equal(t, keys[1:2], loads())
	r.Tenant("a").InvalidateTenant()
	assert.Equal(t, keys[:2], loads())
	r.InvalidateAll()
	assert.Equal(t, keys, loads())
}

func TestCreatedCountryIsKnownAtOnce(t *testing.T) {
	m := store.NewMemory(nil)
	r := taxtest.Open(t, m, &tax.Options{NegativeTTL: time.Hour})
	for range 2 {
		askUnknown(t, r, "shop", "DE")
	}
	_, err := m.Create(t.Context(), "shop", taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")))
	require.NoError(t, err)
	assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant("shop").Resolve(t.Context(), "DE", "")))
	require.NoError(t, m.Delete(t.Context(), "shop", tax.Location{Country: "DE"}))
	askUnknown(t, r, "shop", "DE")
}

func TestFloodOfUnknownKeysDisplacesNothing(t *testing.T) {
	const hot = 512
	for name, c := range map[string]struct {
		flood int
		opts  tax.Options
	}{
		"full":  {100_000, tax.Options{Capacity: hot, NegativeTTL: time.Hour}},
		"bytes": {5000, tax.Options{Capacity: hot, NegativeTTL: time.Hour, MaxBytes: 64 << 20}},
		"quota": {5000, tax.Options{Capacity: hot, NegativeTTL: time.Hour, TenantQuota: 1}},
		"aging": {5000, tax.Options{Capacity: hot, NegativeTTL: time.Millisecond, TTL: time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			src := &counting{}
			r := taxtest.Open(t, src, &c.opts)
			hotSet := func() {
				for i := range hot {
					_, err := r.Tenant(strconv.Itoa(i)).Resolve(t.Context(), "DE", "")
					require.NoError(t, err)
				}
			}
			require.Equal(t, hot, src.loadsFor(hotSet))
			stats := r.Stats()
			require.Equal(t, hot, stats.Countries)
			for i := range c.flood {
				switch i % 3 {
				case 0: // unknown countries of known tenants
					askUnknown(t, r, strconv.Itoa(i%hot), "FR")
				case 1:
					askUnknown(t, r, "flood "+strconv.Itoa(i), "DE")
				case 2:
					askUnknown(t, r, "flood "+strconv.Itoa(i), "AT")
				}
			}
			after := r.Stats()
			assert.Equal(t, hot, after.Countries)
			assert.Equal(t, stats.Evictions, after.Evictions)
			assert.Equal(t, stats.Bytes, after.Bytes)
			assert.Zero(t, src.loadsFor(hotSet), "the hot set is still there")
		})
	}
}

func TestFloodIsRememberedUpToItsBound(t *testing.T) {
	const bound, flood = 1024, 20_000
	src := &counting{}
	r := taxtest.Open(t, src, &tax.Options{NegativeTTL: time.Hour})
	ask := func(n int) func() {
		return func() {
			for i := range n {
				askUnknown(t, r, "flood "+strconv.Itoa(i), "DE")
			}
		}
	}
	assert.Equal(t, bound, src.loadsFor(ask(bound)))
	assert.Zero(t, src.loadsFor(ask(bound)), "that many are remembered")
	assert.Equal(t, flood-bound, src.loadsFor(func() {
		for i := range flood - bound {
			askUnknown(t, r, "flood "+strconv.Itoa(bound+i), "DE")
		}
	}))
	assert.GreaterOrEqual(t, src.loadsFor(ask(flood)), flood-bound, "and no more")
}

func TestTenantsWithLongIDsAreRememberedAsWell(t *testing.T) {
	for _, length := range []int{1, 256, 257, 1 << 20} {
		synctest.Test(t, func(t *testing.T) {
			src := newLivingSource("19")
			all := taxtest.Open(t, src, &tax.Options{NegativeTTL: time.Hour})
			id := strings.Repeat("t", length)
			src.set(func(s *livingSource) { s.none = true })
			for range 10 {
				askUnknown(t, all, id, "DE")
				askUnknown(t, all, id[1:]+"u", "DE")
				askUnknown(t, all, id, "FR")
			}
			assert.Equal(t, 3, src.loads(), "each of them is a key of its own")

			src.set(func(s *livingSource) { s.none = false })
			for name, invalidate := range map[string]func(){
				"country": func() { all.Tenant(id).Invalidate("FR") },
				"tenant":  all.Tenant(id).InvalidateTenant,
				"all":     all.InvalidateAll,
			} {
				all.InvalidateAll()
				src.set(func(s *livingSource) { s.none = true })
				askUnknown(t, all, id, "FR")
				src.set(func(s *livingSource) { s.none = false })
				askUnknown(t, all, id, "FR")
				invalidate()
				_, err := all.Tenant(id).Resolve(t.Context(), "FR", "")
				assert.NoError(t, err, name)
			}

			all.InvalidateAll()
			src.fails(taxtest.ErrDatabase)
			began, asked := time.Now(), src.loads()
			for time.Since(began) < time.Minute {
				_, err := all.Tenant(id).Resolve(t.Context(), "DE", "")
				require.ErrorIs(t, err, taxtest.ErrDatabase)
				time.Sleep(10 * time.Millisecond)
			}
			assert.Less(t, src.loads()-asked, 20, "ever more rarely")
		})
	}
}

func TestLongTenantIDsAreNotKept(t *testing.T) {
	src := &counting{}
	r := taxtest.Open(t, src, &tax.Options{NegativeTTL: time.Hour})
	before := heap()
	for i := range 100 {
		askUnknown(t, r, strconv.Itoa(i)+strings.Repeat("x", 1<<20), "DE")
	}
	assert.Less(t, heap(), before+8<<20, "100 ids of a MiB each")
	for i := range 100 { // a short id cut from a long header
		header := strconv.Itoa(100_000+i) + strings.Repeat("x", 1<<20)
		askUnknown(t, r, header[:6], "DE")
	}
	assert.Less(t, heap(), before+8<<20, "100 ids cut from a MiB each")

	src.fault = taxtest.ErrDatabase
	for i := range 50 {
		view := r.Tenant(strconv.Itoa(i) + strings.Repeat("y", 1<<20))
		for range 2 {
			_, err := view.Resolve(t.Context(), "DE", "")
			require.ErrorIs(t, err, taxtest.ErrDatabase)
		}
	}
	assert.Less(t, heap(), before+8<<20, "nor when the source fails")
	runtime.KeepAlive(r)
}

func TestCountryThatComesBackIsNoLongerNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := taxtest.Script(taxtest.LoadNone, taxtest.LoadNineteen, taxtest.LoadNone, taxtest.LoadNineteen)
		r := taxtest.Open(t, src, &tax.Options{TTL: hundred, RefreshAhead: noRefresh, NegativeTTL: 10 * time.Second, MaxStale: time.Hour})
		askUnknown(t, r, "", "DE")
		time.Sleep(10*time.Second + 1)
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		time.Sleep(hundred + 1)
		for range 2 {
			askUnknown(t, r, "", "DE") // it is gone, and the old answer with it
		}
		time.Sleep(10*time.Second + 1)
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		assert.EqualValues(t, 4, src.Loads.Load())
	})
}

// An unknown country and a source that fails take turns: what is remembered of
// one does not outlive the other.
func TestNoneAndFailuresTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newLivingSource("19")
		r := taxtest.Open(t, src, &tax.Options{NegativeTTL: time.Second})
		for range 3 {
			src.fails(taxtest.ErrDatabase)
			time.Sleep(16 * time.Second)
			asked := src.loads()
			askFor(t, r, 5*time.Second, "")
			requireBackoff(t, src.loadsOf("")[asked:])
			src.set(func(s *livingSource) { s.fault, s.none = nil, true })
			time.Sleep(16 * time.Second)
			for range 2 {
				askUnknown(t, r, "", "DE")
			}
		}
	})
}
