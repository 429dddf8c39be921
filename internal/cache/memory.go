package cache

import (
	"crypto/sha256"
	"math/rand/v2"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// memory is what is known about a key that has no entry, or whose loads fail. The
// number of keys without an entry is unlimited, so they have a bound of their own:
// a flood of them evicts no entry.
type memory struct {
	err      error // nil if there is no value
	failures int   // in a row
	until    int64 // from then on the source is asked again
}

const (
	maxRemembered = 1024
	maxKeptTenant = 256 // bytes; of a longer id only the digest is kept
	minBackoff    = int64(100 * time.Millisecond)
	// MaxBackoff is the longest pause that [Backoff] returns.
	MaxBackoff = int64(15 * time.Second)
)

// rememberedID identifies a key without an entry. It bounds what is kept of the
// tenant's id, which a caller of the caller may have chosen.
type rememberedID struct {
	ID     // without the tenant, if there is a digest
	digest // of a long id of the tenant
}

type digest [sha256.Size]byte

// digestOf returns the digest of a long id of a tenant; nil if it is short.
func digestOf(v *View) *digest {
	if !v.long {
		return nil
	}
	d := digest(sha256.Sum256([]byte(v.Tenant.Value())))
	return &d
}

// remembered returns what identifies a key while it has no entry.
func (k *key) remembered() rememberedID {
	if k.digest != nil {
		return rememberedID{ID{Nobody, k.Place}, *k.digest}
	}
	return rememberedID{ID: k.ID}
}

// recall returns what is known about a key. The lock must be held.
func (c *Cache[V]) recall(k *key, e *Entry[V]) (m memory, ok bool) {
	if e != nil {
		m, ok = c.troubled[k.ID]
		return m, ok
	}
	if c.remembered == nil {
		return m, false
	}
	return c.remembered.Get(k.remembered())
}

// remembers reports whether anything is known about keys without an entry. The lock must be
// held.
func (c *Cache[V]) remembers() bool { return c.remembered != nil && c.remembered.Len() > 0 }

// remember keeps what is known about a key. The lock must be held.
func (c *Cache[V]) remember(k *key, e *Entry[V], m memory) {
	if e != nil {
		if c.troubled == nil {
			c.troubled = make(map[ID]memory)
		}
		c.troubled[k.ID] = m
		return
	}
	if c.remembered == nil {
		known, err := simplelru.NewLRU[rememberedID, memory](maxRemembered, nil)
		if err != nil {
			panic(err) // unreachable: the size is positive
		}
		c.remembered = known
	}
	c.remembered.Add(k.remembered(), m)
}

// tooOld returns a failure, as an [OutdatedError] if there is an entry that is too
// old to answer.
func (c *Cache[V]) tooOld(e *Entry[V], err error) error {
	if e != nil && err != nil && c.settings.MaxStale > 0 {
		return OutdatedError{err}
	}
	return err
}

// Backoff returns how long a failure is remembered, in nanoseconds, after so many
// failures in a row: not at all after the first one, so that the next lookup tries
// again; then 100 milliseconds, and twice as long after each failure, up to
// [MaxBackoff]. It is drawn at random between half and all of that, so that keys
// that failed together do not all try again together.
func Backoff(failures int) int64 {
	if failures < 2 {
		return 0
	}
	d := min(MaxBackoff, minBackoff<<min(failures-2, 20))
	return d/2 + rand.Int64N(d/2+1)
}
