//go:build hostile

package canon_test

import _ "github.com/taxresolve/tax/internal/hostile"
