package postal

import (
	"cmp"
	"slices"
)

// Span has the packed codes from Lo to Hi, both included, that have at least
// Length characters: a shorter code between them lacks characters that are
// compared.
type Span struct {
	Lo, Hi uint64
	Owner  int32
	Length int32
}

// Disjoint sorts claims and cuts them into spans for [Find], sorted and without
// overlaps. It calls overlap for the owners of two claims that overlap, who may
// be one and the same. The result lies in room where that is large enough; the
// content of room is lost.
//
// Which of two owners gets a code that both claim is not defined, only that one
// of them does.
func Disjoint(room, claims []Span, overlap func(a, b int32)) []Span {
	slices.SortFunc(claims, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Hi, b.Hi), cmp.Compare(a.Owner, b.Owner))
	})
	spans := room[:0]
	for _, s := range claims {
		if n := len(spans); n > 0 && s.Lo <= spans[n-1].Hi {
			last := &spans[n-1]
			if s.Lo == s.Hi && s.Length < last.Length {
				// One code that is shorter than the bounds around it is none of
				// theirs: they continue on both sides of it.
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

// Find returns the owner of a code. spans are what [Disjoint] returned.
func Find(spans []Span, c Code) (owner int32, ok bool) {
	if c.Length == 0 {
		return 0, false
	}
	low, high := 0, len(spans)
	for low < high { // to the first span that does not end before the code
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
