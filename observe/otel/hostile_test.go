//go:build hostile

package otel_test

import _ "github.com/taxresolve/tax/internal/hostile"
