// Package intern shares equal values.
package intern

import (
	"runtime"
	"sync"
	"weak"
)

// Table refers to one value for each key, weakly: a value lives as long as something
// else refers to it. The zero Table is empty. A Table is safe for concurrent use.
type Table[K comparable, V any] struct {
	mu     sync.Mutex
	values map[K]weak.Pointer[V]
}

// Value returns the value for a key. If there is none, create makes it; meanwhile
// other callers can use the table. If several callers make a value for the same key at
// once, all of them get the one that is finished first.
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

// forget removes the entry for a value that was freed. It runs some time later, when
// there can already be another value for the key.
func (t *Table[K, V]) forget(key K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.values[key].Value() == nil {
		delete(t.values, key)
	}
}
