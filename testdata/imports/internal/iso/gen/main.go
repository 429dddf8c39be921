// Command gen stands for the generator of the tables of package iso.
package main

import (
	_ "encoding/csv"
	_ "testing" // refused

	_ "github.com/shopspring/decimal"       // refused
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"           // refused
	_ "github.com/taxresolve/tax/internal/csvtable"
	_ "github.com/taxresolve/tax/internal/exact" // refused
	_ "github.com/taxresolve/tax/internal/iso"   // refused
	_ "github.com/taxresolve/tax/store"          // refused
)

func main() {}
