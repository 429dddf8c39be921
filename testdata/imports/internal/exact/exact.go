// Package exact stands for arithmetic, which imports only the decimal library.
package exact

import (
	_ "math/big"

	_ "github.com/shopspring/decimal"
	_ "github.com/taxresolve/tax"                     // refused
	_ "github.com/taxresolve/tax/internal/canon"      // refused
	_ "github.com/taxresolve/tax/internal/strictjson" // refused
	_ "golang.org/x/text/language"                    // refused
)
