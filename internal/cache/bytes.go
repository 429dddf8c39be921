package cache

import (
	"unique"
	"unsafe"
)

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

// chunkBytes is the memory of a chunk of a queue.
const chunkBytes = 64*16 + 160

// The memory of a tenant: its id in the table of package unique, the view that
// holds it and the number of its entries; with a quota, also a queue with its first entry, and its
// spot there for each other one.
const (
	tenantBytes = 264
	queueBytes  = 166
	spotBytes   = 28
)

// memory estimates the bytes of everything that is kept. The lock must be held.
func (c *Cache[V]) memory() int64 { return c.bytes + int64(c.kept.chunks)*chunkBytes }

// enqueue adds an entry to the queues and its memory to the estimate. The lock must
// be held.
func (c *Cache[V]) enqueue(e *Entry[V], k key) {
	t := c.tenants.add(k.view)
	one := queued[V]{e, homeOf(k.hash), k.view.number}
	c.kept.add(one)
	if t.entries++; t.entries == 1 {
		c.bytes += c.tenantBytes(e.tenant)
	}
	if c.settings.Quota > 0 {
		if t.queue == nil {
			t.queue = newQueue[V](ofTenant)
		}
		t.queue.add(one)
	}
	c.count(e)
}

// dequeue undoes enqueue. The entry is out of one of the queues already, or of none. The
// lock must be held.
func (c *Cache[V]) dequeue(e queued[V], out *queue[V]) {
	if out != &c.kept {
		c.kept.remove(e.Entry)
	}
	t := c.tenants.at(e.number)
	if t.queue != nil && t.queue != out {
		t.queue.remove(e.Entry)
	}
	if t.entries--; t.entries == 0 {
		c.bytes -= c.tenantBytes(e.tenant)
		c.tenants.remove(e.number)
	}
	c.discount(e.Entry)
}

// count adds the memory of an entry to the estimate, and that of each share that it is the
// first to have. The lock must be held.
func (c *Cache[V]) count(e *Entry[V]) {
	c.bytes += c.entryBytes(e)
	for n := 0; ; n++ {
		s, ok := c.settings.Share(&e.Value, n)
		if !ok {
			return
		}
		if s.round != c.round {
			s.round, s.entries = c.round, 0
		}
		if s.entries++; s.entries == 1 {
			c.bytes += s.Bytes
		}
	}
}

// discount undoes count. The lock must be held.
func (c *Cache[V]) discount(e *Entry[V]) {
	c.bytes -= c.entryBytes(e)
	for n := 0; ; n++ {
		s, ok := c.settings.Share(&e.Value, n)
		if !ok {
			return
		}
		if s.entries--; s.entries == 0 {
			c.bytes -= s.Bytes
		}
	}
}

// entryBytes estimates the memory of an entry, with its slots in the index at their mean
// load, without its shares, its tenant and its chunk.
func (c *Cache[V]) entryBytes(e *Entry[V]) int64 {
	n := int64(unsafe.Sizeof(*e)+15)&^15 + int64(unsafe.Sizeof(indexSlot[V]{})*8/5) + c.settings.OwnBytes(&e.Value)
	if c.settings.Quota > 0 {
		n += spotBytes
	}
	return n
}

// tenantBytes estimates the memory of a tenant.
func (c *Cache[V]) tenantBytes(t unique.Handle[string]) int64 {
	if t == Nobody {
		return 0
	}
	n := tenantBytes + TextBytes(t.Value())
	if c.settings.Quota > 0 {
		n += queueBytes
	}
	return n
}

// TextBytes returns the size of the allocation behind a text, in bytes.
func TextBytes(s string) int64 { return int64(len(s)+15) &^ 15 }
