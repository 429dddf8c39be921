// Package cache keeps values by tenant and place, loads each once however many
// callers wait, and never serves a value loaded before an invalidation.
package cache

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/taxresolve/tax/internal/civil"
)

// Cache is one state machine for every key. A lookup that finds a fresh value
// never enters it.
//
//	state      what the cache has         what a lookup does            next state
//	absent     nothing                    starts a flight and waits  -> loading
//	loading    a flight                   waits for it               -> fresh, none or failing when it lands;
//	                                                                    absent if all callers leave
//	fresh      an entry, not yet due      returns the value          -> due with time
//	due        an entry before its end    returns the value; the     -> fresh if that flight succeeds;
//	                                      first one starts a flight     ended with time
//	ended      an entry past its end      starts a flight and waits  -> fresh; if the flight fails, stale
//	                                                                    within MaxStale, else failing
//	stale      an entry and a failure     returns the value, marked; -> fresh; failing after MaxStale
//	                                      after a pause the first
//	                                      one starts a flight
//	failing    a failure                  returns the error; after a -> fresh or none; failing again
//	                                      pause it starts a flight
//	                                      and waits
//	none       the absence of a value     returns the absence        -> absent after NegativeTTL
//
// An invalidation makes a key absent in every state. A flight that is under way
// becomes obsolete: its result is not kept, no later lookup joins it, and the
// callers that wait for it ask again when it lands. The eviction of an entry makes
// its key absent, or loading if there is a flight.
//
// A flight belongs to no caller's context: it runs with a deadline of its own. Its
// source may go on after that. See running.go for how many of them there may be.
//
// A value must begin with the fields that a hit reads. They follow those that the
// cache itself reads in an [Entry], so that all of them share one cache line.
type Cache[V any] struct {
	settings Settings[V]
	clock    *civil.Clock
	// direct finds the entries of the tenant with the empty id, index those of
	// all others.
	direct  [Places]atomic.Pointer[Entry[V]]
	index   atomic.Pointer[Index[V]]
	none    noIndex[V]  // what index is while they have none
	failing atomic.Bool // the load that ended last failed
	probing atomic.Bool // while failing: a background flight is under way
	stats   counters
	spare   atomic.Pointer[flight[V]] // one that was not needed, for the next lookup

	mu         lock
	kept       queue[V]                             // the order in which entries are evicted
	tenants    tenants[V]                           // those that have entries
	bytes      int64                                // estimate for all entries; a share counts once
	round      int32                                // how often the cache was cleared
	loads      map[ID]*flight[V]                    // the newest of those whose source has not returned
	abandoned  int                                  // the number of those of them that have landed
	underWay   flightList[V]                        // those that have not landed
	timer      *time.Timer                          // ends those that are overdue
	timing     bool                                 // the timer is set
	troubled   map[ID]memory                        // keys with an entry whose last load failed; nil if there was none
	remembered *simplelru.LRU[rememberedID, memory] // keys without an entry; nil if there was none
	reports    int                                  // calls of LoadEnd and Evicted under way
	quiet      chan struct{}                        // closed when there are none, for Close
	closed     bool
}

