package tax

import (
	"slices"
	"unsafe"

	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/postal"
)

// freeze copies the compiled country into a body of exactly its size.
func (b *compiler) freeze() *sharedBody {
	d := &b.draft
	if d.broken != nil {
		c := &sharedBody{body: body{country: d.country, settings: d.settings, broken: d.broken}}
		c.territories = []territory{{location: Location{Country: d.country}, parent: -1, document: -1}}
		c.bytes = int64(unsafe.Sizeof(*c) + unsafe.Sizeof(territory{}))
		c.setToday()
		return c
	}
	slots := 0
	for t := range d.territories {
		slots += d.territories[t].codes.FrozenSize()
	}
	c, lines, table := room(len(d.territories), len(b.lines), slots)
	c.country, c.settings, c.rule = d.country, d.settings, d.rule
	c.byRegion, c.postalUnknown, c.digitsOnly = d.byRegion, d.postalUnknown, d.digitsOnly
	if len(d.postal) > 0 {
		c.postal = slices.Clone(d.postal)
	}
	copy(c.territories, d.territories)
	copy(lines, b.lines)
	rates := b.frozenRates()
	c.segments = make([]segment, len(b.spans))
	for i := range c.territories {
		t := &c.territories[i]
		t.lines, lines = cut(lines, len(t.lines))
		for n := range t.lines {
			b.segments(&c.body, int32(i), int32(n), rates)
		}
		var own []codetable.Slot
		own, table = cut(table, t.codes.FrozenSize())
		t.codes = t.codes.Frozen(own)
		c.completeSlots(&t.codes, t.lines)
	}
	c.setToday()
	c.bytes += c.size(rates)
	return c
}

// cut splits a slice after n elements. first is nil if n is 0.
func cut[E any](list []E, n int) (first, rest []E) {
	if n == 0 {
		return nil, list
	}
	return list[:n:n], list[n:]
}

// frozenRates returns copies of the rates, with pointers in place of numbers.
func (b *compiler) frozenRates() []effective {
	var components []Component
	if len(b.components) > 0 {
		components = slices.Clone(b.components)
	}
	rates := make([]effective, len(b.rates))
	for i := range b.rates {
		built, r := &b.rates[i], &rates[i]
		*r = built.effective
		if built.over != none {
			r.over = &rates[built.over]
		}
		if n := len(r.components); built.parts != none {
			r.components = components[built.parts:][:n:n]
		}
	}
	return rates
}

// segments writes the merged timeline of line n of territory t to the body.
func (b *compiler) segments(c *body, t, n int32, rates []effective) {
	l := &c.territories[t].lines[n]
	for i := l.first; i < l.last; i++ {
		from := &b.spans[i]
		s := &c.segments[i]
		s.from, s.territory, s.line, s.gap = from.from, t, n, from.gap
		if from.rate != none {
			s.rate = &rates[from.rate]
			s.refused = c.settings.refuses(s.rate)
		}
		if i+1 < l.last {
			s.until = b.spans[i+1].from
		}
	}
}

// refuses says why the evidence of a rate is refused; "" if it is not.
func (s *settings) refuses(r *effective) string {
	switch {
	case s.Refuse == 0:
		return ""
	case s.Refuse&RefuseDisputed != 0 && r.evidence.Status == Disputed:
		return "the sources disagree"
	case s.Refuse&RefuseSingle != 0 && r.evidence.Status == Single:
		return "only one source states it"
	case s.Refuse&RefuseUndated != 0 && r.undated:
		return "its first day is not known"
	}
	return ""
}

// completeSlots sets the segments in the slots of a table whose lines are these.
func (c *body) completeSlots(t *codetable.Table, lines []line) {
	t.All(func(s *codetable.Slot) {
		s.Last = lines[s.Line].last - 1
		if last := &c.segments[s.Last]; last.answers() && !s.Alias {
			s.From = max(last.from.n, 1)
		}
	})
}

// room returns a body with room for the given numbers of territories, lines and
// slots, and counts its bytes.
func room(territories, lines, slots int) (c *sharedBody, l []line, s []codetable.Slot) {
	switch {
	case territories == 1 && lines <= 1 && slots <= 4:
		b := new(body1)
		c, l, s = &b.sharedBody, b.lines[:lines], b.slots[:slots]
		c.territories, c.bytes = b.territories[:], int64(unsafe.Sizeof(*b))
	case territories == 1 && lines <= 2 && slots <= 4:
		b := new(body2)
		c, l, s = &b.sharedBody, b.lines[:lines], b.slots[:slots]
		c.territories, c.bytes = b.territories[:], int64(unsafe.Sizeof(*b))
	case territories == 1 && lines <= 4 && slots <= 8:
		b := new(body4)
		c, l, s = &b.sharedBody, b.lines[:lines], b.slots[:slots]
		c.territories, c.bytes = b.territories[:], int64(unsafe.Sizeof(*b))
	case territories == 1 && lines <= 5 && slots <= 16:
		b := new(body5)
		c, l, s = &b.sharedBody, b.lines[:lines], b.slots[:slots]
		c.territories, c.bytes = b.territories[:], int64(unsafe.Sizeof(*b))
	case territories == 1 && lines <= 8 && slots <= 16:
		b := new(body8)
		c, l, s = &b.sharedBody, b.lines[:lines], b.slots[:slots]
		c.territories, c.bytes = b.territories[:], int64(unsafe.Sizeof(*b))
	default:
		c, l, s = new(sharedBody), make([]line, lines), make([]codetable.Slot, slots)
		c.territories = make([]territory, territories)
		c.bytes = int64(unsafe.Sizeof(*c)) + int64(territories)*int64(unsafe.Sizeof(territory{})) +
			int64(lines)*int64(lineBytes) + int64(slots)*int64(slotBytes)
	}
	return c, l, s
}

