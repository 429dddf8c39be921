package freshness_test

import (
	"context"
	"runtime"
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

// Whatever is code of the user can panic, end its goroutine, return nil or be slow. The
// table has each of these for each hook: none may harm another caller, tenant, listener
// or the process, and when the hook is well again, so is everything.

// misbehaviours are what a hook does; one that only returns goes on to return nil.
var misbehaviours = map[string]func(){
	"panic":  func() { panic("a bug in a hook") },
	"goexit": runtime.Goexit,
	"nil":    func() {},
	"slow":   func() { time.Sleep(slow) },
}

const slow = 30 * time.Second // longer than the timeout of a load

// hook is a function of the user. It is well except when a test has armed it.
type hook struct {
	do      func()
	left    atomic.Int64 // how often it misbehaves
	calls   atomic.Int64
	returns bool // nil or zero where it can
	breaks  bool // it does not return
}

func (h *hook) arm(times int64) { h.left.Store(times) }

// call misbehaves if the hook is armed, and reports whether it is well.
func (h *hook) call() bool {
	h.calls.Add(1)
	if h.left.Add(-1) < 0 {
		return true
	}
	h.do()
	return !h.returns
}

var hooks = map[string]func(t *testing.T, h *hook){
	"Source":                      sourceMisbehaves,
	"Clock of a load":             clockOfALoadMisbehaves,
	"Clock of a tick":             clockOfATickMisbehaves,
	"Watcher":                     func(t *testing.T, h *hook) { watcherMisbehaves(t, h, false) },
	"Watcher under an Overlay":    func(t *testing.T, h *hook) { watcherMisbehaves(t, h, true) },
	"Notify":                      notifyMisbehaves,
	"stop of a Notifier":          func(t *testing.T, h *hook) { stopMisbehaves(t, h, false) },
	"stop under an Overlay":       func(t *testing.T, h *hook) { stopMisbehaves(t, h, true) },
	"Observer.LoadStart":          func(t *testing.T, h *hook) { observerMisbehaves(t, h, "LoadStart") },
	"Observer.LoadEnd":            func(t *testing.T, h *hook) { observerMisbehaves(t, h, "LoadEnd") },
	"Observer.Evicted":            func(t *testing.T, h *hook) { observerMisbehaves(t, h, "Evicted") },
	"Observer.LoadEnd at Close":   loadEndAtCloseMisbehaves,
	"OnWarning":                   onWarningMisbehaves,
	"OnWarning of a Watch":        onWarningOfAWatchMisbehaves,
	"Progress":                    progressMisbehaves,
	"Languages":                   languagesMisbehave,
	"listener of store.Memory":    listenerMisbehaves,
	"clock of store.Memory":       clockOfAStoreMisbehaves,
	"Source under an Overlay":     overlaidSourceMisbehaves,
	"Observer.LoadStart, refresh": refreshMisbehaves,
}

func TestNoHookHarmsOthers(t *testing.T) {
	for name, test := range hooks {
		for what, do := range misbehaviours {
			t.Run(name+"/"+what, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					test(t, &hook{do: do, returns: what == "nil", breaks: what == "panic" || what == "goexit"})
				})
			})
		}
	}
}

// alone runs what can end its goroutine or panic, and waits for it.
func alone(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		f()
	}()
	<-done
}

// unharmed asserts that another tenant gets its answer at once.
func unharmed(t *testing.T, r *tax.Resolver) {
	t.Helper()
	began := time.Now()
	assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant("another").Resolve(t.Context(), "DE", "")))
	assert.Zero(t, time.Since(began), "at once")
}

// well asserts that everything works again.
func well(t *testing.T, r *tax.Resolver, tenant string) {
	t.Helper()
	time.Sleep(2 * slow)
	assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant(tenant).Resolve(t.Context(), "DE", "")))
	synctest.Wait()
	assert.Zero(t, r.Stats().Loading)
	unharmed(t, r)
}

// asked sends the error of a lookup of one tenant.
func asked(ctx context.Context, r *tax.Resolver, tenant string) <-chan error {
	sent := make(chan error, 1)
	go func() {
		_, err := r.Tenant(tenant).Resolve(ctx, "DE", "")
		sent <- err
	}()
	synctest.Wait()
	return sent
}

