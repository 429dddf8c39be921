package tax_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
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

// spanKey marks a context that an observer made.
type spanKey struct{}

// diary keeps the calls of an observer as lines.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// take returns the lines since the last call.
func (d *diary) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := d.lines
	d.lines = nil
	return lines
}

func (d *diary) observer() *tax.Observer {
	return &tax.Observer{
		LoadStart: func(ctx, _ context.Context, key tax.Key) context.Context {
			d.note("start %s/%s", key.Tenant, key.Country)
			return context.WithValue(ctx, spanKey{}, "span of "+key.Country)
		},
		LoadEnd: func(ctx context.Context, l tax.LoadEvent) {
			span, _ := ctx.Value(spanKey{}).(string)
			d.note("end %s/%s found:%t background:%t %s in %s, %s", l.Key.Tenant, l.Key.Country, l.Found, l.Background, outcome(l.Err), l.Duration, span)
		},
		Evicted: func(key tax.Key) { d.note("evicted %s/%s", key.Tenant, key.Country) },
	}
}

func outcome(err error) string {
	if err != nil {
		return "failed"
	}
	return "ok"
}

func TestObserverIsToldOfEachLoadFromItsStartToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			span, _ := ctx.Value(spanKey{}).(string)
			d.note("source, %s", span)
			time.Sleep(time.Second)
			switch key.Country {
			case "FR":
				return taxtest.LoadFails(ctx, key)
			case "AT":
				return taxtest.LoadNone(ctx, key)
			case "BE":
				panic("out of order")
			case "NL":
				runtime.Goexit()
			case "LU":
				return taxtest.LoadHangs(ctx, key)
			}
			return taxtest.LoadNineteen(ctx, key)
		}), &tax.Options{LoadTimeout: 5 * time.Second, Observer: d.observer()})
		for _, c := range []struct{ country, end string }{
			{"DE", "found:true background:false ok in 1s"},
			{"FR", "found:false background:false failed in 1s"},
			{"AT", "found:false background:false ok in 1s"},
			{"BE", "found:false background:false failed in 1s"},
			{"NL", "found:false background:false failed in 1s"},
			{"LU", "found:false background:false failed in 5s"},
		} {
			_, _ = r.Tenant("shop").Resolve(t.Context(), c.country, "")
			synctest.Wait()
			assert.Equal(t, []string{
				"start shop/" + c.country, "source, span of " + c.country,
				"end shop/" + c.country + " " + c.end + ", span of " + c.country,
			}, d.take())
		}
	})
}

func TestObserverGetsTheErrorOfTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errs := make(chan error, 9)
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadFails, taxtest.LoadHangs, taxtest.LoadHangs), &tax.Options{Observer: &tax.Observer{
			LoadEnd: func(_ context.Context, l tax.LoadEvent) { errs <- l.Err },
		}})
		_, err := r.Resolve(t.Context(), "DE", "")
		require.Error(t, err)
		assert.ErrorIs(t, <-errs, taxtest.ErrDatabase)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = r.Resolve(ctx, "FR", "")
		require.Error(t, err)
		assert.ErrorIs(t, <-errs, context.Canceled, "everybody left")

		_, err = r.Resolve(t.Context(), "AT", "")
		require.Error(t, err)
		assert.ErrorIs(t, <-errs, context.DeadlineExceeded)
	})
}

func TestObserverIsNotToldOfHits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen, taxtest.LoadNone, taxtest.LoadFails), &tax.Options{NegativeTTL: time.Hour, Observer: d.observer()})
		for _, country := range []string{"DE", "FR", "AT", "AT"} {
			_, _ = r.Resolve(t.Context(), country, "")
		}
		synctest.Wait()
		assert.Len(t, d.take(), 8, "four loads")
		for range 100 {
			_, err := r.Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			_, err = r.Resolve(t.Context(), "DE", "UNKNOWN")
			require.ErrorIs(t, err, tax.ErrUnknownClass)
			_, err = r.Place(t.Context(), tax.Lookup{Country: "DE"})
			require.NoError(t, err)
			_, err = r.Resolve(t.Context(), "FR", "") // known to be none
			require.ErrorIs(t, err, tax.ErrUnknownCountry)
			_, err = r.Resolve(t.Context(), "AT", "") // known to fail
			require.ErrorIs(t, err, tax.ErrUnavailable)
			_, err = r.Resolve(t.Context(), "ZZ", "")
			require.ErrorIs(t, err, tax.ErrUnknownCountry)
		}
		synctest.Wait()
		assert.Empty(t, d.take())
		r.InvalidateAll()
		assert.Empty(t, d.take(), "an invalidation displaces nothing")
	})
}

func TestObserverIsToldWhichCountryWasDisplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept, loaded := map[tax.Key]bool{}, 0
		var mu sync.Mutex
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen), &tax.Options{Capacity: 3, Observer: &tax.Observer{
			LoadEnd: func(_ context.Context, l tax.LoadEvent) {
				mu.Lock()
				defer mu.Unlock()
				kept[l.Key] = true
				loaded++
			},
			Evicted: func(key tax.Key) {
				mu.Lock()
				defer mu.Unlock()
				assert.True(t, kept[key], "%v", key)
				delete(kept, key)
			},
		}})
		list := taxtest.Countries()[:20]
		for i, country := range list {
			_, err := r.Tenant("shop").Resolve(t.Context(), country, "")
			require.NoError(t, err)
			synctest.Wait()
			assert.Len(t, kept, min(i+1, 3))
			assert.EqualValues(t, max(0, i-2), r.Stats().Evictions)
		}
		before := loaded
		for key := range kept {
			_, err := r.Tenant(key.Tenant).Resolve(t.Context(), key.Country, "")
			require.NoError(t, err)
		}
		assert.Equal(t, before, loaded, "those that it was not told of are there")
	})
}

func TestObserverTellsLoadsInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen, taxtest.LoadNineteen, taxtest.LoadFails), &tax.Options{
			TTL: 10 * time.Minute, RefreshAhead: 5 * time.Minute, MaxStale: time.Hour, Observer: d.observer()})
		resolve := func() []string {
			_, err := r.Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			synctest.Wait()
			return d.take()
		}
		assert.Equal(t, []string{"start /DE", "end /DE found:true background:false ok in 0s, span of DE"}, resolve())
		time.Sleep(7 * time.Minute)
		assert.Equal(t, []string{"start /DE", "end /DE found:true background:true ok in 0s, span of DE"}, resolve(), "refresh")
		time.Sleep(time.Hour)
		assert.Equal(t, []string{"start /DE", "end /DE found:false background:false failed in 0s, span of DE"}, resolve(), "someone waits")
		time.Sleep(2 * time.Minute)
		assert.Equal(t, []string{"start /DE", "end /DE found:false background:true failed in 0s, span of DE"}, resolve(), "a probe")
	})
}

func TestObserverMayCallTheResolver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r *tax.Resolver
		var nested atomic.Int64
		resolve := func(country string) {
			_, err := r.Tenant("nested").Resolve(t.Context(), country, "")
			assert.NoError(t, err)
			r.Stats()
			r.Invalidate("DE")
			r.Tenant("other").InvalidateTenant()
			nested.Add(1)
		}
		r = taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen), &tax.Options{Capacity: 2, Observer: &tax.Observer{
			LoadStart: func(ctx, _ context.Context, key tax.Key) context.Context {
				if key.Tenant != "nested" {
					resolve("AT")
				}
				return ctx
			},
			LoadEnd: func(_ context.Context, l tax.LoadEvent) {
				if l.Key.Tenant != "nested" {
					resolve("FR")
				}
			},
			Evicted: func(key tax.Key) {
				if key.Tenant != "nested" {
					resolve("BE")
				}
			},
		}})
		for _, country := range []string{"DE", "NL", "LU", "PL", "IT", "ES"} {
			assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), country, "")))
		}
		synctest.Wait()
		assert.GreaterOrEqual(t, nested.Load(), int64(12))
		assert.Zero(t, r.Stats().Loading)
	})
}

