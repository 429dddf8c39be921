package tax_test

import (
	"context"
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
	"github.com/taxresolve/tax/internal/taxtest"
)

// slowly takes a while over each load.
func slowly(d time.Duration, then tax.SourceFunc) tax.SourceFunc {
	return func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		time.Sleep(d)
		return then(ctx, key)
	}
}

func TestWarmLoadsEveryCountryOnceAndNoMoreAtOnceThanAllowed(t *testing.T) {
	list := taxtest.Countries()[:50]
	for concurrency, want := range map[int]int{0: 4, 1: 1, 3: 3, 7: 7, 500: 50} {
		synctest.Test(t, func(t *testing.T) {
			src := taxtest.Metered(slowly(time.Second, taxtest.LoadNineteen))
			r := taxtest.Open(t, src, nil)
			require.NoError(t, r.Warm(t.Context(), tax.Warming{Countries: list, Concurrency: concurrency}))
			_, most := src.Running()
			assert.Equal(t, want, most, "concurrency %d", concurrency)
			assert.Len(t, src.Loads(), len(list))
			assert.Equal(t, len(list), src.Total())
			for _, country := range list {
				assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), country, "")))
			}
			assert.Equal(t, len(list), src.Total(), "what is warm is not loaded")
			require.NoError(t, r.Warm(t.Context(), tax.Warming{Countries: list, Concurrency: concurrency}))
			assert.Equal(t, len(list), src.Total(), "nor when it is warmed again")
		})
	}
}

// progress is what one call of Warming.Progress said.
type progress struct {
	done, total int
	country     string
	err         error
}

func (p *progress) set(done, total int, country string, err error) {
	*p = progress{done, total, country, err}
}

func TestWarmLoadsACountryOnceHoweverItIsSpelled(t *testing.T) {
	src := taxtest.Metered(taxtest.LoadNineteen)
	r := taxtest.Open(t, src, nil)
	list := []string{"DE", "de", "DEU", "deu", "DE", "UK", "GB", "XI", "EL"}
	given := slices.Clone(list)
	var last progress
	require.NoError(t, r.Warm(t.Context(), tax.Warming{Countries: list, Progress: last.set}))
	assert.Equal(t, map[tax.Key]int{{Country: "DE"}: 1, {Country: "GB"}: 1, {Country: "GR"}: 1}, src.Loads())
	assert.Equal(t, last.total, last.done)
	assert.Equal(t, given, list, "the list is the caller's")
}

func TestWarmTellsItsProgressOneCallAtATime(t *testing.T) {
	list := taxtest.Countries()[:40]
	synctest.Test(t, func(t *testing.T) {
		src := taxtest.Metered(slowly(time.Second, func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if key.Country == list[7] {
				return nil, taxtest.ErrDatabase
			}
			return taxtest.LoadNineteen(ctx, key)
		}))
		r := taxtest.Open(t, src, nil)
		var inside sync.Mutex
		var told []progress
		err := r.Warm(t.Context(), tax.Warming{Countries: list, Concurrency: 8, Progress: func(done, total int, country string, err error) {
			if !assert.True(t, inside.TryLock(), "one call at a time") {
				return
			}
			defer inside.Unlock()
			for range 100 {
				runtime.Gosched() // so that others would come in
			}
			assert.NotZero(t, r.Stats().Loads, "it may ask the resolver")
			told = append(told, progress{done, total, country, err})
		}})
		assert.ErrorIs(t, err, taxtest.ErrDatabase)
		require.Len(t, told, len(list))
		var countries []string
		for i, p := range told {
			assert.Equal(t, i+1, p.done)
			assert.Equal(t, len(list), p.total)
			countries = append(countries, p.country)
			if p.country == list[7] {
				assert.ErrorIs(t, p.err, taxtest.ErrDatabase)
			} else {
				assert.NoError(t, p.err, p.country)
			}
		}
		assert.ElementsMatch(t, list, countries)
	})
}

