//go:build hostile

package document_test

import _ "github.com/taxresolve/tax/internal/hostile"
