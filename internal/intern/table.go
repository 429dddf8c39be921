// Package intern shares equal values.
package intern

import (
	"sync"
	"weak"
)

// Table refers to one value for each key, weakly: a value lives as long as something
// else refers to it. The zero Table is empty. A Table is safe for concurrent use.
//
// Keys of values that were freed go later: each new key looks at a few others. So they
// are never more than a part of all, and no value needs a cleanup, which would cost more
// than everything else here.
type Table[K comparable, V any] struct {
	mu     sync.Mutex
	places map[K]int
	list   []interned[K, V]
	next   int // the place that is looked at next
}

type interned[K comparable, V any] struct {
	key   K
	value weak.Pointer[V]
}

// lookedAt is the number of keys that a new one looks at. While all keys are looked at
// once, a lookedAt-th of their number is added: so no more keys are without a value.
const lookedAt = 4

// Value returns the value for a key. If there is none, create makes it; meanwhile
// other callers can use the table. If several callers make a value for the same key at
// once, all of them get the one that is finished first.
func (t *Table[K, V]) Value(key K, create func() *V) *V {
	if v := t.Find(key); v != nil {
		return v
	}
	created := create()
	refers := weak.Make(created)
	t.mu.Lock()
	defer t.mu.Unlock()
	place, known := t.places[key]
	if !known {
		t.sweep()
		t.add(key, refers)
		return created
	}
	if v := t.list[place].value.Value(); v != nil {
		return v // another caller was faster
	}
	t.list[place].value = refers
	return created
}

// Find returns the value for a key; nil if there is none.
func (t *Table[K, V]) Find(key K) *V {
	t.mu.Lock()
	defer t.mu.Unlock()
	if place, known := t.places[key]; known {
		return t.list[place].value.Value()
	}
	return nil
}

// Forget takes out a key.
func (t *Table[K, V]) Forget(key K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if place, known := t.places[key]; known {
		t.remove(place)
	}
}

// remove takes out the key at a place, which the last one takes. The lock must be held.
func (t *Table[K, V]) remove(place int) {
	last := len(t.list) - 1
	delete(t.places, t.list[place].key)
	if place < last {
		t.list[place] = t.list[last]
		t.places[t.list[last].key] = place
	}
	t.list[last] = interned[K, V]{}
	t.list = t.list[:last]
}

// add adds a key. The lock must be held.
func (t *Table[K, V]) add(key K, value weak.Pointer[V]) {
	if t.places == nil {
		t.places = make(map[K]int)
	}
	t.places[key] = len(t.list)
	t.list = append(t.list, interned[K, V]{key, value})
}

// sweep looks at a few keys, and takes out those whose value was freed. The lock must be
// held.
func (t *Table[K, V]) sweep() {
	for range min(lookedAt, len(t.list)) {
		if t.next >= len(t.list) {
			t.next = 0
		}
		if t.list[t.next].value.Value() != nil {
			t.next++
			continue
		}
		t.remove(t.next) // what takes its place is looked at next
	}
}
