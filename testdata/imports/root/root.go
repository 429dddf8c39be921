// Package root imports packages that a package without a rule of its own may import,
// and packages that it may not. The gate expects the linter to report exactly the
// lines marked refused. Nothing builds these folders.
package root

import (
	_ "context"
	_ "database/sql"        // refused
	_ "database/sql/driver" // refused
	_ "net/http"            // refused
	_ "net/http/httptest"   // refused
	_ "testing"             // refused
	_ "testing/fstest"      // refused
	_ "time"
	_ "time/tzdata" // refused

	_ "github.com/hashicorp/golang-lru/v2"
	_ "github.com/hashicorp/golang-lru/v2/expirable" // refused
	_ "github.com/hashicorp/golang-lru/v2/simplelru"
	_ "github.com/shopspring/decimal"
	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"           // refused
	_ "github.com/taxresolve/tax/internal/cache"
	_ "github.com/taxresolve/tax/internal/canon"
	_ "github.com/taxresolve/tax/internal/civil"
	_ "github.com/taxresolve/tax/internal/codetable"
	_ "github.com/taxresolve/tax/internal/csvtable" // refused
	_ "github.com/taxresolve/tax/internal/enum"
	_ "github.com/taxresolve/tax/internal/exact"
	_ "github.com/taxresolve/tax/internal/hostile" // refused
	_ "github.com/taxresolve/tax/internal/intern"
	_ "github.com/taxresolve/tax/internal/iso"
	_ "github.com/taxresolve/tax/internal/lang"
	_ "github.com/taxresolve/tax/internal/oracle" // refused
	_ "github.com/taxresolve/tax/internal/postal"
	_ "github.com/taxresolve/tax/internal/strictjson"
	_ "github.com/taxresolve/tax/internal/taxtest"  // refused
	_ "github.com/taxresolve/tax/internal/testfile" // refused
	_ "github.com/taxresolve/tax/rates"             // refused
	_ "github.com/taxresolve/tax/store"             // refused
	_ "golang.org/x/text/language"
	_ "golang.org/x/text/unicode/norm" // refused
)
