//go:build hostile

package shop_test

import _ "github.com/taxresolve/tax/internal/hostile"
