package iso

import "strings"

// Region returns the canonical form of a region's code: in upper case, and without
// the alpha-2 code of the country before it. It expects the country as [Country]
// returns it.
//
// wellFormed reports whether the code has the form of an ISO 3166-2 suffix, 1 to 3
// letters or digits, or of a private region. It does not say whether ISO lists the
// code: see [RegionIndex]. The code is empty if it is not well-formed, or if the
// region is empty.
//
// Region allocates only to turn a code that is not in the table into upper case.
func Region(country, region string) (code string, wellFormed bool) {
	if len(region) > 3 && region[2] == '-' {
		c, implied, ok := Country(region[:2])
		if !ok || c != country || implied != "" {
			return "", false
		}
		region = region[3:]
	}
	key, ok := codeKey(region)
	if !ok {
		if !IsPrivate(region) {
			return "", false
		}
		return strings.ToUpper(region), true
	}
	if i := searchRegion(country, key); i != 0 {
		return regionSuffix(i), true
	}
	return strings.ToUpper(region), true
}

// IsPrivate reports whether a region's code is a private one: "X-" and 1 to 32
// letters or digits with single hyphens between them, in any case.
func IsPrivate(region string) bool {
	const maxName = 32
	if len(region) < 3 || len(region) > 2+maxName || region[0]|0x20 != 'x' || region[1] != '-' {
		return false
	}
	hyphen := true // the name must not begin with one
	for i := 2; i < len(region); i++ {
		if region[i] == '-' {
			if hyphen {
				return false
			}
			hyphen = true
			continue
		}
		if upper(region[i]) == 0 {
			return false
		}
		hyphen = false
	}
	return !hyphen
}

// Parent returns the region that contains a region according to ISO 3166-2; "" if
// the region lies directly in the country, as private regions and those that ISO
// does not list do. It expects codes as [Country] and [Region] return them.
func Parent(country, region string) string {
	i := RegionIndex(country, region)
	if i == 0 {
		return ""
	}
	place := regionRecords[regionOffset(i)+regionSuffixLen]
	if place == 0 {
		return ""
	}
	return regionSuffix(firstRegion(lookupCountry(country)) + uint16(place) - 1)
}

// RegionIndex returns the number of an ISO region, which fits 14 bits; 0 if ISO does
// not list it. It expects codes as [Country] and [Region] return them. The numbers
// change with every release of the table, so they must not be stored.
func RegionIndex(country, region string) uint16 {
	key, ok := codeKey(region)
	if !ok {
		return 0
	}
	i := searchRegion(country, key)
	if i == 0 || regionSuffix(i) != region {
		return 0
	}
	return i
}

// Regions returns the codes of the ISO regions of a country, in the order of their
// [RegionIndex]. It expects a code as [Country] returns it.
func Regions(country string) (codes []string) {
	n := lookupCountry(country)
	if n == 0 || n > countryCount || alpha2(n) != country {
		return nil
	}
	for i := firstRegion(n); i < firstRegion(n+1); i++ {
		codes = append(codes, regionSuffix(i))
	}
	return codes
}

// RegionByIndex returns the country and the region with that [RegionIndex]; both are
// empty if there is none.
func RegionByIndex(i uint16) (country, region string) {
	if i == 0 || i > regionCount {
		return "", ""
	}
	// Find the last country whose regions begin at i or before. A country without
	// regions begins where the next one does, and so is never the last.
	low, high := 1, countryCount
	for low < high {
		middle := (low + high + 1) / 2
		if firstRegion(middle) <= i {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return alpha2(low), regionSuffix(i)
}

// searchRegion finds a region by the key of its suffix; 0 if there is none.
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
