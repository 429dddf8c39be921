// Package freshness_test tests the cache of a resolver over time: what it keeps
// and for how long, what it does when a source fails, hangs or changes its data,
// and what that costs.
package freshness_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

func TestOneLoadAnswersAllWhoWaitForAColdKey(t *testing.T) {
	const callers = 1000
	for want, load := range map[string]tax.SourceFunc{
		"19 VAT": taxtest.LoadNineteen, "unknown country": taxtest.LoadNone, "source unavailable": taxtest.LoadFails,
	} {
		t.Run(want, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gate := make(chan struct{})
				src := taxtest.Script(taxtest.Held(gate, load))
				r := taxtest.Open(t, src, nil)
				answers := make([]<-chan string, callers)
				for i := range answers {
					answers[i] = taxtest.Ask(t.Context(), r)
				}
				synctest.Wait()
				close(gate)
				for _, a := range answers {
					require.Equal(t, want, <-a)
				}
				assert.EqualValues(t, 1, src.Loads.Load())
			})
		})
	}
}

func TestFirstErrorIsNotKept(t *testing.T) {
	src := taxtest.Script(taxtest.LoadFails, taxtest.LoadNineteen, taxtest.LoadFails)
	r := taxtest.Open(t, src, nil)
	for _, want := range []string{"source unavailable", "19 VAT", "19 VAT"} {
		assert.Equal(t, want, taxtest.Answer(r.Resolve(t.Context(), "DE", "STANDARD")))
	}
	assert.EqualValues(t, 2, src.Loads.Load())
}

func TestErrorOfTheSourceIsTheCause(t *testing.T) {
	r := taxtest.Open(t, taxtest.Script(taxtest.LoadFails), nil)
	_, err := r.Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	assert.ErrorIs(t, err, taxtest.ErrDatabase)
}

func TestSourceThatLiesAboutBeingClosedDoesNotCloseTheResolver(t *testing.T) {
	// A source may itself read from a resolver that was closed.
	r := taxtest.Open(t, taxtest.Script(func(context.Context, tax.Key) ([]tax.Configuration, error) { return nil, tax.ErrClosed }, taxtest.LoadNineteen), nil)
	_, err := r.Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
}

func TestEachCallersCancellationIsHisAlone(t *testing.T) {
	const callers = 10
	for cancelled := range callers {
		synctest.Test(t, func(t *testing.T) {
			gate := make(chan struct{})
			src := taxtest.Script(taxtest.Held(gate, func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
				assert.NoError(t, ctx.Err(), "the load goes on")
				return taxtest.LoadNineteen(ctx, key)
			}))
			r := taxtest.Open(t, src, nil)
			ctx, cancel := context.WithCancelCause(t.Context())
			var answers [callers]<-chan string
			for i := range answers {
				if i == cancelled {
					answers[i] = taxtest.Ask(ctx, r)
				} else {
					answers[i] = taxtest.Ask(t.Context(), r)
				}
				synctest.Wait() // so that caller 0 leads
			}
			cancel(nil)
			assert.Equal(t, "source unavailable", <-answers[cancelled], "at once, while the load is held")
			close(gate)
			for i, a := range answers {
				if i != cancelled {
					assert.Equal(t, "19 VAT", <-a)
				}
			}
			assert.EqualValues(t, 1, src.Loads.Load())
		})
	}
}

func TestLoadIsCancelledWhenAllHaveLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		src := taxtest.Script(func(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		}, taxtest.LoadNineteen)
		r := taxtest.Open(t, src, nil)
		first, leave := context.WithCancel(t.Context())
		second, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		a, b := taxtest.Ask(first, r), taxtest.Ask(second, r)
		synctest.Wait()
		leave()
		assert.Equal(t, "source unavailable", <-a)
		synctest.Wait()
		assert.Empty(t, ended, "one still waits")
		assert.Equal(t, "source unavailable", <-b)
		assert.ErrorIs(t, <-ended, context.Canceled)
		assert.Equal(t, time.Second, time.Since(start))
		assert.Equal(t, "19 VAT", <-taxtest.Ask(t.Context(), r), "the next call loads again")
	})
}

func TestContextThatIsDoneIsAnErrorOnlyWhenTheCountryIsCold(t *testing.T) {
	src := taxtest.Script(taxtest.LoadNineteen)
	r := taxtest.Open(t, src, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.Resolve(ctx, "DE", "")
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	assert.ErrorIs(t, err, context.Canceled)
	assert.EqualValues(t, 0, src.Loads.Load(), "nothing is loaded for nobody")
	_, err = r.Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	_, err = r.Resolve(ctx, "DE", "")
	assert.NoError(t, err)
}

func TestLoadHasADeadlineEvenWhenTheSourceDoesNotListen(t *testing.T) {
	for name, opts := range map[string]*tax.Options{"10s": nil, "3s": {LoadTimeout: 3 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gate := make(chan struct{})
				src := taxtest.Script(taxtest.Held(gate, taxtest.LoadFails), taxtest.LoadNineteen)
				r := taxtest.Open(t, src, opts)
				start := time.Now()
				_, err := r.Resolve(t.Context(), "DE", "")
				assert.ErrorIs(t, err, tax.ErrUnavailable)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.ErrorContains(t, err, "LoadTimeout")
				assert.Equal(t, name, time.Since(start).String())
				assert.Equal(t, "19 VAT", <-taxtest.Ask(t.Context(), r), "the next call works while the old load still hangs")
				close(gate)
				synctest.Wait()
				assert.Equal(t, "19 VAT", <-taxtest.Ask(t.Context(), r), "the late result changes nothing")
				assert.EqualValues(t, 2, src.Loads.Load())
			})
		})
	}
}

