package tax

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Stats are what a [Resolver] counted since it was made, over all tenants. All
// numbers are exact; those of one call need not be of one instant.
type Stats struct {
	// Countries is the number of countries in memory now, Bytes an estimate of
	// the memory they take: exact to some tens of a percent, and tested against
	// the heap.
	Countries int
	Bytes     int64
	// Loading is the number of loads under way.
	Loading int
	// Hits are the lookups answered from memory. They are counted only with
	// Options.CountHits.
	Hits uint64
	// Misses are the lookups that found no country in memory that they could
	// use: they waited for a load, or got an error or the absence of a country
	// that was remembered.
	Misses uint64
	// Loads are those that ended, Failures those of them that failed, were
	// cancelled or took too long.
	Loads, Failures uint64
	// StaleServed are the answers from a country that was kept beyond its TTL
	// because the source failed.
	StaleServed uint64
	// Evictions are the countries displaced to make room, by Options.Capacity,
	// MaxBytes or TenantQuota. Invalidations are none.
	Evictions uint64
	// LoadTime is the sum of the times of all Loads, MaxLoadTime the longest.
	LoadTime, MaxLoadTime time.Duration
}

// Stats returns the counts. It is for dashboards, not for every lookup: it
// takes the lock of the cache for a moment.
func (r *Resolver) Stats() Stats {
	if r.core == nil {
		return Stats{}
	}
	c := &r.cache
	s := Stats{
		Misses:      c.stats.misses.Load(),
		Loads:       c.stats.loads.Load(),
		Failures:    c.stats.failures.Load(),
		StaleServed: c.stats.staleServed.Load(),
		Evictions:   c.stats.evictions.Load(),
		LoadTime:    time.Duration(c.stats.loadTime.Load()),
		MaxLoadTime: time.Duration(c.stats.maxLoadTime.Load()),
	}
	for i := range r.hits {
		s.Hits += r.hits[i].n.Load()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Countries, s.Bytes, s.Loading = c.kept.Len(), c.bytes, len(c.aloft)
	return s
}

// counters of what happens beside hits.
type counters struct {
	misses, loads, failures, staleServed, evictions atomic.Uint64
	loadTime, maxLoadTime                           atomic.Int64
}

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

// stripe is a part of a counter on a cache line of its own. Hits are spread over
// stripes at random, so that cores that count at once seldom meet.
type stripe struct {
	n atomic.Uint64
	_ [56]byte
}

const hitStripes = 64 // a power of two

func countHit(hits []stripe) { hits[rand.Uint32()&(hitStripes-1)].n.Add(1) }
