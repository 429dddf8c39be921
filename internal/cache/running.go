package cache

import "fmt"

// Nothing can stop a load whose source does not heed its context. When such a load is
// given up, or an invalidation overtakes it, the next one runs beside it. These bounds
// keep them from piling up.
const (
	// maxRunning is how many loads of one key may run at once.
	maxRunning = 4
	// maxAbandoned is the number of loads that were given up, over all keys, with which
	// no other one starts. A single tenant has too few places to reach it.
	maxAbandoned = 4096
)

var (
	errTooManyOfKey = fmt.Errorf("tax: %d loads of this country were given up and are still running: the source must return when its context ends", maxRunning)
	errTooManyInAll = fmt.Errorf("tax: %d loads were given up and are still running: the source must return when its context ends", maxAbandoned)
)

// full returns why no other load of a key may start, after the newest one; nil if one may.
// The lock must be held.
func (c *Cache[V]) full(newest *flight[V]) error {
	running := 0
	for f := newest; f != nil; f = f.older {
		running++
	}
	switch {
	case running >= maxRunning:
		return errTooManyOfKey
	case c.abandoned >= maxAbandoned:
		return errTooManyInAll
	}
	return nil
}

// queued returns a flight for the callers of a key that is full, until one of the loads
// that an invalidation has overtaken ends; nil if all of them were given up. It fails
// with the given error, but not before its callers have asked again. The lock must be
// held.
func (c *Cache[V]) queued(own *flight[V], full error) *flight[V] {
	var oldest *flight[V]
	for f := own.older; f != nil; f = f.older {
		if !f.landed {
			oldest = f
		}
	}
	if oldest == nil {
		return nil
	}
	return &flight[V]{key: own.key, done: oldest.wait(), lasting: true, queue: true, obsolete: true, err: full}
}

// returns takes out a flight whose source has returned. Those who wait for it find room
// when they ask again. The lock must be held.
func (c *Cache[V]) returns(f *flight[V]) {
	if f.landed {
		c.abandoned--
	}
	newest := c.loads[f.ID]
	switch {
	case newest != f:
		for newest.older != f {
			newest = newest.older
		}
		newest.older = f.older
	case f.older == nil:
		delete(c.loads, f.ID)
	default:
		c.loads[f.ID] = f.older
	}
	f.older = nil
}
