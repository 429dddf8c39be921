package tax

import (
	"slices"
	"unsafe"

	"github.com/taxresolve/tax/internal/cache"
	"github.com/taxresolve/tax/internal/codetable"
	"github.com/taxresolve/tax/internal/postal"
)

// freeze copies what was compiled into a body of exactly that size.
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

// cut takes the first n elements off a slice; nil when there are none.
func cut[E any](list []E, n int) (first, rest []E) {
	if n == 0 {
		return nil, list
	}
	return list[:n:n], list[n:]
}

// The bodies of countries without regions, by how many classes and slots of
// codes there is room for: one allocation for all of it, which takes less time
// and memory than four. What is left open makes the place of the slots one of
// their multiples, so that none lies in two cache lines: half of them would,
// and a lookup that is otherwise answered from three lines would read a fourth.
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
	headerBytes = 8 // that the runtime puts before an object of this size
)

// room makes a body that has room for so many territories, lines and slots, and
// counts the bytes.
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

// frozenRates copies the rates; what they refer to by number they point to.
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

// segments writes the merged timeline of a line where lookups find it.
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

// maxScratch is how many elements the slices of a compiler may have room for if
// it is to be used again: more than the largest countries there are need.
const maxScratch = 4096

// clear forgets everything, so that the compiler keeps nothing alive, and
// reports whether it is worth using again.
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

// size is the estimate of the memory that a body takes beside what its room
// counts. Texts that documents share are counted for each of them.
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

func (l *line) bytes() int64 {
	return cache.TextBytes(l.code) + listBytes(l.aliases) + l.name.bytes() + l.description.bytes()
}

// bytes counts what a document says with the rate of its entry. A rate over
// another has little of its own.
func (e *effective) bytes() int64 {
	const number = 48 // of a big.Int and its word
	n := int64(unsafe.Sizeof(*e))
	switch {
	case e.over == nil:
		n += number + listBytes(e.evidence.Sources)
		for i := range e.components {
			c := &e.components[i]
			n += int64(unsafe.Sizeof(*c)) + number + cache.TextBytes(c.Code) + c.Name.bytes()
		}
	case len(e.components) > len(e.over.components): // added to it
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

// completeSlots tells the slots of a table where the segments of their lines
// are.
func (c *body) completeSlots(t *codetable.Table, lines []line) {
	t.All(func(s *codetable.Slot) {
		s.Last = lines[s.Line].last - 1
		if last := &c.segments[s.Last]; last.answers() && !s.Alias {
			s.From = max(last.from.n, 1)
		}
	})
}

// refuses tells why evidence is not good enough, or "".
func (s *settings) refuses(r *effective) string {
	switch {
	case s.Refuse == 0:
		return ""
	case s.Refuse&RefuseDisputed != 0 && r.evidence.Status == Disputed:
		return "the sources disagree"
	case s.Refuse&RefuseSingle != 0 && r.evidence.Status == Single:
		return "only one source tells it"
	case s.Refuse&RefuseUndated != 0 && r.undated:
		return "its first day is not known"
	}
	return ""
}
