package postal

import (
	"cmp"
	"math"
	"slices"
	"unsafe"
)

// Span is the set of packed codes from Lo to Hi, inclusive, that have at least Length
// characters. A shorter code in between lacks characters that are compared.
type Span struct {
	Lo, Hi uint64
	Owner  int32
	Length int16
	// Shared means that only a part of each code belongs to the owner, and others claim
	// the rest. Spans that Cut returns are not marked: their owner says it.
	Shared bool
}

// Rules say which claims of one code go together, and what to do about others.
type Rules interface {
	// Inside reports whether an owner lies in another one. Its claims then come first:
	// the inner owner has the code.
	Inside(inner, outer int32) bool
	// Together returns the number, below 0, of the owners that share a code. The list is
	// sorted, and may not be kept.
	Together(owners []int32) int32
	// Overlap is told of two claims of one code that do not go together, by their owners,
	// which may be the same one.
	Overlap(a, b int32)
	// Crowded is told of an owner that claims a code with more others than MaxClaims.
	Crowded(owner int32)
}

// MaxClaims is the number of claims that one code can have. It bounds the time that
// cutting takes.
const MaxClaims = 64

// fit reports whether two claims of one code go together: one owner lies in the other, or
// both say that they share it. All that share a code may lie in an owner of the whole.
func (c *cutter) fit(a, b *Span) bool {
	switch {
	case a.Owner == b.Owner:
		return false
	case a.Shared && b.Shared:
		return true
	case a.Shared:
		return c.Inside(a.Owner, b.Owner)
	case b.Shared:
		return c.Inside(b.Owner, a.Owner)
	}
	return c.Inside(a.Owner, b.Owner) || c.Inside(b.Owner, a.Owner)
}

// Cut sorts claims and cuts them into spans for [NewIndex]. Every code that is claimed finds
// an owner that claims it, or the number of those that share it, and no other code finds
// one.
//
// Two claims overlap if there is a code that both have. A code that is shorter than the
// bounds around it is none of their codes, so 2 and 132-321 do not overlap. Cut reports
// claims that overlap and do not go together. It names every owner of such a claim, but
// not every pair: at most as many pairs as there are claims, in the order of the claims.
//
// Cut overwrites room, and returns its memory if that is large enough.
func Cut(room, claims []Span, rules Rules) []Span {
	slices.SortFunc(claims, func(a, b Span) int {
		// Ranges come before the single codes at which they begin.
		return cmp.Or(cmp.Compare(a.Lo, b.Lo), cmp.Compare(b.Hi, a.Hi), cmp.Compare(a.Length, b.Length), cmp.Compare(a.Owner, b.Owner))
	})
	c := cutter{Rules: rules, spans: room[:0]}
	for i := range claims {
		c.upTo(claims[i].Lo)
		c.add(claims[i])
	}
	c.upTo(math.MaxUint64)
	return c.spans
}

// cutter cuts claims into spans from the lowest code to the highest.
type cutter struct {
	Rules
	spans []Span
	from  uint64 // all codes below are in spans
	// open are the claims that begin at from or before, and have not ended.
	open    [MaxClaims]claim
	n       int
	sharing []int32 // for one cell after the other
}

type claim struct {
	Span
	named bool // it was reported
}

// upTo appends the spans of all codes below a code.
func (c *cutter) upTo(code uint64) {
	for c.n > 0 && c.from < code {
		end := code - 1
		for i := range c.n {
			end = min(end, c.open[i].Hi)
		}
		c.cell(c.from, end)
		c.from = end + 1
		kept := 0
		for i := range c.n {
			if c.open[i].Hi >= c.from {
				c.open[kept] = c.open[i]
				kept++
			}
		}
		c.n = kept
	}
	c.from = code
}

// add opens a claim, and reports those before it that it does not go together with.
func (c *cutter) add(s Span) {
	added := claim{Span: s}
	for i := range c.n {
		o := &c.open[i]
		// The bounds of two ranges make a code that lies in both wherever the numbers
		// overlap, whatever their lengths. A single code can be too short for a range.
		if s.Lo == s.Hi && o.Length > s.Length || c.fit(&o.Span, &s) || o.named && added.named {
			continue
		}
		c.Overlap(o.Owner, s.Owner)
		o.named, added.named = true, true
	}
	if c.n < MaxClaims {
		c.open[c.n] = added
		c.n++
		return
	}
	first := 0 // the one that ends first
	for i := range c.n {
		if o := &c.open[i]; !o.named {
			c.Crowded(o.Owner)
			o.named = true
		}
		if c.open[i].Hi < c.open[first].Hi {
			first = i
		}
	}
	if !added.named {
		c.Crowded(s.Owner)
		added.named = true
	}
	// Whatever overlaps the one that is left out overlaps all others too.
	if c.open[first].Hi < s.Hi {
		c.open[first] = added
	}
}

