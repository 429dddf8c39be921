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

// controls are the characters that turn the direction of a text, as JSON can also write them.
var controls = strings.NewReplacer(
	"\u061c", `\u061c`, "\u200e", `\u200e`, "\u200f", `\u200f`, "\u202a", `\u202a`, "\u202b", `\u202b`, "\u202c", `\u202c`,
	"\u202d", `\u202d`, "\u202e", `\u202e`, "\u2066", `\u2066`, "\u2067", `\u2067`, "\u2068", `\u2068`, "\u2069", `\u2069`,
)

// shown returns JSON for a page: the same values, written so that no name turns a line.
func shown(json []byte) string { return controls.Replace(string(json)) }
