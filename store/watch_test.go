package store_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// watched is a backend, or a base, that reports changes.
type watched struct {
	store.Backend
	tax.SourceFunc
	watch func(ctx context.Context, changed func(tax.Key)) error
}

func (w *watched) Watch(ctx context.Context, changed func(tax.Key)) error {
	return w.watch(ctx, changed)
}

// until reports a key, and waits for the end of the context.
func until(key tax.Key) func(context.Context, func(tax.Key)) error {
	return func(ctx context.Context, changed func(tax.Key)) error {
		changed(key)
		<-ctx.Done()
		return ctx.Err()
	}
}

func none(context.Context, tax.Key) ([]tax.Configuration, error) { return nil, nil }

func TestWatchReportsItsOwnWritesThoseOfOthersAndOfTheBase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base := &watched{SourceFunc: none, watch: until(tax.Key{Country: "FR"})}
		b := &watched{Backend: store.NewBackend(), watch: until(tax.Key{Country: "DE"})}
		s := over(t, b, &store.Options{Base: base})
		ctx, cancel := context.WithCancel(t.Context())
		var k told
		ended := make(chan error, 1)
		go func() { ended <- s.Watch(ctx, k.add) }()
		synctest.Wait()
		assert.ElementsMatch(t, []tax.Key{{}, {Country: "DE"}, {Country: "FR"}}, k.keys)
		_, err := s.Create(t.Context(), "shop", country("CA", "5"))
		require.NoError(t, err)
		assert.Contains(t, k.keys, tax.Key{Tenant: "shop", Country: "CA"})
		cancel()
		assert.ErrorIs(t, <-ended, context.Canceled)
		reported := len(k.keys)
		update(t, over(t, b, nil), tax.Location{Country: "CA"}, "shop")
		update(t, s, tax.Location{Country: "CA"}, "shop")
		assert.Len(t, k.keys, reported, "nothing is reported after it returned")
	})
}

// A writer may be about to call those who watch, just when one of them goes.
func TestWatchReportsNothingAfterItReturned(t *testing.T) {
	const attempts = 50 // listeners are called in any order
	left := 0
	for range attempts {
		synctest.Test(t, func(t *testing.T) {
			s := over(t, store.NewBackend(), nil)
			gate := make(chan struct{})
			defer s.Notify(func(tax.Key) { <-gate })()
			ctx, cancel := context.WithCancel(t.Context())
			var k told
			ended := make(chan error, 1)
			go func() { ended <- s.Watch(ctx, k.add) }()
			synctest.Wait()
			go func() { _, _ = s.Create(t.Context(), "", country("CA", "5")) }()
			synctest.Wait() // the other listener is being called
			cancel()
			<-ended
			reported := len(k.keys)
			if reported == 1 {
				left++
			}
			close(gate)
			synctest.Wait()
			assert.Len(t, k.keys, reported)
		})
	}
	assert.NotZero(t, left, "the writer never came to the other listener first")
}

// What reports changes may fail, panic or end its goroutine. Watch then says so, and
// nobody else is harmed.
func TestWatchEndsWhenNoChangesAreReportedAnyMore(t *testing.T) {
	for name, c := range map[string]struct {
		watch func(context.Context, func(tax.Key)) error
		text  string
	}{
		"it fails":              {func(context.Context, func(tax.Key)) error { return assert.AnError }, assert.AnError.Error()},
		"it panics":             {func(context.Context, func(tax.Key)) error { panic("watcher") }, "panicked: watcher"},
		"it ends its goroutine": {func(context.Context, func(tax.Key)) error { runtime.Goexit(); return nil }, "ended its goroutine"},
	} {
		for _, of := range []string{"backend", "base"} {
			t.Run(name+" in the "+of, func(t *testing.T) {
				b := &watched{Backend: store.NewBackend(), watch: until(tax.Key{Country: "DE"})}
				base := &watched{SourceFunc: none, watch: until(tax.Key{Country: "FR"})}
				if of == "base" {
					base.watch = c.watch
				} else {
					b.watch = c.watch
				}
				s := over(t, b, &store.Options{Base: base})
				err := s.Watch(t.Context(), func(tax.Key) {})
				require.ErrorContains(t, err, c.text)
				_, err = s.Create(t.Context(), "", country("CA", "5"))
				require.NoError(t, err)
			})
		}
	}
}

func TestWatchRefusesWhatItCannotUse(t *testing.T) {
	s := over(t, store.NewBackend(), nil)
	assert.ErrorIs(t, s.Watch(t.Context(), nil), tax.ErrInvalid)
	//lint:ignore SA1012 a nil context is an error, not a panic
	assert.ErrorIs(t, s.Watch(nil, func(tax.Key) {}), tax.ErrInvalid)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, s.Watch(ctx, func(tax.Key) { t.Error("called") }), context.Canceled)
}

// A listener that ends its goroutine ends that of the writer, and nothing else.
func TestListenersThatPanicOrEndTheirGoroutineHarmNobodyElse(t *testing.T) {
	for name, fail := range map[string]func(){"panics": func() { panic("listener") }, "ends its goroutine": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			s := over(t, store.NewBackend(), nil)
			var k told
			defer s.Notify(k.add)()
			stop := s.Notify(func(tax.Key) { fail() })
			defer s.Notify(k.add)()
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer func() { _ = recover() }()
				s.Write(t.Context(), []store.Batch{put(country("CA", "5")), put(country("DE", "19"))})
			}()
			<-done
			assert.Len(t, k.keys, 4, "two listeners are told of two countries")
			assert.Zero(t, store.Waiting(s))
			stop()
			update(t, s, canada)
			assert.Len(t, k.keys, 6)
		})
	}
}
