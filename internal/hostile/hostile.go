// Package hostile sets each variable of the decimal library to a value that breaks code
// depending on it. Any program can do that, and no answer of this module may change.
//
// To import the package is enough. Each package whose tests compute with decimals has
// a file hostile_test.go that imports it under the build tag hostile:
//
//	go test -count=1 -tags hostile work
package hostile

import "github.com/shopspring/decimal"

func init() {
	decimal.DivisionPrecision = -3
	decimal.MaxDecodeExponent = 2
	decimal.TrimTrailingZeros = false
	decimal.UseScientificNotation = true
	decimal.MarshalJSONWithoutQuotes = true
	decimal.PowPrecisionNegativeExponent = 1
	decimal.ExpMaxIterations = 1
	decimal.Zero = decimal.New(7, 3)
}
