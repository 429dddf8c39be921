package cache

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// flight is one load under way. Those who start it, wait for it and end it share it; the
// lock of the cache guards it until done is closed.
type flight[V any] struct {
	key
	context    loadContext
	caller     context.Context // that of the lookup that started it, until LoadStart has it
	observed   context.Context // for LoadEnd
	began      int64           // 0 if it was never started
	round      int32           // Cache.round when it began
	background bool            // a lookup that had an answer started it
	lasting    bool            // it goes on when no caller waits, because an entry answers meanwhile
	probe      bool            // it tries a source that fails
	obsolete   bool            // its key was invalidated after it began, or all callers have left
	landed     bool            // it has a result
	stale      bool            // the load failed, and the result is an older value
	queue      bool            // no load: those who wait for it ask again
	waiting    int             // callers

	older          *flight[V] // another one of its key whose source has not returned
	previous, next *flight[V] // in flightList

	done   chan struct{} // closed when the result is set; nil while nobody waits for that
	result *V            // nil when there is no value
	err    error
}

// newFlight returns a flight for a key that can be started. It is made before the lock is
// taken, whether or not it will be needed; one that was not comes back with spared.
func (c *Cache[V]) newFlight(caller context.Context, k key) *flight[V] {
	f := c.spare.Swap(nil)
	if f == nil {
		f = new(flight[V])
		if c.settings.LoadHere == nil {
			f.wait() // not under the lock
		}
	}
	f.key, f.caller = k, caller
	return f
}

// spared takes back a flight that was not started.
func (c *Cache[V]) spared(f *flight[V]) {
	f.key, f.caller, f.older = key{}, nil, nil // the spare one keeps nothing alive
	c.spare.Store(f)
}

// start makes a flight the one of its key. The caller of turn then lets it fly. The lock
// must be held.
func (c *Cache[V]) start(f *flight[V], now int64) {
	f.observed, f.began, f.round = &f.context, now, c.round
	f.context.clock, f.context.ends = c.clock, now+min(int64(c.settings.Timeout), forever-now)
	c.loads[f.ID] = f
	c.underWay.add(f)
	c.expectEnd()
}

// wait returns the channel that is closed when the flight lands. The lock must be held, and the
// flight must not have landed.
func (f *flight[V]) wait() chan struct{} {
	if f.done == nil {
		f.done = make(chan struct{})
	}
	return f.done
}

// started reports whether a flight was started.
func (f *flight[V]) started() bool { return f.observed != nil }

// current returns the newest flight of a key if lookups may join it, else nil. The lock must
// be held.
func (c *Cache[V]) current(newest *flight[V]) *flight[V] {
	if f := newest; f != nil && !f.landed && !c.overtaken(f) {
		return f
	}
	return nil
}

// overtaken reports whether the result of a flight may not be kept. The lock must be held.
func (c *Cache[V]) overtaken(f *flight[V]) bool { return f.obsolete || f.round != c.round }

// fly runs the load of a flight in a goroutine of its own.
func (c *Cache[V]) fly(f *flight[V]) {
	go func() {
		growStack(f.began)
		c.run(f, c.settings.Load)
	}()
}

// flyHere runs the load of a flight in the goroutine of a lookup, or starts one if it takes
// too long for that. It returns nil if the flight has landed, else the channel that is closed
// when it does.
func (c *Cache[V]) flyHere(f *flight[V]) (done chan struct{}) {
	if c.run(f, c.settings.LoadHere) {
		return nil
	}
	c.mu.Lock()
	if !f.landed {
		done = f.wait()
	}
	c.mu.Unlock()
	c.fly(f)
	return done
}

// run runs a load of a flight. It reports whether the flight has ended; if not, the load
// takes too long here.
func (c *Cache[V]) run(f *flight[V], load func(context.Context, ID, *V) (bool, error)) (ended bool) {
	var e *Entry[V]
	// The source may panic or end its goroutine. Neither may keep callers waiting or
	// reach one of them.
	err := ErrGoexit
	defer func() {
		if p := recover(); p != nil {
			e, err = nil, fmt.Errorf("tax: the load panicked: %v", p)
		}
		if ended = err != ErrTooLong; !ended {
			return
		}
		if errors.Is(err, context.DeadlineExceeded) && f.context.overdue() {
			err = c.settings.Overdue // names the option, which the source cannot
		}
		c.land(f, true, e, err)
		f.context.end(context.Canceled)
	}()
	e, err = c.load(f, load)
	return true
}

// growStack makes room on the stack of a new goroutine for all that a load calls. A stack
// that grows by and by is copied each time it doubles, which was a quarter of the time of
// a load. It is the first that the goroutine calls, because the frames that are there are copied,
// and each takes as much as three allocations. No load begins before the clock, so that nothing
// clears the room.
//
//go:noinline
func growStack(began int64) (b byte) {
	if began < 0 {
		var room [8 << 10]byte
		b = room[began&(int64(len(room))-1)]
	}
	return b
}

// ErrGoexit is the failure of a load whose source has ended the goroutine.
var ErrGoexit = errors.New("tax: the source ended its goroutine")

// load asks the source. It returns nil if there is no value.
func (c *Cache[V]) load(f *flight[V], load func(context.Context, ID, *V) (bool, error)) (*Entry[V], error) {
	ctx, err := c.observe(f)
	if err != nil {
		return nil, err
	}
	e := newEntry[V](f.ID, f.began)
	found, err := load(ctx, f.ID, &e.Value)
	if !found || err != nil {
		return nil, err
	}
	return e, nil
}

