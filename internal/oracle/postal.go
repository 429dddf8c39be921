package oracle

import "strings"

// PostalAlphabet has the characters of normal postal codes in their order.
const PostalAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// PostalCode returns the normal form of a postal code, and whether s is one.
func PostalCode(s string) (code string, ok bool) {
	code = strings.NewReplacer(" ", "", "-", "").Replace(s)
	code = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, code)
	return code, len(code) <= 10 && strings.Trim(code, PostalAlphabet) == ""
}
