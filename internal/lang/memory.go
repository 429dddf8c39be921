package lang

import "unsafe"

// Bytes estimates the memory of the set, with its tags. Sets share tags that were parsed
// before, but each set counts all of its own.
func (s *Set) Bytes() int64 {
	n := int64(unsafe.Sizeof(*s)) + int64(cap(s.tags))*int64(unsafe.Sizeof("")) +
		8*int64(cap(s.families)+cap(s.members))
	for _, t := range s.members {
		n += int64(unsafe.Sizeof(*t)) + textBytes(t.text) + 8*int64(cap(t.levels)) +
			int64(cap(t.lineage))*int64(unsafe.Sizeof(name{}))
		for _, parent := range t.lineage {
			n += textBytes(parent.text)
		}
	}
	return n
}

// textBytes is the size of the memory block of a short text.
func textBytes(s string) int64 { return int64(len(s)+15) &^ 15 }
