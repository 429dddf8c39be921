package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// flight is one load under way.
type flight[V any] struct {
	key
	caller     context.Context // that of the lookup that started it, until LoadStart has it
	began      int64
	background bool // a lookup that had an answer started it
	lasting    bool // it goes on when no caller waits, because an entry answers meanwhile
	probe      bool // it tries a source that fails
	cancel     context.CancelFunc
	ctx        context.Context // for LoadEnd; guarded by Cache.mu
	waiting    int             // callers; guarded by Cache.mu
	landed     bool            // guarded by Cache.mu
	returned   bool            // its source has returned; guarded by Cache.mu
	queue      bool            // no load: those who wait for it ask again
	done       chan struct{}   // closed when the result is set
	result     *V              // nil when there is no value
	stale      bool            // the load failed, and the result is an older value
	err        error
	obsolete   bool // its key was invalidated after it began
}

var errGoexit = errors.New("tax: the source ended its goroutine")

// start begins the load of a flight. The lock must be held.
func (c *Cache[V]) start(f *flight[V]) *flight[V] {
	ctx, cancel := context.WithTimeoutCause(context.Background(), c.settings.Timeout, c.settings.Overdue)
	f.ctx, f.cancel, f.done = ctx, cancel, make(chan struct{})
	c.flights[f.ID] = f
	c.allFlights[f] = struct{}{}
	c.running[f.ID] = append(c.running[f.ID], f)
	// The deadline ends the flight even if the source ignores its context.
	overdue := time.AfterFunc(c.settings.Timeout, func() { c.land(f, nil, c.settings.Overdue) })
	go func() {
		defer cancel()
		var v *V
		// The source may panic or end its goroutine. Neither may keep callers
		// waiting or reach one of them.
		err := errGoexit
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("tax: the load panicked: %v", p)
			}
			if errors.Is(err, context.DeadlineExceeded) && context.Cause(ctx) == c.settings.Overdue {
				err = c.settings.Overdue // names the option, which the source cannot
			}
			overdue.Stop()
			c.returns(f)
			c.land(f, v, err)
		}()
		watched, fault := c.observed(ctx, f)
		if fault != nil {
			err = fault
			return
		}
		v, err = c.settings.Load(watched, f.ID)
	}()
	return f
}

// observed returns the context that LoadStart derives for a flight.
func (c *Cache[V]) observed(ctx context.Context, f *flight[V]) (context.Context, error) {
	caller := f.caller
	f.caller = nil // the load may go on for longer than the request
	if c.settings.LoadStart == nil {
		return ctx, nil
	}
	own, err := c.settings.LoadStart(ctx, context.WithoutCancel(caller), f.ID)
	c.mu.Lock()
	defer c.mu.Unlock()
	f.ctx = own
	return own, err
}

// land ends a flight with its result, and then calls the hooks; only the first call
// counts.
func (c *Cache[V]) land(f *flight[V], v *V, err error) {
	if report := c.end(f, v, err); report != nil {
		report()
	}
}

// end ends a flight with its result, and returns a function that calls the hooks; nil
// if the flight has ended before.
func (c *Cache[V]) end(f *flight[V], v *V, err error) (report func()) {
	c.mu.Lock()
	if f.landed {
		c.mu.Unlock()
		return nil
	}
	f.landed = true
	if !f.returned {
		c.abandoned++
	}
	ctx := f.ctx
	took := c.clock.Elapsed() - f.began
	c.stats.loaded(took, err)
	delete(c.allFlights, f)
	if f.probe {
		c.probing.Store(false)
	}
	f.result, f.err = v, err
	c.reports++
	var evicted []*Entry[V]
	if c.drop(f) && !c.closed {
		evicted = c.settle(f)
	} else {
		f.obsolete = true
	}
	c.mu.Unlock()
	close(f.done)

	return func() {
		defer c.reported()
		// Deferred, the last one first: a hook may end its goroutine, and the others
		// are called all the same.
		if hook := c.settings.LoadEnd; hook != nil {
			defer hook(ctx, LoadEvent{ID: f.ID, Duration: time.Duration(took), Found: err == nil && v != nil, Err: err, Background: f.background})
		}
		if hook := c.settings.Evicted; hook != nil {
			for _, e := range slices.Backward(evicted) {
				defer hook(f.ID, e.id())
			}
		}
	}
}

// settle turns the result of a flight into the next state of its key. It may
// turn a failure into a stale result. The lock must be held.
func (c *Cache[V]) settle(f *flight[V]) (evicted []*Entry[V]) {
	c.failing.Store(f.err != nil)
	now := c.clock.Elapsed()
	switch {
	case f.err != nil:
		e := c.Lookup(f.ID, f.hash)
		known, _ := c.recall(f.key, e)
		known.err, known.failures = f.err, known.failures+1
		known.until = now + Backoff(known.failures)
		c.remember(f.key, e, known)
		switch {
		case e == nil:
		case now < c.ends(e):
			e.due.Store(min(c.ends(e), max(known.until, now+int64(c.clock.Tick()))))
		case now < c.staleUntil(e):
			e = c.markStale(e, f.hash)
			e.probe.Store(known.until)
			f.result, f.stale, f.err = &e.Value, true, nil
		default:
			f.err = c.tooOld(e, f.err)
		}
	case f.result == nil:
		c.forget(f.key)
		if c.settings.NegativeTTL > 0 {
			c.remember(f.key, nil, memory{until: now + min(int64(c.settings.NegativeTTL), forever-now)})
		}
	default:
		c.remembered.Remove(f.remembered)
		delete(c.troubled, f.ID)
		e := newEntry(*f.result, f.ID, f.began)
		// Never at once: lookups would load it again and again.
		e.due.Store(min(c.ends(e), max(c.ends(e)-int64(c.settings.Ahead), now+int64(c.clock.Tick()))))
		return c.keep(e, f.hash)
	}
	return nil
}

// leave ends the wait of one caller. When all callers have left, it cancels the
// flight unless that is lasting. A caller that ran out of time may still get a
// fresh or stale value, if there is one.
func (c *Cache[V]) leave(f *flight[V], ended error) (v *V, stale bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiting--
	if f.waiting == 0 && !f.lasting {
		c.drop(f)
		f.cancel()
		go c.land(f, nil, context.Canceled) // in a goroutine: LoadEnd may be slow
	}
	if e := c.Lookup(f.ID, f.hash); e != nil && errors.Is(ended, context.DeadlineExceeded) {
		switch now := c.clock.Elapsed(); {
		case now < c.ends(e):
			return &e.Value, e.stale, nil
		case now < c.staleUntil(e):
			return &c.asStale(e).Value, true, nil
		}
	}
	return nil, false, ended
}

// drop takes a flight out, so that no lookup joins it, and reports whether it was
// current until then. The lock must be held.
func (c *Cache[V]) drop(f *flight[V]) bool {
	if c.flights[f.ID] != f {
		return false
	}
	delete(c.flights, f.ID)
	return true
}
