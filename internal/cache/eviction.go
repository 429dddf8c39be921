package cache

import (
	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// queue is the order in which entries are evicted by the second-chance algorithm,
// also called CLOCK (Corbató 1968): the list of golang-lru serves as the face of the
// clock, with the hand at its oldest end. An entry that was used since the hand last
// passed stays for another round. So a hit does not have to move its entry, which
// would take a lock; it only marks it.
type queue[V any] = simplelru.LRU[*Entry[V], struct{}]

func newQueue[V any](capacity int) *queue[V] {
	// The list itself never evicts: room is made before an entry is added. max
	// covers the largest int, to which 1 cannot be added.
	q, err := simplelru.NewLRU[*Entry[V], struct{}](max(capacity+1, capacity), nil)
	if err != nil {
		panic(err) // unreachable: the size is positive
	}
	return q
}

// victim returns the entry to evict next from a queue that is not empty. The scan
// clears at most one mark per hit.
func victim[V any](q *queue[V]) *Entry[V] {
	for {
		e, _, _ := q.GetOldest()
		if e.used.Load() == 0 {
			return e
		}
		e.used.Store(0)
		q.Get(e) // moves it to the other end
	}
}

// keep adds an entry, or replaces the one with the same ID, and returns what it evicted,
// if anybody asks for that. The lock must be held.
func (c *Cache[V]) keep(e *Entry[V], hash uint64) (evicted []ID) {
	if old := c.Lookup(e.id(), hash); old != nil {
		e.used.Store(old.used.Load())
		c.replace(old, e, hash)
		return c.trimOthers(e, nil)
	}
	if c.settings.Quota > 0 {
		if mine := c.tenants[e.tenant]; mine.entries >= c.settings.Quota {
			evicted = c.evict(mine.queue, evicted)
		}
	}
	for c.kept.Len() >= c.settings.Capacity {
		evicted = c.evict(c.kept, evicted)
	}
	c.publish(e, hash)
	c.enqueue(e)
	return c.trimOthers(e, evicted)
}

// trimOthers evicts entries other than the given one until the estimated bytes are
// within their bound. It adds them to a list. The lock must be held.
func (c *Cache[V]) trimOthers(one *Entry[V], evicted []ID) []ID {
	if c.settings.MaxBytes == 0 {
		return evicted
	}
	used := one.used.Load()
	for c.bytes > c.settings.MaxBytes && c.kept.Len() > 1 {
		// The mark makes the hand pass it, and reach all others before it is back.
		one.used.Store(1)
		evicted = c.evict(c.kept, evicted)
	}
	one.used.Store(used)
	return evicted
}

// evict takes out the next entry of a queue, and adds it to a list if anybody asks for
// that. The lock must be held.
func (c *Cache[V]) evict(q *queue[V], evicted []ID) []ID {
	e := victim(q)
	c.release(e, e.id().hash())
	c.stats.evictions.Add(1)
	if c.settings.Evicted == nil {
		return nil
	}
	return append(evicted, e.id())
}

// publish puts an entry where lookups find it. The lock must be held.
func (c *Cache[V]) publish(e *Entry[V], hash uint64) {
	if e.tenant == Nobody {
		c.direct[e.place].Store(e)
		return
	}
	was := c.index.Load()
	if now := was.put(e, hash); now != was {
		c.index.Store(now)
	}
}

// replace puts an entry in the place of another one with the same ID. The lock must
// be held.
func (c *Cache[V]) replace(old, e *Entry[V], hash uint64) {
	c.publish(e, hash)
	c.dequeue(old)
	c.enqueue(e)
}

// release takes out an entry. The lock must be held.
func (c *Cache[V]) release(e *Entry[V], hash uint64) {
	if e.tenant == Nobody {
		c.direct[e.place].Store(nil)
	} else {
		c.index.Load().remove(e.id(), hash)
	}
	delete(c.troubled, e.id())
	c.dequeue(e)
}
