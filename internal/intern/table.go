// Package intern shares equal values.
package intern

import (
	"sync"
	"weak"
)

// Table refers to one value for each content, weakly: a value lives as long as something
// else refers to it. The zero Table is empty. A Table is safe for concurrent use.
//
// A value may have several parts with a content each. It takes one weak pointer all the same,
// and lives as long as something refers to one of them; so do its contents.
//
// A content is found by a hash that is cheap and different in every process, and then
// compared in full: no two are taken for one.
//
// Contents of values that were freed go later: each new one looks at a few others. So they
// are never more than a part of all, and no value needs a cleanup, which would cost more
// than everything else here.
type Table[V any] struct {
	mu     sync.RWMutex // loads of what is known do not wait for one another
	places map[string]int
	list   []interned[V]
	next   int // the place that is looked at next
}

type interned[V any] struct {
	content string
	value   weak.Pointer[V]
	part    int // of the value, that has the content
}

// lookedAt is the number of contents that a new one looks at. While all are looked at once, a
// lookedAt-th of their number is added: so no more of them are without a value.
const lookedAt = 4

// Value returns the value for a content, and keeps a copy of that. If there is none, create
// makes it; meanwhile other callers can use the table. If several callers make a value for
// the same content at once, all of them get the one that is finished first.
func (t *Table[V]) Value(content []byte, create func() *V) *V {
	v := t.Find(content)
	if v == nil {
		v = create()
		t.Add(v, content, []int{len(content)}, func(_ int, other *V, _ int) { v = other })
	}
	return v
}

// Find returns the value for a content; nil if there is none.
func (t *Table[V]) Find(content []byte) (v *V) {
	t.FindAll(content, []int{len(content)}, func(_ int, found *V, _ int) { v = found })
	return v
}

// FindAll calls found for each of several contents that there is a value for, with that and the
// number of its part that has the content. The contents lie one after the other: each ends where
// ends says.
func (t *Table[V]) FindAll(contents []byte, ends []int, found func(n int, v *V, part int)) {
	var v *V
	var of weak.Pointer[V] // most are parts of one value
	begin := 0
	t.mu.RLock()
	defer t.mu.RUnlock()
	for n, end := range ends {
		if place, known := t.places[string(contents[begin:end])]; known {
			at := &t.list[place]
			if at.value != of {
				of, v = at.value, at.value.Value()
			}
			if v != nil {
				found(n, v, at.part)
			}
		}
		begin = end
	}
}

// Add adds a value that was made because its contents were not found. They lie one after the
// other: that of each part ends where ends says. If another caller was faster with one of them,
// taken is called with the number of the part, and with the part of the value that has it.
func (t *Table[V]) Add(created *V, contents []byte, ends []int, taken func(n int, by *V, part int)) {
	refers, all, begin := weak.Make(created), string(contents), 0
	t.mu.Lock()
	defer t.mu.Unlock()
	for n, end := range ends {
		own := interned[V]{all[begin:end], refers, n}
		begin = end
		place, known := t.places[own.content]
		if !known {
			t.sweep()
			t.add(own)
			continue
		}
		at := t.list[place]
		if v := at.value.Value(); v != nil {
			taken(n, v, at.part)
			continue
		}
		// The content of the value that was freed goes with it, as a key as well: it may be
		// a part of a longer text.
		t.list[place], t.places[own.content] = own, place
	}
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
func (t *Table[V]) add(own interned[V]) {
	if t.places == nil {
		t.places = make(map[string]int)
	}
	t.places[own.content] = len(t.list)
	t.list = append(t.list, own)
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
