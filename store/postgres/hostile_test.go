//go:build hostile

package postgres_test

import _ "github.com/taxresolve/tax/internal/hostile"
