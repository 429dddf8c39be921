// Package foreign stands for the package of the formats of other data sets.
package foreign

import (
	_ "database/sql" // refused
	_ "net/http"     // refused
	_ "os"
	_ "testing"     // refused
	_ "time/tzdata" // refused

	_ "github.com/shopspring/decimal"
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/emporix"        // refused
	_ "github.com/taxresolve/tax/internal/canon" // refused
	_ "github.com/taxresolve/tax/internal/exact"
	_ "github.com/taxresolve/tax/internal/oracle" // refused
	_ "github.com/taxresolve/tax/rates"           // refused
	_ "github.com/taxresolve/tax/store"
)
