//go:build hostile

package sqlite

import _ "github.com/taxresolve/tax/internal/hostile"
