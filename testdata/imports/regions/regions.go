// Package regions stands for names, which belong to codes of regions and need no root.
package regions

import (
	_ "strings"

	_ "github.com/shopspring/decimal" // refused
	_ "github.com/taxresolve/tax"     // refused
	_ "github.com/taxresolve/tax/internal/iso"
	_ "github.com/taxresolve/tax/internal/placename"
	_ "github.com/taxresolve/tax/internal/postal" // refused
	_ "github.com/taxresolve/tax/rates"           // refused
)
