//go:build hostile

package storetest_test

import _ "github.com/taxresolve/tax/internal/hostile"
