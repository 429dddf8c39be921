package cache

import (
	"context"
	"sync"
	"time"

	"github.com/taxresolve/tax/internal/civil"
)

// loadContext is the context of a load. It is part of the flight, makes a channel only
// for a source that asks for it, reads the time of day only for one that asks for the deadline,
// and has no timer of its own: the flight ends it.
type loadContext struct {
	clock *civil.Clock
	ends  int64 // by the clock

	mu       sync.Mutex
	deadline time.Time // zero until somebody asks for it
	err      error
	done     chan struct{}        // nil until somebody asks for it
	after    map[*func()]struct{} // to be called at the end
}

var _ context.Context = (*loadContext)(nil)

// Deadline returns the time at which the load is given up.
func (x *loadContext) Deadline() (time.Time, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.deadline.IsZero() {
		x.deadline = time.Now().Add(time.Duration(x.ends - x.clock.Elapsed()))
	}
	return x.deadline, true
}

// overdue reports whether the deadline has come.
func (x *loadContext) overdue() bool { return x.clock.Elapsed() >= x.ends }

// Done returns a channel that is closed when the load is over.
func (x *loadContext) Done() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done == nil {
		x.done = make(chan struct{})
		if x.err != nil {
			close(x.done)
		}
	}
	return x.done
}

// Err returns why the load is over; nil if it is not.
func (x *loadContext) Err() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.err
}

// Value returns nil: a load has the values of no caller.
func (x *loadContext) Value(any) any { return nil }

// AfterFunc calls a function in a goroutine of its own when the load is over, unless
// stop is called before. Package context looks for this method, so that a context that is
// derived from this one needs no goroutine that waits for its end.
func (x *loadContext) AfterFunc(f func()) (stop func() bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err != nil {
		go f()
		return func() bool { return false }
	}
	if x.after == nil {
		x.after = make(map[*func()]struct{})
	}
	x.after[&f] = struct{}{}
	return func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		_, waits := x.after[&f]
		delete(x.after, &f)
		return waits
	}
}

// end ends the context. Only the first call counts.
func (x *loadContext) end(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err != nil {
		return
	}
	x.err = err
	if x.done != nil {
		close(x.done)
	}
	for f := range x.after {
		go (*f)()
	}
	x.after = nil
}

// String names the context. Without it, a source that prints its context would read what
// others write.
func (x *loadContext) String() string { return "tax.load" }
