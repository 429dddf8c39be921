//go:build hostile

package emporix_test

import _ "github.com/taxresolve/tax/internal/hostile"
