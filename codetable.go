package tax

import "math"

// codeTable finds a class of a territory by its code or an alias. A code of up
// to 16 bytes is compared as two machine words, so that finding it hashes no
// string and follows one pointer. The zero table finds nothing.
type codeTable struct {
	codeSlots
	long map[string]*codeSlot
}

// codeSlots are the codes of up to 16 bytes.
type codeSlots struct {
	slots []codeSlot // a power of two, at most half of them used
	mult  uint64     // chosen so that few codes, mostly none, miss their slot
}

// codeSlot is a code, and what a lookup needs to answer it for the latest
// segment of its class without reading that segment.
type codeSlot struct {
	a, b   uint64
	from   int32 // first day on which the segment last answers, 1 or later; never if it takes more to tell
	last   int32
	line   int32
	length uint8 // of the code; 0 marks a slot that is free
	alias  bool
}

// answers reports whether the latest segment may be given on a day. One
// comparison also refuses a slot that is free, whose from is 0, and the day 0
// of a clock that is outside the calendar.
func (s *codeSlot) answers(day int32) bool { return uint32(s.from-1) < uint32(day) }

// never is after every day.
const never = math.MaxInt32

const (
	minWideCode  = 4
	maxShortCode = 16
)

// noCodes are the slots of a table without codes. Nothing is ever put there.
var noCodes = make([]codeSlot, 1)

// find returns the slot of a code, or nil.
func (t *codeTable) find(code string) *codeSlot {
	if len(t.slots) == 0 {
		return nil
	}
	if s, _, _ := t.seek(code); s != nil && s.length > 0 {
		return s
	}
	return nil
}

// seek returns the slot of a code, or the one it would have, which is free; nil
// for an empty code and a long one that is not there. The table has slots.
//
// Of a short code it returns the words, of which there is one pair for every
// code of a length. They are made of four parts that overlap where the code is
// short of them, so that no branch depends on its length: the lengths of the
// codes a shop asks for alternate, and a wrong guess of the processor costs as
// much as all of the rest.
func (t *codeTable) seek(code string) (s *codeSlot, a, b uint64) {
	n := len(code)
	switch {
	case uint(n-1) >= maxShortCode:
		return t.long[code], 0, 0
	case n >= minWideCode:
		a = fourAt(code, 0)<<32 | fourAt(code, n>>3<<2)
		b = fourAt(code, n-4)<<32 | fourAt(code, n-4-(n>>3<<2))
	default:
		a = uint64(code[0]) | uint64(code[n/2])<<8 | uint64(code[n-1])<<16
	}
	return t.at(a, b, n), a, b
}

// at returns the slot of the words of a code, or the one it would have.
func (t *codeSlots) at(a, b uint64, n int) *codeSlot {
	for i := t.home(a, b); ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if (s.a^a)|(s.b^b)|uint64(int(s.length)^n) == 0 || s.length == 0 {
			return s
		}
	}
}

// fourAt is four bytes of a text. Cut to a length that the compiler knows, they
// are one load after one check.
func fourAt(s string, i int) uint64 {
	q := s[i : i+4]
	return uint64(uint32(q[0]) | uint32(q[1])<<8 | uint32(q[2])<<16 | uint32(q[3])<<24)
}

// home is the slot at which the search for a code begins.
func (t *codeSlots) home(a, b uint64) uint64 {
	return (a ^ (b<<31 | b>>33)) * t.mult >> 32
}

// codeMultipliers are odd and otherwise arbitrary: the golden ratio, and others
// without a pattern.
var codeMultipliers = [...]uint64{
	0x9e3779b97f4a7c15, 0xd1342543de82ef95, 0xa0761d6478bd642f, 0xe7037ed1a0b428db,
	0x8ebc6af09c88c6e3, 0x589965cc75374cc3, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9,
}

// add puts a code of a line into the table. If the code is there already, it
// returns the slot and changes nothing.
func (t *codeTable) add(code string, line int32, alias bool) (taken *codeSlot) {
	if code == "" {
		return nil // validation refuses it
	}
	free, a, b := t.seek(code)
	if free != nil && free.length > 0 {
		return free
	}
	if free == nil {
		if t.long == nil {
			t.long = make(map[string]*codeSlot)
		}
		free = &codeSlot{}
		t.long[code] = free
	}
	*free = codeSlot{a: a, b: b, from: never, line: line, length: uint8(len(code)), alias: alias}
	return nil
}

// put puts a slot at its home or after it.
func (t *codeSlots) put(s codeSlot) {
	*t.at(s.a, s.b, int(s.length)) = s
}
