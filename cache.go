package tax

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
	"unique"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// cache keeps compiled countries and loads each once. What is here is one state
// machine for every key, in the hands of the shard that has it; a lookup that
// finds its country fresh never comes here.
//
//	state      what there is              a lookup gets                 it becomes
//	absent     nothing                    a flight, and waits        -> loading
//	loading    a flight                   to wait for it             -> fresh, none or failing when it lands;
//	                                                                    absent when all who wait leave
//	fresh      an entry, not yet due      its answer                 -> due with time
//	due        an entry before its end    its answer; the first one  -> fresh when that lands well;
//	                                      also starts a flight          ended with time
//	ended      an entry past its end      a flight, and waits        -> fresh; stale when the flight fails
//	                                                                    within MaxStale, else failing
//	stale      an entry, and a failure    its answer, marked; when   -> fresh; failing after MaxStale
//	                                      it is time, the first one
//	                                      also starts a flight
//	failing    a failure                  the error, or when it is   -> fresh or none; failing again
//	                                      time a flight, and waits
//	none       that there is nothing      that answer                -> absent after NegativeTTL
//
// From every state an invalidation leads to absent, whatever was known or under
// way: a flight becomes obsolete, which means that who waits for it still gets
// its result, while nothing of it is kept and no later lookup joins it. The
// eviction of an entry leads to absent, or loading, too.
//
// A flight belongs to nobody's context: it runs with its own deadline.
type cache struct {
	cacheSettings
	clock  *clock
	shards []*shard
	// direct finds the entries of the tenant without an id; those of the
	// others are found by the index of their shard.
	direct  [26 * 26]atomic.Pointer[entry]
	failing atomic.Bool // the last load that ended has failed
	probing atomic.Bool // while failing, a flight that nobody waits for is under way
	stats   counters
}

// cacheSettings are the options that concern the cache, in nanoseconds where
// they are times.
type cacheSettings struct {
	load        func(context.Context, Key) (*compiled, error)
	observer    Observer
	guard       func(Key, func())
	timeout     time.Duration
	ttl         int64
	ahead       int64
	maxStale    int64
	negativeTTL int64
	quota       int
	maxBytes    int64
}

// shard has the keys of some of the tenants.
type shard struct {
	*cache
	index atomic.Pointer[index]

	mu         sync.Mutex
	kept       *queue
	capacity   int
	tenants    map[unique.Handle[string]]*queue // with a quota
	flights    map[ident]*flight                // those that may be joined
	aloft      map[*flight]struct{}             // those and the obsolete ones
	remembered *simplelru.LRU[ident, memory]
	closed     bool
}

// memory is what is known of a key that has no entry, or whose loads fail.
type memory struct {
	err      error // nil: the source has nothing
	failures int
	until    int64 // from then on the source is asked again
}

// flight is one load under way.
type flight struct {
	id         ident
	began      int64
	background bool // somebody has an answer already: it goes on when nobody waits
	probe      bool
	cancel     context.CancelFunc
	ctx        context.Context // for the observer; guarded by shard.mu
	waiting    int             // callers; guarded by shard.mu
	landed     bool            // guarded by shard.mu
	done       chan struct{}   // closed when the result is set
	result     *compiled       // nil when the source has nothing
	err        error
}

const (
	forever       = 1<<63 - 1
	maxRemembered = 1024
	maxRememberID = 256 // bytes of the id of a tenant that is worth remembering
	minBackoff    = int64(100 * time.Millisecond)
	maxBackoff    = int64(15 * time.Second)
)

// errLoadTimeout tells the deadline of a load from that of a caller.
var errLoadTimeout = fmt.Errorf("tax: no answer within Options.LoadTimeout: %w", context.DeadlineExceeded)

var errGoexit = errors.New("tax: the source ended its goroutine")

// errCacheClosed is not ErrClosed, which a source may return as well.
var errCacheClosed = errors.New("tax: cache closed")

// outdatedError is a failure while the last good data are too old to answer.
type outdatedError struct{ error }

