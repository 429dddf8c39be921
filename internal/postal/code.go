// Package postal reads postal codes and ranges of them. It turns codes into numbers
// that sort as the codes do, and finds the territory that claims a code.
package postal

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/taxresolve/tax/internal/iso"
)

// Code is a postal code as a number. The zero Code is no code.
type Code struct {
	// Packed has the characters, in upper case and without separators, as digits in
	// base 37, left-justified. 37^10 is below 2^53.
	//
	// The numbers sort as the codes do, and the codes with one prefix are contiguous,
	// so a binary search finds a territory and allocates nothing. The text of the code
	// can be made from the number, so an answer can explain itself without keeping the
	// caller's string.
	Packed uint64
	// Length is the number of characters, from 0 to 10.
	Length int
}

const (
	// maxLength is the length of the longest postal codes in use, those of Iran.
	maxLength = 10
	base      = 37
	// first is what the first character of a code counts: 37^9.
	first = 129_961_739_795_077
)

// Pack packs a postal code as people write it. It returns false for characters other
// than letters A to Z, digits, spaces and hyphens, and for codes of more than 10
// characters, not counting spaces and hyphens.
func Pack(s string) (Code, bool) {
	packed, length := uint64(0), 0
	for i := range len(s) {
		digit := digits[s[i]]
		if digit >= separator {
			if digit == separator {
				continue
			}
			return Code{}, false
		}
		if length == maxLength {
			return Code{}, false
		}
		packed = packed*base + uint64(digit)
		length++
	}
	return Code{packed * shift[length], length}, true
}

// digits has the digit of every character of a code. The two largest values are those of the
// characters that do not count and of those that are not in a code.
var digits = func() (list [256]uint8) {
	for c := range list {
		switch b := byte(c); {
		case isDigit(b):
			list[c] = b - '0' + 1
		case b >= 'A' && b <= 'Z':
			list[c] = b - 'A' + 11
		case b >= 'a' && b <= 'z':
			list[c] = b - 'a' + 11
		case b == ' ' || b == '-':
			list[c] = separator
		default:
			list[c] = separator + 1
		}
	}
	return list
}()

const separator = base

// shift has, by the length of a code, the factor that left-justifies it.
var shift = func() (list [maxLength + 1]uint64) {
	list[maxLength] = 1
	for i := maxLength - 1; i >= 0; i-- {
		list[i] = list[i+1] * base
	}
	return list
}()

// String returns the code in upper case, without separators. It needs only Packed.
func (c Code) String() string {
	text, n := c.text()
	return string(text[:n])
}

// isText reports whether a text is what String returns.
func (c Code) isText(s string) bool {
	text, n := c.text()
	return s == string(text[:n]) // a comparison allocates no string
}

func (c Code) text() (text [maxLength]byte, n int) {
	packed := c.Packed
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
	return text, n
}

// Parse packs the postal code of an address in a country. It drops the prefixes that
// people write in addresses: the code of the country before a hyphen or a space
// ("GB-BT1 5GS") and, with digitsOnly, up to three letters before the digits ("D-27498",
// "A 6691"). digitsOnly means that all postal codes that regions of the country claim are
// digits, so that letters cannot be part of a code.
//
// In some countries a code begins with the letters of the country ("LV-1010"). They
// stay if no claim has the code without them, and one that is written with them has it.
//
// Spaces, hyphens, letters and digits of Unicode that people type or paste in place of
// those of ASCII count as these; only such a text costs an allocation.
//
// given is the code with the letters before the digits, for the record. ok is false for
// a code that [Pack] refuses and, with digitsOnly, for words: text that has no digit, or
// more than three letters before the first one.
func Parse(country, s string, digitsOnly bool, claims *Index) (code, given Code, ok bool) {
	if s == "" {
		return code, given, true
	}
	if isDigit(s[0]) || !digitsOnly && len(s) > 1 && isDigit(s[1]) { // nothing is before the code
		if code, ok = Pack(s); ok {
			return code, code, true
		}
	}
	return parseWritten(country, s, digitsOnly, claims)
}

