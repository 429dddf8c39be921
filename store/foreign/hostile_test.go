//go:build hostile

package foreign_test

import _ "github.com/taxresolve/tax/internal/hostile"
