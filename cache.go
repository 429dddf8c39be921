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
	"github.com/taxresolve/tax/internal/civil"
)

// cache keeps compiled countries and loads each once. What is here is one state
// machine for every key; a lookup that finds its country fresh never comes here.
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
// way: a flight becomes obsolete, which means that nothing of it is kept, no later
// lookup joins it, and who waits for it asks again when it lands. The eviction of
// an entry leads to absent, or loading, too.
//
// A flight belongs to nobody's context: it runs with its own deadline.
type cache struct {
	cacheSettings
	clock *civil.Clock
	// direct finds the entries of the tenant without an id, index those of the
	// others.
	direct  [26 * 26]atomic.Pointer[entry]
	index   atomic.Pointer[index]
	failing atomic.Bool // the last load that ended has failed
	probing atomic.Bool // while failing, a flight that nobody waits for is under way
	stats   counters

	mu         sync.Mutex
	kept       *queue
	tenants    map[unique.Handle[string]]tenant // that have entries
	bytes      int64                            // estimate of what is kept; bodies count once
	round      int32                            // how often everything was forgotten
	flights    map[ident]*flight                // those that may be joined
	aloft      map[*flight]struct{}             // those and the obsolete ones
	troubled   map[ident]memory                 // of keys that have an entry: their last loads failed
	remembered *simplelru.LRU[ident, memory]    // of keys that have none
	closed     bool
}

// cacheSettings are the options that concern the cache, in nanoseconds where
// they are times.
type cacheSettings struct {
	load        func(context.Context, Key) (*compiled, error)
	observer    Observer
	guard       func(Key, func())
	timeout     time.Duration
	capacity    int
	ttl         int64
	ahead       int64
	maxStale    int64
	negativeTTL int64
	quota       int
	maxBytes    int64
}

// memory is what is known of a key that has no entry, or whose loads fail. Of
// keys without an entry there is no end: they are remembered in a bound of their
// own.
type memory struct {
	err      error // nil: the source has nothing
	failures int
	until    int64 // from then on the source is asked again
}

// flight is one load under way.
type flight struct {
	id         ident
	began      int64
	background bool // a lookup that had an answer started it
	lasting    bool // there is an entry that may answer: it goes on when nobody waits
	probe      bool // of a source that fails
	cancel     context.CancelFunc
	ctx        context.Context // for the observer; guarded by cache.mu
	waiting    int             // callers; guarded by cache.mu
	landed     bool            // guarded by cache.mu
	done       chan struct{}   // closed when the result is set
	result     *compiled       // nil when the source has nothing
	err        error
	obsolete   bool // something was invalidated since it began
}

