package iso

// The tables are constant strings. They lie in the read-only part of the binary,
// cost nothing at start, cannot be modified, and their parts are the codes that this
// package returns. A map would have to be built on the heap at start. Numbers are
// bytes of the strings; the index of a region takes two, big-endian:
//
//   - Countries are numbered from 1 in the order of their alpha-2 codes. Two
//     letters index countryByAlpha2 directly, because every lookup needs them.
//     Alpha-3 codes are found by binary search.
//   - Regions are numbered from 1 in the order of country and suffix. Those of a
//     country are a range, given by countryRegions, and are found in it by binary
//     search (a country has up to 220).
//   - The parent of a region is a place in that range, counted from 1, which fits a
//     byte; 0 means none.
//   - A currency is its code and, in one byte, the decimals of its minor unit as a
//     digit, or a mark.
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

// firstRegion returns the index of the first region of a country. That of the number
// after the last country is one past the last region.
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

// codeKey packs 1 to 3 letters or digits into a number, in upper case and padded as
// in the tables. The numbers sort as the texts do.
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

// recordKey is codeKey for the first three bytes of a record.
func recordKey(r string) uint32 { return uint32(r[0])<<16 | uint32(r[1])<<8 | uint32(r[2]) }

// upper returns a letter in upper case and a digit as it is; 0 for any other byte.
func upper(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return c
	case 'a' <= c && c <= 'z':
		return c - 'a' + 'A'
	}
	return 0
}
