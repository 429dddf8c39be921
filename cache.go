package tax

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// cache keeps compiled countries and loads each once. It is the seam between
// the resolver and how countries are kept: get, invalidate, close.
//
// A key is in one of three states:
//
//	absent    a get starts a flight                      -> loading
//	loading   gets join the flight; it lands             -> present, or absent on an error or none
//	          an invalidation makes the flight obsolete:
//	          who waits still gets its result, nothing is
//	          kept, and the next get starts another      -> absent
//	          all who wait leave: it is cancelled        -> absent
//	present   gets answer; invalidated or displaced      -> absent
//
// A flight belongs to nobody's context: it runs with its own deadline.
type cache struct {
	load    func(context.Context, Key) (*compiled, error)
	timeout time.Duration

	mu      sync.Mutex
	kept    *simplelru.LRU[Key, *compiled]
	flights map[Key]*flight      // those that may be joined
	aloft   map[*flight]struct{} // those and the obsolete ones
	closed  bool
}

// errLoadTimeout tells the deadline of a load from that of a caller.
var errLoadTimeout = fmt.Errorf("tax: no answer within Options.LoadTimeout: %w", context.DeadlineExceeded)

// errCacheClosed is not ErrClosed, which a source may return as well.
var errCacheClosed = errors.New("tax: cache closed")

// flight is one load under way.
type flight struct {
	cancel  context.CancelFunc
	waiting int           // callers; guarded by cache.mu
	done    chan struct{} // closed when the result is set
	result  *compiled
	err     error
}

func newCache(capacity int, timeout time.Duration, load func(context.Context, Key) (*compiled, error)) *cache {
	kept, err := simplelru.NewLRU[Key, *compiled](capacity, nil)
	if err != nil {
		panic(err) // capacity is positive: settings checked it
	}
	return &cache{load: load, timeout: timeout, kept: kept, flights: make(map[Key]*flight), aloft: make(map[*flight]struct{})}
}

// get returns the compiled country; nil when the source has none.
func (c *cache) get(ctx context.Context, key Key) (*compiled, error) {
	c.mu.Lock()
	v, err := c.hit(key)
	c.mu.Unlock()
	if v != nil || err != nil {
		return v, err
	}
	// A context is the caller's code: it is not called under the lock.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	if v, err := c.hit(key); v != nil || err != nil {
		c.mu.Unlock()
		return v, err
	}
	f := c.flights[key]
	if f == nil {
		f = c.start(key)
	}
	f.waiting++
	c.mu.Unlock()

	select {
	case <-f.done:
		return f.result, f.err
	case <-ctx.Done():
		c.mu.Lock()
		f.waiting--
		if f.waiting == 0 {
			c.drop(key, f)
			f.cancel()
		}
		c.mu.Unlock()
		return nil, ctx.Err()
	}
}

// hit returns the country if it is kept. The caller holds mu.
func (c *cache) hit(key Key) (*compiled, error) {
	if c.closed {
		return nil, errCacheClosed
	}
	v, _ := c.kept.Get(key)
	return v, nil
}

// start begins a load. The caller holds mu.
func (c *cache) start(key Key) *flight {
	ctx, cancel := context.WithTimeoutCause(context.Background(), c.timeout, errLoadTimeout)
	f := &flight{cancel: cancel, done: make(chan struct{})}
	c.flights[key] = f
	c.aloft[f] = struct{}{}
	// The deadline ends the flight even when the source does not listen to it.
	stop := context.AfterFunc(ctx, func() { c.land(key, f, nil, context.Cause(ctx)) })
	go func() {
		var v *compiled
		// What runs here may panic, or end its goroutine: neither may leave a
		// caller waiting or reach another one.
		err := fmt.Errorf("tax: the source ended its goroutine")
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("tax: the load panicked: %v", p)
			}
			stop()
			c.land(key, f, v, err)
			cancel()
		}()
		v, err = c.load(ctx, key)
	}()
	return f
}

// land ends a flight with its result; only the first call counts.
func (c *cache) land(key Key, f *flight, v *compiled, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-f.done:
		return
	default:
	}
	delete(c.aloft, f)
	current := c.drop(key, f)
	if err == nil && v != nil && current && !c.closed {
		c.kept.Add(key, v)
	}
	f.result, f.err = v, err
	close(f.done)
}

// drop makes a flight obsolete and reports whether it was current. The caller
// holds mu.
func (c *cache) drop(key Key, f *flight) bool {
	if c.flights[key] != f {
		return false
	}
	delete(c.flights, key)
	return true
}

// invalidate drops a key; without Country, all keys of the tenant; the zero
// Key, everything.
func (c *cache) invalidate(key Key) {
	switch {
	case key.Country != "":
		c.mu.Lock()
		c.kept.Remove(key)
		delete(c.flights, key)
		c.mu.Unlock()
	case key.Tenant != "":
		c.invalidateIf(func(k Key) bool { return k.Tenant == key.Tenant })
	default:
		c.invalidateIf(func(Key) bool { return true })
	}
}

func (c *cache) invalidateIf(match func(Key) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range c.kept.Keys() {
		if match(key) {
			c.kept.Remove(key)
		}
	}
	for key := range c.flights {
		if match(key) {
			delete(c.flights, key)
		}
	}
}

// close ends all flights and forgets everything.
func (c *cache) close() {
	c.mu.Lock()
	c.closed = true
	clear(c.flights)
	c.kept.Purge()
	aloft := slices.Collect(maps.Keys(c.aloft))
	c.mu.Unlock()
	for _, f := range aloft {
		// Landed first: cancelling would answer with the error of a context.
		c.land(Key{}, f, nil, errCacheClosed)
		f.cancel()
	}
}
