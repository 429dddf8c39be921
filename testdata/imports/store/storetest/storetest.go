// Package storetest stands for the suite that tests stores.
package storetest

import (
	_ "net/http" // refused
	_ "testing"

	_ "github.com/shopspring/decimal"       // refused
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/internal/canon"   // refused
	_ "github.com/taxresolve/tax/internal/taxtest" // refused
	_ "github.com/taxresolve/tax/rates"            // refused
	_ "github.com/taxresolve/tax/store"
)
