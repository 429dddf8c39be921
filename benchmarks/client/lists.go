package client

import (
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/hashicorp/golang-lru/v2/expirable"
)

type listed[K comparable, V any] struct{ c *lru.Cache[K, V] }

func newLRU[K comparable, V any](capacity int) Cache[K, V] {
	c, err := lru.New[K, V](capacity)
	if err != nil {
		panic(err) // unreachable: every capacity is positive
	}
	return listed[K, V]{c}
}

func (l listed[K, V]) Get(key K) (V, bool) { return l.c.Get(key) }
func (l listed[K, V]) Set(key K, v V)      { l.c.Add(key, v) }
func (l listed[K, V]) Close()              {}

func (l listed[K, V]) Walk(keys []K, from, n int) (hits int, last V) {
	mask := len(keys) - 1
	for i := range n {
		if v, ok := l.c.Get(keys[(from+i)&mask]); ok {
			hits++
			last = v
		}
	}
	return hits, last
}

type twoQueue[K comparable, V any] struct{ c *lru.TwoQueueCache[K, V] }

func newTwoQueue[K comparable, V any](capacity int) Cache[K, V] {
	c, err := lru.New2Q[K, V](capacity)
	if err != nil {
		panic(err) // unreachable: every capacity is positive
	}
	return twoQueue[K, V]{c}
}

func (q twoQueue[K, V]) Get(key K) (V, bool) { return q.c.Get(key) }
func (q twoQueue[K, V]) Set(key K, v V)      { q.c.Add(key, v) }
func (q twoQueue[K, V]) Close()              {}

func (q twoQueue[K, V]) Walk(keys []K, from, n int) (hits int, last V) {
	mask := len(keys) - 1
	for i := range n {
		if v, ok := q.c.Get(keys[(from+i)&mask]); ok {
			hits++
			last = v
		}
	}
	return hits, last
}

// expiring reads the clock in every Get, with or without a time to live. With one,
// it starts a goroutine that never ends and keeps the cache alive. So it gets none
// here, which does not change its speed.
type expiring[K comparable, V any] struct{ c *expirable.LRU[K, V] }

func newExpirable[K comparable, V any](capacity int) Cache[K, V] {
	const forever time.Duration = 0
	return expiring[K, V]{expirable.NewLRU[K, V](capacity, nil, forever)}
}

func (e expiring[K, V]) Get(key K) (V, bool) { return e.c.Get(key) }
func (e expiring[K, V]) Set(key K, v V)      { e.c.Add(key, v) }
func (e expiring[K, V]) Close()              {}

func (e expiring[K, V]) Walk(keys []K, from, n int) (hits int, last V) {
	mask := len(keys) - 1
	for i := range n {
		if v, ok := e.c.Get(keys[(from+i)&mask]); ok {
			hits++
			last = v
		}
	}
	return hits, last
}
