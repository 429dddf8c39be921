//go:build hostile

package proof_test

import _ "github.com/taxresolve/tax/internal/hostile"
