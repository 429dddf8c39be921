package page

import (
	"strings"

	"golang.org/x/text/unicode/bidi"
)

const (
	firstStrongIsolate    = '\u2068'
	popDirectionalIsolate = '\u2069'
)

// isolated returns a name for use within a sentence. A name that may run from right to left is
// set apart, and what it leaves open is closed, so that it turns no word around it.
func isolated(name string) string {
	turns := false
	open := 0
	text := strings.Map(func(c rune) rune {
		p, _ := bidi.LookupRune(c)
		switch p.Class() {
		case bidi.LRI, bidi.RLI, bidi.FSI:
			open++
		case bidi.PDI:
			if open == 0 {
				turns = true
				return -1 // it would end what is around the name
			}
			open--
		case bidi.R, bidi.AL, bidi.AN, bidi.LRE, bidi.RLE, bidi.LRO, bidi.RLO, bidi.PDF:
		default:
			return c
		}
		turns = true
		return c
	}, name)
	if !turns {
		return name
	}
	return string(firstStrongIsolate) + text + strings.Repeat(string(popDirectionalIsolate), open+1)
}
