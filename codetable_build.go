package tax

// tableSize is the number of slots for n codes: a power of two, of which they
// use at most half.
func tableSize(n int) int {
	size := 4
	for size < 2*n {
		size *= 2
	}
	return size
}

// frozenSize is the number of slots that the short codes of a table need.
func (t *codeTable) frozenSize() int {
	n := 0
	for i := range t.slots {
		if t.slots[i].length > 0 {
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return tableSize(n)
}

// frozen is the table in other slots, which are free, with the multiplier that
// gives the most codes a home of their own.
func (t *codeTable) frozen(slots []codeSlot) codeTable {
	f := codeTable{codeSlots: codeSlots{slots: slots}, long: t.long}
	if len(slots) == 0 {
		f.slots = noCodes
		return f
	}
	most := -1
	for _, mult := range codeMultipliers {
		homes, all := t.homes(mult, len(slots))
		if homes > most {
			f.mult, most = mult, homes
		}
		if homes == all {
			break
		}
	}
	for i := range t.slots {
		if s := &t.slots[i]; s.length > 0 {
			f.put(*s)
		}
	}
	return f
}

// homes counts the homes that the codes have in so many slots under a
// multiplier, and the codes. In a table too large to give every code its own by
// any of the multipliers, all do.
func (t *codeTable) homes(mult uint64, size int) (homes, codes int) {
	if size > 64 {
		return 0, 0
	}
	try := codeSlots{mult: mult}
	var taken uint64
	for i := range t.slots {
		s := &t.slots[i]
		if s.length == 0 {
			continue
		}
		codes++
		if home := uint64(1) << (try.home(s.a, s.b) & uint64(size-1)); taken&home == 0 {
			taken |= home
			homes++
		}
	}
	return homes, codes
}