func sourceMisbehaves(t *testing.T, h *hook) {
	r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		if key.Tenant == "bad" && !h.call() {
			return nil, nil
		}
		return taxtest.LoadNineteen(ctx, key)
	}), nil)
	h.arm(1)
	began := time.Now()
	answer := asked(t.Context(), r, "bad")
	unharmed(t, r)
	err := <-answer
	assert.LessOrEqual(t, time.Since(began), 10*time.Second, "LoadTimeout")
	if h.returns {
		assert.ErrorIs(t, err, tax.ErrUnknownCountry)
	} else {
		assert.ErrorIs(t, err, tax.ErrUnavailable)
	}
	well(t, r, "bad")
}

func overlaidSourceMisbehaves(t *testing.T, h *hook) {
	mine := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		if key.Tenant == "bad" {
			h.call()
		}
		return nil, nil
	})
	r := taxtest.Open(t, tax.Overlay(tax.SourceFunc(taxtest.LoadNineteen), mine), nil)
	h.arm(1)
	answer := asked(t.Context(), r, "bad")
	unharmed(t, r)
	if err := <-answer; !h.returns {
		assert.ErrorIs(t, err, tax.ErrUnavailable, "never the base alone")
	}
	well(t, r, "bad")
}

func clockOfALoadMisbehaves(t *testing.T, h *hook) {
	r := taxtest.Open(t, tax.SourceFunc(taxtest.LoadNineteen), &tax.Options{Clock: func() time.Time {
		if !h.call() {
			return time.Time{}
		}
		return time.Now()
	}})
	unharmed(t, r)
	h.arm(1)
	answer := asked(t.Context(), r, "bad")
	unharmed(t, r)
	if err := <-answer; !h.returns {
		assert.ErrorIs(t, err, tax.ErrUnavailable)
	}
	well(t, r, "bad")
}

// The clock of a tick decides what day it is. It does not decide how old a country is.
func clockOfATickMisbehaves(t *testing.T, h *hook) {
	const ttl = 8 * time.Second
	var ticking atomic.Bool
	r := taxtest.Open(t, tax.SourceFunc(taxtest.LoadNineteen), &tax.Options{TTL: ttl, RefreshAhead: 1, Clock: func() time.Time {
		if ticking.Load() && !h.call() {
			return time.Time{}
		}
		return time.Now()
	}})
	a, err := r.Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	h.arm(1)
	ticking.Store(true)
	time.Sleep(ttl / 16 * 3)
	synctest.Wait()
	assert.NotZero(t, h.calls.Load(), "a tick")
	time.Sleep(ttl)
	b, err := r.Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	assert.Greater(t, b.LoadedAt(), a.LoadedAt(), "the country was too old")
	assert.Equal(t, tax.MustDate("2000-01-01"), b.Date(), "the day of a bubble")
	well(t, r, "")
}

func observerMisbehaves(t *testing.T, h *hook, bad string) {
	at := func(here string) bool { return here != bad || h.call() }
	var ended, evicted atomic.Int64
	r := taxtest.Open(t, tax.SourceFunc(taxtest.LoadNineteen), &tax.Options{Capacity: 1, Observer: &tax.Observer{
		LoadStart: func(ctx, _ context.Context, _ tax.Key) context.Context {
			if !at("LoadStart") {
				return nil
			}
			return ctx
		},
		LoadEnd: func(context.Context, tax.LoadEvent) { ended.Add(1); at("LoadEnd") },
		Evicted: func(tax.Key) { evicted.Add(1); at("Evicted") },
	}})
	_, err := r.Tenant("first").Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	synctest.Wait()
	h.arm(1)
	answer := asked(t.Context(), r, "bad")
	unharmed(t, r)
	if err := <-answer; err != nil {
		assert.Equal(t, "LoadStart", bad, "the answer was there")
		assert.ErrorIs(t, err, tax.ErrUnavailable)
	}
	well(t, r, "bad")
	synctest.Wait()
	assert.EqualValues(t, r.Stats().Loads, ended.Load(), "every load is reported, whatever the report of an eviction does")
	assert.EqualValues(t, r.Stats().Evictions, evicted.Load())
}

func refreshMisbehaves(t *testing.T, h *hook) {
	r := taxtest.Open(t, tax.SourceFunc(taxtest.LoadNineteen), &tax.Options{TTL: time.Hour, MaxStale: time.Hour, Observer: &tax.Observer{
		LoadStart: func(ctx, _ context.Context, key tax.Key) context.Context {
			if key.Tenant == "bad" && !h.call() {
				return nil
			}
			return ctx
		},
	}})
	_, err := r.Tenant("bad").Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	h.arm(1)
	time.Sleep(time.Hour - 5*time.Minute) // in the last part of its lifetime
	began := time.Now()
	_, err = r.Tenant("bad").Resolve(t.Context(), "DE", "")
	assert.NoError(t, err, "a refresh holds up nobody")
	assert.Zero(t, time.Since(began))
	unharmed(t, r)
	well(t, r, "bad")
}

