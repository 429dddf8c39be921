package cache

import "unsafe"

// Tally adds up the memory of values that refer to texts, some of them to the same. A
// part of countedOnce bytes or more counts once, however many refer to it; a smaller one
// counts each time, because finding it again would cost more than it matters. The zero
// Tally is empty.
type Tally struct {
	Bytes int64
	seen  map[unsafe.Pointer]struct{}
}

const countedOnce = 256

// First reports whether a part at p, of so many bytes, has yet to be counted. It does
// not count it.
func (t *Tally) First(p unsafe.Pointer, bytes int64) bool {
	if bytes < countedOnce {
		return true
	}
	if _, ok := t.seen[p]; ok {
		return false
	}
	if t.seen == nil {
		t.seen = make(map[unsafe.Pointer]struct{})
	}
	t.seen[p] = struct{}{}
	return true
}

// Text counts a text.
func (t *Tally) Text(s string) {
	if n := TextBytes(s); t.First(unsafe.Pointer(unsafe.StringData(s)), n) {
		t.Bytes += n
	}
}

// Texts counts a list of texts.
func (t *Tally) Texts(list []string) {
	n := int64(cap(list)) * int64(unsafe.Sizeof(""))
	if !t.First(unsafe.Pointer(unsafe.SliceData(list)), n) {
		return
	}
	t.Bytes += n
	for _, s := range list {
		t.Text(s)
	}
}
