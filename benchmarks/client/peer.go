package client

import "fmt"

// Cache is one of the caches that ours is compared with.
type Cache[K comparable, V any] interface {
	// Get reads a value.
	Get(key K) (V, bool)
	// Set keeps a value; a cache with a policy may refuse it.
	Set(key K, value V)
	// Walk gets n of the keys, from a position on; the number of keys is a power of
	// two. It returns the number of hits and the last value, so that the compiler
	// cannot leave out reading the values.
	Walk(keys []K, from, n int) (hits int, last V)
	// Close ends the goroutines of the cache.
	Close()
}

// Peer makes caches of one kind.
type Peer[K comparable, V any] struct {
	// Name is that of the module, without its version.
	Name string
	// New makes an empty cache for a number of entries.
	New func(capacity int) Cache[K, V]
	// Bounded means that the cache never holds more than its capacity.
	Bounded bool
}

// Names of our clients, and of the clients in goals.
const (
	Tax       = "tax"
	Local     = "tax, a source that never waits"
	Bare      = "map"
	LRU       = "golang-lru"
	Expirable = "golang-lru expirable"
	Otter     = "otter"
	PerAsk    = "tax, Tenant(id) per call"
)

// Peers returns all peers.
func Peers[K comparable, V any]() []Peer[K, V] {
	return []Peer[K, V]{
		{Name: Bare, New: newBare[K, V]},
		{Name: "map, RWMutex", New: newLocked[K, V]},
		{Name: "sync.Map", New: newSync[K, V]},
		{Name: "xsync.Map", New: newXsync[K, V]},
		{Name: LRU, New: newLRU[K, V], Bounded: true},
		{Name: "golang-lru 2Q", New: newTwoQueue[K, V], Bounded: true},
		{Name: Expirable, New: newExpirable[K, V], Bounded: true},
		{Name: Otter, New: newOtter[K, V], Bounded: true},
		{Name: "ristretto", New: newRistretto[K, V], Bounded: true},
		{Name: "theine", New: newTheine[K, V], Bounded: true},
	}
}

// Fill puts all questions into a cache and makes sure that they are there: caches
// with a policy set values later, or not at all if they are busy.
func Fill[K comparable, V any](c Cache[K, V], questions int, key func(question int) K, value func(question int) V) error {
	const attempts = 20
	for attempt := 0; ; attempt++ {
		missing := 0
		for q := range questions {
			k := key(q)
			if attempt > 0 {
				if _, ok := c.Get(k); ok {
					continue
				}
			}
			missing++
			c.Set(k, value(q))
			if missing%1000 == 0 {
				wait(c)
			}
		}
		wait(c)
		switch {
		case attempt > 0 && missing == 0:
			return nil
		case attempt == attempts:
			return fmt.Errorf("%d of %d questions do not stay in %T", missing, questions, c)
		}
	}
}

// wait lets a cache finish its background work.
func wait[K comparable, V any](c Cache[K, V]) {
	if w, ok := c.(interface{ Wait() }); ok {
		w.Wait()
	}
}
