package lang

import "unsafe"

// Bytes estimates the memory of the set, with its tags.
func (s *Set) Bytes() int64 {
	n := int64(unsafe.Sizeof(*s)) + int64(cap(s.tags))*int64(unsafe.Sizeof("")) +
		8*int64(cap(s.keys)+cap(s.meanings)+cap(s.broadMeanings)+cap(s.families)) +
		int64(cap(s.lineages))*int64(unsafe.Sizeof([]name{}))
	for i, tag := range s.tags {
		n += int64(len(tag)+15) &^ 15
		for _, parent := range s.lineages[i] {
			n += int64(unsafe.Sizeof(parent)) + int64(len(parent.text)+15)&^15
		}
	}
	return n
}
