// Package cache keeps values by tenant and place, loads each once however many
// callers wait, and never serves a value loaded before an invalidation.
package cache

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
	"unique"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/taxresolve/tax/internal/civil"
)

// Cache is one state machine for every key; a lookup that finds its value fresh
// never enters it.
//
//	state      what there is              a lookup gets                 it becomes
//	absent     nothing                    a flight, and waits        -> loading
//	loading    a flight                   to wait for it             -> fresh, none or failing when it lands;
//	                                                                    absent when all who wait leave
//	fresh      an entry, not yet due      its answer                 -> due with time
//	due        an entry before its end    its answer; the first one  -> fresh when that lands well;
//	                                      also starts a flight          ended with time
//	ended      an entry past its end      a flight, and waits        -> fresh; stale when the flight fails
//	                                                                    within MaxStale, else failing
//	stale      an entry, and a failure    its answer, marked; when   -> fresh; failing after MaxStale
//	                                      it is time, the first one
//	                                      also starts a flight
//	failing    a failure                  the error, or when it is   -> fresh or none; failing again
//	                                      time a flight, and waits
//	none       that there is nothing      that answer                -> absent after NegativeTTL
//
// An invalidation leads from every state to absent, whatever was known or under
// way: a flight becomes obsolete, which means that nothing of it is kept, no
// later lookup joins it, and callers that wait for it ask again when it lands.
// The eviction of an entry leads to absent, or loading, too.
//
// A flight belongs to no caller's context: it runs with its own deadline.
//
// A value begins with what a hit reads of it. It follows the words that the cache
// itself needs in an [Entry], so that both share one cache line.
type Cache[V any] struct {
	settings Settings[V]
	clock    *civil.Clock
	// direct finds the entries of the tenant without an id, index those of the
	// others.
	direct  [Places]atomic.Pointer[Entry[V]]
	index   atomic.Pointer[Index[V]]
	failing atomic.Bool // the last load that ended has failed
	probing atomic.Bool // while failing, a flight that no caller waits for is under way
	stats   counters

	mu         sync.Mutex
	kept       *queue[V]
	tenants    map[unique.Handle[string]]tenant[V] // that have entries
	bytes      int64                               // estimate of what is kept; shares count once
	round      int32                               // how often everything was forgotten
	flights    map[ID]*flight[V]                   // those that may be joined
	allFlights map[*flight[V]]struct{}             // those and the obsolete ones
	troubled   map[ID]memory                       // of keys that have an entry: their last loads failed
	remembered *simplelru.LRU[ID, memory]          // of keys that have none
	closed     bool
}

// Settings say what a cache loads, and how long and how much of it it keeps.
type Settings[V any] struct {
	// Load returns a value; nil when there is none. It is called by several
	// goroutines at once.
	Load func(context.Context, ID) (*V, error)
	// Share is what a value has in common with others.
	Share func(*V) Shared
	// OwnBytes estimates the memory that a value takes beside its share and its
	// entry.
	OwnBytes func(*V) int64
	// Stale returns a copy of a value that says of itself that it is stale.
	Stale func(*V) V
	// Places are those that a tenant can have: they are what the invalidation of a
	// tenant has to look at.
	Places []uint16

	// LoadStart, LoadEnd and Evicted are told what happens; nil if nothing
	// listens. They must not panic. LoadStart returns the context of the load; its
	// error is that of the load.
	LoadStart func(context.Context, ID) (context.Context, error)
	LoadEnd   func(context.Context, LoadEvent)
	// Evicted is called for the load of a key that had to make room.
	Evicted func(by, evicted ID)

	// Timeout bounds one load; Overdue is the error of one that takes longer, and
	// unwraps to [context.DeadlineExceeded].
	Timeout time.Duration
	Overdue error

	Capacity int   // entries
	Quota    int   // entries of one tenant; 0 is no bound
	MaxBytes int64 // 0 is no bound

	// TTL is how long a value is fresh, 0 for ever; Ahead is how long before that
	// ends it is loaded again; MaxStale is how much older it may answer while the
	// source fails.
	TTL, Ahead, MaxStale time.Duration
	// NegativeTTL is how long it is remembered that there is no value.
	NegativeTTL time.Duration
}

// LoadEvent is a load that has ended.
type LoadEvent struct {
	ID         ID
	Duration   time.Duration
	Found      bool
	Err        error
	Background bool // a lookup that had an answer started it
}

// ErrClosed is the error of a cache that was closed. No source can return it.
var ErrClosed = errors.New("tax: cache closed")

// OutdatedError is a failure while the last good value is too old to answer.
type OutdatedError struct{ Err error }

// Error returns the text of the failure.
func (e OutdatedError) Error() string { return e.Err.Error() }

