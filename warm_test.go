package tax_test

import (
	"context"
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
)

// meteredSource counts the loads of each key, and how many run at once.
type meteredSource struct {
	answer func(context.Context, tax.Key) ([]tax.Configuration, error)

	mu        sync.Mutex
	loads     map[tax.Key]int
	sum       int
	now, most int
}

func metered(answer func(context.Context, tax.Key) ([]tax.Configuration, error)) *meteredSource {
	return &meteredSource{answer: answer, loads: map[tax.Key]int{}}
}

func (s *meteredSource) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	s.mu.Lock()
	s.loads[key]++
	s.sum++
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
	}()
	return s.answer(ctx, key)
}

func (s *meteredSource) counts() map[tax.Key]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.loads)
}

// of counts the loads of one key.
func (s *meteredSource) of(key tax.Key) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads[key]
}

func (s *meteredSource) total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sum
}

// under returns how many loads run, and how many ran at once at most.
func (s *meteredSource) under() (now, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now, s.most
}

// slowly takes a while over each load.
func slowly(d time.Duration, then func(context.Context, tax.Key) ([]tax.Configuration, error)) func(context.Context, tax.Key) ([]tax.Configuration, error) {
	return func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		time.Sleep(d)
		return then(ctx, key)
	}
}

// hangs ends with its context.
func hangs(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// isoCountries are the alpha-2 codes of the list that the library is made of.
func isoCountries(t testing.TB) (list []string) {
	t.Helper()
	f, err := os.Open(filepath.Join("internal", "iso", "gen", "countries.csv"))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	r := csv.NewReader(f)
	r.Comment, r.FieldsPerRecord = '#', -1
	rows, err := r.ReadAll()
	require.NoError(t, err)
	for _, row := range rows {
		if len(row[0]) == 2 {
			list = append(list, row[0])
		}
	}
	require.Greater(t, len(list), 240)
	return list
}

func TestWarmLoadsEveryCountryOnceAndNoMoreAtOnceThanAllowed(t *testing.T) {
	list := isoCountries(t)[:50]
	for concurrency, want := range map[int]int{0: 4, 1: 1, 3: 3, 7: 7, 500: 50} {
		synctest.Test(t, func(t *testing.T) {
			src := metered(slowly(time.Second, loadsNineteen))
			r := openResolver(t, src, nil)
			require.NoError(t, r.Warm(t.Context(), tax.Warming{Countries: list, Concurrency: concurrency}))
			_, most := src.under()
			assert.Equal(t, want, most, "concurrency %d", concurrency)
			assert.Len(t, src.counts(), len(list))
			assert.Equal(t, len(list), src.total())
			for _, country := range list {
				assert.Equal(t, "19 VAT", answerText(r.Resolve(t.Context(), country, "")))
			}
			assert.Equal(t, len(list), src.total(), "what is warm is not loaded")
			require.NoError(t, r.Warm(t.Context(), tax.Warming{Countries: list, Concurrency: concurrency}))
			assert.Equal(t, len(list), src.total(), "nor when it is warmed again")
		})
	}
}

func TestWarmLoadsACountryOnceHoweverItIsSpelled(t *testing.T) {
	src := metered(loadsNineteen)
	r := openResolver(t, src, nil)
	list := []string{"DE", "de", "DEU", "deu", "DE", "UK", "GB", "XI", "EL"}
	given := slices.Clone(list)
	var last tax.WarmProgress
	require.NoError(t, r.Warm(t.Context(), tax.Warming{Countries: list, Progress: func(p tax.WarmProgress) { last = p }}))
	assert.Equal(t, map[tax.Key]int{{Country: "DE"}: 1, {Country: "GB"}: 1, {Country: "GR"}: 1}, src.counts())
	assert.Equal(t, last.Total, last.Done)
	assert.Equal(t, given, list, "the list is the caller's")
}

func TestWarmTellsItsProgressOneCallAtATime(t *testing.T) {
	list := isoCountries(t)[:40]
	synctest.Test(t, func(t *testing.T) {
		src := metered(slowly(time.Second, func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if key.Country == list[7] {
				return nil, errDatabase
			}
			return loadsNineteen(ctx, key)
		}))
		r := openResolver(t, src, nil)
		var inside sync.Mutex
		var told []tax.WarmProgress
		err := r.Warm(t.Context(), tax.Warming{Countries: list, Concurrency: 8, Progress: func(p tax.WarmProgress) {
			if !assert.True(t, inside.TryLock(), "one call at a time") {
				return
			}
			defer inside.Unlock()
			for range 100 {
				runtime.Gosched() // so that others would come in
			}
			assert.NotZero(t, r.Stats().Loads, "it may ask the resolver")
			told = append(told, p)
		}})
		assert.ErrorIs(t, err, errDatabase)
		require.Len(t, told, len(list))
		var countries []string
		for i, p := range told {
			assert.Equal(t, i+1, p.Done)
			assert.Equal(t, len(list), p.Total)
			countries = append(countries, p.Country)
			if p.Country == list[7] {
				assert.ErrorIs(t, p.Err, errDatabase)
			} else {
				assert.NoError(t, p.Err, p.Country)
			}
		}
		assert.ElementsMatch(t, list, countries)
	})
}

