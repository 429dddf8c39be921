//go:build hostile

package chart

import _ "github.com/taxresolve/tax/internal/hostile"
