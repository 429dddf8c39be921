// Package spelling stands for the ground floor, too.
package spelling

import (
	_ "slices"

	_ "github.com/shopspring/decimal"                 // refused
	_ "github.com/taxresolve/tax"                     // refused
	_ "github.com/taxresolve/tax/internal/strictjson" // refused
)