func TestObserverMayCloseTheResolver(t *testing.T) {
	for _, hook := range []string{"LoadStart", "LoadEnd", "Evicted"} {
		synctest.Test(t, func(t *testing.T) {
			var r *tax.Resolver
			closes := func(here string) {
				if here == hook {
					r.Close()
				}
			}
			r = taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen), &tax.Options{Capacity: 1, Observer: &tax.Observer{
				LoadStart: func(ctx, _ context.Context, _ tax.Key) context.Context { closes("LoadStart"); return ctx },
				LoadEnd:   func(context.Context, tax.LoadEvent) { closes("LoadEnd") },
				Evicted:   func(tax.Key) { closes("Evicted") },
			}})
			for _, country := range []string{"DE", "FR"} {
				_, err := r.Resolve(t.Context(), country, "")
				if err != nil {
					assert.ErrorIs(t, err, tax.ErrClosed, hook)
				}
			}
			synctest.Wait()
			_, err := r.Resolve(t.Context(), "DE", "")
			assert.ErrorIs(t, err, tax.ErrClosed, hook)
		})
	}
}

func TestObserverThatPanicsOrEndsItsGoroutineHarmsNobody(t *testing.T) {
	for name, misbehave := range map[string]func(){"panic": func() { panic("hook") }, "goexit": runtime.Goexit} {
		for hook, want := range map[string]string{
			"LoadStart": "source unavailable", // the source was not asked
			"LoadEnd":   "19 VAT",             // it has answered
			"Evicted":   "19 VAT",
		} {
			t.Run(hook+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var bad atomic.Bool
					bad.Store(true)
					called := map[string]int{}
					at := func(here string) {
						called[here]++
						if here == hook && bad.Load() {
							misbehave()
						}
					}
					src := taxtest.Script(taxtest.LoadNineteen)
					r := taxtest.Open(t, src, &tax.Options{Capacity: 1, Observer: &tax.Observer{
						LoadStart: func(ctx, _ context.Context, _ tax.Key) context.Context { at("LoadStart"); return ctx },
						LoadEnd:   func(context.Context, tax.LoadEvent) { at("LoadEnd") },
						Evicted:   func(tax.Key) { at("Evicted") },
					}})
					start := time.Now()
					for _, country := range []string{"FR", "AT", "DE"} {
						first, err := r.Resolve(t.Context(), country, "")
						synctest.Wait()
						require.Equal(t, want, taxtest.Answer(first, err), "typed, or the answer")
					}
					assert.NotZero(t, called[hook])
					assert.Zero(t, time.Since(start), "nobody waits for the deadline")
					assert.Zero(t, r.Stats().Loading)
					bad.Store(false)
					assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")), "the next call works")
					synctest.Wait()
				})
			})
		}
	}
}

func TestObserverWhoseStartGivesNoContextLeavesNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if _, ok := ctx.Deadline(); !ok {
				return nil, taxtest.ErrDatabase
			}
			return taxtest.LoadNineteen(ctx, key)
		}), &tax.Options{Observer: &tax.Observer{LoadStart: func(context.Context, context.Context, tax.Key) context.Context { return nil }}})
		start := time.Now()
		assert.Contains(t, []string{"19 VAT", "source unavailable"}, taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		assert.Zero(t, time.Since(start))
	})
}

func TestObserverNeedsNoneOfItsFunctions(t *testing.T) {
	for i := range 8 {
		var d diary
		o := d.observer()
		if i&1 == 0 {
			o.LoadStart = nil
		}
		if i&2 == 0 {
			o.LoadEnd = nil
		}
		if i&4 == 0 {
			o.Evicted = nil
		}
		synctest.Test(t, func(t *testing.T) {
			r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen), &tax.Options{Capacity: 1, Observer: o})
			for _, country := range []string{"DE", "FR"} {
				assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), country, "")))
			}
			synctest.Wait()
			var kinds []string
			for _, line := range d.take() {
				kinds = append(kinds, line[:3])
			}
			slices.Sort(kinds)
			var want []string
			if i&2 != 0 {
				want = append(want, "end", "end")
			}
			if i&4 != 0 {
				want = append(want, "evi")
			}
			if i&1 != 0 {
				want = append(want, "sta", "sta")
			}
			assert.Equal(t, want, kinds)
		})
	}
}

