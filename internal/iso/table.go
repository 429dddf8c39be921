package iso

// The tables are constant strings: they lie in the read-only part of the binary,
// cost nothing at start, cannot be modified, and give out their codes as pieces
// of themselves. A map would be built at start, on the heap. Numbers are bytes
// of the strings; the index of a region takes two, big-endian:
//
//   - Countries are numbered from 1 in the order of their alpha-2 codes. Two
//     letters index countryByAlpha2 directly, because every lookup goes
//     through it; alpha-3 codes are searched.
//   - Regions are numbered from 1 in the order of country and suffix, so that
//     those of a country are a range, given by countryRegions, and are found in
//     it by binary search (a country has up to 220).
//   - The parent of a region is its place in that range, from 1, which fits a
//     byte.
//   - A currency is its code and, in one byte, the decimals of its minor unit as
//     a digit, or a mark.
const (
	countryRecordLen  = 8 // alpha-2, alpha-3, numeric
	aliasRecordLen    = 3 // country, region index
	regionRecordLen   = 4 // suffix padded with spaces, parent
	regionSuffixLen   = 3
	currencyRecordLen = 4
)

func alpha2(country int) string {
	at := (country - 1) * countryRecordLen
	return countryRecords[at : at+2]
}

func alpha3(country int) string {
	at := (country-1)*countryRecordLen + 2
	return countryRecords[at : at+3]
}

func numeric(country int) string {
	at := (country-1)*countryRecordLen + 5
	return countryRecords[at : at+3]
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

// codeKey packs 1 to 3 letters or digits, upper-cased and padded as in the
// tables, into a number that compares as the text does.
func codeKey(s string) (key uint32, ok bool) {
	if len(s) < 1 || len(s) > 3 {
		return 0, false
	}
	for i := range 3 {
		c := byte(' ')
		if i < len(s) {
			if c = upper(s[i]); c == 0 {
				return 0, false
			}
		}
		key = key<<8 | uint32(c)
	}
	return key, true
}

// recordKey is [codeKey] for the three bytes at the beginning of a record.
func recordKey(r string) uint32 { return uint32(r[0])<<16 | uint32(r[1])<<8 | uint32(r[2]) }

// upper upper-cases a letter, keeps a digit and makes anything else 0.
func upper(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return c
	case 'a' <= c && c <= 'z':
		return c - 'a' + 'A'
	}
	return 0
}