func TestWarmJoinsTheFailuresAndWarmsTheOthers(t *testing.T) {
	bad := map[string]tax.SourceFunc{
		"FR": taxtest.LoadFails, "AT": taxtest.LoadNone,
		"BE": func(context.Context, tax.Key) ([]tax.Configuration, error) { panic("out of order") },
	}
	src := taxtest.Metered(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		if fail := bad[key.Country]; fail != nil {
			return fail(ctx, key)
		}
		return taxtest.LoadNineteen(ctx, key)
	})
	r := taxtest.Open(t, src, nil)
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
	assert.ErrorIs(t, err, taxtest.ErrDatabase)
	for _, country := range []string{"DE", "NL"} {
		assert.Equal(t, 1, src.LoadsOf(tax.Key{Tenant: "shop", Country: country}))
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant("shop").Resolve(t.Context(), country, "")))
		assert.Equal(t, 1, src.LoadsOf(tax.Key{Tenant: "shop", Country: country}))
	}
}

func TestWarmOfNoListLoadsEveryCountryThatThereIs(t *testing.T) {
	has := map[string]bool{"DE": true, "FR": true, "JP": true}
	src := taxtest.Metered(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		if has[key.Country] {
			return taxtest.LoadNineteen(ctx, key)
		}
		return nil, nil
	})
	r := taxtest.Open(t, src, nil)
	told := map[string]bool{}
	var last progress
	require.NoError(t, r.Tenant("shop").Warm(t.Context(), tax.Warming{Progress: func(done, total int, country string, err error) {
		p := progress{done, total, country, err}
		assert.NoError(t, p.err, "%s: a country that the source lacks is no failure", p.country)
		assert.False(t, told[p.country], p.country)
		told[p.country], last = true, p
	}}), "countries that the source lacks are no failure")
	for _, country := range taxtest.Countries() {
		assert.Equal(t, 1, src.LoadsOf(tax.Key{Tenant: "shop", Country: country}), country)
		assert.True(t, told[country], country)
	}
	assert.Equal(t, last.total, last.done)
	assert.Len(t, told, last.total)
	assert.Equal(t, last.total, src.Total(), "once each, of this tenant only")
	assert.Equal(t, len(has), r.Stats().Countries)

	failing := taxtest.Open(t, taxtest.Script(taxtest.LoadFails), nil)
	assert.ErrorIs(t, failing.Warm(t.Context(), tax.Warming{}), taxtest.ErrDatabase, "a source that fails is one, list or not")
}

func TestWarmOfATenantWarmsNoOther(t *testing.T) {
	src := taxtest.Metered(taxtest.LoadNineteen)
	r := taxtest.Open(t, src, nil)
	require.NoError(t, r.Tenant("shop").Warm(t.Context(), tax.Warming{Countries: []string{"DE"}}))
	assert.Equal(t, map[tax.Key]int{{Tenant: "shop", Country: "DE"}: 1}, src.Loads())
	_, err := r.Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	assert.Equal(t, 2, src.Total())
}

func TestWarmThatIsCancelledStartsNoMoreLoads(t *testing.T) {
	list := taxtest.Countries()[:30]
	synctest.Test(t, func(t *testing.T) {
		// The first ten are quick; then the source hangs.
		var started atomic.Int64
		src := taxtest.Metered(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if started.Add(1) <= 10 {
				return taxtest.LoadNineteen(ctx, key)
			}
			return taxtest.LoadHangs(ctx, key)
		})
		r := taxtest.Open(t, src, nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Warm(ctx, tax.Warming{Countries: list, Concurrency: 3}) }()
		synctest.Wait()
		require.Equal(t, 13, src.Total())
		start := time.Now()
		cancel()
		err := <-ended
		assert.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, time.Since(start), "at once")
		synctest.Wait()
		assert.Equal(t, 13, src.Total(), "nothing was started after it")
		now, _ := src.Running()
		assert.Zero(t, now, "loads that nobody waits for are cancelled")
		assert.Zero(t, r.Stats().Loading)
		assert.Equal(t, 10, r.Stats().Countries, "what is warm stays")

		err = r.Warm(ctx, tax.Warming{Countries: list[20:]})
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 13, src.Total(), "a context that is done loads nothing")
	})
}

func TestWarmThatIsDoneIsNoFailureWhenItsContextEnds(t *testing.T) {
	r := taxtest.Open(t, taxtest.Metered(taxtest.LoadNineteen), nil)
	ctx, cancel := context.WithCancel(t.Context())
	assert.NoError(t, r.Warm(ctx, tax.Warming{Countries: []string{"DE", "FR"}, Concurrency: 1, Progress: func(done, total int, _ string, _ error) {
		if done == total {
			cancel()
		}
	}}))
	assert.ErrorIs(t, ctx.Err(), context.Canceled)
}

