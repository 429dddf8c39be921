// Package nats stands for a store in a module of its own.
package nats

import (
	_ "database/sql" // refused

	_ "github.com/nats-io/nats-server/v2/server" // refused
	_ "github.com/nats-io/nats.go"
	_ "github.com/nats-io/nats.go/jetstream"
	_ "github.com/nats-io/nuid"
	_ "github.com/shopspring/decimal"       // refused
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/internal/canon" // refused
	_ "github.com/taxresolve/tax/rates"          // refused
	_ "github.com/taxresolve/tax/store"
)
