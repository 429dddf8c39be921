//go:build hostile

package regions_test

import _ "github.com/taxresolve/tax/internal/hostile"
