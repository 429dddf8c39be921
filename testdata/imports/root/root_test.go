package root

import (
	_ "net/http/httptest"
	_ "testing"

	_ "github.com/shopspring/decimal"
	_ "github.com/stretchr/testify/assert"
	_ "github.com/taxresolve/tax/internal/hostile"
	_ "github.com/taxresolve/tax/internal/taxtest"
	_ "github.com/taxresolve/tax/rates"
	_ "github.com/taxresolve/tax/store"
	_ "golang.org/x/text/language"
	_ "golang.org/x/text/unicode/norm" // refused
)
