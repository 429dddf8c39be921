package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/taxresolve/tax"
)

// listeners are the functions that writes call.
type listeners struct {
	mu   sync.Mutex
	all  map[int]func(tax.Key)
	next int
}

// Notify registers a function that every write calls before it returns, and those of a
// base that is a [tax.Notifier] as well. A write that failed calls it too if it may have
// taken effect. Writes under way at once call it at once, so it
// must be safe for concurrent use. If it panics, so does the write, after it took effect
// and all other functions were called. A nil function is not registered.
func (s *Versioned) Notify(changed func(tax.Key)) (stop func()) {
	if changed == nil {
		return func() {}
	}
	own := s.listeners.add(changed)
	base, ok := s.options.Base.(tax.Notifier)
	if !ok {
		return own
	}
	others := base.Notify(changed)
	return func() { own(); others() }
}

// Watch calls changed for every write to the store and, as far as they report changes, for
// those of other processes and of the base: see [tax.Watcher]. It returns when ctx is done,
// or with an error when the backend or the base can no longer report changes. changed
// must not write to the store. A nil function is a [tax.InputError].
func (s *Versioned) Watch(ctx context.Context, changed func(tax.Key)) error {
	if err := usable(ctx, ""); err != nil {
		return err
	}
	if changed == nil {
		return &tax.InputError{Field: "changed", Value: "nil", Reason: "pass a function that is called for each change"}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	gate := &gate{changed: changed}
	defer gate.close()
	defer s.listeners.add(gate.pass)()
	var others []tax.Watcher
	for _, source := range []any{s.backend(), s.options.Base} {
		if w, ok := source.(tax.Watcher); ok {
			others = append(others, w)
		}
	}
	gate.pass(tax.Key{}) // anything may have changed before
	if len(others) == 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	ended := make(chan error, len(others))
	for _, w := range others {
		go func() {
			err := errors.New("store: what reports changes has ended its goroutine")
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("store: what reports changes has panicked: %v", p)
				}
				ended <- err
			}()
			err = w.Watch(ctx, gate.pass)
		}()
	}
	err := <-ended
	cancel()
	for range len(others) - 1 {
		<-ended
	}
	return err
}

// gate passes on reports until it is closed: a Watcher must not report after it returned.
type gate struct {
	mu      sync.RWMutex
	closed  bool
	changed func(tax.Key)
}

func (g *gate) pass(key tax.Key) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if !g.closed {
		g.changed(key)
	}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// add registers a function.
func (l *listeners) add(changed func(tax.Key)) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = make(map[int]func(tax.Key))
	}
	n := l.next
	l.next++
	l.all[n] = changed
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.all, n)
	}
}

// tell calls all functions, without the lock.
func (l *listeners) tell(key tax.Key) {
	l.mu.Lock()
	all := slices.Collect(maps.Values(l.all))
	l.mu.Unlock()
	for _, changed := range all {
		// Deferred, because one that panics must not leave the others untold.
		defer changed(key)
	}
}

// tellAll calls all functions for each country.
func (l *listeners) tellAll(keys []tax.Key) {
	for _, key := range keys {
		// Deferred, because one that panics must not leave the others untold.
		defer l.tell(key)
	}
}

func sortKeys(keys []tax.Key) {
	slices.SortFunc(keys, func(a, b tax.Key) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Country, b.Country))
	})
}
