package cache

import (
	"context"
	"time"
	"weak"
)

// flightList has the flights that have not landed, in the order in which they were
// started, and so in the order of their deadlines, except for the moment that each waited for
// the lock.
type flightList[V any] struct {
	first, last *flight[V]
	len         int
}

func (l *flightList[V]) add(f *flight[V]) {
	f.previous = l.last
	if l.last != nil {
		l.last.next = f
	} else {
		l.first = f
	}
	l.last = f
	l.len++
}

func (l *flightList[V]) remove(f *flight[V]) {
	if f.previous != nil {
		f.previous.next = f.next
	} else {
		l.first = f.next
	}
	if f.next != nil {
		f.next.previous = f.previous
	} else {
		l.last = f.previous
	}
	f.previous, f.next = nil, nil
	l.len--
}

// expectEnd sets the timer for the deadline of a flight that was just started. There is
// one timer for all flights: it is set to the deadline of the first one, and if that has
// landed meanwhile, it is set to that of the next. So most loads set no timer. The lock
// must be held.
func (c *Cache[V]) expectEnd() {
	if c.timing {
		return
	}
	c.timing = true
	if c.timer != nil {
		c.timer.Reset(c.settings.Timeout)
		return
	}
	self := weak.Make(c) // a timer that is set keeps no cache alive
	c.timer = time.AfterFunc(c.settings.Timeout, func() {
		if c := self.Value(); c != nil {
			c.expire()
		}
	})
}

// expire ends the flights whose deadline has come, even if their sources ignore it, and
// sets the timer to the next one.
func (c *Cache[V]) expire() {
	for {
		f := c.nextOverdue()
		if f == nil {
			return
		}
		// Ending comes first: the context could make the source return its error.
		report := c.end(f, false, nil, c.settings.Overdue)
		f.context.end(context.DeadlineExceeded)
		if report != nil {
			// A hook that is slow or ends its goroutine holds up no other flight.
			go report()
		}
	}
}

// nextOverdue returns a flight whose deadline has come. If there is none, it sets the
// timer to the next deadline.
func (c *Cache[V]) nextOverdue() *flight[V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.underWay.first
	if f == nil || c.closed {
		c.timing = false
		return nil
	}
	if left := int64(c.settings.Timeout) - (c.clock.Elapsed() - f.began); left > 0 {
		c.timer.Reset(time.Duration(left))
		return nil
	}
	return f
}
