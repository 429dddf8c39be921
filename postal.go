package tax

import (
	"strings"

	"github.com/taxresolve/tax/internal/iso"
)

// PostalRange is a set of postal codes, anchored at the first character.
//
//	{From: "27498"}               exactly that code
//	{From: "6991", To: "6993"}    codes whose first four characters are 6991 to 6993
//	{From: "BT", To: "BT"}        codes that begin with BT
//
// Bounds are letters A to Z and digits, at most 10, both of one length. Case,
// spaces and hyphens of the codes compared do not matter.
type PostalRange struct {
	From, To string
}

// String returns the range as [ParsePostalRange] reads it.
func (p PostalRange) String() string {
	switch p.To {
	case "":
		return p.From
	case p.From:
		return p.From + "*"
	}
	return p.From + "-" + p.To
}

// ParsePostalRange reads "27498", "6991-6993" or "BT*". A code is written
// without spaces and hyphens. Anything else is an [InputError].
func ParsePostalRange(s string) (PostalRange, error) {
	if len(s) > 2*maxPostal+1 {
		return PostalRange{}, inputError("postal range", s, postalRangeForm)
	}
	from, to, bounds := strings.Cut(upperText(s), "-")
	p := PostalRange{from, to}
	if prefix, ok := strings.CutSuffix(from, "*"); ok && !bounds {
		p = PostalRange{prefix, prefix}
	} else if bounds && (to == "" || from == to) {
		return PostalRange{}, inputError("postal range", s, postalRangeForm)
	}
	if reason := p.fault(); reason != "" {
		return PostalRange{}, inputError("postal range", s, reason)
	}
	return p, nil
}

const postalRangeForm = "write one code, two bounds of equal length with a hyphen, or a prefix with a star"

// fault tells what is wrong with the range, or "".
func (p PostalRange) fault() string {
	from, ok := packPostal(p.From)
	if !ok || from.length == 0 || from.text() != p.From {
		return "bounds are 1 to 10 letters A to Z and digits, without spaces and hyphens"
	}
	if p.To == "" {
		return ""
	}
	to, ok := packPostal(p.To)
	switch {
	case !ok || to.text() != p.To:
		return "bounds are 1 to 10 letters A to Z and digits, without spaces and hyphens"
	case from.length != to.length:
		return "bounds differ in length: " + postalRangeForm
	case to.code < from.code:
		return "the second bound is before the first"
	}
	return ""
}

// repaired is a range that is written wrongly as it was probably meant, for the
// one purpose of leading to the tombstone of its document. It reports false
// when its bounds cannot be read at all.
func (p PostalRange) repaired() (PostalRange, bool) {
	if p.fault() == "" {
		return p, true
	}
	from, ok1 := packPostal(p.From)
	to, ok2 := packPostal(p.To)
	if !ok1 || !ok2 || from.length == 0 {
		return p, false
	}
	p.From, p.To = from.text(), to.text()
	if p.To == "" {
		return p, true
	}
	n := min(len(p.From), len(p.To))
	p.From, p.To = min(p.From[:n], p.To[:n]), max(p.From[:n], p.To[:n])
	return p, true
}

// span returns the packed codes of the range, both ends included. A code in it
// that is shorter than length is not in the range: it does not have the
// characters that are compared.
func (p PostalRange) span() (lo, hi uint64, length int) {
	from, _ := packPostal(p.From)
	if p.To == "" {
		return from.code, from.code, from.length
	}
	to, _ := packPostal(p.To)
	// Everything that begins with To sorts from To itself to To followed by
	// the highest characters there are.
	size := uint64(1)
	for range maxPostal - to.length {
		size *= postalBase
	}
	return from.code, to.code + size - 1, from.length
}

const (
	// maxPostal characters suffice for every postal system in use; the longest,
	// of Iran, has 10.
	maxPostal  = 10
	postalBase = 37
)

