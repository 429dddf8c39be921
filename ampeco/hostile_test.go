//go:build hostile

package ampeco_test

import _ "github.com/taxresolve/tax/internal/hostile"
