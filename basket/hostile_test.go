//go:build hostile

package basket_test

import _ "github.com/taxresolve/tax/internal/hostile"
