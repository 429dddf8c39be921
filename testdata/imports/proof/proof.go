// Package proof stands for the module of the proofs.
package proof

import (
	_ "math/rand/v2"
	_ "testing" // refused

	_ "github.com/hashicorp/golang-lru/v2" // refused
	_ "github.com/shopspring/decimal"
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/store"
)
