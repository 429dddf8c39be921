//go:build hostile

package store_test

import _ "github.com/taxresolve/tax/internal/hostile"