const (
	forever       = 1<<63 - 1
	maxRounds     = 16
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
//
// The result of a flight that became obsolete is not given to those who wait for
// it: it may tell of a change before the others hear of it, who would then, a
// moment later, still be given what was before. They ask again, up to a bound,
// lest a key that changes faster than it loads never answers.
func (c *cache) get(ctx context.Context, id ident, hash uint64) (v *compiled, hit bool, err error) {
	if e := c.lookup(id, hash); e != nil && e.stale {
		if now := c.clock.Past(); now < e.probe.Load() && now < c.staleUntil(e) {
			c.stats.staleServed.Add(1)
			return &e.compiled, true, nil
		}
	}
	for round := 0; ; round++ {
		e, f, err := c.turn(ctx, id, hash)
		if round == 0 && e == nil {
			c.stats.misses.Add(1)
		}
		switch {
		case e != nil:
			e.use()
			v, hit = &e.compiled, round == 0
		case f == nil:
			return nil, false, err
		default:
			select {
			case <-f.done:
				if f.obsolete && f.err == nil && round < maxRounds {
					continue
				}
				v, err = f.result, f.err
			case <-ctx.Done():
				v, err = c.leave(f, hash, ctx.Err())
			}
		}
		if v != nil && v.stale {
			c.stats.staleServed.Add(1)
		}
		return v, hit, err
	}
}

// turn is attend with the lock. A context is the caller's code, and not called
// under it; one that has ended is refused only where an answer would have to be
// waited for.
func (c *cache) turn(ctx context.Context, id ident, hash uint64) (*entry, *flight, error) {
	ended := ctx.Err()
	c.mu.Lock()
	defer c.mu.Unlock()
	e, f, err := c.attend(id, hash, ended != nil)
	switch {
	case f != nil:
		f.waiting++
	case e == nil && err == nil:
		err = ended
	}
	return e, f, err
}

// attend decides what a lookup gets: an entry, a flight to wait for, an error,
// or none of them when the source has nothing. A caller who cannot wait gets
// no flight. The caller holds mu.
func (c *cache) attend(id ident, hash uint64, cannotWait bool) (*entry, *flight, error) {
	if c.closed {
		return nil, nil, errCacheClosed
	}
	now := c.clock.Elapsed()
	e, f := c.lookup(id, hash), c.flights[id]
	known, remembered := c.recall(id, e)
	switch {
	case e != nil && now < c.ends(e):
		if now >= e.due.Load() {
			next := c.ends(e)
			if f == nil && !c.ask(id, now, known, remembered) {
				next = min(next, max(known.until, now+int64(c.clock.Tick())))
			}
			e.due.Store(next)
		}
		return e, nil, nil
	case e != nil && remembered && known.err != nil && now < c.staleUntil(e):
		e = c.markStale(e, hash)
		next := int64(forever)
		if f == nil && !c.ask(id, now, known, remembered) {
			next = max(known.until, now+int64(c.clock.Tick()))
		}
		e.probe.Store(next)
		return e, nil, nil
	case remembered && now < known.until:
		return nil, nil, c.tooOld(e, known.err)
	case cannotWait:
		return nil, nil, nil
	case f == nil:
		// Where the entry may answer stale, the load goes on for those who come
		// after a caller who ran out of time.
		f = c.start(&flight{id: id, began: now, lasting: e != nil && now < c.staleUntil(e)})
	}
	return nil, f, nil
}

// ask starts a flight in the background if it is time for one. While the source
// fails, there is one of them at a time over all keys. The caller holds mu.
func (c *cache) ask(id ident, now int64, known memory, remembered bool) bool {
	if remembered && now < known.until {
		return false
	}
	probe := c.failing.Load()
	if probe && !c.probing.CompareAndSwap(false, true) {
		return false
	}
	c.start(&flight{id: id, began: now, lasting: true, background: true, probe: probe})
	return true
}

// start begins the load of a flight. The caller holds mu.
func (c *cache) start(f *flight) *flight {
	ctx, cancel := context.WithTimeoutCause(context.Background(), c.timeout, errLoadTimeout)
	f.ctx, f.cancel, f.done = ctx, cancel, make(chan struct{})
	c.flights[f.id] = f
	c.aloft[f] = struct{}{}
	key := f.id.key()
	// The deadline ends the flight even when the source does not listen to it.
	overdue := time.AfterFunc(c.timeout, func() { c.land(f, key, nil, errLoadTimeout) })
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
			c.land(f, key, v, err)
			cancel()
		}()
		watched, fault := c.observed(ctx, f, key)
		if fault != nil {
			err = fault
			return
		}
		v, err = c.load(watched, key)
	}()
	return f
}