// Settings say how a cache loads values, how long it keeps them and how many.
type Settings[V any] struct {
	// Load sets a value, and reports whether there is one. It is called by several
	// goroutines at once.
	Load func(context.Context, ID, *V) (found bool, err error)
	// LoadHere is Load for a source that never waits. It is called in the goroutine of the
	// lookup that needs the value, which costs less than a goroutine of its own; if it
	// returns ErrTooLong, Load is called in one. It may be nil.
	LoadHere func(context.Context, ID, *V) (found bool, err error)
	// Share returns the n-th part of a value that other values may have in common
	// with it, counted from 0; ok is false if it has no more.
	Share func(v *V, n int) (s Shared, ok bool)
	// OwnBytes estimates the memory of a value without its shares and its entry.
	OwnBytes func(*V) int64
	// Stale returns a copy of a value that is marked as stale.
	Stale func(*V) V
	// Places returns those that a tenant can have. Invalidating a tenant goes through
	// all of them.
	Places func() []uint16

	// LoadStart, LoadEnd and Evicted observe the cache; each may be nil, and must
	// not panic. LoadStart returns the context of the load; if it returns an
	// error, the load fails with it. caller has the values of the context that
	// started the load, without its end.
	LoadStart func(ctx, caller context.Context, id ID) (context.Context, error)
	LoadEnd   func(context.Context, LoadEvent)
	// Evicted is called with the key whose load needed room and the one that was
	// evicted.
	Evicted func(by, evicted ID)

	// Timeout bounds one load. Overdue is the error of a load that takes longer;
	// it unwraps to [context.DeadlineExceeded].
	Timeout time.Duration
	Overdue error

	Capacity int   // entries
	Quota    int   // entries of one tenant; 0 is no bound
	MaxBytes int64 // 0 is no bound

	// TTL is how long a value is fresh; 0 is no bound. Ahead is how long before
	// its end it is loaded again. MaxStale is how much longer it may answer while
	// the source fails.
	TTL, Ahead, MaxStale time.Duration
	// NegativeTTL is how long the absence of a value is remembered.
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

// ErrClosed is the error of a closed cache. No source can return it.
var ErrClosed = errors.New("tax: cache closed")

// ErrTooLong is the error of Settings.LoadHere for a value that takes longer than a lookup
// should be held up.
var ErrTooLong = errors.New("tax: takes too long here")

// OutdatedError is the failure of a load for a key whose last value is too old to
// answer even as stale.
type OutdatedError struct{ Err error }

// Error returns the text of the failure.
func (e OutdatedError) Error() string { return e.Err.Error() }

// Init sets up a cache. It must be called before all other methods. Lookups have
// their cache as a field by value, because following a pointer would cost them time.
func (c *Cache[V]) Init(k *civil.Clock, settings Settings[V]) {
	c.settings, c.clock = settings, k
	c.loads = make(map[ID]*flight[V])
	c.none.init()
	c.clear()
}

// Direct returns the entry of the tenant with the empty id, fresh or not; nil if
// there is none.
func (c *Cache[V]) Direct(place uint16) *Entry[V] { return c.direct[place].Load() }

// Index returns the index of the entries of all other tenants.
func (c *Cache[V]) Index() *Index[V] { return c.index.Load() }

// Lookup returns the entry of a key, fresh or not; nil if there is none. It may miss an
// entry that is being moved, or has yet to move: [Cache.Get] finds it.
func (c *Cache[V]) Lookup(id ID, hash uint64) *Entry[V] {
	if id.Tenant == Nobody {
		return c.Direct(id.Place)
	}
	return c.Index().Find(id, hash)
}

// entry is Lookup for those who hold the lock. It finds every entry.
func (c *Cache[V]) entry(id ID, hash uint64) *Entry[V] {
	if id.Tenant == Nobody {
		return c.Direct(id.Place)
	}
	return c.Index().lookup(id, hash)
}

// maxRounds bounds how often a caller asks again for a key that is invalidated
// faster than it loads.
const maxRounds = 16

// Get returns the value of a key, nil if there is none, and whether it was in
// memory.
//
// A caller that waits for a flight that becomes obsolete does not get its result
// but asks again, so that no caller sees a change and then, a moment later, the
// state before it. It does so up to maxRounds times, so that a key that is
// invalidated faster than it loads still answers.
func (c *Cache[V]) Get(ctx context.Context, view *View, place uint16) (v *V, hit bool, err error) {
	k := keyOf(view, place)
	if e := c.Lookup(k.ID, k.hash); e != nil && e.stale {
		if now := c.clock.Past(); now < e.probe() && now < c.staleUntil(e) {
			c.stats.staleServed.Add(1)
			return &e.Value, true, nil
		}
	}
	for round := 0; ; round++ {
		e, f, done, err := c.turn(ctx, k)
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
		case landed(ctx, done):
			if f.obsolete && (f.err == nil || f.queue) && round < maxRounds {
				continue
			}
			v, stale, err = f.result, f.stale, f.err
		default:
			v, stale, err = c.leave(f, ctx.Err())
		}
		if stale {
			c.stats.staleServed.Add(1)
		}
		return v, hit, err
	}
}

