package rest

import (
	"context"
	"sync"
	"time"
)

// expiring is a context that ends after a time, as that of [context.WithTimeout]. It has a
// timer only from when somebody waits for its end: for an answer from memory, nobody does.
type expiring struct {
	context.Context // of the request
	end             time.Time

	mu     sync.Mutex
	over   bool            // the request has been answered
	waited context.Context // nil if nobody waits
	cancel context.CancelFunc
}

// begin sets what the context is made from. It must be finished.
func (e *expiring) begin(parent context.Context, timeout time.Duration) {
	e.Context, e.end = parent, time.Now().Add(timeout)
	if earlier, ok := parent.Deadline(); ok && earlier.Before(e.end) {
		e.end = earlier
	}
}

// finish ends the context: the request has been answered.
func (e *expiring) finish() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	if e.cancel != nil {
		e.cancel()
	}
}

// Deadline returns the end.
func (e *expiring) Deadline() (time.Time, bool) { return e.end, true }

// Done is closed at the end.
func (e *expiring) Done() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.timed().Done()
}

// Err returns nil before the end, and always the same error after it.
func (e *expiring) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waited == nil && !e.over && e.Context.Err() == nil && time.Now().Before(e.end) {
		return nil
	}
	return e.timed().Err()
}

// Value returns a value of the request. A context that is made from this one finds the one
// with the timer here, and then needs no goroutine to learn of its end.
func (e *expiring) Value(key any) any {
	e.mu.Lock()
	from := e.waited
	e.mu.Unlock()
	if from == nil {
		from = e.Context
	}
	return from.Value(key)
}

// timed returns the context with the timer. The caller holds the lock.
func (e *expiring) timed() context.Context {
	if e.waited == nil {
		e.waited, e.cancel = context.WithDeadline(e.Context, e.end)
		if e.over {
			e.cancel()
		}
	}
	return e.waited
}
