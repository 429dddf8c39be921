// Package listmodel stands for any other package of the proofs.
package listmodel

import (
	_ "math/big"

	_ "github.com/shopspring/decimal"
	_ "github.com/taxresolve/tax"
	_ "golang.org/x/tools/go/packages" // refused
)