// landed waits for a flight, unless done is nil because it has landed, and reports whether it
// landed before the context ended.
func landed(ctx context.Context, done <-chan struct{}) bool {
	if done == nil {
		return true
	}
	end := ctx.Done()
	if end == nil { // one channel takes half as long as two
		<-done
		return true
	}
	select {
	case <-done:
		return true
	case <-end:
		return false
	}
}

// turn calls attend with the lock held, and returns with a flight the channel that is closed
// when it lands; nil if it has landed. What takes time is done before and after: a
// flight is made, and flies. A context is code of the caller, so it is asked before. One
// that has ended matters only if the answer is not there and the caller would have to
// wait for it.
func (c *Cache[V]) turn(ctx context.Context, k key) (_ *Entry[V], _ *flight[V], done <-chan struct{}, _ error) {
	ended, own := ctx.Err(), c.newFlight(ctx, k)
	now := c.clock.Elapsed()
	c.mu.Lock()
	own.older = c.loads[k.ID]
	e, f, err := c.attend(own, now, ended != nil)
	switch {
	case f != nil:
		f.waiting++
		if f != own || c.settings.LoadHere == nil {
			done = f.wait()
		}
	case e == nil && err == nil:
		err = ended
	}
	c.mu.Unlock()
	switch {
	case !own.started():
		c.spared(own)
	case own.background || c.settings.LoadHere == nil:
		c.fly(own)
	default:
		done = c.flyHere(own)
	}
	return e, f, done, err
}

// attend decides what a lookup gets: an entry, a flight to wait for, an error, or
// none of them if there is no value. If a flight is needed, it starts the caller's own,
// which knows the one before it. A caller that cannot wait gets no flight. The lock must
// be held.
func (c *Cache[V]) attend(own *flight[V], now int64, cannotWait bool) (*Entry[V], *flight[V], error) {
	if c.closed {
		return nil, nil, ErrClosed
	}
	k := &own.key
	e, f := c.entry(k.ID, k.hash), c.current(own.older)
	known, remembered := c.recall(k, e)
	switch {
	case e != nil && now < c.ends(e):
		if now >= e.due.Load() {
			next := c.ends(e)
			if f == nil && !c.ask(own, now, known, remembered) {
				next = min(next, max(known.until, now+int64(c.clock.Tick())))
			}
			e.due.Store(next)
		}
		return e, nil, nil
	case e != nil && now < c.staleUntil(e) && (remembered && known.err != nil || f == nil && c.full(own.older) != nil):
		e = c.markStale(e, k.hash)
		next := int64(forever)
		if f == nil && !c.ask(own, now, known, remembered) {
			next = max(known.until, now+int64(c.clock.Tick()))
		}
		e.probeAt(next)
		return e, nil, nil
	case remembered && now < known.until:
		return nil, nil, c.tooOld(e, known.err)
	case cannotWait:
		return nil, nil, nil
	case f == nil:
		if full := c.full(own.older); full != nil {
			if f = c.queued(own, full); f == nil {
				return nil, nil, c.tooOld(e, full)
			}
			return nil, f, nil
		}
		// If the entry may answer stale, the load goes on after a caller has run
		// out of time, for the callers that come later.
		f, own.lasting = own, e != nil && now < c.staleUntil(e)
		c.start(own, now)
	}
	return nil, f, nil
}

// ask starts a flight in the background unless a pause after a failure or the number of
// running loads forbids it, and reports whether it did. While the source fails, there
// is one such flight at a time over all keys. The lock must be held.
func (c *Cache[V]) ask(own *flight[V], now int64, known memory, remembered bool) bool {
	if remembered && now < known.until || c.full(own.older) != nil {
		return false
	}
	probe := c.failing.Load()
	if probe && !c.probing.CompareAndSwap(false, true) {
		return false
	}
	own.lasting, own.background, own.probe = true, true, probe
	c.start(own, now)
	return true
}
