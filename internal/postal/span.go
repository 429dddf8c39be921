package postal

import (
	"cmp"
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
// not overlap. It calls overlap with the owners of two claims that overlap; both may
// be the same owner. A code that two owners claim finds one of them; which one is
// not defined.
//
// Disjoint overwrites room, and returns its memory if that is large enough.
func Disjoint(room, claims []Span, overlap func(a, b int32)) []Span {
	slices.SortFunc(claims, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Hi, b.Hi), cmp.Compare(a.Owner, b.Owner))
	})
	spans := room[:0]
	for _, s := range claims {
		if n := len(spans); n > 0 && s.Lo <= spans[n-1].Hi {
			last := &spans[n-1]
			if s.Lo == s.Hi && s.Length < last.Length {
				// A single code that is shorter than the bounds around it is not one
				// of their codes: their span continues on both sides of it.
				rest := *last
				rest.Lo, last.Hi = s.Hi+1, s.Lo-1
				spans = append(spans, s, rest)
				continue
			}
			overlap(last.Owner, s.Owner)
			last.Length = min(last.Length, s.Length)
			s.Length = last.Length
			if s.Hi <= last.Hi {
				continue
			}
			s.Lo = last.Hi + 1
		}
		spans = append(spans, s)
	}
	return spans
}

// Find returns the owner of a code in spans that [Disjoint] returned.
func Find(spans []Span, c Code) (owner int32, ok bool) {
	if c.Length == 0 {
		return 0, false
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
		return 0, false
	}
	return spans[low].Owner, true
}
