// Package canon stands for the unique byte form of decimals and texts.
package canon

import (
	_ "crypto/hmac"

	_ "github.com/shopspring/decimal"
	_ "github.com/taxresolve/tax"                     // refused
	_ "github.com/taxresolve/tax/internal/exact"      // refused
	_ "github.com/taxresolve/tax/internal/strictjson" // refused
)
