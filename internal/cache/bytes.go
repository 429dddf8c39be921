package cache

// Share counts the entries whose values have a part in common, so that the memory
// of that part counts once. It is kept beside the part, which never changes, and
// belongs to one cache.
type Share struct {
	entries int32 // that have the part, since the cache was last cleared
	round   int32 // Cache.round when entries was last reset
}

// Shared is a part that several values may have in common, and its size in memory.
type Shared struct {
	*Share
	Bytes int64
}

// The memory of an entry without its value: the entry itself, its slots in the
// index, in the queue and in the map of that queue, all at their mean load.
const (
	entryBytes  = 128 + 16*8/5 + queuedBytes
	queuedBytes = 64 + 28
)

// The memory of a tenant: its id in the table of package unique, the view that
// holds it and its count; with a quota, also an empty queue.
const (
	tenantBytes = 220
	queueBytes  = 300
)

// tenant has the entries of one tenant.
type tenant[V any] struct {
	entries int
	queue   *queue[V] // the order in which they are evicted; nil without a quota
}

// enqueue adds an entry to the queues and its memory to the estimate. The lock must
// be held.
func (c *Cache[V]) enqueue(e *Entry[V]) {
	c.kept.Add(e, struct{}{})
	t := c.tenants[e.tenant]
	if t.entries == 0 && c.settings.Quota > 0 {
		t.queue = newQueue[V](c.settings.Quota)
	}
	if t.queue != nil {
		t.queue.Add(e, struct{}{})
	}
	t.entries++
	c.tenants[e.tenant] = t

	n := c.entryBytes(e, t)
	if t.entries == 1 {
		n += t.bytes(e)
	}
	s := c.settings.Share(&e.Value)
	if s.round != c.round {
		s.round, s.entries = c.round, 0
	}
	if s.entries++; s.entries == 1 {
		n += s.Bytes
	}
	c.bytes += n
}

// dequeue undoes enqueue. The lock must be held.
func (c *Cache[V]) dequeue(e *Entry[V]) {
	c.kept.Remove(e)
	t := c.tenants[e.tenant]
	if t.queue != nil {
		t.queue.Remove(e)
	}
	n := c.entryBytes(e, t)
	if t.entries--; t.entries > 0 {
		c.tenants[e.tenant] = t
	} else {
		delete(c.tenants, e.tenant)
		n += t.bytes(e)
	}
	s := c.settings.Share(&e.Value)
	if s.entries--; s.entries == 0 {
		n += s.Bytes
	}
	c.bytes -= n
}

// entryBytes estimates the memory of an entry without its share and its tenant.
func (c *Cache[V]) entryBytes(e *Entry[V], t tenant[V]) int64 {
	n := entryBytes + c.settings.OwnBytes(&e.Value)
	if t.queue != nil {
		n += queuedBytes
	}
	return n
}

// bytes estimates the memory of a tenant.
func (t tenant[V]) bytes(e *Entry[V]) int64 {
	if e.tenant == Nobody {
		return 0
	}
	n := tenantBytes + TextBytes(e.tenant.Value())
	if t.queue != nil {
		n += queueBytes
	}
	return n
}

// TextBytes returns the size of the allocation behind a text, in bytes.
func TextBytes(s string) int64 { return int64(len(s)+15) &^ 15 }
