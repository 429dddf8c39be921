// Package intern shares equal values.
package intern

import (
	"sync"
	"weak"
)

// Table refers to one value for each content, weakly: a value lives as long as something
// else refers to it. The zero Table is empty. A Table is safe for concurrent use.
//
// A content is found by a hash that is cheap and different in every process, and then
// compared in full: no two are taken for one.
//
// Contents of values that were freed go later: each new one looks at a few others. So they
// are never more than a part of all, and no value needs a cleanup, which would cost more
// than everything else here.
type Table[V any] struct {
	mu     sync.Mutex
	places map[string]int
	list   []interned[V]
	next   int // the place that is looked at next
	first  [1]interned[V]
}

type interned[V any] struct {
	content string
	value   weak.Pointer[V]
}

// lookedAt is the number of contents that a new one looks at. While all are looked at once, a
// lookedAt-th of their number is added: so no more of them are without a value.
const lookedAt = 4

// Value returns the value for a content, and keeps a copy of that. If there is none, create
// makes it; meanwhile other callers can use the table. If several callers make a value for
// the same content at once, all of them get the one that is finished first.
func (t *Table[V]) Value(content []byte, create func() *V) *V {
	if v := t.Find(content); v != nil {
		return v
	}
	created := create()
	refers := weak.Make(created)
	t.mu.Lock()
	defer t.mu.Unlock()
	place, known := t.places[string(content)]
	if !known {
		t.sweep()
		t.add(string(content), refers)
		return created
	}
	if v := t.list[place].value.Value(); v != nil {
		return v // another caller was faster
	}
	t.list[place].value = refers
	return created
}

// Find returns the value for a content; nil if there is none.
func (t *Table[V]) Find(content []byte) *V {
	t.mu.Lock()
	defer t.mu.Unlock()
	if place, known := t.places[string(content)]; known {
		return t.list[place].value.Value()
	}
	return nil
}

// Forget takes out a content.
func (t *Table[V]) Forget(content []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if place, known := t.places[string(content)]; known {
		t.remove(place)
	}
}

// remove takes out the content at a place, which the last one takes. The lock must be held.
func (t *Table[V]) remove(place int) {
	last := len(t.list) - 1
	delete(t.places, t.list[place].content)
	if place < last {
		t.list[place] = t.list[last]
		t.places[t.list[last].content] = place
	}
	t.list[last] = interned[V]{}
	t.list = t.list[:last]
}

// add adds a content. The lock must be held.
func (t *Table[V]) add(content string, value weak.Pointer[V]) {
	if t.places == nil {
		t.places, t.list = make(map[string]int), t.first[:0]
	}
	t.places[content] = len(t.list)
	t.list = append(t.list, interned[V]{content, value})
}

// sweep looks at a few contents, and takes out those whose value was freed. The lock must be
// held.
func (t *Table[V]) sweep() {
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
