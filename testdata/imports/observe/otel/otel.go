// Package otel stands for a module that observes the library.
package otel

import (
	_ "database/sql" // refused
	_ "net/http"

	_ "github.com/shopspring/decimal"       // refused
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/internal/canon" // refused
	_ "github.com/taxresolve/tax/rates"          // refused
	_ "github.com/taxresolve/tax/store"
	_ "go.opentelemetry.io/otel"
	_ "go.opentelemetry.io/otel/metric"
	_ "go.opentelemetry.io/otel/sdk/trace" // refused
	_ "go.opentelemetry.io/otel/trace"
)
