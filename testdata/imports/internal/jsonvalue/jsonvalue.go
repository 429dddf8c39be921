// Package jsonvalue stands for what reads JSON into values with decimals.
package jsonvalue

import (
	_ "encoding/json"

	_ "github.com/shopspring/decimal"
	_ "github.com/taxresolve/tax"        // refused
	_ "github.com/taxresolve/tax/basket" // refused
	_ "github.com/taxresolve/tax/internal/exact"
	_ "github.com/taxresolve/tax/internal/strictjson"
)
