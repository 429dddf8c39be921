//go:build hostile

package page

import _ "github.com/taxresolve/tax/internal/hostile"
