// Package civil stands for the ground floor: the cache uses it, and not the other way
// round.
package civil

import (
	_ "sync"
	_ "time"
	_ "time/tzdata" // refused

	_ "github.com/shopspring/decimal"            // refused
	_ "github.com/taxresolve/tax"                // refused
	_ "github.com/taxresolve/tax/internal/cache" // refused
	_ "github.com/taxresolve/tax/internal/exact" // refused
)
