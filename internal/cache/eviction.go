package cache

// keep adds an entry, or replaces the one with the same ID, and returns what it evicted,
// if anybody asks for that. The lock must be held.
func (c *Cache[V]) keep(e *Entry[V], hash uint64) (evicted []ID) {
	if old := c.entry(e.id(), hash); old != nil {
		e.used.Store(old.used.Load())
		c.replace(old, e, hash)
		return c.trimOthers(e, nil)
	}
	if q := c.queues[e.tenant]; q != nil && q.len() >= c.settings.Quota {
		evicted = c.evict(q, nil, evicted)
	}
	for c.kept.len() >= c.settings.Capacity {
		evicted = c.evict(&c.kept, nil, evicted)
	}
	c.publish(e, hash)
	c.enqueue(e, hash)
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
	e, hash := q.take(except)
	c.release(e, hash, q)
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
	c.kept.replace(old, e)
	if q := c.queues[e.tenant]; q != nil {
		q.replace(old, e)
	}
	c.count(e)
	c.discount(old)
}

// release takes out an entry, which is out of one of the queues already, or of none. The lock
// must be held.
func (c *Cache[V]) release(e *Entry[V], hash uint64, out *queue[V]) {
	if e.tenant == Nobody {
		c.direct[e.place].Store(nil)
	} else {
		c.index.Load().remove(e.id(), hash)
	}
	delete(c.troubled, e.id())
	c.dequeue(e, out)
}