// get returns the compiled country, nil when the source has none, and whether
// it was in memory.
func (s *shard) get(ctx context.Context, id ident, hash uint64) (c *compiled, hit bool, err error) {
	if e := s.lookup(id, hash); e != nil && e.stale {
		if now := s.clock.past.Load(); now < e.probe.Load() && now < s.staleUntil(e) {
			s.stats.staleServed.Add(1)
			return &e.compiled, true, nil
		}
	}
	// A context is the caller's code: it is not called under the lock. One that
	// has ended is refused only where an answer would have to be waited for.
	ended := ctx.Err()
	s.mu.Lock()
	e, f, err := s.attend(id, hash, ended != nil)
	if f != nil {
		f.waiting++
	}
	s.mu.Unlock()
	switch {
	case e != nil:
		e.use()
		if e.stale {
			s.stats.staleServed.Add(1)
		}
		return &e.compiled, true, nil
	case f == nil:
		s.stats.misses.Add(1)
		if err == nil {
			err = ended
		}
		return nil, false, err
	}
	s.stats.misses.Add(1)
	select {
	case <-f.done:
		if f.result != nil && f.result.stale {
			s.stats.staleServed.Add(1)
		}
		return f.result, false, f.err
	case <-ctx.Done():
		ended = ctx.Err()
		return s.leave(f, hash, ended)
	}
}

// attend decides what a lookup gets: an entry, a flight to wait for, an error,
// or none of them when the source has nothing. A caller who cannot wait gets
// no flight. The caller holds mu.
func (s *shard) attend(id ident, hash uint64, cannotWait bool) (*entry, *flight, error) {
	if s.closed {
		return nil, nil, errCacheClosed
	}
	now := s.clock.elapsed()
	e, f := s.lookup(id, hash), s.flights[id]
	known, remembered := s.remembered.Get(id)
	switch {
	case e != nil && now < s.ends(e):
		if now >= e.due.Load() {
			next := s.ends(e)
			if f == nil && !s.ask(id, now, known, remembered) {
				next = min(next, max(known.until, now+int64(s.clock.tick)))
			}
			e.due.Store(next)
		}
		return e, nil, nil
	case e != nil && remembered && known.err != nil && now < s.staleUntil(e):
		e = s.markStale(e, hash)
		next := int64(forever)
		if f == nil && !s.ask(id, now, known, remembered) {
			next = max(known.until, now+int64(s.clock.tick))
		}
		e.probe.Store(next)
		return e, nil, nil
	case remembered && now < known.until:
		return nil, nil, s.tooOld(e, known.err)
	case cannotWait:
		return nil, nil, nil
	case f == nil:
		f = s.start(id, now, false, false)
	}
	return nil, f, nil
}

// ask starts a flight in the background if it is time for one. While the source
// fails, there is one of them at a time over all keys. The caller holds mu.
func (s *shard) ask(id ident, now int64, known memory, remembered bool) bool {
	if remembered && now < known.until {
		return false
	}
	probe := s.failing.Load()
	if probe && !s.probing.CompareAndSwap(false, true) {
		return false
	}
	s.start(id, now, true, probe)
	return true
}

// start begins a load. The caller holds mu.
func (s *shard) start(id ident, now int64, background, probe bool) *flight {
	ctx, cancel := context.WithTimeoutCause(context.Background(), s.timeout, errLoadTimeout)
	f := &flight{id: id, began: now, background: background, probe: probe, ctx: ctx, cancel: cancel, done: make(chan struct{})}
	s.flights[id] = f
	s.aloft[f] = struct{}{}
	key := id.key()
	// The deadline ends the flight even when the source does not listen to it.
	overdue := time.AfterFunc(s.timeout, func() { s.land(f, key, nil, errLoadTimeout) })
	go func() {
		var v *compiled
		// What runs here may panic, or end its goroutine: neither may leave a
		// caller waiting or reach another one.
		err := errGoexit
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("tax: the load panicked: %v", p)
			}
			if errors.Is(err, context.DeadlineExceeded) && context.Cause(ctx) == errLoadTimeout {
				err = errLoadTimeout // in the words of the option, not of the source
			}
			overdue.Stop()
			s.land(f, key, v, err)
			cancel()
		}()
		watched, fault := s.observed(ctx, f, key)
		if fault != nil {
			err = fault
			return
		}
		v, err = s.load(watched, key)
	}()
	return f
}

