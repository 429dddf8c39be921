package cache

import (
	"fmt"
	"slices"
)

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

// full returns why no other load of a key may start; nil if one may. The lock must be
// held.
func (c *Cache[V]) full(id ID) error {
	switch {
	case len(c.running[id]) >= maxRunning:
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
func (c *Cache[V]) queued(k key, full error) *flight[V] {
	for _, f := range c.running[k.ID] {
		if !f.landed {
			return &flight[V]{key: k, done: f.done, lasting: true, queue: true, obsolete: true, err: full}
		}
	}
	return nil
}

// returns takes out a flight whose source has returned. That comes before it lands, so
// that those who wait for it find room when they ask again.
func (c *Cache[V]) returns(f *flight[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.returned = true
	if f.landed {
		c.abandoned--
	}
	rest := slices.DeleteFunc(c.running[f.ID], func(other *flight[V]) bool { return other == f })
	if len(rest) == 0 {
		delete(c.running, f.ID)
	} else {
		c.running[f.ID] = rest
	}
}
