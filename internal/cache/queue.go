package cache

import (
	"math"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// queue is the order in which entries are evicted. New ones are on probation, in the order
// in which they came. One that was used when its turn comes is proven from then on, any
// other is evicted. So what is used once passes through the probation and leaves the proven
// alone. A hit does not have to move its entry, which would take a lock; it only marks it.
//
// This is SIEVE (Zhang et al., NSDI 2024) with a share for the probation. SIEVE never looks
// at the proven before the probation is used up, which is long after they are out of use:
// where tenants come and go, it finds less than an LRU. Here the proven have their turns
// while the probation is short, and one of them now and then in any case. docs/performance.md
// has the hit ratios.
//
// Both parts are lists of golang-lru, not of entries but of chunks of them. An entry costs
// 19 bytes of a queue, its hash included, and a 20th of an object.
type queue[V any] struct {
	kind              queueKind
	probation, proven part[V]
	chunks            int // that have an entry
	turns             uint
	// approach is told of entries whose turn is next, of a few at a time; it may be nil.
	approach func([]queued[V])
}

// Of all entries, probationShare are to be on probation. While they are fewer, up to
// mostTurns of the proven have their turn before them. Every turnOfProven evictions, one
// has its turn in any case: else a loop of keys that is longer than the probation would
// never get in.
const (
	probationShare, ofShares = 7, 16
	mostTurns                = 16
	turnOfProven             = 16
)

// queueKind says whose entries a queue has. An entry is in one queue of each kind.
type queueKind uint8

const (
	ofAll queueKind = iota
	ofTenant
	queueKinds
)

// part is a list of entries in chunks.
type part[V any] struct {
	order  *simplelru.LRU[uint32, *chunk[V]] // by number, without last; nil if there never was any
	last   *chunk[V]                         // which new entries join; nil if there never was any
	number uint32                            // of last
	len    int                               // entries
}

// chunk is a run of entries. Those that were taken out are nil.
type chunk[V any] struct {
	entries []queued[V]
	passed  int // the number of entries at the beginning that are known to be nil
	live    int
	// approached is the number of entries at the beginning of which approach was told.
	approached int
}

// queued is an entry with what evicting it takes.
type queued[V any] struct {
	*Entry[V]
	home   uint32 // see homeOf
	number uint32 // of its tenant in Cache.tenants
}

// spot is where an entry is in a queue: the number of its chunk, which is odd among the
// proven, and its index there.
type spot uint32

const (
	chunkSize  = 1 << chunkBits
	chunkBits  = 6
	numberMask = 1<<(32-chunkBits) - 1

	approachedAtOnce = 8
)

func (s spot) chunk() uint32 { return uint32(s) >> chunkBits }
func (s spot) index() int    { return int(s % chunkSize) }

func newQueue[V any](kind queueKind) *queue[V] {
	return &queue[V]{kind: kind, proven: part[V]{number: 1}}
}

func (q *queue[V]) len() int { return q.probation.len + q.proven.len }

// add adds a new entry.
func (q *queue[V]) add(e queued[V]) { q.join(&q.probation, e) }

// take takes out the entry to evict next, other than the given one. There must be one. It
// passes at most one mark for each hit.
func (q *queue[V]) take(except *Entry[V]) queued[V] {
	q.turns++
	for range q.turnsOfProven() {
		if e, out := q.judge(&q.proven, except); out {
			return e
		}
	}
	for q.probation.len > 0 {
		if e, out := q.judge(&q.probation, except); out {
			return e
		}
	}
	for {
		if e, out := q.judge(&q.proven, except); out {
			return e
		}
	}
}

// turnsOfProven returns how many of the proven have their turn before the probation. None
// of them has two turns at once, so that what is used between any two evictions stays.
func (q *queue[V]) turnsOfProven() int {
	switch {
	case ofShares*q.probation.len <= probationShare*q.len():
		return min(mostTurns, q.proven.len)
	case q.turns%turnOfProven == 0:
		return min(1, q.proven.len)
	}
	return 0
}

// judge takes out the first entry of a part, and reports whether it is out of use. If it is
// not, it goes to the end of the proven, without its mark.
func (q *queue[V]) judge(p *part[V], except *Entry[V]) (e queued[V], out bool) {
	number, c := p.oldest()
	for c.entries[c.passed].Entry == nil {
		c.passed++
	}
	if c.passed >= c.approached && q.approach != nil {
		c.approached = min(c.passed+approachedAtOnce, len(c.entries))
		q.approach(c.entries[c.passed:c.approached])
	}
	e = c.entries[c.passed]
	q.takeOut(p, number, c, c.passed)
	if e.used.Load() == 0 && e.Entry != except {
		return e, true
	}
	e.used.Store(0)
	q.join(&q.proven, e)
	return e, false
}

// join adds an entry at the end of a part.
func (q *queue[V]) join(p *part[V], e queued[V]) {
	if p.last == nil || len(p.last.entries) == chunkSize {
		p.extend(q.kind)
	}
	c := p.last
	e.spots[q.kind] = spot(p.number<<chunkBits | uint32(len(c.entries)))
	c.entries = append(c.entries, e)
	p.len++
	if c.live++; c.live == 1 {
		q.chunks++
	}
}

// extend adds a chunk. The one before joins the order only now, so that the few entries of
// most tenants need none. Numbers come again after four billion entries; those of chunks that
// are still there are left out.
func (p *part[V]) extend(kind queueKind) {
	if p.last != nil {
		if p.order == nil {
			order, err := simplelru.NewLRU[uint32, *chunk[V]](math.MaxInt, nil) // it never evicts
			if err != nil {
				panic(err) // unreachable: the size is positive
			}
			p.order = order
		}
		p.order.Add(p.number, p.last)
	}
	p.number = (p.number + 2) & numberMask
	for p.order != nil && p.order.Contains(p.number) {
		p.number = (p.number + 2) & numberMask
	}
	p.last = newChunk[V](kind)
}

// newChunk returns a chunk without entries.
func newChunk[V any](kind queueKind) *chunk[V] {
	if kind == ofTenant {
		return new(chunk[V]) // most tenants have few
	}
	var c struct { // one allocation
		chunk[V]
		room [chunkSize]queued[V]
	}
	c.entries = c.room[:0]
	return &c.chunk
}

// oldest returns the first chunk.
func (p *part[V]) oldest() (uint32, *chunk[V]) {
	if p.order != nil && p.order.Len() > 0 {
		number, c, _ := p.order.GetOldest()
		return number, c
	}
	return p.number, p.last
}

// find returns the part and the chunk of an entry.
func (q *queue[V]) find(e *Entry[V]) (*part[V], *chunk[V]) {
	p, number := &q.probation, e.spots[q.kind].chunk()
	if number%2 == 1 {
		p = &q.proven
	}
	if number == p.number {
		return p, p.last
	}
	c, _ := p.order.Peek(number)
	return p, c
}

// at returns an entry as it is in the queue.
func (q *queue[V]) at(e *Entry[V]) queued[V] {
	_, c := q.find(e)
	return c.entries[e.spots[q.kind].index()]
}

// remove takes an entry out.
func (q *queue[V]) remove(e *Entry[V]) {
	p, c := q.find(e)
	q.takeOut(p, e.spots[q.kind].chunk(), c, e.spots[q.kind].index())
}

// takeOut takes an entry out of a chunk, and the chunk if that was the last one.
func (q *queue[V]) takeOut(p *part[V], number uint32, c *chunk[V], index int) {
	c.entries[index] = queued[V]{}
	p.len--
	if c.live--; c.live > 0 {
		return
	}
	q.chunks--
	if c == p.last {
		c.entries, c.passed, c.approached = c.entries[:0], 0, 0 // for the next ones
		return
	}
	p.order.Remove(number)
}

// replace puts an entry where another one was, and returns it as it is there.
func (q *queue[V]) replace(old, e *Entry[V]) queued[V] {
	_, c := q.find(old)
	at := &c.entries[old.spots[q.kind].index()]
	at.Entry = e
	e.spots[q.kind] = old.spots[q.kind]
	return *at
}