// postalCode is a postal code as a number: its characters, upper case and
// without separators, as digits to the base 37, left-justified. The numbers
// sort as the codes do and a prefix is a contiguous range, so that finding a
// territory is a binary search that allocates nothing; and the code can be
// written back from the number, which lets an answer explain itself without
// keeping the caller's string. 37^10 is below 2^53.
type postalCode struct {
	code   uint64
	length int
}

// packPostal packs a postal code as people write it. It reports false for
// characters other than letters, digits, spaces and hyphens, and for codes of
// more than 10 characters.
func packPostal(s string) (postalCode, bool) {
	var p postalCode
	for i := range len(s) {
		c := s[i]
		var digit uint64
		switch {
		case c >= '0' && c <= '9':
			digit = uint64(c-'0') + 1
		case c >= 'A' && c <= 'Z':
			digit = uint64(c-'A') + 11
		case c >= 'a' && c <= 'z':
			digit = uint64(c-'a') + 11
		case c == ' ' || c == '-':
			continue
		default:
			return postalCode{}, false
		}
		if p.length == maxPostal {
			return postalCode{}, false
		}
		p.code = p.code*postalBase + digit
		p.length++
	}
	p.code *= postalShift[p.length]
	return p, true
}

// postalShift left-justifies a code, by its length.
var postalShift = func() (list [maxPostal + 1]uint64) {
	list[maxPostal] = 1
	for i := maxPostal - 1; i >= 0; i-- {
		list[i] = list[i+1] * postalBase
	}
	return list
}()

// parsePostal packs the postal code of an address. What addresses carry before
// it is dropped: the code of the country with a hyphen ("DE-27498"), and, where
// all codes that regions of the country claim are digits, up to three letters
// ("D-27498", "A 6691"), which can be no part of a code there.
//
// given is the code with those letters, for the record.
func parsePostal(country, s string, digitsOnly bool) (p, given postalCode, err error) {
	if s == "" {
		return p, given, nil
	}
	rest := s
	if s[0] == ' ' {
		rest = strings.TrimLeft(s, " ")
	}
	// The code of a country has two or three letters.
	if len(rest) > 3 && (rest[2] == '-' || rest[3] == '-') {
		prefix, after, _ := strings.Cut(rest, "-")
		if code, _, ok := iso.Country(prefix); ok && code == country && after != "" {
			rest = after
		}
	}
	given, ok := packPostal(rest)
	if !ok {
		return p, given, inputError("postal code", s, "pass at most 10 letters A to Z and digits; spaces and hyphens do not count")
	}
	p = given
	if digitsOnly {
		if bare := withoutLetters(rest); len(bare) != len(rest) {
			p, _ = packPostal(bare) // part of what was packed above
		}
	}
	return p, given, nil
}

// withoutLetters drops up to three letters before a code of digits, and the
// separators between.
func withoutLetters(s string) string {
	n := 0
	for n < len(s) && n < 3 && upper(s[n]) >= 'A' && upper(s[n]) <= 'Z' {
		n++
	}
	for i := n; i < len(s); i++ {
		if s[i]-'0' > 9 && s[i] != ' ' && s[i] != '-' {
			return s
		}
	}
	if rest := strings.TrimLeft(s[n:], " -"); rest != "" {
		return rest
	}
	return s
}

// text writes the code back, upper case without separators.
func (p postalCode) text() string {
	var b [maxPostal]byte
	code := p.code
	n := 0
	for i := maxPostal - 1; i >= 0; i-- {
		digit := code % postalBase
		code /= postalBase
		switch {
		case digit == 0:
			continue
		case digit <= 10:
			b[i] = byte('0' + digit - 1)
		default:
			b[i] = byte('A' + digit - 11)
		}
		n = max(n, i+1)
	}
	return string(b[:n])
}

// upperText upper-cases ASCII and nothing else: strings.ToUpper would turn
// letters that are not ASCII into letters that are.
func upperText(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = upper(c)
	}
	return string(b)
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}
