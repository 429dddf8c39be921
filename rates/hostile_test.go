//go:build hostile

package rates_test

import _ "github.com/taxresolve/tax/internal/hostile"