func TestWarmDoesNotCancelALoadThatAnotherWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		src := taxtest.Script(taxtest.Held(gate, taxtest.LoadNineteen))
		r := taxtest.Open(t, src, nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Warm(ctx, tax.Warming{Countries: []string{"DE"}}) }()
		synctest.Wait()
		other := taxtest.Ask(t.Context(), r)
		synctest.Wait()
		cancel()
		assert.ErrorIs(t, <-ended, context.Canceled)
		close(gate)
		assert.Equal(t, "19 VAT", <-other)
		assert.EqualValues(t, 1, src.Loads.Load())
	})
}

func TestWarmOfAClosedResolverIsRefusedAndCloseEndsAWarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := taxtest.Metered(taxtest.LoadHangs)
		r := taxtest.Open(t, src, nil)
		ended := make(chan error, 1)
		go func() {
			ended <- r.Warm(t.Context(), tax.Warming{Countries: []string{"DE", "FR", "AT"}, Concurrency: 2})
		}()
		synctest.Wait()
		start := time.Now()
		r.Close()
		assert.ErrorIs(t, <-ended, tax.ErrClosed)
		assert.Zero(t, time.Since(start))
		assert.Equal(t, 2, src.Total())

		assert.ErrorIs(t, r.Warm(t.Context(), tax.Warming{Countries: []string{"DE"}}), tax.ErrClosed)
		assert.ErrorIs(t, r.Tenant("shop").Warm(t.Context(), tax.Warming{}), tax.ErrClosed)
		assert.Equal(t, 2, src.Total())
	})
}

func TestWarmRefusesWhatMakesNoSense(t *testing.T) {
	src := taxtest.Metered(taxtest.LoadNineteen)
	r := taxtest.Open(t, src, nil)
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
		taxtest.AssertAdvises(t, err)
	}
	assert.Zero(t, src.Total())
}

func TestWarmHasACopyOfItsList(t *testing.T) {
	src := taxtest.Metered(taxtest.LoadNineteen)
	r := taxtest.Open(t, src, nil)
	list := []string{"DE", "FR", "AT", "BE", "NL", "LU"}
	require.NoError(t, r.Warm(t.Context(), tax.Warming{Countries: list, Concurrency: 1, Progress: func(int, int, string, error) {
		for i := range list {
			list[i] = "JP"
		}
	}}))
	assert.Len(t, src.Loads(), 6)
	assert.Zero(t, src.LoadsOf(tax.Key{Country: "JP"}))
}

func TestWarmWhoseProgressPanicsKillsNobody(t *testing.T) {
	src := taxtest.Metered(taxtest.LoadNineteen)
	r := taxtest.Open(t, src, nil)
	// Warm may panic or return an error, but the process survives and no caller hangs.
	failed := func() (failed bool) {
		defer func() {
			if recover() != nil {
				failed = true
			}
		}()
		return r.Warm(t.Context(), tax.Warming{Countries: []string{"IT", "ES", "PT"}, Progress: func(int, int, string, error) {
			panic("progress")
		}}) != nil
	}()
	assert.True(t, failed, "it is not passed over in silence")
	assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "IT", "")))
}

// endless is a source that ends the goroutine of the lookup.
type endless struct{ tax.SourceFunc }

func (endless) NeverWaits() bool { return true }

func TestWarmTriesAllCountriesWhateverTheSourceDoesToItsGoroutines(t *testing.T) {
	r := taxtest.Open(t, endless{func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		if key.Country != "FR" {
			runtime.Goexit()
		}
		return taxtest.LoadNineteen(ctx, key)
	}}, nil)
	var tried []string
	err := r.Warm(t.Context(), tax.Warming{Countries: []string{"DE", "AT", "FR"}, Concurrency: 1, Progress: func(_, _ int, country string, err error) {
		tried = append(tried, country)
		assert.Equal(t, country == "FR", err == nil, country)
	}})
	assert.Equal(t, []string{"DE", "AT", "FR"}, tried)
	require.ErrorIs(t, err, tax.ErrUnavailable)
	assert.ErrorContains(t, err, "the source ended its goroutine")
}
