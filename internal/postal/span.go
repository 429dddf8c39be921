package postal

import (
	"cmp"
	"math"
	"slices"
)

// Span is the set of packed codes from Lo to Hi, inclusive, that have at least Length
// characters. A shorter code in between lacks characters that are compared.
type Span struct {
	Lo, Hi uint64
	Owner  int32
	Length int32
}

// Disjoint sorts claims and cuts them into spans for [Find], which are sorted and do
// not overlap. Every code that is claimed finds an owner that claims it, and no other
// code finds one.
//
// Two claims overlap if there is a code that both have. A code that is shorter than the
// bounds around it is none of their codes, so 2 and 132-321 do not overlap. Disjoint
// calls overlap with the owners of two claims that overlap; both may be the same owner.
// It names every owner whose claim overlaps another one, but not every pair of them: at
// most one pair for each claim, in the order of the claims.
//
// Disjoint overwrites room, and returns its memory if that is large enough.
func Disjoint(room, claims []Span, overlap func(a, b int32)) []Span {
	slices.SortFunc(claims, func(a, b Span) int {
		// Ranges come before the single codes at which they begin.
		return cmp.Or(cmp.Compare(a.Lo, b.Lo), cmp.Compare(b.Hi, a.Hi), cmp.Compare(a.Length, b.Length), cmp.Compare(a.Owner, b.Owner))
	})
	c := cutter{spans: room[:0]}
	var widest, single Span // the range that ends last, and the last code, so far
	for _, s := range claims {
		c.upTo(s.Lo - 1)
		if s.Lo != s.Hi {
			// The bounds of two ranges make a code that lies in both wherever the
			// numbers overlap, whatever their lengths.
			if s.Lo <= widest.Hi {
				overlap(widest.Owner, s.Owner)
			}
			if s.Hi > widest.Hi {
				widest = s
			}
			if open := &c.open[s.Length]; s.Hi > open.Hi {
				*open = s
			}
			continue
		}
		around := c.shortest()
		switch {
		case around != nil && around.Length <= s.Length:
			overlap(around.Owner, s.Owner)
		case s.Lo == single.Lo:
			overlap(single.Owner, s.Owner)
		default:
			// If there are ranges around it, they go on behind it.
			c.spans = append(c.spans, s)
			c.from = s.Lo + 1
			single = s
		}
	}
	c.upTo(math.MaxUint64)
	return c.spans
}

// cutter cuts ranges into spans from the lowest code to the highest.
type cutter struct {
	spans []Span
	from  uint64 // all codes below are in spans
	// open has, by the length of its bounds, the range that ends last of those that
	// begin at from or before. It may have ended already.
	open [maxLength + 1]Span
}

// upTo appends the spans of the open ranges up to a code, inclusive.
func (c *cutter) upTo(code uint64) {
	for c.from <= code {
		s := c.shortest()
		if s == nil {
			break
		}
		end := min(s.Hi, code)
		c.spans = append(c.spans, Span{c.from, end, s.Owner, s.Length})
		c.from = end + 1
	}
	c.from = max(c.from, code+1)
}

// shortest returns the range with the shortest bounds that has not ended at c.from; nil
// if there is none. It has every code that another open range has there.
func (c *cutter) shortest() *Span {
	for i := range c.open {
		if c.open[i].Hi >= c.from && c.open[i].Hi > 0 {
			return &c.open[i]
		}
	}
	return nil
}

// Find returns the owner of a code in spans that [Disjoint] returned.
func Find(spans []Span, c Code) (owner int32, ok bool) {
	i := find(spans, c)
	if i < 0 {
		return 0, false
	}
	return spans[i].Owner, true
}

// find returns the index of the span that has a code; -1 if there is none.
func find(spans []Span, c Code) int {
	if c.Length == 0 {
		return -1
	}
	low, high := 0, len(spans)
	for low < high { // find the first span that does not end before the code
		if middle := int(uint(low+high) >> 1); spans[middle].Hi < c.Packed {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == len(spans) || spans[low].Lo > c.Packed || c.Length < int(spans[low].Length) {
		return -1
	}
	return low
}