// Init sets a cache up, before anything else is asked of it. A cache is a value
// and not a pointer in what embeds it, because lookups would have to follow the
// pointer.
func (c *Cache[V]) Init(k *civil.Clock, settings Settings[V]) {
	c.settings, c.clock = settings, k
	c.allFlights = make(map[*flight[V]]struct{})
	c.clear()
}

// Direct returns the entry of the tenant without an id, fresh or not; nil if
// there is none.
func (c *Cache[V]) Direct(place uint16) *Entry[V] { return c.direct[place].Load() }

// Index returns the index of the entries of all other tenants.
func (c *Cache[V]) Index() *Index[V] { return c.index.Load() }

// Lookup returns the entry of a key, fresh or not; nil if there is none.
func (c *Cache[V]) Lookup(id ID, hash uint64) *Entry[V] {
	if id.Tenant == Nobody {
		return c.Direct(id.Place)
	}
	return c.Index().Find(id, hash)
}

// maxRounds bounds how often a caller asks again for a key that changes faster
// than it loads.
const maxRounds = 16

// Get returns a value, nil when there is none, and whether it was in memory.
//
// The result of a flight that became obsolete is not given to those that wait
// for it: it may reflect a change that other callers have not heard of, who
// would then, a moment later, still be given the older state. They ask again, up
// to a bound, so that a key that changes faster than it loads still answers.
func (c *Cache[V]) Get(ctx context.Context, id ID, hash uint64) (v *V, hit bool, err error) {
	if e := c.Lookup(id, hash); e != nil && e.stale {
		if now := c.clock.Past(); now < e.probe.Load() && now < c.staleUntil(e) {
			c.stats.staleServed.Add(1)
			return &e.Value, true, nil
		}
	}
	for round := 0; ; round++ {
		e, f, err := c.turn(ctx, id, hash)
		if round == 0 && e == nil {
			c.stats.misses.Add(1)
		}
		stale := false
		switch {
		case e != nil:
			e.Use()
			v, stale, hit = &e.Value, e.stale, round == 0
		case f == nil:
			return nil, false, err
		default:
			select {
			case <-f.done:
				if f.obsolete && f.err == nil && round < maxRounds {
					continue
				}
				v, stale, err = f.result, f.stale, f.err
			case <-ctx.Done():
				v, stale, err = c.leave(f, hash, ctx.Err())
			}
		}
		if stale {
			c.stats.staleServed.Add(1)
		}
		return v, hit, err
	}
}

// turn is attend with the lock. A context is the caller's code, and not called
// under it; one that has ended is refused only where an answer would have to be
// waited for.
func (c *Cache[V]) turn(ctx context.Context, id ID, hash uint64) (*Entry[V], *flight[V], error) {
	ended := ctx.Err()
	c.mu.Lock()
	defer c.mu.Unlock()
	e, f, err := c.attend(id, hash, ended != nil)
	switch {
	case f != nil:
		f.waiting++
	case e == nil && err == nil:
		err = ended
	}
	return e, f, err
}

// attend decides what a lookup gets: an entry, a flight to wait for, an error,
// or none of them when there is no value. A caller that cannot wait gets no
// flight. The caller holds mu.
func (c *Cache[V]) attend(id ID, hash uint64, cannotWait bool) (*Entry[V], *flight[V], error) {
	if c.closed {
		return nil, nil, ErrClosed
	}
	now := c.clock.Elapsed()
	e, f := c.Lookup(id, hash), c.flights[id]
	known, remembered := c.recall(id, e)
	switch {
	case e != nil && now < c.ends(e):
		if now >= e.due.Load() {
			next := c.ends(e)
			if f == nil && !c.ask(id, now, known, remembered) {
				next = min(next, max(known.until, now+int64(c.clock.Tick())))
			}
			e.due.Store(next)
		}
		return e, nil, nil
	case e != nil && remembered && known.err != nil && now < c.staleUntil(e):
		e = c.markStale(e, hash)
		next := int64(forever)
		if f == nil && !c.ask(id, now, known, remembered) {
			next = max(known.until, now+int64(c.clock.Tick()))
		}
		e.probe.Store(next)
		return e, nil, nil
	case remembered && now < known.until:
		return nil, nil, c.tooOld(e, known.err)
	case cannotWait:
		return nil, nil, nil
	case f == nil:
		// Where the entry may answer stale, the load goes on for callers that come
		// after one that ran out of time.
		f = c.start(&flight[V]{id: id, began: now, lasting: e != nil && now < c.staleUntil(e)})
	}
	return nil, f, nil
}

// ask starts a flight in the background if it is time for one. While the source
// fails, there is one of them at a time over all keys. The caller holds mu.
func (c *Cache[V]) ask(id ID, now int64, known memory, remembered bool) bool {
	if remembered && now < known.until {
		return false
	}
	probe := c.failing.Load()
	if probe && !c.probing.CompareAndSwap(false, true) {
		return false
	}
	c.start(&flight[V]{id: id, began: now, lasting: true, background: true, probe: probe})
	return true
}