// observed is the context of a flight as the observer wants it.
func (c *cache) observed(ctx context.Context, f *flight, key Key) (context.Context, error) {
	hook := c.observer.LoadStart
	if hook == nil {
		return ctx, nil
	}
	own, err := ctx, errors.New("tax: Observer.LoadStart panicked")
	c.guard(key, func() {
		if derived := hook(ctx, key); derived != nil {
			own = derived
		}
		err = nil
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	f.ctx = own
	return own, err
}

// land ends a flight with its result; only the first call counts.
func (c *cache) land(f *flight, key Key, v *compiled, err error) {
	c.mu.Lock()
	if f.landed {
		c.mu.Unlock()
		return
	}
	f.landed = true
	ctx := f.ctx
	took := c.clock.Elapsed() - f.began
	c.stats.loaded(took, err)
	delete(c.aloft, f)
	if f.probe {
		c.probing.Store(false)
	}
	f.result, f.err = v, err
	var displaced []*entry
	if c.drop(f) && !c.closed {
		displaced = c.settle(f)
	} else {
		f.obsolete = true
	}
	c.mu.Unlock()
	close(f.done)

	if hook := c.observer.Evicted; hook != nil {
		for _, e := range displaced {
			c.guard(key, func() { hook(e.ident().key()) })
		}
	}
	if hook := c.observer.LoadEnd; hook != nil {
		l := Load{Key: key, Duration: time.Duration(took), Found: err == nil && v != nil, Err: err, Background: f.background}
		c.guard(key, func() { hook(ctx, l) })
	}
}

// settle turns the result of a flight into the next state of its key. It may
// turn a failure into a stale result. The caller holds mu.
func (c *cache) settle(f *flight) (displaced []*entry) {
	hash := f.id.hash(tenantHash(f.id.tenant.Value()))
	c.failing.Store(f.err != nil)
	now := c.clock.Elapsed()
	switch {
	case f.err != nil:
		e := c.lookup(f.id, hash)
		known, _ := c.recall(f.id, e)
		known.err, known.failures = f.err, known.failures+1
		known.until = now + backoff(known.failures)
		c.remember(f.id, e, known)
		switch {
		case e == nil:
		case now < c.ends(e):
			e.due.Store(min(c.ends(e), max(known.until, now+int64(c.clock.Tick()))))
		case now < c.staleUntil(e):
			e = c.markStale(e, hash)
			e.probe.Store(known.until)
			f.result, f.err = &e.compiled, nil
		default:
			f.err = c.tooOld(e, f.err)
		}
	case f.result == nil:
		c.forget(f.id, hash)
		if c.negativeTTL > 0 {
			c.remember(f.id, nil, memory{until: now + c.negativeTTL})
		}
	default:
		c.remembered.Remove(f.id)
		delete(c.troubled, f.id)
		e := entryOf(*f.result, f.id.country, f.began)
		e.due.Store(c.ends(e) - c.ahead)
		return c.keep(e, hash)
	}
	return nil
}

// leave ends the wait of one caller. When all have left, a flight that was for
// them alone is cancelled. A caller who ran out of time may take what is stale.
func (c *cache) leave(f *flight, hash uint64, ended error) (*compiled, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiting--
	if f.waiting == 0 && !f.lasting {
		c.drop(f)
		f.cancel()
		go c.land(f, f.id.key(), nil, context.Canceled) // the observer may take its time
	}
	if e := c.lookup(f.id, hash); e != nil && errors.Is(ended, context.DeadlineExceeded) {
		switch now := c.clock.Elapsed(); {
		case now < c.ends(e):
			return &e.compiled, nil
		case now < c.staleUntil(e):
			return &e.asStale().compiled, nil
		}
	}
	return nil, ended
}

// drop makes a flight obsolete and reports whether it was current. The caller
// holds mu.
func (c *cache) drop(f *flight) bool {
	if c.flights[f.id] != f {
		return false
	}
	delete(c.flights, f.id)
	return true
}

// forget makes a key absent. The caller holds mu.
func (c *cache) forget(id ident, hash uint64) {
	if e := c.lookup(id, hash); e != nil {
		c.release(e, hash)
	}
	c.remembered.Remove(id)
	delete(c.flights, id)
}

// recall returns what is known of a key. The caller holds mu.
func (c *cache) recall(id ident, e *entry) (m memory, ok bool) {
	if e != nil {
		m, ok = c.troubled[id]
		return m, ok
	}
	return c.remembered.Get(id)
}

// remember keeps what is known of a key. The caller holds mu.
func (c *cache) remember(id ident, e *entry, m memory) {
	switch {
	case e != nil:
		c.troubled[id] = m
	case len(id.tenant.Value()) <= maxRememberID:
		c.remembered.Add(id, m)
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
