package freshness_test

import (
	"context"
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

// The hooks of sources and stores: see TestNoHookHarmsOthers.

// watcher is a source that a hook ends. After that it reports changes.
type watcher struct {
	*taxtest.WatchedSource
	h *hook
}

func (w watcher) Watch(ctx context.Context, changed func(tax.Key)) error {
	changed(tax.Key{})
	if w.h.left.Load() > 0 {
		w.h.call()
		return nil
	}
	return w.WatchedSource.Watch(ctx, changed)
}

func watcherMisbehaves(t *testing.T, h *hook, overlaid bool) {
	w := watcher{taxtest.NewWatchedSource("19"), h}
	var src tax.Source = w
	if overlaid {
		src = tax.Overlay(tax.SourceFunc(taxtest.LoadNone), src)
	}
	var warned atomic.Int64
	r := taxtest.Open(t, src, &tax.Options{OnWarning: func(tax.Warning) { warned.Add(1) }})
	h.arm(3)
	ended := taxtest.Watch(t.Context(), r)
	unharmed(t, r)
	time.Sleep(10 * slow)
	assert.EqualValues(t, 3, h.calls.Load())
	if h.breaks {
		assert.EqualValues(t, 3, warned.Load())
	}
	w.Percent.Store("21")
	w.Notices <- tax.Key{}
	synctest.Wait()
	assert.Equal(t, "21 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")), "it is watched again")
	r.Close()
	assert.ErrorIs(t, <-ended, tax.ErrClosed)
}

// notifier is a source with hooks in its registration.
type notifier struct {
	tax.Source
	notify, stop *hook
}

func (n notifier) Notify(func(tax.Key)) func() {
	if n.notify != nil && !n.notify.call() || n.stop == nil {
		return nil
	}
	return func() { n.stop.call() }
}

func notifyMisbehaves(t *testing.T, h *hook) {
	good, bad := taxtest.NewNotifyingSource("19"), notifier{Source: taxtest.Fixed(), notify: h}
	for _, src := range []tax.Source{bad, tax.Overlay(good, bad), tax.Overlay(tax.Overlay(good, bad), taxtest.Fixed())} {
		h.arm(1)
		var r *tax.Resolver
		alone(func() { r, _ = tax.NewResolver(src, nil) })
		if r == nil {
			assert.Zero(t, good.Listeners(), "nobody is left to be told")
			continue
		}
		_, err := r.Resolve(t.Context(), "DE", "")
		assert.Equal(t, good.Listeners() == 1, err == nil)
		r.Close()
		assert.Zero(t, good.Listeners())
	}
}

func stopMisbehaves(t *testing.T, h *hook, overlaid bool) {
	good := taxtest.NewNotifyingSource("19")
	var src tax.Source = notifier{Source: good, stop: h}
	if overlaid {
		src = tax.Overlay(tax.Overlay(src, good), notifier{Source: taxtest.Fixed(), stop: h})
	}
	r, err := tax.NewResolver(src, nil)
	require.NoError(t, err)
	unharmed(t, r)
	h.arm(2)
	began := time.Now()
	r.Close()
	assert.LessOrEqual(t, time.Since(began), time.Second, "CloseTimeout")
	time.Sleep(2 * slow)
	calls := h.calls.Load()
	assert.NotZero(t, calls)
	assert.Zero(t, good.Listeners(), "the other source no longer calls")
	_, err = r.Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, tax.ErrClosed)
	r.Close()
	assert.Equal(t, calls, h.calls.Load(), "once")
}

// nineteen is a document to store.
func nineteen(country string) tax.Configuration {
	c := taxtest.Doc(country, taxtest.Class("STANDARD*", "- 19"))
	c.TimeZone = "UTC"
	return c
}

func listenerMisbehaves(t *testing.T, h *hook) {
	for range 20 { // the order of the listeners is random
		m := store.NewMemory(nil)
		c, err := m.Create(t.Context(), "bad", nineteen("DE"))
		require.NoError(t, err)
		defer m.Notify(func(key tax.Key) {
			if key.Tenant == "bad" {
				h.call()
			}
		})()
		r := taxtest.Open(t, m, nil)
		require.Equal(t, "19 VAT", taxtest.Answer(r.Tenant("bad").Resolve(t.Context(), "DE", "")))
		h.arm(1)
		c.Classes[0].Rates[0].Percent = tax.MustPercent("21")
		written := make(chan struct{})
		go func() {
			alone(func() { _, _ = m.Update(t.Context(), "bad", c) })
			close(written)
		}()
		synctest.Wait()
		began := time.Now()
		_, err = m.Create(t.Context(), "another", nineteen("DE"))
		require.NoError(t, err)
		unharmed(t, r)
		assert.Zero(t, time.Since(began), "no other writer waits")
		<-written
		assert.Equal(t, "21 VAT", taxtest.Answer(r.Tenant("bad").Resolve(t.Context(), "DE", "")), "all others were told")
		h.arm(0)
	}
}

func clockOfAStoreMisbehaves(t *testing.T, h *hook) {
	m := store.NewMemory(&store.Options{Clock: func() time.Time {
		if !h.call() {
			return time.Time{}
		}
		return time.Now()
	}})
	_, err := m.Create(t.Context(), "another", nineteen("DE"))
	require.NoError(t, err)
	r := taxtest.Open(t, m, nil)
	h.arm(1)
	alone(func() { _, _ = m.Create(t.Context(), "bad", nineteen("FR")) })
	unharmed(t, r)
	_, err = m.Create(t.Context(), "bad", nineteen("DE"))
	require.NoError(t, err, "the next write works")
	well(t, r, "bad")
}
