// Command shop stands for an example.
package main

import (
	_ "flag"
	_ "net/http"
	_ "testing" // refused
	_ "time/tzdata"

	_ "github.com/shopspring/decimal"
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/internal/hostile" // refused
	_ "github.com/taxresolve/tax/internal/taxtest" // refused
	_ "github.com/taxresolve/tax/rates"
	_ "golang.org/x/text/language"
	_ "golang.org/x/text/unicode/norm" // refused
)

func main() {}