func TestWarmJoinsTheFailuresAndWarmsTheOthers(t *testing.T) {
	bad := map[string]func(context.Context, tax.Key) ([]tax.Configuration, error){
		"FR": loadFails, "AT": loadsNone,
		"BE": func(context.Context, tax.Key) ([]tax.Configuration, error) { panic("out of order") },
	}
	src := metered(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		if fail := bad[key.Country]; fail != nil {
			return fail(ctx, key)
		}
		return loadsNineteen(ctx, key)
	})
	r := openResolver(t, src, nil)
	err := r.Tenant("shop").Warm(t.Context(), tax.Warming{Countries: []string{"DE", "FR", "ZZ", "AT", "", "BE", "NL"}})
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%T", err)
	kinds := map[string]error{}
	for _, err := range joined.Unwrap() {
		var e *tax.LookupError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "shop", e.Tenant)
		kinds[e.Lookup.Country] = e.Kind
	}
	assert.Equal(t, map[string]error{
		"FR": tax.ErrUnavailable, "BE": tax.ErrUnavailable,
		"AT": tax.ErrUnknownCountry, // it was named
		"ZZ": tax.ErrUnknownCountry, "": tax.ErrUnknownCountry,
	}, kinds)
	assert.ErrorIs(t, err, errDatabase)
	for _, country := range []string{"DE", "NL"} {
		assert.Equal(t, 1, src.of(tax.Key{Tenant: "shop", Country: country}))
		assert.Equal(t, "19 VAT", answerText(r.Tenant("shop").Resolve(t.Context(), country, "")))
		assert.Equal(t, 1, src.of(tax.Key{Tenant: "shop", Country: country}))
	}
}

func TestWarmOfNoListLoadsEveryCountryThatThereIs(t *testing.T) {
	has := map[string]bool{"DE": true, "FR": true, "JP": true}
	src := metered(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		if has[key.Country] {
			return loadsNineteen(ctx, key)
		}
		return nil, nil
	})
	r := openResolver(t, src, nil)
	told := map[string]bool{}
	var last tax.WarmProgress
	require.NoError(t, r.Tenant("shop").Warm(t.Context(), tax.Warming{Progress: func(p tax.WarmProgress) {
		assert.NoError(t, p.Err, "%s: a country that the source lacks is no failure", p.Country)
		assert.False(t, told[p.Country], p.Country)
		told[p.Country], last = true, p
	}}), "countries that the source lacks are no failure")
	for _, country := range isoCountries(t) {
		assert.Equal(t, 1, src.of(tax.Key{Tenant: "shop", Country: country}), country)
		assert.True(t, told[country], country)
	}
	assert.Equal(t, last.Total, last.Done)
	assert.Len(t, told, last.Total)
	assert.Equal(t, last.Total, src.total(), "once each, of this tenant only")
	assert.Equal(t, len(has), r.Stats().Countries)

	failing := openResolver(t, script(loadFails), nil)
	assert.ErrorIs(t, failing.Warm(t.Context(), tax.Warming{}), errDatabase, "a source that fails is one, list or not")
}

func TestWarmOfATenantWarmsNoOther(t *testing.T) {
	src := metered(loadsNineteen)
	r := openResolver(t, src, nil)
	require.NoError(t, r.Tenant("shop").Warm(t.Context(), tax.Warming{Countries: []string{"DE"}}))
	assert.Equal(t, map[tax.Key]int{{Tenant: "shop", Country: "DE"}: 1}, src.counts())
	_, err := r.Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	assert.Equal(t, 2, src.total())
}

