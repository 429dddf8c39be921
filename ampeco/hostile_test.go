//go:build hostile

package ampeco_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
)

// With the tag hostile, every test of the package runs after another package
// of the program has changed the globals of the decimal library.
func init() {
	decimal.DivisionPrecision = 0
	decimal.PowPrecisionNegativeExponent = 0
	decimal.MarshalJSONWithoutQuotes = true
	decimal.TrimTrailingZeros = false
	decimal.UseScientificNotation = true
	decimal.ExpMaxIterations = 0
	decimal.MaxDecodeExponent = 0
	decimal.Zero = decimal.New(7, 3)
}

func TestHostileGlobalsBite(t *testing.T) {
	assert.NotEqual(t, "1.5", decimal.New(150, -2).String())
}
