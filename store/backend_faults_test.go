package store_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// hooked is a backend with functions in place of some of its methods.
type hooked struct {
	store.Backend
	load  func()
	save  func(context.Context, []*store.Commit) []error
	ended func()
	close func() error
}

func hook() *hooked { return &hooked{Backend: store.NewBackend()} }

func (h *hooked) Load(ctx context.Context, key tax.Key) (*store.Country, error) {
	if h.load != nil {
		h.load()
	}
	return h.Backend.Load(ctx, key)
}

func (h *hooked) Save(ctx context.Context, commits []*store.Commit) []error {
	if h.save != nil {
		return h.save(ctx, commits)
	}
	return h.Backend.Save(ctx, commits)
}

func (h *hooked) Ended(ctx context.Context, key tax.Key, at *tax.Location) ([]*store.Version, time.Time, error) {
	if h.ended != nil {
		h.ended()
	}
	return h.Backend.Ended(ctx, key, at)
}

func (h *hooked) Close() error {
	if h.close == nil {
		return nil
	}
	return h.close()
}

// over returns a store over a backend.
func over(t *testing.T, b store.Backend, o *store.Options) *store.Versioned {
	t.Helper()
	s, err := store.New(b, o)
	require.NoError(t, err)
	return s
}

// put returns a batch that puts documents of one country.
func put(docs ...tax.Configuration) store.Batch {
	b := store.Batch{Key: tax.Key{Country: docs[0].Location.Country}}
	for _, d := range docs {
		b.Changes = append(b.Changes, store.Change{Configuration: d})
	}
	return b
}

// told collects what listeners are told.
type told struct {
	sync.Mutex
	keys []tax.Key
}

func (k *told) add(key tax.Key) {
	k.Lock()
	defer k.Unlock()
	k.keys = append(k.keys, key)
}

// A backend may have stored what it did not answer.
func TestListenersAreToldOfWhatMayHaveTakenEffect(t *testing.T) {
	for name, c := range map[string]struct {
		after func(error) []error
		err   error
	}{
		"an error":             {func(error) []error { return []error{assert.AnError} }, assert.AnError},
		"no answer":            {func(error) []error { return nil }, tax.ErrUnavailable},
		"too many answers":     {func(error) []error { return []error{nil, nil} }, tax.ErrUnavailable},
		"all is well":          {func(err error) []error { return []error{err} }, nil},
		"an error of its kind": {func(error) []error { return []error{&tax.StoreError{Kind: tax.ErrUnavailable}} }, tax.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			b := hook()
			s := over(t, b, nil)
			var k told
			defer s.Notify(k.add)()
			b.save = func(ctx context.Context, commits []*store.Commit) []error {
				return c.after(b.Backend.Save(ctx, commits)[0])
			}
			_, err := s.Create(t.Context(), "", country("CA", "5"))
			require.ErrorIs(t, err, c.err)
			if c.err != nil {
				assert.ErrorIs(t, err, tax.ErrUnavailable)
			}
			assert.Equal(t, []tax.Key{{Country: "CA"}}, k.keys)
		})
	}
}

func TestBackendThatPanicsHarmsNobodyElse(t *testing.T) {
	for name, fail := range map[string]func(){"panics": func() { panic("backend") }, "ends its goroutine": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			b := hook()
			s := over(t, b, nil)
			var k told
			defer s.Notify(k.add)()
			calls := 0
			b.save = func(ctx context.Context, commits []*store.Commit) []error {
				if calls++; calls == 2 {
					fail()
				}
				errs := b.Backend.Save(ctx, commits[:1])
				return append(errs, store.ErrMoved) // the second one waits for another attempt
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer func() { _ = recover() }()
				s.Write(t.Context(), []store.Batch{put(country("AT", "20")), put(country("CA", "5"))})
			}()
			<-done
			assert.ElementsMatch(t, []tax.Key{{Country: "AT"}, {Country: "CA"}}, k.keys, "AT is stored, and CA may be")
			assert.Zero(t, store.Waiting(s), "nobody has a turn any more")
			b.save = nil
			for _, code := range []string{"AT", "CA"} {
				out := s.Write(t.Context(), []store.Batch{put(country(code, "1"))})
				require.NoError(t, out[0].Err)
			}
		})
	}
}

// The first plan of a batch is overtaken, and the second one is refused.
func TestBatchThatFailsHasNoDocuments(t *testing.T) {
	b := hook()
	s, other := over(t, b, nil), over(t, b.Backend, nil)
	_, err := s.Create(t.Context(), "", country("CA", "5"))
	require.NoError(t, err)
	b.save = func(ctx context.Context, commits []*store.Commit) []error {
		b.save = nil
		require.NoError(t, other.Delete(ctx, "", canada))
		return b.Backend.Save(ctx, commits)
	}
	out := s.Write(t.Context(), []store.Batch{put(region(quebec, "9.975"))})
	require.ErrorIs(t, out[0].Err, tax.ErrInvalid)
	assert.Empty(t, out[0].Configurations)
}

func TestBackendThatAlwaysMovesIsUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := hook()
		saves := 0
		b.save = func(_ context.Context, commits []*store.Commit) []error {
			saves++
			return []error{store.ErrMoved}
		}
		s := over(t, b, nil)
		patient, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := s.Create(patient, "", country("CA", "5"))
		require.ErrorIs(t, err, tax.ErrUnavailable)
		require.ErrorIs(t, err, store.ErrMoved, "the cause")
		assert.Greater(t, saves, 100)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = s.Create(ctx, "", country("CA", "5"))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Zero(t, store.Waiting(s))
	})
}

func TestCloseClosesTheBackend(t *testing.T) {
	b := hook()
	closed := 0
	b.close = func() error { closed++; return assert.AnError }
	assert.ErrorIs(t, over(t, b, nil).Close(), assert.AnError)
	assert.Equal(t, 1, closed)
	assert.NoError(t, over(t, store.NewBackend(), nil).Close(), "a backend that cannot be closed")
	assert.NoError(t, new(store.Versioned).Close())
}

func TestErrorsOfABackendReachTheCallerAsUnavailable(t *testing.T) {
	b := &refusing{err: assert.AnError}
	s := over(t, b, nil)
	ctx, cancel := context.WithCancel(t.Context())
	for _, doing := range []func() error{
		func() error { _, err := s.Get(ctx, "shop", canada); return err },
		func() error { _, err := s.Create(ctx, "shop", country("CA", "5")); return err },
		func() error { _, err := s.Versions(ctx, "shop", canada); return err },
		func() error { _, err := s.Configurations(ctx, tax.Key{Tenant: "shop", Country: "CA"}); return err },
	} {
		err := doing()
		require.ErrorIs(t, err, tax.ErrUnavailable)
		require.ErrorIs(t, err, assert.AnError)
		var e *tax.StoreError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "shop", e.Tenant)
		assert.Equal(t, "CA", e.Location.Country)
	}
	// The context ends while the backend works.
	b.before = cancel
	_, err := s.Get(ctx, "shop", canada)
	assert.ErrorIs(t, err, context.Canceled)
	assert.False(t, errors.Is(err, tax.ErrUnavailable))
}

// refusing is a backend that cannot load.
type refusing struct {
	store.Backend
	err    error
	before func()
}

func (r *refusing) Load(context.Context, tax.Key) (*store.Country, error) {
	if r.before != nil {
		r.before()
	}
	return nil, r.err
}
