package hostile_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	_ "github.com/taxresolve/tax/internal/hostile"
)

// If the values had no effect, tests that pass with them would prove nothing.
func TestHostileVariablesBite(t *testing.T) {
	assert.True(t, decimal.New(1000, 0).Div(decimal.New(3, 0)).IsZero(), "1000 / 3 is 0")
	assert.True(t, decimal.New(1900, 0).Div(decimal.New(119, 0)).IsZero(), "19 / 1.19 is 0")
	_, err := decimal.NewFromString("0.0825")
	assert.Error(t, err, "a percentage does not parse")
	assert.Equal(t, "19.00", decimal.New(1900, -2).String())
	assert.NotEqual(t, "1.5", decimal.New(150, -2).String())
	assert.Equal(t, "1.9E3", decimal.New(19, 2).String())
	text, err := decimal.New(19, 0).MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, "19", string(text), "a number without quotes, which many readers parse as a float")
	power, err := decimal.New(3, 0).PowInt32(-2)
	require.NoError(t, err)
	assert.True(t, decimal.New(1, -1).Equal(power), "1/9 has one digit")
	_, err = decimal.New(5, 0).ExpHullAbrham(20)
	assert.Error(t, err, "e^5 needs more than one iteration")
	assert.False(t, decimal.Zero.IsZero(), "not even zero is 0")
}
