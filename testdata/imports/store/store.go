// Package store stands for a package of the library beside the root.
package store

import (
	_ "database/sql" // refused
	_ "net/http"     // refused
	_ "os"
	_ "testing"     // refused
	_ "time/tzdata" // refused

	_ "github.com/hashicorp/golang-lru/v2" // refused
	_ "github.com/shopspring/decimal"
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"
	_ "github.com/taxresolve/tax/internal/cache" // refused
	_ "github.com/taxresolve/tax/internal/canon"
	_ "github.com/taxresolve/tax/internal/civil"
	_ "github.com/taxresolve/tax/internal/codetable" // refused
	_ "github.com/taxresolve/tax/internal/csvtable"  // refused
	_ "github.com/taxresolve/tax/internal/enum"
	_ "github.com/taxresolve/tax/internal/exact"
	_ "github.com/taxresolve/tax/internal/hostile" // refused
	_ "github.com/taxresolve/tax/internal/iso"
	_ "github.com/taxresolve/tax/internal/lang"   // refused
	_ "github.com/taxresolve/tax/internal/oracle" // refused
	_ "github.com/taxresolve/tax/internal/postal"
	_ "github.com/taxresolve/tax/internal/strictjson"
	_ "github.com/taxresolve/tax/internal/taxtest"  // refused
	_ "github.com/taxresolve/tax/internal/testfile" // refused
	_ "github.com/taxresolve/tax/rates"             // refused
	_ "golang.org/x/text/language"                  // refused
)
