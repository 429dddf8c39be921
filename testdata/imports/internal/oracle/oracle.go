// Package oracle stands for what tests compare with.
package oracle

import (
	_ "math/big"
	_ "testing" // refused

	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"           // refused
	_ "github.com/taxresolve/tax/internal/exact"
	_ "github.com/taxresolve/tax/internal/postal" // refused
)
