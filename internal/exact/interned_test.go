package exact

import (
	"sync"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDecimalIsWhatTheLibraryMakes(t *testing.T) {
	for scale := range int32(13) {
		for _, c := range []int64{0, 1, 5, 379, internedDecimals - 1, internedDecimals, -1, -379, -internedDecimals, 1 << 62, -1 << 63} {
			for range 2 { // made, then shared
				got, want := Decimal(c, scale), decimal.New(c, -scale)
				require.Zero(t, want.Cmp(got), "%d at %d", c, scale)
				require.Equal(t, want.Exponent(), got.Exponent(), "%d at %d", c, scale)
				require.Equal(t, want.Coefficient(), got.Coefficient(), "%d at %d", c, scale)
			}
		}
	}
}

// No operation on a decimal may change another one.
func TestSharedDecimalsCannotBeModified(t *testing.T) {
	for range 2 {
		d := Decimal(4242, 2)
		d.Coefficient().SetInt64(1)
		d.BigInt().SetInt64(1)
		_ = d.Neg().Add(d).Mul(d).Shift(3).Round(1).Abs()
		binary, err := decimal.New(7, 0).MarshalBinary()
		require.NoError(t, err)
		require.NoError(t, d.UnmarshalBinary(binary))
		require.NoError(t, d.GobDecode(binary))
		d = Decimal(4242, 2)
		require.NoError(t, d.UnmarshalJSON([]byte("1")))
		d = Decimal(4242, 2)
		require.NoError(t, d.UnmarshalText([]byte("1")))
		d = Decimal(4242, 2)
		require.NoError(t, d.Scan(int64(1)))
		d = Decimal(4242, 2)
		assert.EqualValues(t, 4242, d.CoefficientInt64())
		assert.EqualValues(t, -2, d.Exponent())
	}
}

func TestDecimalsAreMadeOnceByWhoeverIsFirst(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for c := int64(5000); c < 6000; c++ {
				if d := Decimal(c, 3); d.CoefficientInt64() != c || d.Exponent() != -3 {
					t.Errorf("%d became %de%d", c, d.CoefficientInt64(), d.Exponent())
				}
			}
		})
	}
	wg.Wait()
	assert.Zero(t, testing.AllocsPerRun(100, func() { Decimal(5500, 2) }))
	assert.Zero(t, testing.AllocsPerRun(100, func() { Decimal(5500, 0) }))
}
