package cache

import (
	"context"
	"slices"
	"time"
	"unique"
)

// Invalidate makes one key absent.
func (c *Cache[V]) Invalidate(id ID) {
	v := ViewOf(id.Tenant.Value())
	k := keyOf(&v, id.Place)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(k, true)
}

// InvalidateTenant makes all keys of a tenant absent. It goes through all places,
// which are few, and not through all entries, and not on when nothing can be left. Others
// may have the lock in between.
func (c *Cache[V]) InvalidateTenant(t unique.Handle[string]) {
	v := ViewOf(t.Value())
	k := keyOf(&v, 0)
	for places := range slices.Chunk(c.settings.Places(), forgottenAtOnce) {
		c.mu.Lock()
		for _, place := range places {
			k.Place = place
			k.hash = k.Hash(v.Hash)
			c.forget(k, c.tenants.has(&v))
		}
		left := c.tenants.has(&v) || len(c.loads) > 0 || c.remembers()
		c.mu.Unlock()
		if !left {
			return
		}
	}
}

// forgottenAtOnce is the number of keys that are made absent without giving up the lock.
const forgottenAtOnce = 32

// InvalidateAll makes all keys absent.
func (c *Cache[V]) InvalidateAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
}

// Close ends all flights with [ErrClosed] and makes all keys absent. It waits until the
// hooks have been told of every load, but no longer than the timeout. Calling it again
// does nothing.
func (c *Cache[V]) Close(timeout time.Duration) {
	c.clock.Stop()
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed = true
	c.clear()
	if c.timer != nil {
		c.timer.Stop()
	}
	var all []*flight[V]
	for f := c.underWay.first; f != nil; f = f.next {
		all = append(all, f)
	}
	c.mu.Unlock()
	for _, f := range all {
		// Ending comes first: after cancelling, the callers that wait could get
		// the error of the context instead.
		report := c.end(f, false, nil, ErrClosed)
		f.context.end(context.Canceled)
		if report != nil {
			// A hook that is slow or ends its goroutine holds up no other flight.
			go report()
		}
	}
	c.awaitReports(timeout)
}

// awaitReports waits until no hook is under way, but no longer than the timeout.
func (c *Cache[V]) awaitReports(timeout time.Duration) {
	c.mu.Lock()
	if c.reports == 0 {
		c.mu.Unlock()
		return
	}
	quiet := make(chan struct{})
	c.quiet = quiet
	c.mu.Unlock()
	late := time.NewTimer(timeout)
	defer late.Stop()
	select {
	case <-quiet:
	case <-late.C:
	}
}

// reported takes out the report of one load.
func (c *Cache[V]) reported() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reports--; c.reports == 0 && c.quiet != nil {
		close(c.quiet)
		c.quiet = nil
	}
}

// forget makes a key absent. kept is false if it certainly has no entry. The lock must be
// held.
func (c *Cache[V]) forget(k key, kept bool) {
	if kept {
		if e := c.entry(k.ID, k.hash); e != nil {
			c.release(c.kept.at(e), nil)
		}
	}
	if c.remembers() {
		c.remembered.Remove(k.remembered())
	}
	if f := c.current(c.loads[k.ID]); f != nil {
		f.obsolete = true
	}
}

// clear makes all keys absent. It replaces what holds them, so the time it takes
// does not depend on their number, and begins another round, which overtakes all flights.
// The lock must be held.
func (c *Cache[V]) clear() {
	c.round, c.bytes = c.round+1, 0
	for i := range c.direct {
		c.direct[i].Store(nil)
	}
	c.index.Store(&c.none.Index)
	c.kept = *newQueue[V](ofAll)
	c.kept.approach = c.approach
	c.tenants = tenants[V]{}
	c.troubled, c.remembered = nil, nil
}
