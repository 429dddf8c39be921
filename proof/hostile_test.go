//go:build hostile

package proof_test

import "github.com/shopspring/decimal"

// With the tag hostile the suite runs in a program that has set the variables
// of the decimal library to values that break whoever depends on them. That
// they bite is shown in the tests of the root package.
func init() {
	decimal.DivisionPrecision = -3
	decimal.MaxDecodeExponent = 2
	decimal.TrimTrailingZeros = false
	decimal.UseScientificNotation = true
	decimal.MarshalJSONWithoutQuotes = true
	decimal.PowPrecisionNegativeExponent = 1
	decimal.ExpMaxIterations = 1
}