// parseWritten is Parse for what may have something before the code. It is a function of
// its own so that the frame of Parse stays small.
func parseWritten(country, s string, digitsOnly bool, claims *Index) (code, given Code, ok bool) {
	rest := s
	if s[0] == ' ' {
		rest = strings.TrimLeft(s, " ")
	}
	after := withoutCountry(rest, country, digitsOnly)
	dropped := len(after) != len(rest)
	rest = after
	if given, ok = Pack(rest); !ok {
		if plain, folded := inASCII(s); folded {
			return Parse(country, plain, digitsOnly, claims)
		}
		return code, given, false
	}
	code = given
	if dropped && !digitsOnly {
		code = code.claimedIn(country, claims)
		return code, code, true
	}
	if digitsOnly && given.Length > 0 {
		bare, isWord := withoutLetters(rest)
		if isWord {
			return Code{}, Code{}, false
		}
		if len(bare) != len(rest) {
			code, _ = Pack(bare) // it is the end of rest, which packs
		}
	}
	return code, given, true
}

// maxFolded is the length in bytes of the longest text that inASCII reads. A postal code
// with a few separators has less, and longer texts must cost nothing.
const maxFolded = 100

// inASCII returns a text with spaces, hyphens, and full-width letters and digits as those
// of ASCII. folded is false if the text is in ASCII already, or has anything else.
func inASCII(s string) (plain string, folded bool) {
	if len(s) > maxFolded {
		return "", false
	}
	var b [maxFolded]byte
	n := 0
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			b[n] = byte(r)
		case unicode.Is(unicode.Zs, r) || isZeroWidth(r):
			b[n] = ' '
		case r >= '\uff01' && r <= '\uff5e': // the characters of ASCII in full width
			b[n] = byte(r - '\uff01' + '!')
		case unicode.Is(unicode.Pd, r) || r == '\u2212' || r == '\u00ad' || r == '\u30fc':
			b[n] = '-' // a dash, minus sign, soft hyphen, or the long vowel mark of Japanese
		default:
			return "", false
		}
		n++
	}
	if n == len(s) {
		return "", false
	}
	return string(b[:n]), true
}

// isZeroWidth reports whether a character only says where a line may break, or in which
// direction text runs. Such characters come along when text is pasted.
func isZeroWidth(r rune) bool {
	return r == '\u200b' || r == '\u200e' || r == '\u200f' || r == '\u2060' || r == '\ufeff'
}

// claimedIn returns the code with the letters of a country before it if it is claimed
// only so, and otherwise as it is. A claim that merely includes such codes does not
// count: G* is about Glasgow, and not about codes with GB before them.
func (c Code) claimedIn(country string, claims *Index) Code {
	if claims.find(c) != nil {
		return c
	}
	letters, ok := Pack(country)
	if !ok || letters.Length+c.Length > maxLength {
		return c
	}
	whole := Code{letters.Packed + c.Packed/(base*base), letters.Length + c.Length}
	s := claims.find(whole)
	if s == nil || s.Lo < letters.Packed || s.Hi-letters.Packed >= shift[letters.Length] {
		return c
	}
	return whole
}

// withoutCountry drops the code of a country and the hyphen or space after it. With
// digitsOnly, it leaves letters before a space to [withoutLetters].
func withoutCountry(s, country string, digitsOnly bool) string {
	// The code of a country has two or three letters.
	if len(s) <= 3 || !isLetter(s[0]) || !isLetter(s[1]) {
		return s
	}
	end := 2
	if s[end] != '-' && s[end] != ' ' {
		end++
	}
	if s[end] == '-' || s[end] == ' ' && !digitsOnly {
		if c, _, ok := iso.Country(s[:end]); ok && c == country && end+1 < len(s) {
			return s[end+1:]
		}
	}
	return s
}

// withoutLetters drops up to three letters before a code made of digits. Separators
// count nowhere, so they do not count among the letters either. isWord is true if there is
// no digit, or more letters before the first.
func withoutLetters(s string) (code string, isWord bool) {
	letters, start := 0, 0
	for start < len(s) && !isDigit(s[start]) {
		if isLetter(s[start]) {
			letters++
		}
		start++
	}
	if letters > 3 || start == len(s) {
		return s, true
	}
	for i := start; i < len(s); i++ {
		if letters == 0 || isLetter(s[i]) {
			return s, false
		}
	}
	return s[start:], false // s packs, so the rest is digits and separators
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
