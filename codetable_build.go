package tax

// index puts the codes of the last line into the table of its territory, whose
// lines begin with the number first. class is its number in the document; -1
// when it is inherited.
func (b *compiler) index(t int32, terr *territory, first, class int) {
	lines := b.lines[first:]
	n := int32(len(lines) - 1)
	for i := -1; i < len(lines[n].aliases); i++ {
		code := lines[n].code
		if i >= 0 {
			code = lines[n].aliases[i]
		}
		if other := terr.codes.add(code, n, i >= 0); other != nil {
			path := "classes"
			if class >= 0 {
				path = indexed(path, class)
			}
			l := &lines[other.line]
			b.fault(int(t), path, "code or alias "+code+" is also one of class "+l.code+
				" of "+b.draft.territories[l.origin].location.String())
		}
	}
}

// table returns a table with room for n codes.
func (b *compiler) table(n int) codeTable {
	size, used := tableSize(n), len(b.slots)
	if used+size > cap(b.slots) {
		// The tables of other territories stay where they are.
		b.slots, used = make([]codeSlot, 0, max(size, 2*cap(b.slots))), 0
	}
	b.slots = b.slots[:used+size]
	slots := b.slots[used : used+size : used+size]
	clear(slots)
	return codeTable{codeSlots: codeSlots{slots, codeMultipliers[0]}}
}

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

// complete tells the slots where the segments of their lines are.
func (t *codeTable) complete(c *body, lines []line) {
	for i := range t.slots {
		t.slots[i].complete(c, lines)
	}
	for _, s := range t.long {
		s.complete(c, lines)
	}
}
