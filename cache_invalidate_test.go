package tax_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
)

// notifyingSource is a source whose data can be changed; loads that are held
// read the data first.
type notifyingSource struct {
	percent   atomic.Value // string
	loads     atomic.Int64
	hold      atomic.Pointer[chan struct{}] // a load takes it and waits for it
	mu        sync.Mutex
	listeners map[int]func(tax.Key)
	next      int
}

func newNotifyingSource(percent string) *notifyingSource {
	s := &notifyingSource{listeners: map[int]func(tax.Key){}}
	s.percent.Store(percent)
	return s
}

func (s *notifyingSource) Configurations(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	s.loads.Add(1)
	set := []tax.Configuration{docAt(key.Country, classOf("STANDARD*", "- "+s.percent.Load().(string)))}
	if gate := s.hold.Swap(nil); gate != nil {
		<-*gate
	}
	return set, nil
}

func (s *notifyingSource) Notify(changed func(tax.Key)) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.next
	s.next++
	s.listeners[n] = changed
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, n)
	}
}

func (s *notifyingSource) tell(key tax.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, changed := range s.listeners {
		changed(key)
	}
}

func (s *notifyingSource) listening() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.listeners)
}

// invalidations are all the ways to drop DE of tenant "shop".
var invalidations = map[string]func(*tax.Resolver, *notifyingSource){
	"Invalidate":            func(r *tax.Resolver, _ *notifyingSource) { r.Tenant("shop").Invalidate("DE") },
	"Invalidate alpha-3":    func(r *tax.Resolver, _ *notifyingSource) { r.Tenant("shop").Invalidate("deu") },
	"InvalidateTenant":      func(r *tax.Resolver, _ *notifyingSource) { r.Tenant("shop").InvalidateTenant() },
	"InvalidateAll":         func(r *tax.Resolver, _ *notifyingSource) { r.InvalidateAll() },
	"notice of the country": func(_ *tax.Resolver, s *notifyingSource) { s.tell(tax.Key{Tenant: "shop", Country: "DE"}) },
	"notice of the tenant":  func(_ *tax.Resolver, s *notifyingSource) { s.tell(tax.Key{Tenant: "shop"}) },
	"notice of everything":  func(_ *tax.Resolver, s *notifyingSource) { s.tell(tax.Key{}) },
}

func TestNoCallAfterAnInvalidationGetsWhatWasLoadedBefore(t *testing.T) {
	for name, invalidate := range invalidations {
		t.Run(name, func(t *testing.T) {
			src := newNotifyingSource("19")
			all := openResolver(t, src, nil)
			r := all.Tenant("shop")
			assert.Equal(t, "19 VAT", answerText(r.Resolve(t.Context(), "DE", "")))
			src.percent.Store("21")
			assert.Equal(t, "19 VAT", answerText(r.Resolve(t.Context(), "DE", "")))
			invalidate(all, src)
			assert.Equal(t, "21 VAT", answerText(r.Resolve(t.Context(), "DE", "")))
		})
	}
}

func TestNoCallAfterAnInvalidationJoinsALoadThatBeganBefore(t *testing.T) {
	for name, invalidate := range invalidations {
		for _, oldFirst := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					src := newNotifyingSource("19")
					all := openResolver(t, src, nil)
					r := all.Tenant("shop")
					older, newer := make(chan struct{}), make(chan struct{})
					src.hold.Store(&older)
					before := ask(t.Context(), r)
					synctest.Wait() // the old load has read 19 and is held

					src.percent.Store("21")
					invalidate(all, src)
					src.hold.Store(&newer)
					after := ask(t.Context(), r)
					synctest.Wait()
					assert.EqualValues(t, 2, src.loads.Load(), "a call that begins after it starts a load of its own")

					if oldFirst {
						close(older)
						synctest.Wait()
						assert.Empty(t, before, "who waited for the old load asks again")
						assert.Empty(t, after, "the old load does not answer it")
						joined := ask(t.Context(), r)
						synctest.Wait()
						assert.EqualValues(t, 2, src.loads.Load(), "the end of the old load does not hide the new one")
						close(newer)
						assert.Equal(t, "21 VAT", <-before)
						assert.Equal(t, "21 VAT", <-joined)
						assert.Equal(t, "21 VAT", <-after)
					} else {
						close(newer)
						assert.Equal(t, "21 VAT", <-after)
						close(older)
						assert.Equal(t, "21 VAT", <-before)
						synctest.Wait()
					}
					assert.Equal(t, "21 VAT", <-ask(t.Context(), r), "the old load left nothing behind")
					assert.EqualValues(t, 2, src.loads.Load())
				})
			})
		}
	}
}

