// Package rest stands for the handlers, which alone import net/http.
package rest

import (
	_ "database/sql" // refused
	_ "net/http"
	_ "testing" // refused

	_ "github.com/shopspring/decimal"
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/ampeco"
	_ "github.com/taxresolve/tax/emporix"
	_ "github.com/taxresolve/tax/internal/exact"
	_ "github.com/taxresolve/tax/internal/jsonvalue"
	_ "github.com/taxresolve/tax/internal/postal" // refused
	_ "github.com/taxresolve/tax/rates"           // refused
	_ "github.com/taxresolve/tax/store"
)
