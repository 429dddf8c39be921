package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/taxresolve/tax"
)

// Write carries out batches: see [BulkWriter].
func (s *Versioned) Write(ctx context.Context, batches []Batch) []Outcome {
	out := make([]Outcome, len(batches))
	for first := 0; first < len(batches); {
		// Batches for a country that is in the round already wait for the next one.
		seen := make(map[tax.Key]bool, len(batches)-first)
		last := first
		for last < len(batches) && !seen[batches[last].Key] {
			seen[batches[last].Key] = true
			last++
		}
		tell(&s.listeners, s.round(ctx, batches[first:last], out[first:last]))
		first = last
	}
	return out
}

// tell calls the listeners, when no other writer waits any more.
func tell(l *listeners, keys []tax.Key) {
	for _, key := range keys {
		// Deferred, because a listener that panics must not leave the others untold.
		defer l.tell(key)
	}
}

// round carries out batches for different countries, and returns those that it changed.
func (s *Versioned) round(ctx context.Context, batches []Batch, out []Outcome) (changed []tax.Key) {
	if err := usable(ctx, ""); err != nil {
		for i := range out {
			out[i].Err = err
		}
		return nil
	}
	b := s.backend()
	leave, err := s.writers.enter(ctx, batches)
	defer leave()
	pending := make([]int, 0, len(batches))
	for i := range batches {
		if err != nil {
			out[i].Err = err
			continue
		}
		pending = append(pending, i)
	}
	for attempt := 0; len(pending) > 0; attempt++ {
		var stored []tax.Key
		stored, pending = s.attempt(ctx, b, batches, out, pending)
		changed = append(changed, stored...)
		if len(pending) > 0 && !pause(ctx, attempt) {
			for _, i := range pending {
				out[i] = Outcome{Err: failed(ctx, batches[i].Key.Tenant, tax.Location{Country: batches[i].Key.Country}, ErrMoved)}
			}
			break
		}
	}
	return changed
}

// attempt plans the pending batches and saves them. It returns the countries that it
// changed, and the batches whose country has moved in the meantime.
func (s *Versioned) attempt(ctx context.Context, b Backend, batches []Batch, out []Outcome, pending []int) (stored []tax.Key, moved []int) {
	var commits []*Commit
	var planned []int
	for _, i := range pending {
		before, err := s.load(ctx, batches[i].Key)
		if err != nil {
			out[i].Err = err
			continue
		}
		p, err := s.plan(ctx, &batches[i], before)
		if err != nil {
			out[i].Err = err
			continue
		}
		out[i].Configurations = p.outcomes
		if p.commit != nil {
			commits, planned = append(commits, p.commit), append(planned, i)
		}
		for n, c := range p.outcomes {
			p.outcomes[n] = c.Clone()
		}
	}
	if len(commits) == 0 {
		return nil, nil
	}
	for n, err := range b.Save(ctx, commits) {
		i := planned[n]
		switch {
		case err == nil:
			stored = append(stored, batches[i].Key)
		case errors.Is(err, ErrMoved):
			moved = append(moved, i)
		default:
			out[i] = Outcome{Err: failed(ctx, batches[i].Key.Tenant, commits[n].first(), err)}
		}
	}
	return stored, moved
}

// first returns the location that an error about the commit names.
func (c *Commit) first() tax.Location {
	for _, v := range c.Written {
		return v.Configuration.Location
	}
	for _, v := range c.Ended {
		return v.Configuration.Location
	}
	return tax.Location{Country: c.Key.Country}
}

// pause waits before another attempt, a little longer each time, so that writers of many
// processes get out of each other's way. It returns false if the context ends, or after so
// many attempts that something else must be wrong.
func pause(ctx context.Context, attempt int) bool {
	const most, attempts = 20 * time.Millisecond, 1000
	if attempt == 0 || attempt == attempts {
		return attempt == 0 && ctx.Err() == nil
	}
	wait := time.NewTimer(rand.N(min(time.Millisecond<<min(attempt, 10), most)) + 1)
	defer wait.Stop()
	select {
	case <-wait.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// turns lets the writers of a country go one after the other. The backend would sort them
// out as well, but each of them would plan its write again and again.
type turns struct {
	mu   sync.Mutex
	open map[tax.Key]*turn
}

// turn is a queue of writers.
type turn struct {
	taken   chan struct{} // holds a value while a writer has the turn
	waiting int
}

// enter waits until it is the turn of a writer in all countries of its batches, which
// must be different ones. leave must be called in any case.
func (t *turns) enter(ctx context.Context, batches []Batch) (leave func(), err error) {
	keys := make([]tax.Key, 0, len(batches))
	for i := range batches {
		keys = append(keys, batches[i].Key)
	}
	sortKeys(keys) // two writers who wait for each other would wait for ever
	n := 0
	for ; n < len(keys) && err == nil; n++ {
		if err = t.wait(ctx, keys[n]); err != nil {
			break
		}
	}
	return func() {
		for _, key := range keys[:n] {
			t.end(key, true)
		}
	}, err
}

// wait waits for the turn of a country.
func (t *turns) wait(ctx context.Context, key tax.Key) error {
	t.mu.Lock()
	if t.open == nil {
		t.open = make(map[tax.Key]*turn)
	}
	at := t.open[key]
	if at == nil {
		at = &turn{taken: make(chan struct{}, 1)}
		t.open[key] = at
	}
	at.waiting++
	t.mu.Unlock()
	select {
	case at.taken <- struct{}{}:
		return nil
	case <-ctx.Done():
		t.end(key, false)
		return ctx.Err()
	}
}

// end lets the next writer of a country go on.
func (t *turns) end(key tax.Key, had bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.open[key]
	if at.waiting--; at.waiting == 0 {
		delete(t.open, key)
	}
	if had {
		<-at.taken
	}
}