func TestInvalidationDropsNothingElse(t *testing.T) {
	countries, tenants := []string{"DE", "FR"}, []string{"", "shop", "shop2"}
	for name, c := range map[string]struct {
		invalidate func(*tax.Resolver, *notifyingSource)
		dropped    []tax.Key
	}{
		"Invalidate":          {func(r *tax.Resolver, _ *notifyingSource) { r.Tenant("shop").Invalidate("DE") }, []tax.Key{{"shop", "DE"}}},
		"Invalidate unnamed":  {func(r *tax.Resolver, _ *notifyingSource) { r.Invalidate("DE") }, []tax.Key{{"", "DE"}}},
		"no country":          {func(r *tax.Resolver, _ *notifyingSource) { r.Invalidate(""); r.Invalidate("ZZ"); r.Invalidate("AT") }, nil},
		"InvalidateTenant":    {func(r *tax.Resolver, _ *notifyingSource) { r.Tenant("shop").InvalidateTenant() }, []tax.Key{{"shop", "DE"}, {"shop", "FR"}}},
		"the unnamed tenant":  {func(r *tax.Resolver, _ *notifyingSource) { r.InvalidateTenant() }, []tax.Key{{"", "DE"}, {"", "FR"}}},
		"notice of a country": {func(_ *tax.Resolver, s *notifyingSource) { s.tell(tax.Key{Country: "FR"}) }, []tax.Key{{"", "FR"}}},
		"notice of a tenant":  {func(_ *tax.Resolver, s *notifyingSource) { s.tell(tax.Key{Tenant: "shop2"}) }, []tax.Key{{"shop2", "DE"}, {"shop2", "FR"}}},
	} {
		t.Run(name, func(t *testing.T) {
			src := newNotifyingSource("19")
			r := openResolver(t, src, nil)
			for range 2 {
				for _, tenant := range tenants {
					for _, country := range countries {
						_, err := r.Tenant(tenant).Resolve(t.Context(), country, "")
						require.NoError(t, err)
					}
				}
			}
			require.EqualValues(t, 6, src.loads.Load())
			c.invalidate(r, src)
			var dropped []tax.Key
			for _, tenant := range tenants {
				for _, country := range countries {
					before := src.loads.Load()
					_, err := r.Tenant(tenant).Resolve(t.Context(), country, "")
					require.NoError(t, err)
					if src.loads.Load() != before {
						dropped = append(dropped, tax.Key{Tenant: tenant, Country: country})
					}
				}
			}
			assert.Equal(t, c.dropped, dropped)
		})
	}
}

func TestWritesRacingLoadsNeverLeaveAnOlderAnswer(t *testing.T) {
	src := newNotifyingSource("1")
	r := openResolver(t, src, nil)
	var written atomic.Int64 // what the newest write that returned wrote
	written.Store(1)
	var group sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				floor := written.Load()
				a, err := r.Resolve(t.Context(), "DE", "")
				if !assert.NoError(t, err) || !assert.GreaterOrEqual(t, a.Percent().IntPart(), floor) {
					return
				}
			}
		})
	}
	for percent := range int64(500) {
		src.percent.Store(strconv.FormatInt(percent+1, 10))
		src.tell(tax.Key{Country: "DE"})
		written.Store(percent + 1)
	}
	close(stop)
	group.Wait()
}
