//go:build hostile

package basket_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
)

// With the tag hostile, every test of the package runs after another package
// of the program has changed the variables of the decimal library.
func init() {
	decimal.DivisionPrecision = -3
	decimal.MaxDecodeExponent = 2
	decimal.TrimTrailingZeros = false
	decimal.UseScientificNotation = true
	decimal.MarshalJSONWithoutQuotes = true
	decimal.PowPrecisionNegativeExponent = 1
	decimal.ExpMaxIterations = 1
}

func TestHostileVariablesBite(t *testing.T) {
	assert.True(t, decimal.New(1000, 0).Div(decimal.New(3, 0)).IsZero(), "1000 / 3 is 0")
	assert.Equal(t, "1.9E3", decimal.New(19, 2).String())
}
