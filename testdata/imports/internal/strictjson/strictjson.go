// Package strictjson stands for the ground floor, which imports only the standard library.
package strictjson

import (
	_ "encoding/json"
	_ "unicode/utf8"

	_ "github.com/shopspring/decimal"            // refused
	_ "github.com/taxresolve/tax"                // refused
	_ "github.com/taxresolve/tax/internal/canon" // refused
	_ "github.com/taxresolve/tax/internal/exact" // refused
)
