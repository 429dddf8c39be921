package tax

import (
	"maps"
	"slices"
	"unique"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// shardCountries is how many countries a shard has room for at least. More
// shards let more cores load at once; one that is too small would displace
// countries of its tenants while others have room.
const (
	shardCountries = 4096
	maxShards      = 16
)

func (c *cache) init(capacity int, k *clock, settings cacheSettings) {
	n := 1
	for n < maxShards && capacity/(2*n) >= shardCountries {
		n *= 2
	}
	c.cacheSettings, c.clock, c.shards = settings, k, make([]*shard, n)
	for i := range c.shards {
		s := &shard{cache: c, capacity: capacity / n, aloft: make(map[*flight]struct{})}
		if i < capacity%n {
			s.capacity++
		}
		s.clear()
		c.shards[i] = s
	}
}

// shard returns the one that has the keys of a tenant.
func (c *cache) shard(tenantHash uint64) *shard {
	return c.shards[tenantHash>>32&uint64(len(c.shards)-1)]
}

// find finds the entry of a tenant that has an id.
func (c *cache) find(id ident, tenantHash uint64) *entry {
	return c.shard(tenantHash).index.Load().find(id, id.hash(tenantHash))
}

// clear forgets all keys and returns the queue of those that were kept. The
// caller holds mu, or nobody else knows the shard yet.
func (s *shard) clear() (was *queue) {
	was = s.kept
	s.index.Store(newIndex())
	s.kept = newQueue(s.capacity)
	s.tenants = make(map[unique.Handle[string]]*queue)
	s.flights = make(map[ident]*flight)
	remembered, err := simplelru.NewLRU[ident, memory](maxRemembered/len(s.shards), nil)
	if err != nil {
		panic(err) // unreachable: the size is positive
	}
	s.remembered = remembered
	return was
}

// invalidate makes one key absent.
func (c *cache) invalidate(id ident) {
	tenant := tenantHash(id.tenant.Value())
	s := c.shard(tenant)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(id, id.hash(tenant))
}

// invalidateTenant makes all keys of a tenant absent. It asks for every
// country, which are few, and not for every key that is kept.
func (c *cache) invalidateTenant(t unique.Handle[string]) {
	tenant := tenantHash(t.Value())
	s := c.shard(tenant)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, n := range []byte(countryByAlpha2) {
		if n != 0 {
			id := ident{t, uint16(i)}
			s.forget(id, id.hash(tenant))
		}
	}
}

// invalidateAll makes all keys absent.
func (c *cache) invalidateAll() {
	for _, s := range c.shards {
		s.mu.Lock()
		was := s.reset()
		s.mu.Unlock()
		for _, e := range was.Keys() {
			c.discharge(e)
		}
	}
}

// reset is clear, with the direct entries if they are this shard's. The caller
// holds mu.
func (s *shard) reset() (was *queue) {
	if s == s.shard(tenantHash(nobody.Value())) {
		for i := range s.direct {
			s.direct[i].Store(nil)
		}
	}
	return s.clear()
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
	c.clock.stop()
	for _, s := range c.shards {
		s.mu.Lock()
		s.closed = true
		was := s.reset()
		aloft := slices.Collect(maps.Keys(s.aloft))
		s.mu.Unlock()
		for _, e := range was.Keys() {
			c.discharge(e)
		}
		for _, f := range aloft {
			// Landed first: cancelling would answer with the error of a context.
			s.land(f, f.id.key(), nil, errCacheClosed)
			f.cancel()
		}
	}
}
