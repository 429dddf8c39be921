// Package iso stands for the ground floor, which imports only the standard library.
package iso

import (
	_ "net/http" // refused
	_ "strings"
	_ "testing" // refused

	_ "github.com/shopspring/decimal"             // refused
	_ "github.com/taxresolve/tax"                 // refused
	_ "github.com/taxresolve/tax/internal/exact"  // refused
	_ "github.com/taxresolve/tax/internal/postal" // refused
	_ "golang.org/x/text/language"                // refused
)
