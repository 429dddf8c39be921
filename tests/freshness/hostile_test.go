//go:build hostile

package freshness_test

import _ "github.com/taxresolve/tax/internal/hostile"