// These are the bodies of countries without regions, by the numbers of lines and
// slots that they have room for. One allocation for everything takes less time and
// memory than four. The padding puts the slots at a multiple of their size, so that
// none lies across two cache lines: otherwise half of them would, and a lookup that
// reads three cache lines would read a fourth.
type (
	body1 struct {
		sharedBody
		territories [1]territory
		lines       [1]line
		_           [(slotBytes - (beforeLines+1*lineBytes)%slotBytes) % slotBytes]byte
		slots       [4]codetable.Slot
	}
	body2 struct {
		sharedBody
		territories [1]territory
		lines       [2]line
		_           [(slotBytes - (beforeLines+2*lineBytes)%slotBytes) % slotBytes]byte
		slots       [4]codetable.Slot
	}
	body4 struct {
		sharedBody
		territories [1]territory
		lines       [4]line
		_           [(slotBytes - (beforeLines+4*lineBytes)%slotBytes) % slotBytes]byte
		slots       [8]codetable.Slot
	}
	body5 struct {
		sharedBody
		territories [1]territory
		lines       [5]line
		_           [(slotBytes - (beforeLines+5*lineBytes)%slotBytes) % slotBytes]byte
		slots       [16]codetable.Slot
	}
	body8 struct {
		sharedBody
		territories [1]territory
		lines       [8]line
		_           [(slotBytes - (beforeLines+8*lineBytes)%slotBytes) % slotBytes]byte
		slots       [16]codetable.Slot
	}
)

const (
	slotBytes   = unsafe.Sizeof(codetable.Slot{})
	lineBytes   = unsafe.Sizeof(line{})
	beforeLines = headerBytes + unsafe.Sizeof(sharedBody{}) + unsafe.Sizeof(territory{})
	headerBytes = 8 // the runtime puts them before an object of this size
)

// size estimates the memory of a body in bytes, apart from that which room has
// counted. Texts that documents share are counted for each of them.
func (c *body) size(rates []effective) int64 {
	n := int64(unsafe.Sizeof(record{})) + int64(len(c.territories))*int64(unsafe.Sizeof(Metadata{}))
	n += int64(cap(c.segments)) * int64(unsafe.Sizeof(segment{}))
	n += int64(cap(c.postal)) * int64(unsafe.Sizeof(postal.Span{}))
	n += int64(len(c.byRegion)) * 64
	for t := range c.territories {
		terr := &c.territories[t]
		n += cache.TextBytes(terr.location.Region) + cache.TextBytes(terr.zoneName) + terr.tax.bytes()
		for i := range terr.lines {
			if l := &terr.lines[i]; l.origin == int32(t) {
				n += l.bytes()
			}
		}
	}
	for i := range rates {
		n += rates[i].bytes()
	}
	return n
}

// bytes estimates the memory of the texts of a line.
func (l *line) bytes() int64 {
	return cache.TextBytes(l.code) + listBytes(l.aliases) + l.name.bytes() + l.description.bytes()
}

// bytes estimates the memory of a rate and of everything that only it refers to. A
// rate that was made from the parent's has little of its own.
func (e *effective) bytes() int64 {
	const number = 48 // a big.Int and its word
	n := int64(unsafe.Sizeof(*e))
	switch {
	case e.over == nil:
		n += number + listBytes(e.evidence.Sources)
		for i := range e.components {
			c := &e.components[i]
			n += int64(unsafe.Sizeof(*c)) + number + cache.TextBytes(c.Code) + c.Name.bytes()
		}
	case len(e.components) > len(e.over.components): // it adds to the parent's rate
		n += number + int64(len(e.components))*int64(unsafe.Sizeof(Component{}))
	}
	return n
}

func (t Tax) bytes() int64 { return cache.TextBytes(t.Code) + t.Name.bytes() }

func (l LocalizedText) bytes() int64 {
	if l.t == nil {
		return 0
	}
	return int64(unsafe.Sizeof(*l.t)) + listBytes(l.t.texts) // the set of languages is shared
}

func listBytes(list []string) (n int64) {
	for _, s := range list {
		n += int64(unsafe.Sizeof(s)) + cache.TextBytes(s)
	}
	return n
}

// clear empties the compiler, so that it keeps nothing alive, and reports whether
// it may be used again.
func (b *compiler) clear() bool {
	territories, postal := b.draft.territories, b.draft.postal
	if max(cap(territories), cap(postal), cap(b.claims), cap(b.documents), cap(b.lines), cap(b.slots), cap(b.spans),
		cap(b.rates), cap(b.components)) > maxScratch {
		return false
	}
	*b = compiler{
		documents: cleared(b.documents, 0), lines: cleared(b.lines, 0), slots: b.slots[:0], spans: b.spans[:0],
		rates: cleared(b.rates, 0), components: cleared(b.components, 0), claims: b.claims[:0],
	}
	b.draft.territories, b.draft.postal = cleared(territories, 0), postal[:0]
	return true
}

// maxScratch is the largest capacity of its slices with which a compiler is used
// again. No real country needs more.
const maxScratch = 4096
