// Package codetable finds a class of a place by its code without hashing a
// string.
package codetable

import (
	"encoding/binary"
	"unsafe"
)

// Table finds a class by its code or an alias. It compares a code of up to 16 bytes as
// two machine words, so that finding it hashes no string and follows one pointer.
// The zero Table finds nothing.
type Table struct {
	Slots
	// far has the codes of more than MaxShort bytes, and those for which there was no
	// room near their home.
	far map[string]*Slot
}

// Slots hold the codes of up to 16 bytes. Every country of every tenant has them in memory,
// so they are half as large as with a slice and a word for the multiplier.
type Slots struct {
	first *Slot  // of a power of two, at most half of them used, at most maxRun in a row
	mask  uint32 // their number less one
	mult  uint32 // chosen so that few codes, mostly none, are away from their home
}

// slotsOf returns slots whose number is a power of two; those of Empty if there are none.
func slotsOf(list []Slot, mult uint32) Slots {
	if len(list) == 0 {
		list = noCodes
	}
	return Slots{unsafe.SliceData(list), uint32(len(list) - 1), mult}
}

// at returns the slot with a number, which is reduced to the number of slots.
func (t *Slots) at(i uint64) *Slot {
	return (*Slot)(unsafe.Add(unsafe.Pointer(t.first), i&uint64(t.mask)*uint64(unsafe.Sizeof(Slot{}))))
}

// all returns all slots.
func (t *Slots) all() []Slot {
	if t.first == nil {
		return nil
	}
	return unsafe.Slice(t.first, int(t.mask)+1)
}

// Slot has a code and the class that it belongs to.
type Slot struct {
	a, b   uint64
	bit    Lines // the class alone; empty for an alias, and for numbers that Lines has not
	Line   int32 // number of the class
	length uint8 // of the code; 0 in a free slot
	Alias  bool
}

// Lines is a set of classes, by their numbers. It holds those below MaxLines.
type Lines uint64

// MaxLines is the number of classes that [Lines] can hold.
const MaxLines = 64

// With returns the set with a class; without it, if its number is too large.
func (l Lines) With(n int) Lines { return l | 1<<n }

// MinWide and MaxShort bound the length, in bytes, of the codes that [Cut] accepts.
// [Table.Find] accepts codes of any length.
const (
	MinWide  = 4
	MaxShort = 16
)

// In reports whether the slot has the code of a class in a set. No free slot has.
func (s *Slot) In(set Lines) bool { return s.bit&set != 0 }

// Used reports whether the slot has a code.
func (s *Slot) Used() bool { return s.length > 0 }

// Find returns the slot of a code, or nil.
func (t *Table) Find(code string) *Slot {
	n := len(code)
	if t.first == nil || uint(n-1) >= MaxShort {
		return t.far[code]
	}
	// As in Resolve, the common case calls no function.
	var s *Slot
	if n >= MinWide {
		second, last := Cut(code)
		s = t.At(Word(code, 0, second), Word(code, last, last-second), n)
	} else {
		s = t.At(narrow(code), 0, n)
	}
	if s.Used() {
		return s
	}
	return t.far[code]
}

// At returns the slot of a code of n bytes, given its two words; if the code is not
// there, the free slot at which the search ends. [Table.Find] finds codes that are not
// there because they had no room. There must be slots.
func (t *Slots) At(a, b uint64, n int) *Slot {
	for i := t.home(a, b); ; i++ {
		s := t.at(i)
		switch int(s.length) {
		case n:
			if (s.a^a)|(s.b^b) == 0 {
				return s
			}
		case 0:
			return s
		}
	}
}

// Lacks reports whether a code is not there. s is the slot that [Slots.At] returned for it,
// which is most of the answer; nil if nobody has searched.
func (t *Table) Lacks(code string, s *Slot) bool {
	if s != nil && (s.Used() || len(t.far) == 0) {
		return !s.Used()
	}
	return t.Find(code) == nil
}

// Cut returns where to cut a code of MinWide to MaxShort bytes for its two words,
// which are Word(code, 0, second) and Word(code, last, last-second). No two codes of
// the same length have the same pair of words. The four parts overlap if the code is
// shorter than all of them together, so that no branch depends on its length: the
// codes that a shop asks for differ in length, and a branch that the processor
// predicts wrongly costs as much as all the rest.
//
// Cutting and packing are two functions because the compiler does not inline one that
// does both, and lookups must not make a call.
func Cut(code string) (second, last int) { return len(code) >> 3 << 2, len(code) - 4 }

// Word packs the four bytes from i on and the four from j on. Slices of a length that
// the compiler knows need one check, and one load for all four bytes.
func Word(code string, i, j int) uint64 {
	p, q := code[i:i+4], code[j:j+4]
	return uint64(uint32(p[0])|uint32(p[1])<<8|uint32(p[2])<<16|uint32(p[3])<<24)<<32 |
		uint64(uint32(q[0])|uint32(q[1])<<8|uint32(q[2])<<16|uint32(q[3])<<24)
}

// seek returns the slot of a code and its words or, if the code is not there, the free
// slot at which the search ends; nil for an empty code and for one of more than
// MaxShort bytes. There must be slots.
func (t *Table) seek(code string) (s *Slot, a, b uint64) {
	n := len(code)
	switch {
	case uint(n-1) >= MaxShort:
		return nil, 0, 0
	case n >= MinWide:
		second, last := Cut(code)
		a, b = Word(code, 0, second), Word(code, last, last-second)
	default:
		a = narrow(code)
	}
	return t.At(a, b, n), a, b
}

// narrow packs a code of fewer than MinWide bytes.
func narrow(code string) uint64 {
	return uint64(code[0]) | uint64(code[len(code)/2])<<8 | uint64(code[len(code)-1])<<16
}

// code returns the code of a slot in use.
func (s *Slot) code() string {
	var text [MaxShort]byte
	n := int(s.length)
	if n < MinWide {
		text[0], text[n/2], text[n-1] = byte(s.a), byte(s.a>>8), byte(s.a>>16)
		return string(text[:n])
	}
	second, last := Cut(string(text[:n]))
	binary.LittleEndian.PutUint32(text[0:], uint32(s.a>>32))
	binary.LittleEndian.PutUint32(text[second:], uint32(s.a))
	binary.LittleEndian.PutUint32(text[last:], uint32(s.b>>32))
	binary.LittleEndian.PutUint32(text[last-second:], uint32(s.b))
	return string(text[:n])
}

// home returns the number of the slot at which the search for a code begins, before
// it is reduced to the number of slots.
func (t *Slots) home(a, b uint64) uint64 {
	return (a ^ (b<<31 | b>>33)) * uint64(t.mult) >> 32
}