func TestObserverThatPanicsIsReported(t *testing.T) {
	for _, hook := range []string{"LoadStart", "LoadEnd", "Evicted"} {
		synctest.Test(t, func(t *testing.T) {
			panics := func(here string) {
				if here == hook {
					panic("out of order")
				}
			}
			var mu sync.Mutex
			var warned []tax.Warning
			r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen), &tax.Options{Capacity: 1, Observer: &tax.Observer{
				LoadStart: func(ctx, _ context.Context, _ tax.Key) context.Context { panics("LoadStart"); return ctx },
				LoadEnd:   func(context.Context, tax.LoadEvent) { panics("LoadEnd") },
				Evicted:   func(tax.Key) { panics("Evicted") },
			}, OnWarning: func(w tax.Warning) {
				mu.Lock()
				defer mu.Unlock()
				warned = append(warned, w)
			}})
			for _, country := range []string{"DE", "FR"} {
				_, _ = r.Tenant("shop").Resolve(t.Context(), country, "")
			}
			synctest.Wait()
			if assert.NotEmpty(t, warned, hook) {
				assert.Equal(t, tax.WarnObserverPanicked, warned[0].Kind, hook)
				assert.Equal(t, "shop", warned[0].Key.Tenant, hook)
				assert.ErrorContains(t, warned[0].Cause, "out of order", hook)
				assert.Contains(t, warned[0].Detail, "observer_test.go", hook)
			}
		})
	}
}

func TestObserverAndWarningHookThatPanicKillNobody(t *testing.T) {
	for _, hook := range []string{"LoadStart", "LoadEnd", "Evicted"} {
		synctest.Test(t, func(t *testing.T) {
			bad := atomic.Bool{}
			panics := func(here string) {
				if here == hook && bad.Load() {
					panic("out of order")
				}
			}
			r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen), &tax.Options{Capacity: 1, Observer: &tax.Observer{
				LoadStart: func(ctx, _ context.Context, _ tax.Key) context.Context { panics("LoadStart"); return ctx },
				LoadEnd:   func(context.Context, tax.LoadEvent) { panics("LoadEnd") },
				Evicted:   func(tax.Key) { panics("Evicted") },
			}, OnWarning: func(tax.Warning) { panic("so is this one") }})
			bad.Store(true)
			for _, country := range []string{"DE", "FR"} {
				_, _ = r.Resolve(t.Context(), country, "")
			}
			synctest.Wait()
			bad.Store(false)
			assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "AT", "")), hook)
			assert.Zero(t, r.Stats().Loading)
		})
	}
}

func TestObserverThatIsSlowHoldsBackNoCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen, taxtest.LoadHangs, taxtest.LoadNineteen), &tax.Options{Capacity: 1, Observer: &tax.Observer{
			LoadEnd: func(context.Context, tax.LoadEvent) { time.Sleep(time.Minute) },
			Evicted: func(tax.Key) { time.Sleep(time.Minute) },
		}})
		start := time.Now()
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		assert.Zero(t, time.Since(start), "the answer does not wait for the observer")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := r.Resolve(ctx, "FR", "")
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start), "nor does who leaves")
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "AT", "")))
		assert.Equal(t, time.Second, time.Since(start))
		time.Sleep(time.Hour)
	})
}

func TestPanicOfASourceIsOneLineAndItsStackAWarning(t *testing.T) {
	var warned []tax.Warning
	r := taxtest.Open(t, tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { panic("out of order") }),
		&tax.Options{OnWarning: func(w tax.Warning) { warned = append(warned, w) }})
	_, err := r.Resolve(t.Context(), "DE", "")
	require.ErrorIs(t, err, tax.ErrUnavailable)
	assert.ErrorContains(t, err, "panicked: out of order")
	assert.NotContains(t, err.Error(), "\n")
	require.Len(t, warned, 1)
	assert.Equal(t, tax.WarnSourcePanicked, warned[0].Kind)
	assert.Contains(t, warned[0].Detail, "observer_test.go")
}
