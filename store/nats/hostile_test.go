//go:build hostile

package nats

import _ "github.com/taxresolve/tax/internal/hostile"
