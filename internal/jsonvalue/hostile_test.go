//go:build hostile

package jsonvalue_test

import _ "github.com/taxresolve/tax/internal/hostile"
