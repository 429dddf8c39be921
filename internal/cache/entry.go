package cache

import (
	"math/bits"
	"sync/atomic"
	"unique"
)

// Entry is a value that is kept. What a hit reads of it is the cache's own words
// and, after them, the beginning of the value.
type Entry[V any] struct {
	tenant unique.Handle[string]
	due    atomic.Int64 // from then on a lookup asks the cache; of a stale entry always
	used   atomic.Uint32
	place  uint16
	stale  bool // kept beyond its time because the source fails

	// Value is what was loaded. It does not change.
	Value V

	began int64        // when its load began, by the clock
	probe atomic.Int64 // of a stale entry: when the source may be asked again
}

// newEntry makes the entry of a load that began at that time.
func newEntry[V any](v V, id ID, began int64) *Entry[V] {
	return &Entry[V]{tenant: id.Tenant, place: id.Place, Value: v, began: began}
}

// Due returns the time from which a lookup has to ask [Cache.Get]; before, the
// entry is fresh.
func (e *Entry[V]) Due() int64 { return e.due.Load() }

// Use marks the entry for the hand of the eviction. It writes once in a round of
// that hand, so that reading entries shares no line that is written.
func (e *Entry[V]) Use() {
	if e.used.Load() == 0 {
		e.used.Store(1)
	}
}

func (e *Entry[V]) id() ID { return ID{e.tenant, e.place} }

const forever = 1<<63 - 1

// ends is the time from which an entry is no longer fresh. The ends of entries
// that were loaded together are spread over a tenth of the TTL. A tick is taken
// off because lookups see the time of the last one.
func (c *Cache[V]) ends(e *Entry[V]) int64 {
	ttl := int64(c.settings.TTL)
	if ttl == 0 {
		return forever
	}
	spread, _ := bits.Mul64(uint64(ttl/10), (uint64(e.began)+uint64(e.place))*0x9e3779b97f4a7c15)
	return e.began + ttl - int64(c.clock.Tick()) - int64(spread)
}

// staleUntil is the time from which an entry may not answer at all.
func (c *Cache[V]) staleUntil(e *Entry[V]) int64 {
	if c.settings.MaxStale == 0 {
		return 0
	}
	return e.began + int64(c.settings.TTL) + int64(c.settings.MaxStale) - int64(c.clock.Tick())
}

// asStale returns a copy of the entry that says of itself that it is stale.
func (c *Cache[V]) asStale(e *Entry[V]) *Entry[V] {
	stale := newEntry(c.settings.Stale(&e.Value), e.id(), e.began)
	stale.stale = true
	stale.used.Store(1)
	return stale
}

// markStale puts an entry that says of itself that it is stale in the place of
// another, unless that says so already. The caller holds mu.
func (c *Cache[V]) markStale(e *Entry[V], hash uint64) *Entry[V] {
	if e.stale {
		return e
	}
	stale := c.asStale(e)
	c.replace(e, stale, hash)
	return stale
}
