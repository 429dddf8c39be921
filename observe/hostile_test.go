//go:build hostile

package observe_test

import _ "github.com/taxresolve/tax/internal/hostile"
