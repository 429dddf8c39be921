// Package intern stands for the ground floor, which imports only the standard library.
package intern

import (
	_ "sync"
	_ "weak"

	_ "github.com/hashicorp/golang-lru/v2"           // refused
	_ "github.com/taxresolve/tax"                    // refused
	_ "github.com/taxresolve/tax/internal/canon"     // refused
	_ "github.com/taxresolve/tax/internal/codetable" // refused
)
