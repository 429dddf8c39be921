package emporix_test

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/internal/exact"
)

func TestPriceIsRepeatedAsItWasWritten(t *testing.T) {
	for _, text := range []string{"1.590", "-0", "0.00", "1E2", "159e-2", "1e20", "12345678901234567890.12345678901234567890"} {
		p, err := emporix.ParsePrice(text)
		require.NoError(t, err)
		assert.Equal(t, text, p.String())
		again, err := emporix.NewPrice(p.Decimal())
		require.NoError(t, err)
		assert.True(t, again.Decimal().Equal(p.Decimal()))
		assert.Equal(t, exact.Format(p.Decimal()), again.String(), "with all its decimals, without exponent")
	}
	assert.Empty(t, emporix.Price{}.String())
	assert.True(t, emporix.Price{}.Decimal().IsZero())
	_, err := emporix.ParsePrice(strings.Repeat("1", 1000))
	requireInputError(t, err, "input.price", "at most 40 digits")
	var input *tax.InputError
	require.ErrorAs(t, err, &input)
	assert.Len(t, input.Value, 64)
}

func TestPricesBeyondTheBoundsAreRefusedAtOnce(t *testing.T) {
	began := time.Now()
	for _, d := range []decimal.Decimal{decimal.New(1, 1_000_000_000), decimal.New(1, -1_000_000_000), decimal.New(1, 21), decimal.New(1, -21)} {
		_, err := emporix.NewPrice(d)
		requireInputError(t, err, "input.price", "at most 40 digits")
	}
	assert.Less(t, time.Since(began), time.Second)
}
