// Package main stands for the command.
package main

import (
	_ "database/sql" // refused
	_ "net/http"

	_ "github.com/jackc/pgx/v5/pgxpool" // refused
	_ "github.com/spf13/cobra"
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/internal/canon" // refused
	_ "github.com/taxresolve/tax/rates"
	_ "github.com/taxresolve/tax/rest" // refused
	_ "github.com/taxresolve/tax/store/sqlite"
)
