// Package postal has postal codes as numbers that sort as the codes do, and the
// spans of codes that territories claim.
package postal

import (
	"strings"

	"github.com/taxresolve/tax/internal/iso"
)

const (
	// maxLength characters suffice for every postal system in use; the longest,
	// of Iran, has 10.
	maxLength = 10
	base      = 37
)

// Code is a postal code as a number. The zero Code is none.
type Code struct {
	// Packed has the characters, upper case and without separators, as digits
	// to the base 37, left-justified. The numbers sort as the codes do and a
	// prefix is a contiguous range, so that finding a territory is a binary
	// search that allocates nothing; and the code can be written back from the
	// number, which lets an answer explain itself without keeping the caller's
	// string. 37^10 is below 2^53.
	Packed uint64
	// Length is the number of characters, 0 to 10.
	Length int
}

// Pack packs a postal code as people write it. It reports false for characters
// other than letters, digits, spaces and hyphens, and for codes of more than 10
// characters.
func Pack(s string) (Code, bool) {
	var c Code
	for i := range len(s) {
		var digit uint64
		switch b := s[i]; {
		case b >= '0' && b <= '9':
			digit = uint64(b-'0') + 1
		case b >= 'A' && b <= 'Z':
			digit = uint64(b-'A') + 11
		case b >= 'a' && b <= 'z':
			digit = uint64(b-'a') + 11
		case b == ' ' || b == '-':
			continue
		default:
			return Code{}, false
		}
		if c.Length == maxLength {
			return Code{}, false
		}
		c.Packed = c.Packed*base + digit
		c.Length++
	}
	c.Packed *= shift[c.Length]
	return c, true
}

// shift left-justifies a code, by its length.
var shift = func() (list [maxLength + 1]uint64) {
	list[maxLength] = 1
	for i := maxLength - 1; i >= 0; i-- {
		list[i] = list[i+1] * base
	}
	return list
}()

// String returns the code in upper case without separators. It reads Packed
// alone.
func (c Code) String() string {
	var text [maxLength]byte
	packed := c.Packed
	n := 0
	for i := maxLength - 1; i >= 0; i-- {
		digit := packed % base
		packed /= base
		switch {
		case digit == 0:
			continue
		case digit <= 10:
			text[i] = byte('0' + digit - 1)
		default:
			text[i] = byte('A' + digit - 11)
		}
		n = max(n, i+1)
	}
	return string(text[:n])
}

// Parse packs the postal code of an address in a country. What addresses carry
// before it is dropped: the code of the country with a hyphen ("DE-27498"), and,
// where all codes that regions of the country claim are digits, up to three
// letters ("D-27498", "A 6691"), which can be no part of a code there.
//
// given is the code with those letters, for the record. ok is false for what
// [Pack] refuses.
func Parse(country, s string, digitsOnly bool) (code, given Code, ok bool) {
	if s == "" {
		return code, given, true
	}
	rest := s
	if s[0] == ' ' {
		rest = strings.TrimLeft(s, " ")
	}
	// The code of a country has two or three letters.
	if len(rest) > 3 && (rest[2] == '-' || rest[3] == '-') {
		prefix, after, _ := strings.Cut(rest, "-")
		if c, _, ok := iso.Country(prefix); ok && c == country && after != "" {
			rest = after
		}
	}
	if given, ok = Pack(rest); !ok {
		return code, given, false
	}
	code = given
	if digitsOnly {
		if bare := withoutLetters(rest); len(bare) != len(rest) {
			code, _ = Pack(bare) // part of what was packed above
		}
	}
	return code, given, true
}

// withoutLetters drops up to three letters before a code of digits, and the
// separators between.
func withoutLetters(s string) string {
	n := 0
	for n < len(s) && n < 3 && isLetter(s[n]) {
		n++
	}
	for i := n; i < len(s); i++ {
		if !isDigit(s[i]) && s[i] != ' ' && s[i] != '-' {
			return s
		}
	}
	if rest := strings.TrimLeft(s[n:], " -"); rest != "" {
		return rest
	}
	return s
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
