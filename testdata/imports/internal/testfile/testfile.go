// Package testfile stands for the reader of test cases: a test in all but its name.
package testfile

import (
	_ "os"
	_ "testing"

	_ "github.com/shopspring/decimal" // refused
	_ "github.com/stretchr/testify/require"
	_ "github.com/taxresolve/tax"                // refused
	_ "github.com/taxresolve/tax/internal/exact" // refused
)
