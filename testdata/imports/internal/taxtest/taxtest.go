// Package taxtest stands for what tests share: a test in all but its name.
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