// observe returns the context that LoadStart derives for a flight.
func (c *Cache[V]) observe(f *flight[V]) (context.Context, error) {
	caller := f.caller
	f.caller = nil // the load may go on for longer than the request
	if c.settings.LoadStart == nil {
		return &f.context, nil
	}
	own, err := c.settings.LoadStart(&f.context, context.WithoutCancel(caller), f.ID)
	c.mu.Lock()
	defer c.mu.Unlock()
	f.observed = own
	return own, err
}

// land ends a flight with its result, and then calls the hooks. returned says that its
// source has returned.
func (c *Cache[V]) land(f *flight[V], returned bool, e *Entry[V], err error) {
	if report := c.end(f, returned, e, err); report != nil {
		report()
	}
}

// end ends a flight with its result; only the first call counts. It returns a function
// that calls the hooks; nil if there is nothing to report.
func (c *Cache[V]) end(f *flight[V], returned bool, e *Entry[V], err error) (report func()) {
	now := c.clock.Elapsed()
	c.mu.Lock()
	if returned {
		c.returns(f)
	}
	if f.landed {
		c.mu.Unlock()
		return nil
	}
	f.landed = true
	if !returned {
		c.abandoned++
	}
	c.underWay.remove(f)
	c.stats.loaded(now-f.began, err)
	if f.probe {
		c.probing.Store(false)
	}
	if f.err = err; e != nil {
		f.result = &e.Value
	}
	var evicted []ID
	if f.obsolete = c.closed || c.overtaken(f); !f.obsolete {
		evicted = c.settle(f, e, now)
	}
	done := f.done
	ctx, told := f.observed, c.settings.LoadEnd != nil || len(evicted) > 0
	if told {
		c.reports++
	}
	c.mu.Unlock()
	if done != nil {
		close(done)
	}
	if !told {
		return nil
	}
	event := LoadEvent{ID: f.ID, Duration: time.Duration(now - f.began), Found: err == nil && e != nil, Err: err, Background: f.background}
	return func() { c.report(ctx, event, evicted) }
}

// report calls the hooks for a flight that has ended.
func (c *Cache[V]) report(ctx context.Context, event LoadEvent, evicted []ID) {
	defer c.reported()
	// Deferred, the last one first: a hook may end its goroutine, and the others are
	// called all the same.
	if hook := c.settings.LoadEnd; hook != nil {
		defer hook(ctx, event)
	}
	for i := len(evicted) - 1; i >= 0; i-- {
		defer c.settings.Evicted(event.ID, evicted[i])
	}
}

// settle turns the result of a flight into the next state of its key. It may turn a
// failure into a stale result. The lock must be held.
func (c *Cache[V]) settle(f *flight[V], e *Entry[V], now int64) (evicted []ID) {
	if failing := f.err != nil; c.failing.Load() != failing {
		c.failing.Store(failing)
	}
	switch {
	case f.err != nil:
		c.fail(f, now)
	case e == nil:
		c.forget(f.key, true)
		if c.settings.NegativeTTL > 0 {
			c.remember(&f.key, nil, memory{until: now + min(int64(c.settings.NegativeTTL), forever-now)})
		}
	default:
		if c.remembers() {
			c.remembered.Remove(f.remembered())
		}
		delete(c.troubled, f.ID)
		// Never at once: lookups would load it again and again.
		e.due.Store(min(c.ends(e), max(c.ends(e)-int64(c.settings.Ahead), now+int64(c.clock.Tick()))))
		return c.keep(e, f.key)
	}
	return nil
}

// fail is settle for a failure. The lock must be held.
func (c *Cache[V]) fail(f *flight[V], now int64) {
	e := c.entry(f.ID, f.hash)
	known, _ := c.recall(&f.key, e)
	known.err, known.failures = f.err, known.failures+1
	known.until = now + Backoff(known.failures)
	c.remember(&f.key, e, known)
	switch {
	case e == nil:
	case now < c.ends(e):
		e.due.Store(min(c.ends(e), max(known.until, now+int64(c.clock.Tick()))))
	case now < c.staleUntil(e):
		e = c.markStale(e, f.hash)
		e.probeAt(known.until)
		f.result, f.stale, f.err = &e.Value, true, nil
	default:
		f.err = c.tooOld(e, f.err)
	}
}

// leave ends the wait of one caller. When all callers have left, it cancels the
// flight unless that is lasting. A caller that ran out of time may still get a
// fresh or stale value, if there is one.
func (c *Cache[V]) leave(f *flight[V], ended error) (v *V, stale bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiting--
	if f.waiting == 0 && !f.lasting && !f.landed {
		f.obsolete = true
		f.context.end(context.Canceled)
		go c.land(f, false, nil, context.Canceled) // in a goroutine: LoadEnd may be slow
	}
	if e := c.entry(f.ID, f.hash); e != nil && errors.Is(ended, context.DeadlineExceeded) {
		switch now := c.clock.Elapsed(); {
		case now < c.ends(e):
			return &e.Value, e.stale, nil
		case now < c.staleUntil(e):
			return &c.asStale(e).Value, true, nil
		}
	}
	return nil, false, ended
}
