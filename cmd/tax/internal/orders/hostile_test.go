//go:build hostile

package orders

import _ "github.com/taxresolve/tax/internal/hostile"
