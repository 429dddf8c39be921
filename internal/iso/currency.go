package iso

// Unit says whether a currency has a minor unit.
type Unit uint8

const (
	// UnitUnknown means that the code is not in the table.
	UnitUnknown Unit = iota
	// UnitDefined means that ISO 4217 defines the minor unit.
	UnitDefined
	// UnitNone means that ISO 4217 has no minor unit for the code, as for gold.
	UnitNone
	// UnitDisputed means that the code is withdrawn, and that the sources disagree on
	// its minor unit.
	UnitDisputed
)

// MinorUnit returns the number of decimals of a currency's minor unit in ISO 4217;
// 0 unless unit is [UnitDefined]. The currency is a code of three letters in any
// case, current or withdrawn. Nothing is trimmed.
func MinorUnit(currency string) (decimals int32, unit Unit) {
	switch mark := lookupCurrency(currency); mark {
	case 0:
		return 0, UnitUnknown
	case noMinorUnit:
		return 0, UnitNone
	case disputedMinorUnit:
		return 0, UnitDisputed
	default:
		return int32(mark - '0'), UnitDefined
	}
}

// These marks stand in the table for codes without a number of decimals.
const (
	noMinorUnit       = '-'
	disputedMinorUnit = '?'
)

// lookupCurrency returns the last byte of the record of a currency: its decimals or
// a mark; 0 if there is no such currency.
func lookupCurrency(code string) byte {
	key, ok := codeKey(code)
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
