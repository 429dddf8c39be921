package tax

import "strings"

//go:generate go run ./internal/codes

// Location is a place of taxation: a country or a region of it. The zero
// Location is no place. Locations are comparable and can be map keys.
//
// Use [ParseLocation] for text that people or other systems wrote.
type Location struct {
	// Country is an ISO 3166-1 alpha-2 code in upper case, or XK.
	Country string `json:"country"`
	// Region is the suffix of an ISO 3166-2 code ("QC" for CA-QC), or a private
	// code beginning with "X-" for a territory that ISO does not list
	// ("X-HELGOLAND"). Empty means the country itself.
	Region string `json:"region,omitempty"`
}

// ParseLocation turns codes as people and other systems write them into the
// one [Location] they mean.
//
// The country is an ISO 3166-1 alpha-2 or alpha-3 code in any case. Besides
// ISO, these are accepted: XK (XKX) for Kosovo, UK for GB and EL for GR as EU
// law writes them, and XI, which is the region NIR of GB. Numeric codes,
// codes of groups of countries and withdrawn codes are refused.
//
// The region is empty for the country itself, or, in any case, one of
//   - the suffix of an ISO 3166-2 code of that country: "QC";
//   - a private code: "X-" and 1 to 32 of A-Z and 0-9, in which single hyphens
//     may stand between them: "X-HELGOLAND";
//   - either of them after the alpha-2 code of the country: "CA-QC".
//
// With XI the region is empty or NIR. Nothing is trimmed: a space is an error.
//
// ParseLocation returns an [InputError] if:
//   - the country is no such code ([ErrUnknownCountry]);
//   - the region is not in the ISO table of that country and not private, or
//     follows the code of another country ([ErrUnknownRegion]).
//
// The Location is zero if and only if there is an error. The codes are those
// of the iso-codes release named in internal/codes/regions.csv. ParseLocation
// is safe for concurrent use.
func ParseLocation(country, region string) (Location, error) {
	code, implied, ok := canonicalCountry(country)
	if !ok {
		return Location{}, countryError(country)
	}
	if region == "" {
		return Location{Country: code, Region: implied}, nil
	}
	suffix, wellFormed := canonicalRegion(code, region)
	switch {
	case implied != "":
		if !isBareRegion(code, region, implied) {
			return Location{}, regionError(region, "leave it empty: the country code means region "+implied+" of "+code)
		}
	case !wellFormed:
		return Location{}, regionError(region, "pass the part of the ISO 3166-2 code after "+code+
			`-, or a private code: "X-" and 1 to 32 letters or digits with single hyphens between them`)
	case !isPrivateRegion(suffix) && regionIndex(code, suffix) == 0:
		return Location{}, regionError(region, "is not in ISO 3166-2 for "+code+`: pass another region, or a private code that begins with "X-"`)
	}
	return Location{Country: code, Region: suffix}, nil
}

// isBareRegion reports whether a region is the one that the country's code has
// named already, said again as the bare suffix: no country has this prefix.
func isBareRegion(country, region, implied string) bool {
	suffix, _ := canonicalRegion(country, region)
	return suffix == implied && len(region) == len(implied)
}

// Parent returns the place that l lies in: the region above it in ISO 3166-2
// if there is one, else the country, and for a country the zero Location.
// Private regions and regions that ISO does not list lie directly in the
// country. The zero Location is its own parent.
//
// Parent expects canonical codes, see [ParseLocation].
func (l Location) Parent() Location {
	if l.Region == "" || l.Country == "" {
		return Location{}
	}
	if i := regionIndex(l.Country, l.Region); i != 0 {
		if place := regionRecords[regionOffset(i)+regionSuffixLen]; place != 0 {
			n := lookupCountry(l.Country)
			l.Region = regionSuffix(firstRegion(n) + uint16(place) - 1)
			return l
		}
	}
	return Location{Country: l.Country}
}

