// Package codetable stands for the ground floor, which imports only the standard library.
package codetable

import (
	_ "math"

	_ "github.com/hashicorp/golang-lru/v2"        // refused
	_ "github.com/taxresolve/tax"                 // refused
	_ "github.com/taxresolve/tax/internal/civil"  // refused
	_ "github.com/taxresolve/tax/internal/intern" // refused
)
