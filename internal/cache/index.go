package cache

import "sync/atomic"

// Index finds entries by ID without a lock. One writer at a time, which holds the
// lock of the cache, changes it. A reader may miss an entry while it is being
// moved, and then searches again under that lock. It never mistakes one entry for
// another, because it compares the ID in the entry itself.
//
// It is a hash table with linear probing, at most three quarters full. A tag
// beside each pointer keeps a search from reading entries of other keys.
type Index[V any] struct {
	slots []indexSlot[V] // a power of two
	mask  uint64         // len(slots)-1: computing it would make Find too costly to be inlined
	used  int
}

type indexSlot[V any] struct {
	tag   atomic.Uint64 // the hash; 0 in a free slot
	entry atomic.Pointer[Entry[V]]
}

const minIndex = 16

func newIndex[V any](size int) *Index[V] {
	return &Index[V]{slots: make([]indexSlot[V], size), mask: uint64(size - 1)}
}

// Find returns the entry of an ID, or nil. It must stay cheap enough for the
// compiler to inline it into lookups.
func (x *Index[V]) Find(id ID, hash uint64) *Entry[V] {
	for i := hash >> 16; ; i++ {
		s := &x.slots[i&x.mask]
		switch s.tag.Load() {
		case hash:
			if e := s.entry.Load(); e != nil && e.id() == id {
				return e
			}
		case 0:
			return nil
		}
	}
}

// put adds an entry, or replaces the one with the same ID. It returns the index
// that holds the entry: a larger one if this one is full.
func (x *Index[V]) put(e *Entry[V], hash uint64) *Index[V] {
	if 4*x.used >= 3*len(x.slots) {
		larger := newIndex[V](2 * len(x.slots))
		for i := range x.slots {
			if moved := x.slots[i].entry.Load(); moved != nil {
				larger.put(moved, x.slots[i].tag.Load())
			}
		}
		return larger.put(e, hash)
	}
	for i := hash >> 16; ; i++ {
		s := &x.slots[i&x.mask]
		switch tag := s.tag.Load(); {
		case tag == 0:
			x.used++
			// The pointer is stored first: a reader that sees the tag sees the entry.
			s.entry.Store(e)
			s.tag.Store(hash)
			return x
		case tag == hash && s.entry.Load().id() == e.id():
			s.entry.Store(e)
			return x
		}
	}
}

// remove takes out the entry of an ID. Later entries shift back, so no tombstones
// remain.
func (x *Index[V]) remove(id ID, hash uint64) {
	mask := x.mask
	i := hash >> 16 & mask
	for {
		s := &x.slots[i]
		tag := s.tag.Load()
		if tag == 0 {
			return
		}
		if tag == hash && s.entry.Load().id() == id {
			break
		}
		i = (i + 1) & mask
	}
	for j := i; ; {
		j = (j + 1) & mask
		next := &x.slots[j]
		tag := next.tag.Load()
		if tag == 0 {
			break
		}
		if home := tag >> 16 & mask; (j-home)&mask < (j-i)&mask {
			continue // it must not move to a slot before its home
		}
		x.slots[i].entry.Store(next.entry.Load())
		x.slots[i].tag.Store(tag)
		i = j
	}
	x.slots[i].tag.Store(0)
	x.slots[i].entry.Store(nil)
	x.used--
}
