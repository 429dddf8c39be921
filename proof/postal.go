package proof

import (
	"strings"

	"github.com/taxresolve/tax"
)

// canonicalPostal returns a postal code in its canonical spelling, "" for none. A
// code of the country before a hyphen or a space is dropped, unless a range that begins
// with it has the code and none has the rest; so are, if all ranges are made of digits, up
// to three letters before a code made of digits. Then text without a digit, or with more
// letters before the first, is no code. Where there are no ranges, text that is no code is
// nothing.
func (w World) canonicalPostal(country, postal string) (string, bool) {
	postal = w.givenPostal(country, postal)
	code := strings.TrimLeft(postal, letters)
	if w.digitsOnly() && len(postal)-len(code) <= 3 && code != "" && strings.Trim(code, digits) == "" {
		postal = code
	}
	if !isPostal(postal) {
		return "", !w.claimsPostal()
	}
	if w.digitsOnly() && w.claimsPostal() && postal != "" {
		if i := strings.IndexAny(postal, digits); i < 0 || i > 3 {
			return "", false
		}
	}
	return postal, true
}

const (
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits  = "0123456789"
)

func isPostal(s string) bool { return len(s) <= 10 && strings.Trim(s, letters+digits) == "" }

// givenPostal returns a postal code without separators and the code of the country, and
// with all other letters before the digits.
func (w World) givenPostal(country, postal string) string {
	postal = strings.TrimLeft(strings.ToUpper(asASCII(postal)), " ")
	if i := strings.IndexAny(postal, "- "); i > 0 && i+1 < len(postal) && (postal[i] == '-' || !w.digitsOnly()) {
		if l, err := tax.ParseLocation(postal[:i], ""); err == nil && l.Country == country {
			postal = strings.NewReplacer(" ", "", "-", "").Replace(postal[i+1:])
			if !w.names(postal) && w.lettered(country, country+postal) {
				postal = country + postal
			}
		}
	}
	return strings.NewReplacer(" ", "", "-", "").Replace(postal)
}

// asASCII writes the spaces, dashes and wide characters of Unicode as those of ASCII.
func asASCII(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("\u00a0\u2002\u2003\u2009\u202f\u3000\u200b\ufeff", r):
			return ' '
		case strings.ContainsRune("\u2010\u2011\u2012\u2013\u2014\u2212", r):
			return '-'
		case r >= '０' && r <= '９':
			return '0' + r - '０'
		case r >= 'Ａ' && r <= 'Ｚ':
			return 'A' + r - 'Ａ'
		case r >= 'ａ' && r <= 'ｚ':
			return 'a' + r - 'ａ'
		}
		return r
	}, s)
}

// names reports whether a document names a postal code.
func (w World) names(postal string) bool {
	for _, c := range w.docs {
		if anyHas(written(c), postal) {
			return true
		}
	}
	return false
}

// claimsPostal reports whether a document has postal codes.
func (w World) claimsPostal() bool {
	for _, c := range w.docs {
		if len(written(c)) > 0 {
			return true
		}
	}
	return false
}

// lettered reports whether a range whose bounds begin with the code of the country has a
// postal code.
func (w World) lettered(country, postal string) bool {
	for _, c := range w.docs {
		for _, r := range written(c) {
			if strings.HasPrefix(r.From, country) && (r.To == "" || strings.HasPrefix(r.To, country)) && len(postal) <= 10 && inRange(postal, r) {
				return true
			}
		}
	}
	return false
}

func (w World) digitsOnly() bool {
	for _, c := range w.docs {
		for _, r := range written(c) {
			if strings.Trim(r.From+r.To, "0123456789") != "" {
				return false
			}
		}
	}
	return true
}