// cell appends the spans of codes that all open claims surround. Where the bounds of the
// claims have different lengths, it appends one span for each length that makes a
// difference, the longest first.
func (c *cutter) cell(from, end uint64) {
	var lengths [maxLength + 1]bool
	shortest, single := maxLength, 0
	for i := range c.n {
		o := &c.open[i]
		lengths[o.Length] = true
		shortest = min(shortest, int(o.Length))
		if o.Lo == o.Hi {
			single = int(o.Length)
		}
	}
	if single > 0 { // there is no other code in the cell
		c.append(Span{Lo: from, Hi: end, Owner: c.owner(single), Length: int16(single)})
		return
	}
	first := len(c.spans)
	for n := shortest; n <= maxLength; n++ {
		if !lengths[n] {
			continue
		}
		owner := c.owner(n)
		if len(c.spans) > first && c.spans[len(c.spans)-1].Owner == owner {
			continue
		}
		c.append(Span{Lo: from, Hi: end, Owner: owner, Length: int16(n)})
	}
	if len(c.spans) > first+1 {
		slices.Reverse(c.spans[first:])
	}
}

func (c *cutter) append(s Span) { c.spans = append(c.spans, s) }

// owner returns the owner of the codes of a length that all open claims surround: those
// that share them, or the innermost.
func (c *cutter) owner(length int) int32 {
	sharing := c.sharing[:0]
	innermost := int32(-1)
	for i := range c.n {
		o := &c.open[i]
		switch {
		case int(o.Length) > length:
		case o.Shared:
			sharing = append(sharing, o.Owner)
			c.sharing = sharing
		case innermost < 0 || c.Inside(o.Owner, innermost):
			innermost = o.Owner
		}
	}
	if len(sharing) == 0 {
		return innermost
	}
	slices.Sort(sharing)
	return c.Together(sharing)
}

// Index finds the span of a code. A nil Index has no spans.
type Index struct {
	spans []Span
	// starts has, by the first character of a code, where to search for it: among the spans
	// from there on, width in number for all characters. So the steps of a search are always
	// as many, and the processor guesses when they end.
	starts [base]uint32
	width  uint32
}

// NewIndex returns an index of spans that [Cut] returned. It copies them. Without spans, it
// returns nil.
func NewIndex(spans []Span) *Index {
	if len(spans) == 0 {
		return nil
	}
	x := &Index{spans: slices.Clone(spans)}
	next := uint32(0) // the first span that does not end before the codes with a character
	for digit := range x.starts {
		x.starts[digit] = next
		for next < uint32(len(spans)) && spans[next].Hi < uint64(digit+1)*first {
			next++
		}
		// The first span after these can have such codes as well. It needs no step: a search
		// ends there if all before it end before the code.
		x.width = max(x.width, next-x.starts[digit])
	}
	for digit := range x.starts { // to begin with spans that end before all such codes does no harm
		x.starts[digit] = min(x.starts[digit], uint32(len(spans))-x.width)
	}
	return x
}

// Bytes returns the memory that the index takes.
func (x *Index) Bytes() int64 {
	if x == nil {
		return 0
	}
	return int64(unsafe.Sizeof(*x)) + int64(cap(x.spans))*int64(unsafe.Sizeof(Span{}))
}

// Find returns the owner of a code; a number below 0 if several share it.
func (x *Index) Find(c Code) (owner int32, ok bool) {
	if s := x.find(c); s != nil {
		return s.Owner, true
	}
	return 0, false
}

// find returns the span that has a code; nil if there is none.
func (x *Index) find(c Code) *Span {
	if x == nil || c.Length == 0 {
		return nil
	}
	// Find the first span that does not end before the code. A comparison that the processor
	// guesses wrongly, as it does every other one here, costs as much as three steps without
	// guessing. Codes have 53 bits, so the sign of a difference says which is less. Numbers
	// without a sign are halved by a shift alone.
	spans, low := x.spans, uint(x.starts[c.Packed/first])
	for left := uint(x.width); left > 0; {
		half := (left + 1) / 2
		ends := uint(int64(spans[low+half-1].Hi-c.Packed) >> 63) // all ones before the code, else 0
		low += half & ends
		left -= half
	}
	for ; low < uint(len(spans)) && spans[low].Lo <= c.Packed; low++ {
		if c.Length >= int(spans[low].Length) {
			return &spans[low]
		}
	}
	return nil
}

// Cover answers which spans lie whole in some claims.
type Cover [maxLength + 1][]Span

// Around returns the cover of claims. It takes them over.
func Around(claims []Span) *Cover {
	var c Cover
	slices.SortFunc(claims, func(a, b Span) int { return cmp.Compare(a.Lo, b.Lo) })
	for _, s := range claims {
		list := c[s.Length]
		if n := len(list); n > 0 && s.Lo-1 <= list[n-1].Hi { // 1 is the least Lo
			list[n-1].Hi = max(s.Hi, list[n-1].Hi) // without a gap, the two are one
			continue
		}
		c[s.Length] = append(list, s)
	}
	return &c
}

// Has reports whether all codes of a span lie in claims with bounds of one length, none of
// them longer than those of the span. Claims that have them only together with others, of
// another length, do not count.
func (c *Cover) Has(s Span) bool {
	for length := 0; length <= int(s.Length); length++ {
		list := c[length]
		i, _ := slices.BinarySearchFunc(list, s.Lo, func(o Span, lo uint64) int {
			if o.Lo <= lo {
				return -1
			}
			return 1
		})
		if i > 0 && list[i-1].Hi >= s.Hi {
			return true
		}
	}
	return false
}