// String returns the form of ISO 3166-2: "FR", "FR-20R", "DE-X-HELGOLAND". It
// is empty for the zero Location.
func (l Location) String() string {
	if l.Region == "" {
		return l.Country
	}
	return l.Country + "-" + l.Region
}

// The table is made of constant strings: they live in the read-only part of
// the binary, cost nothing at start, cannot be modified, and every code handed
// out is a piece of them, so that canonical codes need no allocation. A map
// would be built at start, on the heap. Numbers are bytes of the strings; an
// index of a region takes two, big-endian:
//
//   - Countries are numbered from 1 in the order of their alpha-2 codes. Two
//     letters index countryByAlpha2 directly, because every lookup goes
//     through it; alpha-3 codes are searched.
//   - Regions are numbered from 1 in the order of country and suffix, so that
//     those of a country are a range, given by countryRegions, and are found in
//     it by binary search (a country has up to 220).
//   - A region's parent is its place in that range, from 1, which fits a byte.
//
// The numbers change with every release of the table: they must not be stored.
const (
	countryRecordLen = 8 // alpha-2, alpha-3, numeric
	aliasRecordLen   = 3 // country, region index
	regionRecordLen  = 4 // suffix padded with spaces, parent
	regionSuffixLen  = 3
)

// canonicalCountry returns the alpha-2 code that s means, by the rules of
// [ParseLocation]. region is set when s names a region of that country. Both
// are parts of the table: nothing is allocated.
func canonicalCountry(s string) (code, region string, ok bool) {
	n := lookupCountry(s)
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

// canonicalRegion upper-cases region and strips the alpha-2 code of country,
// which must be canonical, from its front. wellFormed says that the rest has
// the shape of a suffix, 1 to 3 letters or digits, or of a private region;
// otherwise, and for an empty region, code is empty.
//
// It allocates only to upper-case a code that is not in the table.
func canonicalRegion(country, region string) (code string, wellFormed bool) {
	if len(region) > 3 && region[2] == '-' {
		c, implied, ok := canonicalCountry(region[:2])
		if !ok || c != country || implied != "" {
			return "", false
		}
		region = region[3:]
	}
	key, ok := suffixKey(region)
	if !ok {
		if !isPrivateRegion(region) {
			return "", false
		}
		return strings.ToUpper(region), true
	}
	if i := searchRegion(country, key); i != 0 {
		return regionSuffix(i), true
	}
	return strings.ToUpper(region), true
}

// regionIndex returns the number of an ISO region, at most regionCount and so
// within 14 bits; 0 if there is none. Both codes must be canonical.
func regionIndex(country, region string) uint16 {
	key, ok := suffixKey(region)
	if !ok {
		return 0
	}
	i := searchRegion(country, key)
	if i == 0 || regionSuffix(i) != region {
		return 0
	}
	return i
}

// regionByIndex returns the region that [regionIndex] numbered i; the zero
// Location if there is none.
func regionByIndex(i uint16) Location {
	if i == 0 || i > regionCount {
		return Location{}
	}
	// The last country whose regions begin at i or before it: those without
	// regions begin where the next one does, and come earlier.
	low, high := 1, countryCount
	for low < high {
		middle := (low + high + 1) / 2
		if firstRegion(middle) <= i {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return Location{Country: alpha2(low), Region: regionSuffix(i)}
}

// isPrivateRegion accepts either case.
func isPrivateRegion(s string) bool {
	const maxName = 32
	if len(s) < 3 || len(s) > 2+maxName || s[0]|0x20 != 'x' || s[1] != '-' {
		return false
	}
	hyphen := true // so that the name cannot begin with one
	for i := 2; i < len(s); i++ {
		if s[i] == '-' {
			if hyphen {
				return false
			}
			hyphen = true
			continue
		}
		if upperCode(s[i]) == 0 {
			return false
		}
		hyphen = false
	}
	return !hyphen
}

// lookupCountry returns the number of a country or, past countryCount, of an
// alias that names a region; 0 if s is no accepted code.
func lookupCountry(s string) int {
	switch len(s) {
	case 2:
		// Setting bit 5 makes letters lower case and no other byte a letter.
		a, b := (s[0]|0x20)-'a', (s[1]|0x20)-'a'
		if a < 26 && b < 26 {
			return int(countryByAlpha2[int(a)*26+int(b)])
		}
	case 3:
		key, ok := suffixKey(s)
		if !ok {
			return 0
		}
		low, high := 0, countryCount
		for low < high {
			middle := (low + high) / 2
			n := int(countryByAlpha3[middle])
			at := (n-1)*countryRecordLen + 2
			switch k := recordKey(countryRecords[at : at+3]); {
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

func searchRegion(country string, key uint32) uint16 {
	if len(country) != 2 {
		return 0
	}
	n := lookupCountry(country)
	if n == 0 || n > countryCount || alpha2(n) != country {
		return 0
	}
	low, high := firstRegion(n), firstRegion(n+1)
	for low < high {
		middle := (low + high) / 2
		at := regionOffset(middle)
		switch k := recordKey(regionRecords[at : at+regionSuffixLen]); {
		case k == key:
			return middle
		case k < key:
			low = middle + 1
		default:
			high = middle
		}
	}
	return 0
}

// suffixKey packs 1 to 3 letters or digits, upper-cased and padded as in the
// table, into a number that compares like the text.
func suffixKey(s string) (key uint32, ok bool) {
	if len(s) < 1 || len(s) > 3 {
		return 0, false
	}
	for i := range 3 {
		c := byte(' ')
		if i < len(s) {
			if c = upperCode(s[i]); c == 0 {
				return 0, false
			}
		}
		key = key<<8 | uint32(c)
	}
	return key, true
}

func recordKey(r string) uint32 { return uint32(r[0])<<16 | uint32(r[1])<<8 | uint32(r[2]) }

// upperCode upper-cases a letter, keeps a digit and makes anything else 0.
func upperCode(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return c
	case 'a' <= c && c <= 'z':
		return c - 'a' + 'A'
	}
	return 0
}

func alpha2(country int) string {
	at := (country - 1) * countryRecordLen
	return countryRecords[at : at+2]
}

func firstRegion(country int) uint16 {
	at := (country - 1) * 2
	return uint16(countryRegions[at])<<8 | uint16(countryRegions[at+1])
}

func regionOffset(i uint16) int { return (int(i) - 1) * regionRecordLen }

func regionSuffix(i uint16) string {
	at := regionOffset(i)
	end := at + regionSuffixLen
	for regionRecords[end-1] == ' ' {
		end--
	}
	return regionRecords[at:end]
}

// countryError says why a country code is refused and what to pass instead.
func countryError(value string) error {
	reason := "pass an ISO 3166-1 alpha-2 or alpha-3 code"
	if value == "" {
		reason = "no country given: " + reason
	} else if _, _, ok := canonicalCountry(strings.TrimSpace(clip(value))); ok {
		reason = "remove the spaces around the code"
	} else if known, ok := refusalReason(value); ok {
		reason = known
	} else {
		reason = "is no known country: " + reason
	}
	return &InputError{Field: "country", Value: clip(value), Reason: reason, Kind: ErrUnknownCountry}
}

// refusalReason scans: only refused input comes here.
func refusalReason(code string) (string, bool) {
	key, ok := suffixKey(code)
	if !ok {
		return "", false
	}
	for _, r := range countryRefusals {
		if refused, _ := suffixKey(r.code); refused == key {
			return r.reason, true
		}
	}
	if len(code) != 3 || strings.Trim(code, "0123456789") != "" {
		return "", false
	}
	for n := 1; n <= countryCount; n++ {
		if at := (n - 1) * countryRecordLen; countryRecords[at+5:at+8] == code {
			return "is a numeric code, which is not accepted: pass " + alpha2(n), true
		}
	}
	return "is a numeric code, which is not accepted: pass the alpha-2 or alpha-3 code", true
}

func regionError(value, reason string) error {
	return &InputError{Field: "region", Value: clip(value), Reason: reason, Kind: ErrUnknownRegion}
}