func TestSourceThatPanicsOrEndsItsGoroutineHarmsNobody(t *testing.T) {
	for name, misbehave := range map[string]func(){
		"panic":       func() { panic("out of order") },
		"panic error": func() { panic(taxtest.ErrDatabase) },
		"panic of the runtime": func() {
			var m map[string]int
			//lint:ignore SA5000 the panic is the point
			m["x"] = 1
		},
		"goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gate := make(chan struct{})
				r := taxtest.Open(t, taxtest.Script(taxtest.Held(gate, func(context.Context, tax.Key) ([]tax.Configuration, error) {
					misbehave()
					return nil, nil
				}), taxtest.LoadNineteen), nil)
				start := time.Now()
				a, b := taxtest.Ask(t.Context(), r), taxtest.Ask(t.Context(), r)
				synctest.Wait()
				close(gate)
				assert.Equal(t, "source unavailable", <-a)
				assert.Equal(t, "source unavailable", <-b)
				assert.Zero(t, time.Since(start), "nobody waits for the deadline")
				assert.Equal(t, "19 VAT", <-taxtest.Ask(t.Context(), r), "the next call works")
			})
		})
	}
}

func TestWarningHookThatPanicsHarmsNobody(t *testing.T) {
	r := taxtest.Open(t, taxtest.Script(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		return []tax.Configuration{taxtest.Doc(key.Country, tax.Class{Code: "NO RATES"})}, nil
	}, taxtest.LoadNineteen), &tax.Options{OnWarning: func(tax.Warning) { panic("hook") }})
	_, err := r.Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, tax.ErrInvalid, "as without a hook")
	assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "FR", "")))
}

func TestCapacityDisplacesTheLeastRecentlyUsed(t *testing.T) {
	src := taxtest.Script(taxtest.LoadNineteen)
	r := taxtest.Open(t, src, &tax.Options{Capacity: 2})
	loads := func(country string) int64 {
		before := src.Loads.Load()
		_, err := r.Resolve(t.Context(), country, "")
		require.NoError(t, err)
		return src.Loads.Load() - before
	}
	assert.EqualValues(t, 1, loads("DE"))
	assert.EqualValues(t, 1, loads("FR"))
	assert.EqualValues(t, 0, loads("DE")) // FR is now the older one
	assert.EqualValues(t, 1, loads("AT"))
	assert.EqualValues(t, 0, loads("DE"))
	assert.EqualValues(t, 1, loads("FR"))
	assert.EqualValues(t, 1, loads("AT"))
}

func TestTenantsNeverSeeEachOther(t *testing.T) {
	tenants := []string{"", "a", "b", "a|b", "|", "a|", "|b", "\x00", "a\x00DE", "\x00DE", "a\x00", "A", " a", "a ", "DE", "\xff", "\u00e4", "a\u0308"}
	src := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		for i, tenant := range tenants {
			if tenant == key.Tenant {
				return []tax.Configuration{taxtest.With(taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 0.5")), func(c *tax.Configuration) {
					c.Metadata.Version = int64(i) + 1
				})}, nil
			}
		}
		return nil, nil
	})
	r := taxtest.Open(t, src, nil)
	for range 2 { // cold, then warm
		for i, tenant := range tenants {
			view := r.Tenant("somebody else").Tenant(tenant) // a view of a view is the last one's
			a, err := view.Resolve(t.Context(), "DE", "")
			require.NoError(t, err, "%q", tenant)
			e := a.Explain()
			assert.Equal(t, int64(i)+1, e.Documents[0].Version, "%q", tenant)
			assert.Equal(t, tenant, e.Input.Tenant)
		}
	}
	_, err := r.Tenant("a|DE").Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, tax.ErrUnknownCountry)
}

func TestAnswersAreSafeForCallersWhoModifyWhatTheyPassedAndGot(t *testing.T) {
	sources := []string{"law"}
	document := taxtest.Doc("CA", taxtest.Class("STANDARD*", "2008-01-01 12 FED:5 PROV:7"))
	document.Classes[0].Rates[0].Evidence.Sources = sources
	opts := &tax.Options{DefaultLanguage: "en"}
	r := taxtest.Open(t, taxtest.Fixed(document), opts)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 50 {
				a, err := r.Tenant("t").Resolve(t.Context(), "CA", "STANDARD")
				if !assert.NoError(t, err) {
					return
				}
				components, evidence, e := a.Components(), a.Evidence(), a.Explain()
				assert.Equal(t, "12 VAT [FED 5, PROV 7]", taxtest.Answer(a, nil))
				assert.Equal(t, []string{"law"}, evidence.Sources)
				components[0] = tax.Component{Code: "MINE"}
				evidence.Sources[0] = "mine"
				e.Sources[0], e.Components[0].Code, e.Steps[0], e.Documents[0].Source = "mine", "MINE", "mine", "mine"
				asserted := a.As(tax.Export, "proof")
				asserted.Explain().Asserted.Reason = "mine"
				assert.Equal(t, "proof", asserted.Explain().Asserted.Reason)
				list, err := r.Tenant("t").Classes(t.Context(), tax.Lookup{Country: "CA"})
				assert.NoError(t, err)
				list[0] = tax.Resolution{}
				r.Tenant("t").Invalidate("CA")
			}
		})
	}
	opts.DefaultLanguage, opts.Capacity = "de", -1
	group.Wait()
}
