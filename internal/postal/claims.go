package postal

import (
	"iter"
	"slices"
)

// Claims finds the owners of ranges that meet another one. It is for ranges that come and
// go: to add one, to remove it or to find what it meets takes time in proportion to its
// length and to what is found, not to the number of ranges. The zero value has none.
//
// Two ranges meet if one begins within the other in the order of codes, whatever the
// lengths of their bounds. So all ranges that [Cut] compares with a range meet it.
type Claims[T comparable] struct{ root branch[T] }

// branch has the ranges whose codes all begin with the same characters.
type branch[T comparable] struct {
	here []mark[T]
	next map[byte]*branch[T] // by the next digit, if there are many; those that have several stay here
}

// mark is a range of packed codes. All its codes begin with the same characters, which
// are that many.
type mark[T comparable] struct {
	low, high uint64
	shared    int
	owner     T
}

// crowd is the number of ranges with which a branch divides.
const crowd = 16

// Add adds a range, which must have no [Range.Fault].
func (c *Claims[T]) Add(r Range, owner T) { c.root.add(0, marked(r, owner)) }

// Remove removes a range that was added.
func (c *Claims[T]) Remove(r Range, owner T) { c.root.remove(0, marked(r, owner)) }

// Meeting yields the owners of the ranges that meet a range, one for each of them. The range
// must have no [Range.Fault].
func (c *Claims[T]) Meeting(r Range) iter.Seq[T] {
	s := r.Claim(0)
	return func(yield func(T) bool) { c.root.meeting(0, 0, s.Lo, s.Hi, yield) }
}

func marked[T comparable](r Range, owner T) mark[T] {
	s := r.Claim(0)
	c := mark[T]{low: s.Lo, high: s.Hi, owner: owner}
	for c.shared < int(s.Length) && digitAt(s.Lo, c.shared) == digitAt(s.Hi, c.shared) {
		c.shared++
	}
	return c
}

// digitAt returns a digit of a packed code; 0 is the first.
func digitAt(packed uint64, i int) byte { return byte(packed / shift[i+1] % base) }

func (b *branch[T]) add(depth int, c mark[T]) {
	if b.next != nil && c.shared > depth {
		b.at(digitAt(c.low, depth)).add(depth+1, c)
		return
	}
	b.here = append(b.here, c)
	if b.next != nil || len(b.here) <= crowd {
		return
	}
	b.next = make(map[byte]*branch[T])
	b.here = slices.DeleteFunc(b.here, func(c mark[T]) bool {
		if c.shared > depth {
			b.at(digitAt(c.low, depth)).add(depth+1, c)
		}
		return c.shared > depth
	})
}

// at returns the branch for a next digit.
func (b *branch[T]) at(digit byte) *branch[T] {
	next := b.next[digit]
	if next == nil {
		next = new(branch[T])
		b.next[digit] = next
	}
	return next
}

func (b *branch[T]) remove(depth int, c mark[T]) {
	if i := slices.Index(b.here, c); i >= 0 {
		b.here = slices.Delete(b.here, i, i+1)
		return
	}
	if c.shared <= depth {
		return
	}
	digit := digitAt(c.low, depth)
	next := b.next[digit]
	if next == nil {
		return
	}
	if next.remove(depth+1, c); len(next.here) == 0 && len(next.next) == 0 {
		delete(b.next, digit)
	}
	if len(b.next) == 0 {
		b.next = nil
	}
}

// meeting yields the owners of ranges that meet the codes from low to high. The codes of the
// branch begin at first. It returns false to end.
func (b *branch[T]) meeting(depth int, first, low, high uint64, yield func(T) bool) bool {
	for i := range b.here {
		if c := &b.here[i]; c.low <= high && low <= c.high && !yield(c.owner) {
			return false
		}
	}
	for digit, next := range b.next {
		from := first + uint64(digit)*shift[depth+1]
		if from <= high && low <= from+(shift[depth+1]-1) && !next.meeting(depth+1, from, low, high, yield) {
			return false
		}
	}
	return true
}
