package client

import (
	"sync"

	"github.com/puzpuzpuz/xsync/v4"
)

// bare is a Go map that is only read. Its time is the unit of the goals.
type bare[K comparable, V any] map[K]V

func newBare[K comparable, V any](int) Cache[K, V] { return bare[K, V]{} }

func (m bare[K, V]) Get(key K) (V, bool) { v, ok := m[key]; return v, ok }
func (m bare[K, V]) Set(key K, v V)      { m[key] = v }
func (m bare[K, V]) Close()              {}

func (m bare[K, V]) Walk(keys []K, from, n int) (hits int, last V) {
	mask := len(keys) - 1
	for i := range n {
		if v, ok := m[keys[(from+i)&mask]]; ok {
			hits++
			last = v
		}
	}
	return hits, last
}

// locked is a map behind a lock.
type locked[K comparable, V any] struct {
	mu sync.RWMutex
	m  map[K]V
}

func newLocked[K comparable, V any](int) Cache[K, V] { return &locked[K, V]{m: map[K]V{}} }

func (m *locked[K, V]) Get(key K) (V, bool) {
	m.mu.RLock()
	v, ok := m.m[key]
	m.mu.RUnlock()
	return v, ok
}

func (m *locked[K, V]) Set(key K, v V) {
	m.mu.Lock()
	m.m[key] = v
	m.mu.Unlock()
}

func (m *locked[K, V]) Close() {}

func (m *locked[K, V]) Walk(keys []K, from, n int) (hits int, last V) {
	mask := len(keys) - 1
	for i := range n {
		m.mu.RLock()
		v, ok := m.m[keys[(from+i)&mask]]
		m.mu.RUnlock()
		if ok {
			hits++
			last = v
		}
	}
	return hits, last
}

// synced is the map of package sync, which holds interfaces.
type synced[K comparable, V any] struct{ m sync.Map }

func newSync[K comparable, V any](int) Cache[K, V] { return &synced[K, V]{} }

func (m *synced[K, V]) Get(key K) (v V, ok bool) {
	if x, found := m.m.Load(key); found {
		v, ok = x.(V)
	}
	return v, ok
}

func (m *synced[K, V]) Set(key K, v V) { m.m.Store(key, v) }
func (m *synced[K, V]) Close()         {}

func (m *synced[K, V]) Walk(keys []K, from, n int) (hits int, last V) {
	mask := len(keys) - 1
	for i := range n {
		if x, ok := m.m.Load(keys[(from+i)&mask]); ok {
			hits++
			last = x.(V)
		}
	}
	return hits, last
}

type xsynced[K comparable, V any] struct{ m *xsync.Map[K, V] }

func newXsync[K comparable, V any](int) Cache[K, V] { return xsynced[K, V]{xsync.NewMap[K, V]()} }

func (m xsynced[K, V]) Get(key K) (V, bool) { return m.m.Load(key) }
func (m xsynced[K, V]) Set(key K, v V)      { m.m.Store(key, v) }
func (m xsynced[K, V]) Close()              {}

func (m xsynced[K, V]) Walk(keys []K, from, n int) (hits int, last V) {
	mask := len(keys) - 1
	for i := range n {
		if v, ok := m.m.Load(keys[(from+i)&mask]); ok {
			hits++
			last = v
		}
	}
	return hits, last
}
