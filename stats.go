package tax

import (
	"time"
)

// Stats are the counts of a [Resolver], over all tenants: what is in memory now,
// and what happened since the resolver was made. Every number is exact unless it
// says otherwise, but the numbers of one call need not belong to one instant.
type Stats struct {
	// Countries is the number of countries in memory now.
	Countries int
	// Bytes is an estimate of the memory that they take. Tests keep it within
	// 25 % of the growth of the heap.
	Bytes int64
	// Loading is the number of loads under way.
	Loading int
	// Abandoned is the number of loads that were given up, at Options.LoadTimeout,
	// because all callers had left, or by Close, and whose source has not returned
	// yet. If it stays above 0, the source does not heed its context.
	Abandoned int
	// Hits is the number of lookups answered from memory. They are counted only
	// with Options.CountHits. A lookup that a country refers to another one asks both,
	// and counts for both.
	Hits uint64
	// Misses is the number of lookups that did not find their country in memory,
	// or not in a usable state: they waited for a load, or returned a remembered
	// error, the remembered absence of the country, or the error that too many loads
	// are running.
	Misses uint64
	// Loads is the number of loads that have ended.
	Loads uint64
	// Failures is the number of these loads that failed, were cancelled or took
	// too long.
	Failures uint64
	// StaleServed is the number of answers from a country that was kept beyond
	// its TTL because the source failed.
	StaleServed uint64
	// Evictions is the number of countries evicted to make room, because of
	// Options.Capacity, MaxBytes or TenantQuota. Invalidations are not counted.
	Evictions uint64
	// LoadTime is the sum of the durations of all Loads.
	LoadTime time.Duration
	// MaxLoadTime is the duration of the longest of them.
	MaxLoadTime time.Duration
}

// Stats returns the counts. It is for dashboards, not for every lookup: it
// takes the lock of the cache for a moment. A Resolver that [NewResolver] did not
// make has none.
func (r *Resolver) Stats() Stats {
	if r.core == nil {
		return Stats{}
	}
	n := r.cache.Counts()
	return Stats{
		Countries: n.Entries, Bytes: n.Bytes, Loading: n.Loading, Abandoned: n.Abandoned,
		Hits: r.hits.Sum(), Misses: n.Misses, Loads: n.Loads, Failures: n.Failures,
		StaleServed: n.StaleServed, Evictions: n.Evictions,
		LoadTime: n.LoadTime, MaxLoadTime: n.MaxLoadTime,
	}
}
