// Package intern shares values that are equal.
package intern

import (
	"runtime"
	"sync"
	"weak"
)

// Table holds one value for each key, weakly: the last reference from elsewhere
// decides how long it lives. The zero Table is empty. It is safe for concurrent
// use.
type Table[K comparable, V any] struct {
	mu     sync.Mutex
	values map[K]weak.Pointer[V]
}

// Value returns the value of a key. If there is none, create makes it while others
// may use the table. Where several callers make one at once, all of them get the
// one that is finished first.
func (t *Table[K, V]) Value(key K, create func() *V) *V {
	if v := t.find(key); v != nil {
		return v
	}
	created := create()
	t.mu.Lock()
	defer t.mu.Unlock()
	if v := t.values[key].Value(); v != nil {
		return v // another caller was faster
	}
	if t.values == nil {
		t.values = map[K]weak.Pointer[V]{}
	}
	t.values[key] = weak.Make(created)
	runtime.AddCleanup(created, t.forget, key)
	return created
}

func (t *Table[K, V]) find(key K) *V {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.values[key].Value()
}

// forget is called some time after a value is gone. Another one may have taken
// its place.
func (t *Table[K, V]) forget(key K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.values[key].Value() == nil {
		delete(t.values, key)
	}
}
