package cache

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Counts say what has happened in a cache since it was made, and what it holds now.
type Counts struct {
	Misses, Loads, Failures, StaleServed, Evictions uint64
	LoadTime, MaxLoadTime                           time.Duration
	Entries, Loading, Abandoned                     int
	Bytes                                           int64
}

// Counts returns the counts. It takes the lock of the cache for a moment.
func (c *Cache[V]) Counts() Counts {
	n := Counts{
		Misses:      c.stats.misses.Load(),
		Loads:       c.stats.loads.Load(),
		Failures:    c.stats.failures.Load(),
		StaleServed: c.stats.staleServed.Load(),
		Evictions:   c.stats.evictions.Load(),
		LoadTime:    time.Duration(c.stats.loadTime.Load()),
		MaxLoadTime: time.Duration(c.stats.maxLoadTime.Load()),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n.Entries, n.Bytes, n.Loading = c.kept.len(), c.memory(), c.underWay.len
	n.Abandoned = c.abandoned
	return n
}

// InUse reports whether the cache has an entry or a load that may become one.
func (c *Cache[V]) InUse() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept.len() > 0 || c.underWay.len > 0
}

// counters count everything except hits.
type counters struct {
	misses, loads, failures, staleServed, evictions atomic.Uint64
	loadTime, maxLoadTime                           atomic.Int64
}

// loaded counts a load that has ended.
func (c *counters) loaded(took int64, err error) {
	c.loads.Add(1)
	if err != nil {
		c.failures.Add(1)
	}
	c.loadTime.Add(took)
	for {
		longest := c.maxLoadTime.Load()
		if took <= longest || c.maxLoadTime.CompareAndSwap(longest, took) {
			return
		}
	}
}

// Hits count the lookups that are answered without calling [Cache.Get]. The count
// is spread over stripes at random, so that cores that count at the same time
// seldom contend for one cache line.
type Hits []stripe

// stripe is a part of a counter on a cache line of its own.
type stripe struct {
	n atomic.Uint64
	_ [56]byte
}

const stripes = 64 // a power of two

// NewHits returns a counter at zero.
func NewHits() Hits { return make(Hits, stripes) }

// Add counts one hit.
func (h Hits) Add() { h[rand.Uint32()&(stripes-1)].n.Add(1) }

// Sum returns the number of hits.
func (h Hits) Sum() (n uint64) {
	for i := range h {
		n += h[i].n.Load()
	}
	return n
}
