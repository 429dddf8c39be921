package cache

import "sync/atomic"

// Index finds entries by ID without a lock. One writer at a time, which holds the
// lock of the cache, changes it. A reader may miss an entry while it is being
// moved, and then searches again under that lock. It never mistakes one entry for
// another, because it compares the ID in the entry itself.
//
// It is a hash table with linear probing, at most three quarters full. A tag
// beside each pointer keeps a search from reading entries of other keys.
//
// When it is full, a larger one takes its place at once, and its entries little by
// little, so that nobody waits until all of them have moved. Readers look only in the
// larger one: what they miss there, they ask for under the lock, which moves it.
type Index[V any] struct {
	slots []indexSlot[V] // a power of two
	mask  uint64         // len(slots)-1: computing it would make Find too costly to be inlined
	used  int
	old   *Index[V] // from which entries have yet to move; nil if there is none
	taken int       // the number of its slots from which they have moved
}

type indexSlot[V any] struct {
	tag   atomic.Uint64 // the hash; 0 in a free slot
	entry atomic.Pointer[Entry[V]]
}

const (
	minIndex = 16
	// takenAtOnce is the number of slots from which entries move at each change. It is
	// enough: all have moved long before the index is full again.
	takenAtOnce = 32
)

// noIndex is an index that has no entry and takes none: the first one that it is given makes
// a larger index.
type noIndex[V any] struct {
	Index[V]
	slot [1]indexSlot[V] // that a search ends at
}

func (x *noIndex[V]) init() { x.slots = x.slot[:] }

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

// lookup is Find for those who hold the lock: it also finds what has yet to move, and
// moves that.
func (x *Index[V]) lookup(id ID, hash uint64) *Entry[V] {
	e := x.Find(id, hash)
	if e != nil || x.old == nil {
		return e
	}
	if e = x.old.takeOut(id, hash); e != nil {
		x.set(e, hash)
	}
	x.takeOver()
	return e
}

// put adds an entry, or replaces the one with the same ID. It returns the index
// that holds the entry: a larger one if this one is full.
func (x *Index[V]) put(e *Entry[V], hash uint64) *Index[V] {
	if 4*(x.used+1) > 3*len(x.slots) {
		larger := newIndex[V](max(minIndex, 2*len(x.slots)))
		larger.old = x
		x = larger
	}
	if x.old != nil {
		x.old.takeOut(e.id(), hash)
		x.takeOver()
	}
	x.set(e, hash)
	return x
}

// takeOver moves the entries of some slots of the old index.
func (x *Index[V]) takeOver() {
	end := min(x.taken+takenAtOnce, len(x.old.slots))
	for ; x.taken < end; x.taken++ {
		s := &x.old.slots[x.taken]
		if e := s.entry.Load(); e != nil {
			s.entry.Store(nil)
			x.set(e, s.tag.Load())
		}
	}
	if end == len(x.old.slots) {
		x.old, x.taken = nil, 0
	}
}

// takeOut takes out the entry of an ID and returns it; nil if there is none. The tag
// stays, so that searches go on behind it: nothing may be put into the index any more.
func (x *Index[V]) takeOut(id ID, hash uint64) *Entry[V] {
	for i := hash >> 16; ; i++ {
		s := &x.slots[i&x.mask]
		switch s.tag.Load() {
		case hash:
			if e := s.entry.Load(); e != nil && e.id() == id {
				s.entry.Store(nil)
				return e
			}
		case 0:
			return nil
		}
	}
}

// slotOf returns the number of the slot of an entry.
func (x *Index[V]) slotOf(e *Entry[V], home uint32) (i uint64, found bool) {
	for i = uint64(home) & x.mask; ; i = (i + 1) & x.mask {
		switch s := &x.slots[i]; {
		case s.entry.Load() == e:
			return i, true
		case s.tag.Load() == 0:
			return 0, false
		}
	}
}

// set puts an entry into a free slot, or in the place of the one with the same ID.
func (x *Index[V]) set(e *Entry[V], hash uint64) {
	for i := hash >> 16; ; i++ {
		s := &x.slots[i&x.mask]
		switch tag := s.tag.Load(); {
		case tag == 0:
			x.used++
			// The pointer is stored first: a reader that sees the tag sees the entry.
			s.entry.Store(e)
			s.tag.Store(hash)
			return
		case tag == hash && s.entry.Load().id() == e.id():
			s.entry.Store(e)
			return
		}
	}
}

// homeOf returns the part of a hash that removing an entry takes: where a search for it
// begins, in an index of up to four billion slots.
func homeOf(hash uint64) uint32 { return uint32(hash >> 16) }

// remove takes out an entry, which must be there. Later entries shift back, so no tombstones
// remain.
func (x *Index[V]) remove(e *Entry[V], home uint32) {
	if x.old != nil {
		i, left := x.old.slotOf(e, home)
		if left {
			x.old.slots[i].entry.Store(nil) // as takeOut does
		}
		if x.takeOver(); left {
			return
		}
	}
	i, _ := x.slotOf(e, home)
	mask := x.mask
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
