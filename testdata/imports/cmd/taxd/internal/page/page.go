// Package page stands for what people see of the server.
package page

import (
	_ "database/sql" // refused
	_ "net/http"

	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/internal/canon" // refused
	_ "github.com/taxresolve/tax/rates"
	_ "github.com/taxresolve/tax/store"
	_ "github.com/taxresolve/tax/store/sqlite" // refused
	_ "golang.org/x/net/html"                  // refused
	_ "golang.org/x/text/language/display"
)
