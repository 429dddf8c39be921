//go:build hostile

package lint_test

import _ "github.com/taxresolve/tax/internal/hostile"
