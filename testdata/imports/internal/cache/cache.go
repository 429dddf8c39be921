// Package cache stands for the cache, whose clock is in package civil.
package cache

import (
	_ "database/sql" // refused
	_ "sync"

	_ "github.com/hashicorp/golang-lru/v2" // refused
	_ "github.com/hashicorp/golang-lru/v2/simplelru"
	_ "github.com/shopspring/decimal" // refused
	_ "github.com/taxresolve/tax"     // refused
	_ "github.com/taxresolve/tax/internal/civil"
	_ "github.com/taxresolve/tax/internal/codetable" // refused
	_ "github.com/taxresolve/tax/internal/intern"    // refused
	_ "github.com/taxresolve/tax/internal/iso"       // refused
)