func TestWarmThatIsCancelledStartsNoMoreLoads(t *testing.T) {
	list := isoCountries(t)[:30]
	synctest.Test(t, func(t *testing.T) {
		// The first ten are quick; then the source hangs.
		var started atomic.Int64
		src := metered(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if started.Add(1) <= 10 {
				return loadsNineteen(ctx, key)
			}
			return hangs(ctx, key)
		})
		r := openResolver(t, src, nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Warm(ctx, tax.Warming{Countries: list, Concurrency: 3}) }()
		synctest.Wait()
		require.Equal(t, 13, src.total())
		start := time.Now()
		cancel()
		err := <-ended
		assert.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, time.Since(start), "at once")
		synctest.Wait()
		assert.Equal(t, 13, src.total(), "nothing was started after it")
		now, _ := src.under()
		assert.Zero(t, now, "loads that nobody waits for are cancelled")
		assert.Zero(t, r.Stats().Loading)
		assert.Equal(t, 10, r.Stats().Countries, "what is warm stays")

		err = r.Warm(ctx, tax.Warming{Countries: list[20:]})
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 13, src.total(), "a context that is done loads nothing")
	})
}

func TestWarmDoesNotCancelALoadThatAnotherWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		src := script(held(gate, loadsNineteen))
		r := openResolver(t, src, nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Warm(ctx, tax.Warming{Countries: []string{"DE"}}) }()
		synctest.Wait()
		other := ask(t.Context(), r)
		synctest.Wait()
		cancel()
		assert.ErrorIs(t, <-ended, context.Canceled)
		close(gate)
		assert.Equal(t, "19 VAT", <-other)
		assert.EqualValues(t, 1, src.loads.Load())
	})
}

func TestWarmOfAClosedResolverIsRefusedAndCloseEndsAWarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := metered(hangs)
		r := openResolver(t, src, nil)
		ended := make(chan error, 1)
		go func() {
			ended <- r.Warm(t.Context(), tax.Warming{Countries: []string{"DE", "FR", "AT"}, Concurrency: 2})
		}()
		synctest.Wait()
		start := time.Now()
		r.Close()
		assert.ErrorIs(t, <-ended, tax.ErrClosed)
		assert.Zero(t, time.Since(start))
		assert.Equal(t, 2, src.total())

		assert.ErrorIs(t, r.Warm(t.Context(), tax.Warming{Countries: []string{"DE"}}), tax.ErrClosed)
		assert.ErrorIs(t, r.Tenant("shop").Warm(t.Context(), tax.Warming{}), tax.ErrClosed)
		assert.Equal(t, 2, src.total())
	})
}

func TestWarmRefusesWhatMakesNoSense(t *testing.T) {
	src := metered(loadsNineteen)
	r := openResolver(t, src, nil)
	var none context.Context
	for name, err := range map[string]error{
		"Concurrency": r.Warm(t.Context(), tax.Warming{Countries: []string{"DE"}, Concurrency: -1}),
		"context":     r.Warm(none, tax.Warming{Countries: []string{"DE"}}),
		"resolver":    (&tax.Resolver{}).Warm(t.Context(), tax.Warming{Countries: []string{"DE"}}),
	} {
		require.ErrorIs(t, err, tax.ErrInvalid, name)
		var e *tax.InputError
		require.ErrorAs(t, err, &e, name)
		assert.Contains(t, strings.ToLower(e.Error()), strings.ToLower(name))
		assertAdvises(t, err)
	}
	assert.Zero(t, src.total())
}

func TestWarmHasACopyOfItsList(t *testing.T) {
	src := metered(loadsNineteen)
	r := openResolver(t, src, nil)
	list := []string{"DE", "FR", "AT", "BE", "NL", "LU"}
	require.NoError(t, r.Warm(t.Context(), tax.Warming{Countries: list, Concurrency: 1, Progress: func(tax.WarmProgress) {
		for i := range list {
			list[i] = "JP"
		}
	}}))
	assert.Len(t, src.counts(), 6)
	assert.Zero(t, src.of(tax.Key{Country: "JP"}))
}

func TestWarmWhoseProgressPanicsKillsNobody(t *testing.T) {
	src := metered(loadsNineteen)
	r := openResolver(t, src, nil)
	// The panic may come out of Warm or be an error of it; the process lives
	// and nobody hangs.
	failed := func() (failed bool) {
		defer func() {
			if recover() != nil {
				failed = true
			}
		}()
		return r.Warm(t.Context(), tax.Warming{Countries: []string{"IT", "ES", "PT"}, Progress: func(tax.WarmProgress) {
			panic("progress")
		}}) != nil
	}()
	assert.True(t, failed, "it is not passed over in silence")
	assert.Equal(t, "19 VAT", answerText(r.Resolve(t.Context(), "IT", "")))
}
