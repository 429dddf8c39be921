//go:build hostile

package exact_test

import _ "github.com/taxresolve/tax/internal/hostile"
