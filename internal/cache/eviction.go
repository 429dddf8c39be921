package cache

import "sync/atomic"

// keep adds an entry, or replaces the one with the same ID, and returns what it evicted,
// if anybody asks for that. The lock must be held.
func (c *Cache[V]) keep(e *Entry[V], k key) (evicted []ID) {
	if old := c.entry(k.ID, k.hash); old != nil {
		e.used.Store(old.used.Load())
		c.replace(old, e, k.hash)
		return c.trimOthers(e, nil)
	}
	if t := c.tenants.find(k.view); t != nil && t.queue != nil && t.queue.len() >= c.settings.Quota {
		evicted = c.evict(t.queue, nil, evicted)
	}
	for c.kept.len() >= c.settings.Capacity {
		evicted = c.evict(&c.kept, nil, evicted)
	}
	c.publish(e, k.hash)
	c.enqueue(e, k)
	return c.trimOthers(e, evicted)
}

// trimOthers evicts entries other than the given one until the estimated bytes are
// within their bound. It adds them to a list. The lock must be held.
func (c *Cache[V]) trimOthers(one *Entry[V], evicted []ID) []ID {
	if c.settings.MaxBytes == 0 {
		return evicted
	}
	for c.memory() > c.settings.MaxBytes && c.kept.len() > 1 {
		evicted = c.evict(&c.kept, one, evicted)
	}
	return evicted
}

// evict takes out the next entry of a queue other than the given one, and adds it to a
// list if anybody asks for that. The lock must be held.
func (c *Cache[V]) evict(q *queue[V], except *Entry[V], evicted []ID) []ID {
	e := q.take(except)
	c.release(e, q)
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
	if q := c.tenants.at(c.kept.replace(old, e).number).queue; q != nil {
		q.replace(old, e)
	}
	c.count(e)
	c.discount(old)
}

// release takes out an entry, which is out of one of the queues already, or of none. The lock
// must be held.
func (c *Cache[V]) release(e queued[V], out *queue[V]) {
	if e.tenant == Nobody {
		c.direct[e.place].Store(nil)
	} else {
		c.index.Load().remove(e.Entry, e.home)
	}
	delete(c.troubled, e.id())
	c.dequeue(e, out)
}

// approach reads what the evictions of some entries will read from main memory, before the
// first of them: one wait for all of it, in place of several for each. The lock must be held.
func (c *Cache[V]) approach(list []queued[V]) {
	x := c.index.Load()
	for _, e := range list {
		if e.Entry != nil {
			e.used.Load()
			x.slots[uint64(e.home)&x.mask].tag.Load()
			atomic.LoadInt32(&c.tenants.at(e.number).entries)
		}
	}
}
