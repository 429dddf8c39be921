// Package fold searches texts without regard to upper and lower case. Characters are
// equal if Unicode's simple case folding makes them so, as in strings.EqualFold.
package fold

import (
	"unicode"
	"unicode/utf8"
)

// Contains reports whether a text contains a part; both are UTF-8. It takes time linear in the lengths of both, and for parts of at most 64
// characters it allocates nothing.
func Contains(text, part string) bool {
	var short [64]rune
	folded := short[:0]
	for _, r := range part {
		folded = append(folded, least(r))
	}
	if len(folded) == 0 {
		return true
	}
	var shortTable [64]int
	borders := append(shortTable[:0], 0) // of Knuth, Morris and Pratt
	for i, n := 1, 0; i < len(folded); i++ {
		for n > 0 && folded[i] != folded[n] {
			n = borders[n-1]
		}
		if folded[i] == folded[n] {
			n++
		}
		borders = append(borders, n)
	}
	n := 0 // characters of the part that the text ends with so far
	for _, r := range text {
		r = least(r)
		for n > 0 && r != folded[n] {
			n = borders[n-1]
		}
		if r == folded[n] {
			n++
		}
		if n == len(folded) {
			return true
		}
	}
	return false
}

// least returns the smallest of the characters that equal r.
func least(r rune) rune {
	if r < utf8.RuneSelf {
		if 'a' <= r && r <= 'z' {
			return r - ('a' - 'A')
		}
		return r
	}
	smallest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		smallest = min(smallest, next)
	}
	return smallest
}