// observed is the context of a flight as the observer wants it.
func (s *shard) observed(ctx context.Context, f *flight, key Key) (context.Context, error) {
	hook := s.observer.LoadStart
	if hook == nil {
		return ctx, nil
	}
	own, err := ctx, errors.New("tax: Observer.LoadStart panicked")
	s.guard(key, func() {
		if c := hook(ctx, key); c != nil {
			own = c
		}
		err = nil
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	f.ctx = own
	return own, err
}

// land ends a flight with its result; only the first call counts.
func (s *shard) land(f *flight, key Key, v *compiled, err error) {
	s.mu.Lock()
	if f.landed {
		s.mu.Unlock()
		return
	}
	f.landed = true
	ctx := f.ctx
	took := s.clock.elapsed() - f.began
	s.stats.loaded(took, err)
	delete(s.aloft, f)
	if f.probe {
		s.probing.Store(false)
	}
	f.result, f.err = v, err
	var displaced []*entry
	if s.drop(f) && !s.closed {
		displaced = s.settle(f)
	}
	s.mu.Unlock()
	if s.maxBytes > 0 && len(s.shards) > 1 {
		displaced = append(displaced, s.trim(s)...)
	}
	close(f.done)

	if hook := s.observer.Evicted; hook != nil {
		for _, e := range displaced {
			s.guard(key, func() { hook(e.ident().key()) })
		}
	}
	if hook := s.observer.LoadEnd; hook != nil {
		l := Load{Key: key, Duration: time.Duration(took), Found: err == nil && v != nil, Err: err, Background: f.background}
		s.guard(key, func() { hook(ctx, l) })
	}
}

// settle turns the result of a flight into the next state of its key. It may
// turn a failure into a stale result. The caller holds mu.
func (s *shard) settle(f *flight) (displaced []*entry) {
	hash := f.id.hash(tenantHash(f.id.tenant.Value()))
	s.failing.Store(f.err != nil)
	now := s.clock.elapsed()
	switch {
	case f.err != nil:
		known, _ := s.remembered.Get(f.id)
		known.err, known.failures = f.err, known.failures+1
		known.until = now + backoff(known.failures)
		s.remember(f.id, known)
		e := s.lookup(f.id, hash)
		switch {
		case e == nil:
		case now < s.ends(e):
			e.due.Store(min(s.ends(e), max(known.until, now+int64(s.clock.tick))))
		case now < s.staleUntil(e):
			e = s.markStale(e, hash)
			e.probe.Store(known.until)
			f.result, f.err = &e.compiled, nil
		default:
			f.err = s.tooOld(e, f.err)
		}
	case f.result == nil:
		s.forget(f.id, hash)
		if s.negativeTTL > 0 {
			s.remember(f.id, memory{until: now + s.negativeTTL})
		}
	default:
		s.remembered.Remove(f.id)
		e := &entry{compiled: *f.result, began: f.began, place: f.id.country}
		e.due.Store(s.ends(e) - s.ahead)
		return s.keep(e, hash)
	}
	return nil
}

// leave ends the wait of one caller. When all have left, a flight that was for
// them alone is cancelled. A caller who ran out of time may take what is stale.
func (s *shard) leave(f *flight, hash uint64, ended error) (c *compiled, hit bool, err error) {
	s.mu.Lock()
	f.waiting--
	forsaken := f.waiting == 0 && !f.background
	if forsaken {
		s.drop(f)
	}
	s.mu.Unlock()
	if forsaken {
		s.land(f, f.id.key(), nil, context.Canceled)
		f.cancel()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.lookup(f.id, hash); e != nil && errors.Is(ended, context.DeadlineExceeded) {
		switch now := s.clock.elapsed(); {
		case now < s.ends(e):
			return &e.compiled, false, nil
		case now < s.staleUntil(e):
			s.stats.staleServed.Add(1)
			return &e.asStale().compiled, false, nil
		}
	}
	return nil, false, ended
}

// drop makes a flight obsolete and reports whether it was current. The caller
// holds mu.
func (s *shard) drop(f *flight) bool {
	if s.flights[f.id] != f {
		return false
	}
	delete(s.flights, f.id)
	return true
}

// forget makes a key absent. The caller holds mu.
func (s *shard) forget(id ident, hash uint64) {
	if e := s.lookup(id, hash); e != nil {
		s.release(e, hash)
	}
	s.remembered.Remove(id)
	delete(s.flights, id)
}

// remember keeps what is known of a key that has no entry. The caller holds mu.
func (s *shard) remember(id ident, m memory) {
	if len(id.tenant.Value()) <= maxRememberID {
		s.remembered.Add(id, m)
	}
}

// tooOld wraps a failure when there are data that are too old to answer.
func (c *cache) tooOld(e *entry, err error) error {
	if e != nil && err != nil && c.maxStale > 0 {
		return outdatedError{err}
	}
	return err
}

// backoff is the time for which a failure is remembered: not at all for the
// first one, so that the next lookup may try; then it doubles. It is drawn
// between half and all of that, lest all keys come back together.
func backoff(failures int) int64 {
	if failures < 2 {
		return 0
	}
	d := min(maxBackoff, minBackoff<<min(failures-2, 20))
	return d/2 + rand.Int64N(d/2+1)
}
