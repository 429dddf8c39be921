// Package sqlite stands for a store in a module of its own.
package sqlite

import (
	_ "database/sql"
	_ "net/http" // refused

	_ "github.com/shopspring/decimal"       // refused
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/internal/canon" // refused
	_ "github.com/taxresolve/tax/rates"          // refused
	_ "github.com/taxresolve/tax/store"
	_ "modernc.org/libc"
	_ "modernc.org/sqlite"
	_ "modernc.org/sqlite/lib"
)
