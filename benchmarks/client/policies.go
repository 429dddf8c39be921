package client

import (
	"hash/maphash"

	theine "github.com/Yiling-J/theine-go"
	"github.com/dgraph-io/ristretto/v2"
	"github.com/maypok86/otter/v2"
)

type ottered[K comparable, V any] struct{ c *otter.Cache[K, V] }

func newOtter[K comparable, V any](capacity int) Cache[K, V] {
	return ottered[K, V]{otter.Must(&otter.Options[K, V]{MaximumSize: capacity})}
}

func (o ottered[K, V]) Get(key K) (V, bool) { return o.c.GetIfPresent(key) }
func (o ottered[K, V]) Set(key K, v V)      { o.c.Set(key, v) }
func (o ottered[K, V]) Wait()               { o.c.CleanUp() }
func (o ottered[K, V]) Close()              { o.c.StopAllGoroutines() }

func (o ottered[K, V]) Walk(keys []K, from, n int) (hits int, last V) {
	mask := len(keys) - 1
	for i := range n {
		if v, ok := o.c.GetIfPresent(keys[(from+i)&mask]); ok {
			hits++
			last = v
		}
	}
	return hits, last
}

// hashed is ristretto. It takes no structs as keys, so a program has to hash them;
// the time includes that. Two keys with one hash would be confused.
type hashed[K comparable, V any] struct {
	c    *ristretto.Cache[uint64, V]
	seed maphash.Seed
}

func newRistretto[K comparable, V any](capacity int) Cache[K, V] {
	c, err := ristretto.NewCache(&ristretto.Config[uint64, V]{
		NumCounters: 10 * int64(capacity), MaxCost: int64(capacity), BufferItems: 64, // as it advises
		IgnoreInternalCost: true,
	})
	if err != nil {
		panic(err) // unreachable: every capacity is positive
	}
	return hashed[K, V]{c, maphash.MakeSeed()}
}

func (h hashed[K, V]) Get(key K) (V, bool) { return h.c.Get(maphash.Comparable(h.seed, key)) }
func (h hashed[K, V]) Set(key K, v V)      { h.c.Set(maphash.Comparable(h.seed, key), v, 1) }
func (h hashed[K, V]) Wait()               { h.c.Wait() }
func (h hashed[K, V]) Close()              { h.c.Close() }

func (h hashed[K, V]) Walk(keys []K, from, n int) (hits int, last V) {
	mask := len(keys) - 1
	for i := range n {
		if v, ok := h.c.Get(maphash.Comparable(h.seed, keys[(from+i)&mask])); ok {
			hits++
			last = v
		}
	}
	return hits, last
}

type theined[K comparable, V any] struct{ c *theine.Cache[K, V] }

func newTheine[K comparable, V any](capacity int) Cache[K, V] {
	c, err := theine.NewBuilder[K, V](int64(capacity)).Build()
	if err != nil {
		panic(err) // unreachable: every capacity is positive
	}
	return theined[K, V]{c}
}

func (t theined[K, V]) Get(key K) (V, bool) { return t.c.Get(key) }
func (t theined[K, V]) Set(key K, v V)      { t.c.Set(key, v, 1) }
func (t theined[K, V]) Wait()               { t.c.Wait() }
func (t theined[K, V]) Close()              { t.c.Close() }

func (t theined[K, V]) Walk(keys []K, from, n int) (hits int, last V) {
	mask := len(keys) - 1
	for i := range n {
		if v, ok := t.c.Get(keys[(from+i)&mask]); ok {
			hits++
			last = v
		}
	}
	return hits, last
}
