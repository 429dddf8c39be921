package tax

import (
	"maps"
	"slices"
	"unique"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/taxresolve/tax/internal/civil"
)

func (c *cache) init(k *civil.Clock, settings cacheSettings) {
	c.cacheSettings, c.clock = settings, k
	c.aloft = make(map[*flight]struct{})
	c.clear()
}

// clear forgets all keys, in no more time than it takes to make room for new
// ones. The caller holds mu.
func (c *cache) clear() {
	c.round, c.bytes = c.round+1, 0
	for i := range c.direct {
		c.direct[i].Store(nil)
	}
	c.index.Store(newIndex())
	c.kept = newQueue(c.capacity)
	c.tenants = make(map[unique.Handle[string]]tenant)
	c.flights = make(map[ident]*flight)
	c.troubled = make(map[ident]memory)
	remembered, err := simplelru.NewLRU[ident, memory](maxRemembered, nil)
	if err != nil {
		panic(err) // unreachable: the size is positive
	}
	c.remembered = remembered
}

// invalidate makes one key absent.
func (c *cache) invalidate(id ident) {
	hash := id.hash(tenantHash(id.tenant.Value()))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(id, hash)
}

// invalidateTenant makes all keys of a tenant absent. It asks for every
// country, which are few, and not for every key that is kept.
func (c *cache) invalidateTenant(t unique.Handle[string]) {
	tenant := tenantHash(t.Value())
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, n := range []byte(countryByAlpha2) {
		if n != 0 {
			id := ident{t, uint16(i)}
			c.forget(id, id.hash(tenant))
		}
	}
}

// invalidateAll makes all keys absent.
func (c *cache) invalidateAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
}

// changed is invalidate for a key as a [Notifier] gives it: without a country,
// it is everything of the tenant; the zero Key is everything.
func (c *cache) changed(key Key) {
	code, _, ok := canonicalCountry(key.Country)
	switch {
	case ok:
		c.invalidate(identOf(unique.Make(key.Tenant), code))
	case key == Key{}:
		c.invalidateAll()
	case key.Country == "":
		c.invalidateTenant(unique.Make(key.Tenant))
	}
}

// close ends all flights and forgets everything.
func (c *cache) close() {
	c.clock.Stop()
	c.mu.Lock()
	c.closed = true
	c.clear()
	aloft := slices.Collect(maps.Keys(c.aloft))
	c.mu.Unlock()
	for _, f := range aloft {
		// Landed first: cancelling would answer with the error of a context.
		c.land(f, f.id.key(), nil, errCacheClosed)
		f.cancel()
	}
}
