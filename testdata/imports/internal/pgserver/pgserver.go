// Package pgserver stands for the servers of tests and examples, which only need the
// standard library.
package pgserver

import (
	_ "os/exec"

	_ "github.com/stretchr/testify/require"    // refused
	_ "github.com/taxresolve/tax"              // refused
	_ "github.com/taxresolve/tax/internal/iso" // refused
)
