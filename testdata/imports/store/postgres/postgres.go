// Package postgres stands for a store in a module of its own.
package postgres

import (
	_ "database/sql" // refused
	_ "net/http"     // refused

	_ "github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/shopspring/decimal"       // refused
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/internal/canon" // refused
	_ "github.com/taxresolve/tax/rates"          // refused
	_ "github.com/taxresolve/tax/store"
)
