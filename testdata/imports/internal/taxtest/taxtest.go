// Package taxtest stands for the helpers that tests share, which may import what tests
// may.
package taxtest

import (
	_ "net/http" // refused
	_ "testing"

	_ "github.com/shopspring/decimal"
	_ "github.com/stretchr/testify/require"
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/internal/exact"   // refused
	_ "github.com/taxresolve/tax/internal/hostile" // refused
	_ "github.com/taxresolve/tax/rates"            // refused
)
