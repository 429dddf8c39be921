// Package proxy stands for the proxy of tests, which only needs the standard library.
package proxy

import (
	_ "net"

	_ "github.com/stretchr/testify/require"    // refused
	_ "github.com/taxresolve/tax"              // refused
	_ "github.com/taxresolve/tax/internal/iso" // refused
)
