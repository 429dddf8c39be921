package freshness_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// invalidations are all the ways to drop DE of tenant "shop".
var invalidations = map[string]func(*tax.Resolver, *taxtest.NotifyingSource){
	"Invalidate":            func(r *tax.Resolver, _ *taxtest.NotifyingSource) { r.Tenant("shop").Invalidate("DE") },
	"Invalidate alpha-3":    func(r *tax.Resolver, _ *taxtest.NotifyingSource) { r.Tenant("shop").Invalidate("deu") },
	"InvalidateTenant":      func(r *tax.Resolver, _ *taxtest.NotifyingSource) { r.Tenant("shop").InvalidateTenant() },
	"InvalidateAll":         func(r *tax.Resolver, _ *taxtest.NotifyingSource) { r.InvalidateAll() },
	"notice of the country": func(_ *tax.Resolver, s *taxtest.NotifyingSource) { s.Tell(tax.Key{Tenant: "shop", Country: "DE"}) },
	"notice of the tenant":  func(_ *tax.Resolver, s *taxtest.NotifyingSource) { s.Tell(tax.Key{Tenant: "shop"}) },
	"notice of everything":  func(_ *tax.Resolver, s *taxtest.NotifyingSource) { s.Tell(tax.Key{}) },
}

func TestNoCallAfterAnInvalidationGetsWhatWasLoadedBefore(t *testing.T) {
	for name, invalidate := range invalidations {
		t.Run(name, func(t *testing.T) {
			src := taxtest.NewNotifyingSource("19")
			all := taxtest.Open(t, src, nil)
			r := all.Tenant("shop")
			assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
			src.Percent.Store("21")
			assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
			invalidate(all, src)
			assert.Equal(t, "21 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
		})
	}
}

func TestNoCallAfterAnInvalidationJoinsALoadThatBeganBefore(t *testing.T) {
	for name, invalidate := range invalidations {
		for _, oldFirst := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					src := taxtest.NewNotifyingSource("19")
					all := taxtest.Open(t, src, nil)
					r := all.Tenant("shop")
					older, newer := make(chan struct{}), make(chan struct{})
					src.Hold.Store(&older)
					before := taxtest.Ask(t.Context(), r)
					synctest.Wait() // the old load has read 19 and is held

					src.Percent.Store("21")
					invalidate(all, src)
					src.Hold.Store(&newer)
					after := taxtest.Ask(t.Context(), r)
					synctest.Wait()
					assert.EqualValues(t, 2, src.Loads.Load(), "a call that begins after it starts a load of its own")

					if oldFirst {
						close(older)
						synctest.Wait()
						assert.Empty(t, before, "who waited for the old load asks again")
						assert.Empty(t, after, "the old load does not answer it")
						joined := taxtest.Ask(t.Context(), r)
						synctest.Wait()
						assert.EqualValues(t, 2, src.Loads.Load(), "the end of the old load does not hide the new one")
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
					assert.Equal(t, "21 VAT", <-taxtest.Ask(t.Context(), r), "the old load left nothing behind")
					assert.EqualValues(t, 2, src.Loads.Load())
				})
			})
		}
	}
}

func TestInvalidationDropsNothingElse(t *testing.T) {
	countries, tenants := []string{"DE", "FR"}, []string{"", "shop", "shop2"}
	for name, c := range map[string]struct {
		invalidate func(*tax.Resolver, *taxtest.NotifyingSource)
		dropped    []tax.Key
	}{
		"Invalidate":         {func(r *tax.Resolver, _ *taxtest.NotifyingSource) { r.Tenant("shop").Invalidate("DE") }, []tax.Key{{Tenant: "shop", Country: "DE"}}},
		"Invalidate unnamed": {func(r *tax.Resolver, _ *taxtest.NotifyingSource) { r.Invalidate("DE") }, []tax.Key{{Country: "DE"}}},
		"no country": {func(r *tax.Resolver, _ *taxtest.NotifyingSource) {
			r.Invalidate("")
			r.Invalidate("ZZ")
			r.Invalidate("AT")
		}, nil},
		"InvalidateTenant":    {func(r *tax.Resolver, _ *taxtest.NotifyingSource) { r.Tenant("shop").InvalidateTenant() }, []tax.Key{{Tenant: "shop", Country: "DE"}, {Tenant: "shop", Country: "FR"}}},
		"the unnamed tenant":  {func(r *tax.Resolver, _ *taxtest.NotifyingSource) { r.InvalidateTenant() }, []tax.Key{{Country: "DE"}, {Country: "FR"}}},
		"notice of a country": {func(_ *tax.Resolver, s *taxtest.NotifyingSource) { s.Tell(tax.Key{Country: "FR"}) }, []tax.Key{{Country: "FR"}}},
		"notice of a tenant":  {func(_ *tax.Resolver, s *taxtest.NotifyingSource) { s.Tell(tax.Key{Tenant: "shop2"}) }, []tax.Key{{Tenant: "shop2", Country: "DE"}, {Tenant: "shop2", Country: "FR"}}},
	} {
		t.Run(name, func(t *testing.T) {
			src := taxtest.NewNotifyingSource("19")
			r := taxtest.Open(t, src, nil)
			for range 2 {
				for _, tenant := range tenants {
					for _, country := range countries {
						_, err := r.Tenant(tenant).Resolve(t.Context(), country, "")
						require.NoError(t, err)
					}
				}
			}
			require.EqualValues(t, 6, src.Loads.Load())
			c.invalidate(r, src)
			var dropped []tax.Key
			for _, tenant := range tenants {
				for _, country := range countries {
					before := src.Loads.Load()
					_, err := r.Tenant(tenant).Resolve(t.Context(), country, "")
					require.NoError(t, err)
					if src.Loads.Load() != before {
						dropped = append(dropped, tax.Key{Tenant: tenant, Country: country})
					}
				}
			}
			assert.Equal(t, c.dropped, dropped)
		})
	}
}

func TestWritesRacingLoadsNeverLeaveAnOlderAnswer(t *testing.T) {
	src := taxtest.NewNotifyingSource("1")
	r := taxtest.Open(t, src, nil)
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
		src.Percent.Store(strconv.FormatInt(percent+1, 10))
		src.Tell(tax.Key{Country: "DE"})
		written.Store(percent + 1)
	}
	close(stop)
	group.Wait()
}
