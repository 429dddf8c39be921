package tax

import (
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
	n := r.cache.Counts()
	return Stats{
		Countries: n.Entries, Bytes: n.Bytes, Loading: n.Loading,
		Hits: r.hits.Sum(), Misses: n.Misses, Loads: n.Loads, Failures: n.Failures,
		StaleServed: n.StaleServed, Evictions: n.Evictions,
		LoadTime: n.LoadTime, MaxLoadTime: n.MaxLoadTime,
	}
}
