// Package csvtable stands for the reader of tables, which knows the standard library
// alone.
package csvtable

import (
	_ "encoding/csv"

	_ "github.com/shopspring/decimal"                 // refused
	_ "github.com/taxresolve/tax"                     // refused
	_ "github.com/taxresolve/tax/internal/strictjson" // refused
)
