// Package main stands for the server.
package main

import (
	_ "database/sql" // refused
	_ "net/http"

	_ "github.com/jackc/pgx/v5/pgxpool" // refused
	_ "github.com/prometheus/client_golang/prometheus"
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/internal/canon" // refused
	_ "github.com/taxresolve/tax/observe/otel"
	_ "github.com/taxresolve/tax/rates"
	_ "github.com/taxresolve/tax/rest"
	_ "github.com/taxresolve/tax/store"
	_ "github.com/taxresolve/tax/store/sqlite"
	_ "go.opentelemetry.io/otel/sdk/metric"
	_ "go.opentelemetry.io/otel/sdk/trace"
	_ "google.golang.org/grpc" // refused
)
