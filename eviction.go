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
	// It never displaces by itself: room is made before an entry is added.
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
func (s *shard) keep(e *entry, hash uint64) (displaced []*entry) {
	if old := s.lookup(e.ident(), hash); old != nil {
		e.used.Store(old.used.Load())
		s.replace(old, e, hash)
		return nil
	}
	if s.quota > 0 {
		if mine := s.tenants[e.tenant]; mine != nil && mine.Len() >= s.quota {
			displaced = append(displaced, s.displace(mine))
		}
	}
	for s.kept.Len() >= s.capacity || s.maxBytes > 0 && s.kept.Len() > 0 && s.stats.bytes.Load()+s.cost(e) > s.maxBytes {
		displaced = append(displaced, s.displace(s.kept))
	}
	s.show(e, hash)
	s.enqueue(e)
	return displaced
}

// displace evicts the entry of a queue that goes next. The caller holds mu.
func (s *shard) displace(q *queue) *entry {
	e := victim(q)
	s.release(e, e.ident().hash(tenantHash(e.tenant.Value())))
	s.stats.evictions.Add(1)
	return e
}

// trim displaces entries of the other shards until the estimated bytes are
// within their bound: the one that grew has done what it can.
func (c *cache) trim(grew *shard) (displaced []*entry) {
	for _, s := range c.shards {
		if s == grew {
			continue
		}
		s.mu.Lock()
		for c.stats.bytes.Load() > c.maxBytes && s.kept.Len() > 0 {
			displaced = append(displaced, s.displace(s.kept))
		}
		s.mu.Unlock()
	}
	return displaced
}

// lookup finds the entry of a key.
func (s *shard) lookup(id ident, hash uint64) *entry {
	if id.tenant == nobody {
		return s.direct[id.country].Load()
	}
	return s.index.Load().find(id, hash)
}

// show puts the entry where lookups find it. The caller holds mu.
func (s *shard) show(e *entry, hash uint64) {
	if e.tenant == nobody {
		s.direct[e.ident().country].Store(e)
		return
	}
	was := s.index.Load()
	if now := was.put(e, hash); now != was {
		s.index.Store(now)
	}
}

// replace puts an entry in the place of another one with its ident. The caller
// holds mu.
func (s *shard) replace(old, e *entry, hash uint64) {
	s.show(e, hash)
	s.dequeue(old)
	s.enqueue(e)
}

// release takes an entry out. The caller holds mu.
func (s *shard) release(e *entry, hash uint64) {
	if e.tenant == nobody {
		s.direct[e.ident().country].Store(nil)
	} else {
		s.index.Load().remove(e.ident(), hash)
	}
	s.dequeue(e)
}

// markStale returns the entry as one that says of itself that it is stale. The
// caller holds mu.
func (s *shard) markStale(e *entry, hash uint64) *entry {
	if e.stale {
		return e
	}
	stale := e.asStale()
	s.replace(e, stale, hash)
	return stale
}

func (s *shard) enqueue(e *entry) {
	s.kept.Add(e, struct{}{})
	if s.quota > 0 {
		mine := s.tenants[e.tenant]
		if mine == nil {
			mine = newQueue(s.quota)
			s.tenants[e.tenant] = mine
		}
		mine.Add(e, struct{}{})
	}
	s.charge(e)
}

func (s *shard) dequeue(e *entry) {
	s.kept.Remove(e)
	if mine := s.tenants[e.tenant]; mine != nil {
		mine.Remove(e)
		if mine.Len() == 0 {
			delete(s.tenants, e.tenant)
		}
	}
	s.discharge(e)
}

// cost is what charge would add.
func (c *cache) cost(e *entry) int64 {
	n := e.ownBytes()
	if e.body.kept.Load() == 0 {
		n += e.body.bytes
	}
	return n
}

// charge and discharge keep account of the estimated bytes. A body is counted
// once, however many tenants share it.
func (c *cache) charge(e *entry) {
	c.stats.bytes.Add(e.ownBytes())
	if e.body.kept.Add(1) == 1 {
		c.stats.bytes.Add(e.body.bytes)
	}
}

func (c *cache) discharge(e *entry) {
	c.stats.bytes.Add(-e.ownBytes())
	if e.body.kept.Add(-1) == 0 {
		c.stats.bytes.Add(-e.body.bytes)
	}
}
