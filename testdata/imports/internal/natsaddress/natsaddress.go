// Package natsaddress stands for the ground floor, too.
package natsaddress

import (
	_ "net/url"

	_ "github.com/nats-io/nats.go"                    // refused
	_ "github.com/taxresolve/tax"                     // refused
	_ "github.com/taxresolve/tax/internal/strictjson" // refused
)
