//go:build hostile

package rest_test

import _ "github.com/taxresolve/tax/internal/hostile"
