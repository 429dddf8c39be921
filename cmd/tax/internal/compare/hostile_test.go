//go:build hostile

package compare_test

import _ "github.com/taxresolve/tax/internal/hostile"
