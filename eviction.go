package tax

import (
	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// queue is the order in which entries are displaced: the list of golang-lru as
// the face of a clock whose hand is its oldest end (CLOCK, also called second
// chance; Corbató 1968). An entry that was used since the hand last met it goes
// round once more. So a hit need not move its entry, which would take a lock,
// but only mark it.
type queue = simplelru.LRU[*entry, struct{}]

func newQueue(capacity int) *queue {
	// It never displaces by itself: room is made before an entry is added. One
	// more than the largest capacity there is would be negative.
	q, err := simplelru.NewLRU[*entry, struct{}](max(capacity+1, capacity), nil)
	if err != nil {
		panic(err) // unreachable: the size is positive
	}
	return q
}

// victim is the entry that goes next. The queue is not empty. The way of the
// hand is no longer than the number of hits since it was there last, because
// every mark that it takes away is of one of them.
func victim(q *queue) *entry {
	for {
		e, _, _ := q.GetOldest()
		if e.used.Load() == 0 {
			return e
		}
		e.used.Store(0)
		q.Get(e) // to the other end
	}
}

// keep adds an entry, or puts it in the place of the one with its ident, and
// returns what it displaced. The caller holds mu.
func (c *cache) keep(e *entry, hash uint64) (displaced []*entry) {
	if old := c.lookup(e.ident(), hash); old != nil {
		e.used.Store(old.used.Load())
		c.replace(old, e, hash)
		return c.trimOthers(e)
	}
	if c.quota > 0 {
		if mine := c.tenants[e.tenant]; mine.entries >= c.quota {
			displaced = append(displaced, c.displace(mine.queue))
		}
	}
	for c.kept.Len() >= c.capacity {
		displaced = append(displaced, c.displace(c.kept))
	}
	c.show(e, hash)
	c.enqueue(e)
	return append(displaced, c.trimOthers(e)...)
}

// trimOthers displaces entries, but for one, until the estimated bytes are within
// their bound. The caller holds mu.
func (c *cache) trimOthers(one *entry) (displaced []*entry) {
	if c.maxBytes == 0 {
		return nil
	}
	used := one.used.Load()
	for c.bytes > c.maxBytes && c.kept.Len() > 1 {
		// With its mark the hand passes it, and comes to the others before it
		// comes back.
		one.used.Store(1)
		displaced = append(displaced, c.displace(c.kept))
	}
	one.used.Store(used)
	return displaced
}

// displace evicts the entry of a queue that goes next. The caller holds mu.
func (c *cache) displace(q *queue) *entry {
	e := victim(q)
	c.release(e, e.ident().hash(tenantHash(e.tenant.Value())))
	c.stats.evictions.Add(1)
	return e
}

// lookup finds the entry of a key.
func (c *cache) lookup(id ident, hash uint64) *entry {
	if id.tenant == nobody {
		return c.direct[id.country].Load()
	}
	return c.index.Load().find(id, hash)
}

// show puts the entry where lookups find it. The caller holds mu.
func (c *cache) show(e *entry, hash uint64) {
	if e.tenant == nobody {
		c.direct[e.ident().country].Store(e)
		return
	}
	was := c.index.Load()
	if now := was.put(e, hash); now != was {
		c.index.Store(now)
	}
}

// replace puts an entry in the place of another one with its ident. The caller
// holds mu.
func (c *cache) replace(old, e *entry, hash uint64) {
	c.show(e, hash)
	c.dequeue(old)
	c.enqueue(e)
}

// release takes an entry out. The caller holds mu.
func (c *cache) release(e *entry, hash uint64) {
	if e.tenant == nobody {
		c.direct[e.ident().country].Store(nil)
	} else {
		c.index.Load().remove(e.ident(), hash)
	}
	delete(c.troubled, e.ident())
	c.dequeue(e)
}

// markStale returns the entry as one that says of itself that it is stale. The
// caller holds mu.
func (c *cache) markStale(e *entry, hash uint64) *entry {
	if e.stale {
		return e
	}
	stale := e.asStale()
	c.replace(e, stale, hash)
	return stale
}

// tenant is what the cache has of a tenant.
type tenant struct {
	entries int
	queue   *queue // with a quota: the same entries
}

func (c *cache) enqueue(e *entry) {
	c.kept.Add(e, struct{}{})
	t := c.tenants[e.tenant]
	if t.entries == 0 && c.quota > 0 {
		t.queue = newQueue(c.quota)
	}
	if t.queue != nil {
		t.queue.Add(e, struct{}{})
	}
	t.entries++
	c.tenants[e.tenant] = t

	n := e.ownBytes(t)
	if t.entries == 1 {
		n += t.bytes(e)
	}
	if e.body.round != c.round {
		e.body.round, e.body.kept = c.round, 0
	}
	if e.body.kept++; e.body.kept == 1 {
		n += e.body.bytes
	}
	c.bytes += n
}

func (c *cache) dequeue(e *entry) {
	c.kept.Remove(e)
	t := c.tenants[e.tenant]
	if t.queue != nil {
		t.queue.Remove(e)
	}
	n := e.ownBytes(t)
	if t.entries--; t.entries > 0 {
		c.tenants[e.tenant] = t
	} else {
		delete(c.tenants, e.tenant)
		n += t.bytes(e)
	}
	if e.body.kept--; e.body.kept == 0 {
		n += e.body.bytes
	}
	c.bytes -= n
}
