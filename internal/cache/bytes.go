package cache

// Share counts the entries whose values have something in common, so that its
// memory counts once. It stands beside what is shared, which itself does not
// change, and belongs to one cache.
type Share struct {
	entries int32 // that have it, since everything was last forgotten
	round   int32 // for the n-th time
}

// Shared is the part of a value that others may have in common, and the memory
// that it takes.
type Shared struct {
	*Share
	Bytes int64
}

// The memory that an entry takes beside its value: itself, its place in the
// index, in the queue and in the map of that queue, all at their mean load.
const (
	entryBytes  = 128 + 16*8/5 + queuedBytes
	queuedBytes = 64 + 28
)

// The memory that a tenant takes: its id in the table of package unique, the view
// that holds it, its count; with a quota, an empty queue.
const (
	tenantBytes = 220
	queueBytes  = 300
)

// tenant is what the cache has of a tenant.
type tenant[V any] struct {
	entries int
	queue   *queue[V] // with a quota: the same entries
}

// enqueue counts an entry in. The caller holds mu.
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

// dequeue counts an entry out. The caller holds mu.
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

// entryBytes estimates the memory that an entry takes beside its share and its
// tenant.
func (c *Cache[V]) entryBytes(e *Entry[V], t tenant[V]) int64 {
	n := entryBytes + c.settings.OwnBytes(&e.Value)
	if t.queue != nil {
		n += queuedBytes
	}
	return n
}

// bytes estimates the memory that a tenant takes.
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

// TextBytes returns the memory that the allocation behind a text takes.
func TextBytes(s string) int64 { return int64(len(s)+15) &^ 15 }
