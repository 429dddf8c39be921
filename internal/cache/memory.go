package cache

import (
	"math/rand/v2"
	"time"
)

// memory is what is known of a key that has no entry, or whose loads fail. There
// is no end of keys without an entry: they are remembered within a bound of
// their own.
type memory struct {
	err      error // nil: there is no value
	failures int
	until    int64 // from then on the source is asked again
}

const (
	maxRemembered = 1024
	maxRememberID = 256 // bytes of the id of a tenant that is worth remembering
	minBackoff    = int64(100 * time.Millisecond)
	// MaxBackoff is the longest pause that [Backoff] returns.
	MaxBackoff = int64(15 * time.Second)
)

// recall returns what is known of a key. The caller holds mu.
func (c *Cache[V]) recall(id ID, e *Entry[V]) (m memory, ok bool) {
	if e != nil {
		m, ok = c.troubled[id]
		return m, ok
	}
	return c.remembered.Get(id)
}

// remember keeps what is known of a key. The caller holds mu.
func (c *Cache[V]) remember(id ID, e *Entry[V], m memory) {
	switch {
	case e != nil:
		c.troubled[id] = m
	case len(id.Tenant.Value()) <= maxRememberID:
		c.remembered.Add(id, m)
	}
}

// tooOld wraps a failure when there is a value that is too old to answer.
func (c *Cache[V]) tooOld(e *Entry[V], err error) error {
	if e != nil && err != nil && c.settings.MaxStale > 0 {
		return OutdatedError{err}
	}
	return err
}

// Backoff returns the nanoseconds for which a failure is remembered: none for
// the first one, so that the next lookup may try; then they double. They are
// drawn between half and all of that, so that keys that failed together do not
// return together.
func Backoff(failures int) int64 {
	if failures < 2 {
		return 0
	}
	d := min(MaxBackoff, minBackoff<<min(failures-2, 20))
	return d/2 + rand.Int64N(d/2+1)
}