// Close ends all loads, and those who wait for one do not wait for the report of another.
func loadEndAtCloseMisbehaves(t *testing.T, h *hook) {
	var ended atomic.Int64
	r, err := tax.NewResolver(tax.SourceFunc(taxtest.LoadHangs), &tax.Options{CloseTimeout: 2 * slow, Observer: &tax.Observer{
		LoadEnd: func(context.Context, tax.LoadEvent) { ended.Add(1); h.call() },
	}})
	require.NoError(t, err)
	const callers = 5
	h.arm(callers)
	began := time.Now()
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			_, err := r.Tenant(string(rune('a'+i))).Resolve(t.Context(), "DE", "")
			assert.ErrorIs(t, err, tax.ErrClosed)
			assert.Zero(t, time.Since(began), "at once")
		})
	}
	synctest.Wait()
	returned := false
	alone(func() { r.Close(); returned = true })
	assert.True(t, returned, "Close returns to its caller")
	group.Wait()
	assert.EqualValues(t, callers, ended.Load(), "all are reported")
	assert.LessOrEqual(t, time.Since(began), slow, "at once, not one after the other")
}

// twoFaults has a country with two warnings.
func twoFaults(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	set, err := taxtest.LoadNineteen(ctx, key)
	for _, region := range []string{"X-A", "X-B"} {
		c := taxtest.Doc(key.Country+"-"+region, taxtest.Class("STANDARD", "- 19"))
		c.Classes[0].Rates[0].Percent = tax.MustPercent("19").Neg()
		set = append(set, c)
	}
	return set, err
}

func onWarningMisbehaves(t *testing.T, h *hook) {
	r := taxtest.Open(t, tax.SourceFunc(twoFaults), &tax.Options{OnWarning: func(tax.Warning) { h.call() }})
	h.arm(1)
	began := time.Now()
	assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant("bad").Resolve(t.Context(), "DE", "")), "the source has answered")
	assert.LessOrEqual(t, time.Since(began), 100*time.Millisecond)
	unharmed(t, r)
	time.Sleep(2 * slow)
	assert.EqualValues(t, 4, h.calls.Load(), "no warning is lost")
	well(t, r, "bad")
}

func onWarningOfAWatchMisbehaves(t *testing.T, h *hook) {
	src := taxtest.NewWatchedSource("19")
	r := taxtest.Open(t, src, &tax.Options{OnWarning: func(tax.Warning) { h.call() }})
	ended := taxtest.Watch(t.Context(), r)
	h.arm(1)
	src.Broken <- taxtest.ErrDatabase
	time.Sleep(time.Second)
	assert.EqualValues(t, 1, h.calls.Load())
	assert.Len(t, src.Started(), 2, "it is watched again")
	unharmed(t, r)
	well(t, r, "")
	r.Close()
	assert.ErrorIs(t, <-ended, tax.ErrClosed)
}

func progressMisbehaves(t *testing.T, h *hook) {
	src := taxtest.Metered(taxtest.LoadNineteen)
	r := taxtest.Open(t, src, nil)
	h.arm(1)
	go alone(func() {
		_ = r.Tenant("bad").Warm(t.Context(), tax.Warming{Progress: func(int, int, string, error) { h.call() }})
	})
	synctest.Wait()
	unharmed(t, r)
	well(t, r, "bad")
	now, _ := src.Running()
	assert.Zero(t, now)
}

func languagesMisbehave(t *testing.T, h *hook) {
	german, err := tax.NewLanguages(&tax.LanguageOptions{Default: "de"})
	require.NoError(t, err)
	r := taxtest.Open(t, tax.SourceFunc(taxtest.LoadNineteen), &tax.Options{Languages: func(tenant string) *tax.Languages {
		if tenant == "bad" && !h.call() {
			return nil
		}
		return german
	}})
	h.arm(1)
	answer := asked(t.Context(), r, "bad")
	unharmed(t, r)
	if err := <-answer; h.returns {
		assert.NoError(t, err)
	} else {
		assert.ErrorIs(t, err, tax.ErrUnavailable)
		assert.NotContains(t, err.Error(), "source panicked", "it was not the source")
	}
	well(t, r, "bad")
}
