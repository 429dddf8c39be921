// Package postal stands for postal codes, which belong to countries.
package postal

import (
	_ "strings"

	_ "github.com/shopspring/decimal" // refused
	_ "github.com/taxresolve/tax"     // refused
	_ "github.com/taxresolve/tax/internal/iso"
	_ "github.com/taxresolve/tax/internal/lang"       // refused
	_ "github.com/taxresolve/tax/internal/strictjson" // refused
)
