// Package iso stands for the ground floor, which knows the standard library alone.
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
