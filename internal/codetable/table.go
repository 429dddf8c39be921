// Package codetable finds a class of a place by its code without hashing a
// string.
package codetable

import "math"

// Table finds a class by its code or an alias. A code of up to 16 bytes is
// compared as two machine words, so that finding it hashes no string and
// follows one pointer. The zero table finds nothing.
type Table struct {
	Slots
	long map[string]*Slot
}

// Slots are the codes of up to 16 bytes.
type Slots struct {
	slots []Slot // a power of two, at most half of them used
	mult  uint64 // chosen so that few codes, mostly none, miss their slot
}

// Slot is a code, and what a lookup needs to answer it for the latest segment of
// its class without reading that segment.
type Slot struct {
	a, b uint64
	// From is the first day on which the segment Last answers, 1 or later; Never
	// if that takes more to tell.
	From   int32
	Last   int32 // number of the latest segment of the class
	Line   int32 // number of the class
	length uint8 // of the code; 0 marks a slot that is free
	Alias  bool
}

// Never is after every day.
const Never = math.MaxInt32

// The lengths of the codes that [Cut] takes. Shorter ones of up
// to MaxShort bytes are found by [Table.Find] as well.
const (
	MinWide  = 4
	MaxShort = 16
)

// Answers reports whether the latest segment may be given on a day. One
// comparison also refuses a slot that is free, whose From is 0, and the day 0
// of a clock that is outside the calendar.
func (s *Slot) Answers(day int32) bool { return uint32(s.From-1) < uint32(day) }

// Used reports whether the slot has a code.
func (s *Slot) Used() bool { return s.length > 0 }

// Find returns the slot of a code, or nil.
func (t *Table) Find(code string) *Slot {
	if len(t.slots) == 0 {
		return nil
	}
	if s, _, _ := t.seek(code); s != nil && s.Used() {
		return s
	}
	return nil
}

// At returns the slot of the words of a code of n bytes, or the one it would
// have, which is not used. The table has slots.
func (t *Slots) At(a, b uint64, n int) *Slot {
	for i := t.home(a, b); ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if (s.a^a)|(s.b^b)|uint64(int(s.length)^n) == 0 || s.length == 0 {
			return s
		}
	}
}

// Cut returns where to cut a code of MinWide to MaxShort bytes for its two words,
// Word(code, 0, second) and Word(code, last, last-second). No two codes of one
// length have the same pair. The four parts overlap where the code is shorter than
// all of them, so that no branch depends on its length: the lengths of the codes a
// shop asks for alternate, and a wrong guess of the processor costs as much as all
// the rest.
//
// Cutting and packing are two functions because the compiler does not inline one
// that does both, and lookups must not call any.
func Cut(code string) (second, last int) { return len(code) >> 3 << 2, len(code) - 4 }

// Word packs four bytes from i on and four from j on. Cut to a length that the
// compiler knows, four bytes are one load after one check.
func Word(code string, i, j int) uint64 {
	p, q := code[i:i+4], code[j:j+4]
	return uint64(uint32(p[0])|uint32(p[1])<<8|uint32(p[2])<<16|uint32(p[3])<<24)<<32 |
		uint64(uint32(q[0])|uint32(q[1])<<8|uint32(q[2])<<16|uint32(q[3])<<24)
}

// seek returns the slot of a code, or the one it would have, which is not used;
// nil for an empty code and a long one that is not there. Of a short code it
// returns the words. The table has slots.
func (t *Table) seek(code string) (s *Slot, a, b uint64) {
	n := len(code)
	switch {
	case uint(n-1) >= MaxShort:
		return t.long[code], 0, 0
	case n >= MinWide:
		second, last := Cut(code)
		a, b = Word(code, 0, second), Word(code, last, last-second)
	default:
		a = uint64(code[0]) | uint64(code[n/2])<<8 | uint64(code[n-1])<<16
	}
	return t.At(a, b, n), a, b
}

// home is the slot at which the search for a code begins.
func (t *Slots) home(a, b uint64) uint64 {
	return (a ^ (b<<31 | b>>33)) * t.mult >> 32
}
