// Package hostile stands for the hostile values of the decimal library.
package hostile

import (
	_ "testing" // refused

	_ "github.com/shopspring/decimal"
	_ "github.com/stretchr/testify/require"        // refused
	_ "github.com/taxresolve/tax"                  // refused
	_ "github.com/taxresolve/tax/internal/exact"   // refused
	_ "github.com/taxresolve/tax/internal/taxtest" // refused
)
