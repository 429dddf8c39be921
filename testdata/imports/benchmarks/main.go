// Package main stands for the benchmarks, which import all peers.
package main

import (
	_ "github.com/hashicorp/golang-lru/v2"
	_ "github.com/maypok86/otter/v2"
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"
	_ "go.uber.org/goleak" // refused
)
