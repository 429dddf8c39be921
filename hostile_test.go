//go:build hostile

package tax

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
)

// With the tag hostile the whole suite runs in a program that has set every
// variable of the decimal library to a value that breaks whoever depends on it:
//
//	go test -count=1 -tags hostile ./...
//
// Nothing that the library answers may change.
func init() {
	decimal.DivisionPrecision = -3
	decimal.MaxDecodeExponent = 2
	decimal.TrimTrailingZeros = false
	decimal.UseScientificNotation = true
	decimal.MarshalJSONWithoutQuotes = true
	decimal.PowPrecisionNegativeExponent = 1
	decimal.ExpMaxIterations = 1
}

// TestHostileVariablesBite shows that the values above do harm: a suite that
// passes beside values without effect would show nothing.
func TestHostileVariablesBite(t *testing.T) {
	assert.True(t, decimal.New(1000, 0).Div(decimal.New(3, 0)).IsZero(), "1000 / 3 is 0")
	assert.True(t, decimal.New(1900, 0).Div(decimal.New(119, 0)).IsZero(), "19 / 1.19 is 0")
	_, err := decimal.NewFromString("0.0825")
	assert.Error(t, err, "a percentage does not parse")
	assert.Equal(t, "19.00", decimal.New(1900, -2).String())
	assert.Equal(t, "1.9E3", decimal.New(19, 2).String())
	text, err := decimal.New(19, 0).MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, "19", string(text), "a number, which readers take through a float")
	power, err := decimal.New(3, 0).PowInt32(-2)
	require.NoError(t, err)
	requireDecimal(t, "0.1", power, "1/9 has one digit")
	_, err = decimal.New(5, 0).ExpHullAbrham(20)
	assert.Error(t, err, "e^5 needs more than one iteration")
}

// TestHostileVariablesChangeNothingOfOurs names what would break first; the
// rest of the suite is the proof.
func TestHostileVariablesChangeNothingOfOurs(t *testing.T) {
	p, err := Percent("0.0825")
	require.NoError(t, err)
	assert.Equal(t, "0.0825", exact.Format(p))
	_, err = Fraction("19")
	assert.Error(t, err)
	f, err := Fraction("5")
	require.NoError(t, err)
	assert.Equal(t, "500", exact.Format(f))
	a, err := resolutionOf(t, rateOf(t, "5+c9.975")).FromGross(decimal.New(100, 0), Rounding{Scale: 2})
	require.NoError(t, err)
	requireDecimal(t, "13.40", a.Tax())
	requireDecimal(t, "86.60", a.Net())
}
