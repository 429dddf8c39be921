package histories

import (
	"context"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/taxresolve/tax"
	"golang.org/x/sync/singleflight"
)

// The caches below are what one writes in an afternoon. Each of them can serve, until
// it is evicted, a version that was replaced before the read began: a load reads the
// store, a write and its invalidation come and go, and the load keeps the version
// that it read. The proof has to find that.

// Plain makes an LRU cache and nothing more.
func Plain(src tax.Source, s *Script) (Cache, error) { return newNaive(src, s, false, false) }

// Flights makes an LRU cache in which all callers that miss a key wait for one load.
func Flights(src tax.Source, s *Script) (Cache, error) { return newNaive(src, s, true, false) }

// Forgetting makes the same cache, but an invalidation makes it forget the load that
// is under way, which is the repair that first comes to mind. It is not enough: the
// forgotten load still stores the version that it read.
func Forgetting(src tax.Source, s *Script) (Cache, error) { return newNaive(src, s, true, true) }

type naive struct {
	source         tax.Source
	kept           *lru.Cache[tax.Key, int]
	flights        singleflight.Group
	joined, forget bool
	evictions      atomic.Int64
	closed         atomic.Bool
}

func newNaive(src tax.Source, s *Script, joined, forget bool) (*naive, error) {
	c := &naive{source: src, joined: joined, forget: forget}
	kept, err := lru.New[tax.Key, int](s.options.Capacity)
	if err != nil {
		return nil, err
	}
	c.kept = kept
	if n, ok := src.(tax.Notifier); ok {
		n.Notify(c.drop)
	}
	return c, nil
}

func (c *naive) Read(_ context.Context, key tax.Key, _ int) (Answer, error) {
	if c.closed.Load() {
		return Answer{}, tax.ErrClosed
	}
	if v, ok := c.kept.Get(key); ok {
		return Answer{Version: v}, nil
	}
	if !c.joined {
		v, err := c.load(key)
		return Answer{Version: v}, err
	}
	v, err, _ := c.flights.Do(key.Tenant+"/"+key.Country, func() (any, error) { return c.load(key) })
	if err != nil {
		return Answer{}, err
	}
	return Answer{Version: v.(int)}, nil
}

func (c *naive) load(key tax.Key) (int, error) {
	docs, err := c.source.Configurations(context.Background(), key)
	if err != nil {
		return 0, err
	}
	v := version(docs)
	if c.kept.Add(key, v) {
		c.evictions.Add(1)
	}
	return v, nil
}

func (c *naive) Invalidate(key tax.Key, scope Scope) {
	for _, t := range tenants {
		for _, country := range countries {
			if scope == Everything || t == key.Tenant && (scope == OneTenant || country == key.Country) {
				c.dropOne(tax.Key{Tenant: t, Country: country})
			}
		}
	}
}

// drop drops what a source reports as changed.
func (c *naive) drop(key tax.Key) {
	switch {
	case key.Country != "":
		c.dropOne(key)
	case key.Tenant != "":
		c.Invalidate(key, OneTenant)
	default:
		c.Invalidate(key, Everything)
	}
}

func (c *naive) dropOne(key tax.Key) {
	if c.forget {
		c.flights.Forget(key.Tenant + "/" + key.Country)
	}
	c.kept.Remove(key)
}

// Warm loads nothing, which is allowed.
func (c *naive) Warm(context.Context, string, []string) error { return nil }

func (c *naive) Evictions() int { return int(c.evictions.Load()) }

func (c *naive) Close() { c.closed.Store(true) }
