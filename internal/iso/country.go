// Package iso has the codes of countries (ISO 3166-1), of their regions (ISO
// 3166-2) and of currencies (ISO 4217). It recognizes every way to write a code, and
// returns the one canonical form.
//
// The codes that it returns are parts of its tables, so finding one allocates
// nothing. All functions are safe for concurrent use.
package iso

import "strings"

//go:generate go run ./gen

// Country returns the alpha-2 code of the country for a code: alpha-2 or alpha-3, in
// any case, or one of the few that gen/extra.csv adds. Nothing is trimmed. region is
// empty, unless the code stands for a region of that country.
func Country(code string) (country, region string, ok bool) {
	n := lookupCountry(code)
	if n == 0 {
		return "", "", false
	}
	if n > countryCount {
		a := aliasRecords[(n-countryCount-1)*aliasRecordLen:]
		n = int(a[0])
		region = regionSuffix(uint16(a[1])<<8 | uint16(a[2]))
	}
	return alpha2(n), region, true
}

// Countries returns the alpha-2 codes of all countries, sorted.
func Countries() []string {
	list := make([]string, countryCount)
	for i := range list {
		list[i] = alpha2(i + 1)
	}
	return list
}

// Place returns the place of an alpha-2 code among all pairs of letters, from 0 to
// 26*26-1. It expects a code as [Country] returns it. Unlike the numbers in the
// table, places are the same in every release.
func Place(country string) uint16 {
	return uint16(country[0]-'A')*26 + uint16(country[1]-'A')
}

// AtPlace returns the country with that [Place]; "" if there is none.
func AtPlace(place uint16) string {
	if int(place) >= len(countryByAlpha2) {
		return ""
	}
	n := int(countryByAlpha2[place])
	if n == 0 || n > countryCount {
		return ""
	}
	country := alpha2(n)
	if Place(country) != place {
		return "" // the letters are another code for the country, such as UK
	}
	return country
}

// Places returns the places of all countries, sorted.
func Places() []uint16 {
	list := make([]uint16, countryCount)
	for i := range list {
		list[i] = Place(alpha2(i + 1))
	}
	return list
}

// Refusal says why [Country] does not accept a code, and what to pass instead. It
// returns false if there is nothing special to say about the code.
func Refusal(code string) (reason string, ok bool) {
	key, ok := codeKey(code)
	if !ok {
		return "", false
	}
	// Comparing all of them is fast enough for input that is refused.
	for _, r := range countryRefusals {
		if refused, _ := codeKey(r.code); refused == key {
			return r.reason, true
		}
	}
	if len(code) != 3 || strings.Trim(code, "0123456789") != "" {
		return "", false
	}
	for n := 1; n <= countryCount; n++ {
		if numeric(n) == code {
			return "is a numeric code, which is not accepted: pass " + alpha2(n), true
		}
	}
	return "is a numeric code, which is not accepted: pass the alpha-2 or alpha-3 code", true
}

// lookupCountry returns the number of a country or, above countryCount, that of an
// alias for a region; 0 if s is not a code that is accepted.
func lookupCountry(s string) int {
	switch len(s) {
	case 2:
		// Setting bit 5 makes a letter lower case, and makes no other byte a letter.
		a, b := (s[0]|0x20)-'a', (s[1]|0x20)-'a'
		if a < 26 && b < 26 {
			return int(countryByAlpha2[int(a)*26+int(b)])
		}
	case 3:
		key, ok := codeKey(s)
		if !ok {
			return 0
		}
		low, high := 0, countryCount
		for low < high {
			middle := (low + high) / 2
			n := int(countryByAlpha3[middle])
			switch k := recordKey(alpha3(n)); {
			case k == key:
				return n
			case k < key:
				low = middle + 1
			default:
				high = middle
			}
		}
	}
	return 0
}
