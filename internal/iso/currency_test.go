package iso

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryCurrencyHasTheMinorUnitOfItsRow(t *testing.T) {
	rows := codes(t, "currencies.csv")
	assert.Len(t, rows, currencyCount)
	known := map[string]bool{}
	for _, row := range rows {
		known[row[0]] = true
		decimals, unit := int32(0), UnitDefined
		switch row[2] {
		case "":
			unit = UnitNone
		case "?":
			unit = UnitDisputed
		default:
			decimals = int32(row[2][0] - '0')
		}
		for _, form := range []string{row[0], strings.ToLower(row[0])} {
			d, u := MinorUnit(form)
			assert.Equal(t, decimals, d, form)
			assert.Equal(t, unit, u, form)
		}
	}
	for i := range 26 * 26 * 26 {
		code := string([]byte{byte('A' + i/676), byte('A' + i/26%26), byte('A' + i%26)})
		_, unit := MinorUnit(code)
		require.Equal(t, known[code], unit != UnitUnknown, code)
	}
}

func TestOtherTextIsNoCurrency(t *testing.T) {
	for _, code := range []string{"", "EU", "EURO", "EUR ", " EUR", "EU\x00", "\xff\xff\xff", "978", strings.Repeat("EUR", 1e5)} {
		decimals, unit := MinorUnit(code)
		assert.Zero(t, decimals, "%.10q", code)
		assert.Equal(t, UnitUnknown, unit, "%.10q", code)
	}
}
