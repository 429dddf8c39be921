package tax

import "strings"

// RoundingFor returns the rounding of a currency: half up, to the decimals of
// its minor unit in ISO 4217, which are 2 for EUR, 0 for JPY and 3 for KWD. They
// are not the decimals of coins: IDR and HUF have 2, whatever is paid in cash.
//
// The currency is a code of three letters in any case, current or withdrawn.
// Nothing is trimmed.
//
// RoundingFor returns an [InputError] of field "currency" ([ErrInvalid]) if:
//   - the code is not in the table;
//   - ISO gives it no minor unit, as to gold (XAU) or to no currency (XXX);
//   - it is withdrawn and the sources disagree on its minor unit.
//
// There is no default: a Rounding made by hand serves other currencies. The
// Rounding is zero if there is an error, but a zero Rounding is also that of
// yen: look at the error. The values and their sources are in
// internal/codes/currencies.csv. RoundingFor allocates nothing unless there is
// an error, and is safe for concurrent use.
func RoundingFor(currency string) (Rounding, error) {
	unit := minorUnit(currency)
	if decimals := unit - '0'; decimals <= 9 {
		return Rounding{Scale: int32(decimals)}, nil
	}
	return Rounding{}, currencyError(currency, unit)
}

// The table is a constant string for the reasons given in country.go. A record
// is the code and, in one byte, the decimals of its minor unit as a digit, or
// one of these marks.
const (
	currencyRecordLen = 4
	noMinorUnit       = '-'
	disputedMinorUnit = '?'
)

// minorUnit returns the last byte of a currency's record; 0 if there is none.
func minorUnit(code string) byte {
	key, ok := suffixKey(code)
	if !ok {
		return 0
	}
	low, high := 0, currencyCount
	for low < high {
		middle := (low + high) / 2
		r := currencyRecords[middle*currencyRecordLen:]
		switch k := recordKey(r); {
		case k == key:
			return r[currencyRecordLen-1]
		case k < key:
			low = middle + 1
		default:
			high = middle
		}
	}
	return 0
}

// currencyError says why a currency has no rounding and what to do instead.
func currencyError(value string, unit byte) error {
	const byHand = "pass a Rounding with the Scale that you settle in"
	reason := "is not in the table of ISO 4217: check the code, or " + byHand
	switch {
	case unit == noMinorUnit:
		reason = "has no minor unit in ISO 4217: " + byHand
	case unit == disputedMinorUnit:
		reason = "is withdrawn, and sources disagree on its minor unit: " + byHand
	case value == "":
		reason = "no currency given: pass a code of ISO 4217"
	case len(value) == 3 && strings.Trim(value, "0123456789") == "":
		reason = "is a numeric code, which is not accepted: pass the code of three letters"
	case len(value) != 3 && minorUnit(strings.TrimSpace(clip(value))) != 0:
		reason = "remove the spaces around the code"
	case len(value) != 3:
		reason = "is not three letters: pass a code of ISO 4217"
	}
	return inputError("currency", value, reason)
}
