package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
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
		s.round(ctx, batches[first:last], out[first:last])
		first = last
	}
	return out
}

// round carries out batches for different countries.
func (s *Versioned) round(ctx context.Context, batches []Batch, out []Outcome) {
	if err := usable(ctx, ""); err != nil {
		for i := range out {
			out[i].Err = err
		}
		return
	}
	b := s.backend()
	// Deferred, so that they are told whatever the backend does, and when no other writer
	// waits any more.
	var changed []tax.Key
	defer func() { s.listeners.tellAll(changed) }()
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
		pending = s.attempt(ctx, b, batches, out, pending, attempt == 0, &changed)
		if len(pending) > 0 && !pause(ctx, attempt) {
			for _, i := range pending {
				out[i] = Outcome{Err: failed(ctx, batches[i].Key.Tenant, tax.Location{Country: batches[i].Key.Country}, ErrMoved)}
			}
			break
		}
	}
}

// plannedAtOnce is the number of batches that are planned together. While they are saved, the
// next ones are planned.
const plannedAtOnce = 512

// attempt plans the pending batches and saves them. It returns those whose country has
// moved in the meantime, and adds to changed the countries that it has changed or may have.
func (s *Versioned) attempt(ctx context.Context, b Backend, batches []Batch, out []Outcome, pending []int, first bool, changed *[]tax.Key) (moved []int) {
	var now planned
	var recalls recaller
	if first {
		recalls, _ = b.(recaller)
	}
	for some := range slices.Chunk(pending, plannedAtOnce) {
		var next planned
		plan := func() { next = s.planAll(ctx, b, recalls, batches, out, some) }
		save := func() { moved = append(moved, s.carryOut(ctx, b, batches, out, now, changed)...) }
		if len(now.commits) == 0 {
			plan()
		} else {
			during(plan, save)
		}
		now = next
	}
	return append(moved, s.carryOut(ctx, b, batches, out, now, changed)...)
}

// planned are batches that are ready to be saved.
type planned struct {
	commits []*Commit
	batches []int // their numbers
}

// add adds a plan for the batch with a number.
func (all *planned) add(p *plan, i int, out *Outcome) {
	out.Configurations, out.Unchanged = p.outcomes, p.unchanged
	if p.commit != nil {
		all.commits, all.batches = append(all.commits, p.commit), append(all.batches, i)
	}
}

// recaller is a [Backend] that recalls the state that it has stored last, without a look at
// what is stored now. Save finds out whether it still is.
type recaller interface {
	// Recall returns the state of a country, or nil if it is not likely to be the one that
	// is stored.
	Recall(key tax.Key) *Country
}

// planRecalled plans the batches whose country the backend recalls, and returns the others.
// What leads to no commit is among those, because Save finds out nothing then.
func (s *Versioned) planRecalled(ctx context.Context, r recaller, batches []Batch, out []Outcome, some []int, all *planned) (left []int) {
	for _, i := range some {
		key := batches[i].Key
		if state := r.Recall(key); state != nil && usable(ctx, key.Tenant) == nil {
			if p, err := s.plan(ctx, &batches[i], state, s.now()); err == nil && p.commit != nil {
				all.add(&p, i, &out[i])
				continue
			}
		}
		left = append(left, i)
	}
	return left
}

// planAll plans the batches with some numbers, on all processors: validating and encoding is most
// of the work of an import. recalls may be nil.
func (s *Versioned) planAll(ctx context.Context, b Backend, recalls recaller, batches []Batch, out []Outcome, some []int) (all planned) {
	if recalls != nil {
		some = s.planRecalled(ctx, recalls, batches, out, some, &all)
	}
	states, failures := s.states(ctx, b, batches, some)
	plans, times := make([]plan, len(some)), make([]time.Time, len(some))
	for n := range times { // in order, and here: a clock need not be safe for concurrent use
		times[n] = s.now()
	}
	everywhere(len(some), func(n int) {
		if failures[n] == nil {
			plans[n], failures[n] = s.plan(ctx, &batches[some[n]], states[n], times[n])
		}
	})
	for n, i := range some {
		if failures[n] != nil {
			out[i] = Outcome{Err: failures[n]}
		} else {
			all.add(&plans[n], i, &out[i])
		}
	}
	return all
}

// carryOut saves what was planned, and returns the batches whose country has moved.
func (s *Versioned) carryOut(ctx context.Context, b Backend, batches []Batch, out []Outcome, p planned, changed *[]tax.Key) (moved []int) {
	if len(p.commits) == 0 {
		return nil
	}
	errs := s.save(ctx, b, p.commits, changed)
	for n, i := range p.batches {
		switch err := errs[n]; {
		case err == nil:
		case errors.Is(err, ErrMoved):
			moved = append(moved, i)
		default:
			out[i] = Outcome{Err: failed(ctx, batches[i].Key.Tenant, p.commits[n].first(), err)}
		}
	}
	return moved
}

// save saves commits. It adds to changed the countries of all that are not known to have
// changed nothing: a commit may be stored although the backend fails or panics.
func (s *Versioned) save(ctx context.Context, b Backend, commits []*Commit, changed *[]tax.Key) (errs []error) {
	defer func() {
		for n, c := range commits {
			if n >= len(errs) || !errors.Is(errs[n], ErrMoved) {
				*changed = append(*changed, c.Key)
			}
		}
	}()
	if errs = b.Save(ctx, commits); len(errs) == len(commits) {
		return errs
	}
	wrong := fmt.Errorf("store: the backend answered %d commits with %d errors", len(commits), len(errs))
	return slices.Repeat([]error{errors.Join(wrong, ErrUnknownOutcome)}, len(commits))
}

// states returns the state of the country of each pending batch, or an error.
func (s *Versioned) states(ctx context.Context, b Backend, batches []Batch, pending []int) ([]*Country, []error) {
	states, errs := make([]*Country, len(pending)), make([]error, len(pending))
	var keys []tax.Key // that can be loaded together
	var at []int
	bulk, ok := b.(BulkBackend)
	for n, i := range pending {
		key := batches[i].Key
		if !ok || len(pending) == 1 {
			states[n], errs[n] = s.load(ctx, key)
		} else if errs[n] = usable(ctx, key.Tenant); errs[n] == nil {
			keys, at = append(keys, key), append(at, n)
		}
	}
	if len(keys) == 0 {
		return states, errs
	}
	all, err := bulk.LoadAll(ctx, keys)
	if err == nil && len(all) != len(keys) {
		err = fmt.Errorf("store: the backend loaded %d countries of %d", len(all), len(keys))
	}
	for j, n := range at {
		if err != nil {
			errs[n] = failed(ctx, keys[j].Tenant, tax.Location{Country: keys[j].Country}, err)
		} else {
			states[n] = all[j]
		}
	}
	return states, errs
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
