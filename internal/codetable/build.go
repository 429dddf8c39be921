package codetable

// New returns an empty table that uses the given slots. Their number is the [Size]
// for the codes to be added.
func New(slots []Slot) Table {
	clear(slots)
	return Table{Slots: slotsOf(slots, multipliers[0])}
}

// Empty returns a table that finds nothing but has a slot, as [Slots.At] requires.
func Empty() Table { return Table{Slots: slotsOf(nil, multipliers[0])} }

// noCodes are the slots of all tables without codes. They stay free.
var noCodes = make([]Slot, 1)

// Size returns the number of slots for n codes: a power of two, of which the codes use
// at most half.
func Size(n int) int {
	size := 4
	for size < 2*n {
		size *= 2
	}
	return size
}

// Add puts a code of a class into the table. If the code is there already, Add changes
// nothing and returns its slot; otherwise it returns nil. An empty code is not added.
func (t *Table) Add(code string, line int32, alias bool) (taken *Slot) {
	if code == "" {
		return nil
	}
	if taken = t.Find(code); taken != nil {
		return taken
	}
	free, a, b := t.seek(code)
	s := Slot{a: a, b: b, Line: line, length: uint8(len(code)), Alias: alias}
	if !alias {
		s.bit = s.bit.With(int(line))
	}
	if free == nil || !t.hasRoom(a, b) {
		t.addFar(code, s)
		return nil
	}
	*free = s
	return nil
}

// addFar puts a code into the map.
func (t *Table) addFar(code string, s Slot) {
	if t.far == nil {
		t.far = make(map[string]*Slot)
	}
	t.far[code] = &s
}

// maxRun is the largest number of used slots in a row, and so the number of slots that
// a search reads, less the free one that ends it. Anyone can make codes that all have
// the same home, or homes in a row. Those that would make a longer run go into the map,
// whose hash nobody knows. A table of up to 2*maxRun slots is half free and has no
// such run; in larger ones, codes that nobody chose for it hardly ever make one.
const maxRun = 64

// hasRoom reports whether a code that is not there can have the free slot at which the
// search for it ends.
func (t *Slots) hasRoom(a, b uint64) bool {
	i := t.home(a, b)
	for t.at(i).Used() {
		i++
	}
	run := 1
	for j := i - 1; run <= maxRun && t.at(j).Used(); j-- {
		run++
	}
	for j := i + 1; run <= maxRun && t.at(j).Used(); j++ {
		run++
	}
	return run <= maxRun
}

// All calls a function for every code of the table.
func (t *Table) All(f func(*Slot)) {
	slots := t.all()
	for i := range slots {
		if s := &slots[i]; s.Used() {
			f(s)
		}
	}
	for _, s := range t.far {
		f(s)
	}
}

// Codes yields every code of the table with its slot.
func (t *Table) Codes(yield func(string, *Slot) bool) {
	slots := t.all()
	for i := range slots {
		if s := &slots[i]; s.Used() && !yield(s.code(), s) {
			return
		}
	}
	for code, s := range t.far {
		if !yield(code, s) {
			return
		}
	}
}

// Far returns the number of codes that are not in slots.
func (t *Table) Far() int { return len(t.far) }

// FrozenSize returns the number of slots that [Table.Frozen] needs.
func (t *Table) FrozenSize() int {
	n := 0
	for _, s := range t.all() {
		if s.Used() {
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return Size(n)
}

// Frozen returns a copy of the table in the given slots, which must be zero and
// FrozenSize in number. It chooses the multiplier that gives the most codes a home of
// their own. Nothing may be added to the table or to the copy.
func (t *Table) Frozen(slots []Slot) Table {
	f := Table{Slots: slotsOf(slots, multipliers[0]), far: t.far}
	most := -1
	for _, mult := range multipliers {
		homes, all := t.homes(mult, len(slots))
		if homes > most {
			f.mult, most = mult, homes
		}
		if homes == all {
			break
		}
	}
	codes := t.all()
	for i := range codes {
		switch s := &codes[i]; {
		case !s.Used():
		case f.hasRoom(s.a, s.b):
			*f.At(s.a, s.b, int(s.length)) = *s
		default:
			f.addFar(s.code(), *s)
		}
	}
	return f
}

// multipliers are odd and otherwise arbitrary: the first is derived from the golden
// ratio, and the others have no pattern.
var multipliers = [...]uint32{
	0x9e3779b1, 0xd1342543, 0xa0761d65, 0xe7037ed1, 0x8ebc6af1, 0x589965cd, 0xc2b2ae3d, 0x165667b1,
}

// homes returns how many different homes a multiplier gives to the codes in a table of
// so many slots, and the number of codes. Above 64 slots both are 0: there no
// multiplier is likely to give every code a home of its own.
func (t *Table) homes(mult uint32, size int) (homes, codes int) {
	if size > 64 {
		return 0, 0
	}
	try := Slots{mult: mult}
	var taken uint64
	slots := t.all()
	for i := range slots {
		s := &slots[i]
		if !s.Used() {
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
