package cache

import (
	"math/bits"
	"sync/atomic"
	"unique"
)

// Entry is a value in the cache. A hit reads the first fields and, after them, the
// beginning of the value.
type Entry[V any] struct {
	tenant unique.Handle[string]
	due    atomic.Int64 // from then on a lookup has to call Cache.Get; see probe for a stale entry
	used   atomic.Uint32
	place  uint16
	stale  bool // kept beyond its end because the source fails

	// Value is what was loaded. It does not change.
	Value V

	began int64 // when its load began, by the clock
	spots [queueKinds]spot
}

// newEntry returns the entry, without a value, for a load that began at the given time.
func newEntry[V any](id ID, began int64) *Entry[V] {
	return &Entry[V]{tenant: id.Tenant, place: id.Place, began: began}
}

// Due returns the time from which a lookup has to call [Cache.Get]; before it, the
// entry is fresh.
func (e *Entry[V]) Due() int64 { return e.due.Load() }

// probe returns when the source may be asked again for a stale entry. It is in due, but
// negative, because a lookup always has to call Cache.Get for it.
func (e *Entry[V]) probe() int64 { return -e.due.Load() }

// probeAt sets the time that probe returns.
func (e *Entry[V]) probeAt(t int64) { e.due.Store(-t) }

// Use marks the entry as used, which lets the next eviction pass it. It writes only
// if the mark is not set, so that cores reading the same entry rarely contend for
// its cache line.
func (e *Entry[V]) Use() {
	if e.used.Load() == 0 {
		e.used.Store(1)
	}
}

func (e *Entry[V]) id() ID { return ID{e.tenant, e.place} }

const forever = 1<<63 - 1

// ends returns the time from which an entry is no longer fresh. The ends of entries
// that were loaded together are spread over a tenth of the TTL. One tick is
// subtracted because the time that lookups see is late by up to one tick.
func (c *Cache[V]) ends(e *Entry[V]) int64 {
	ttl := int64(c.settings.TTL)
	if ttl == 0 {
		return forever
	}
	spread, _ := bits.Mul64(uint64(ttl/10), (uint64(e.began)+uint64(e.place))*0x9e3779b97f4a7c15)
	return e.began + ttl - int64(c.clock.Tick()) - int64(spread)
}

// staleUntil returns the time from which an entry may not answer at all.
func (c *Cache[V]) staleUntil(e *Entry[V]) int64 {
	if c.settings.MaxStale == 0 {
		return 0
	}
	return e.began + int64(c.settings.TTL) + int64(c.settings.MaxStale) - int64(c.clock.Tick())
}

// asStale returns a copy of the entry that is marked as stale.
func (c *Cache[V]) asStale(e *Entry[V]) *Entry[V] {
	stale := newEntry[V](e.id(), e.began)
	stale.Value, stale.stale = c.settings.Stale(&e.Value), true
	stale.used.Store(1)
	return stale
}

// markStale replaces an entry by a stale copy and returns that, unless the entry is
// stale already. The lock must be held.
func (c *Cache[V]) markStale(e *Entry[V], hash uint64) *Entry[V] {
	if e.stale {
		return e
	}
	stale := c.asStale(e)
	c.replace(e, stale, hash)
	return stale
}
