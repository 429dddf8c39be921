package sqlite

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// crowd is the path of the database of crowded, which is made once.
var crowd string

// crowded returns a store in which a tenant has 2,000 configurations, which is among ten
// times as many of others as are imported.
func crowded(b *testing.B) (*store.Versioned, *backend) {
	b.Helper()
	if crowd != "" {
		return inside(b, crowd, nil)
	}
	folder, err := os.MkdirTemp("", "crowd")
	require.NoError(b, err)
	crowd = filepath.Join(folder, "tax.db")
	s, in := inside(b, crowd, nil)
	all, each := world(b)
	one := prepared(b, all, each, 1)
	var others []plain
	for n := 0; n < 10*size(b); n += each {
		for _, p := range one {
			p.tenant = "tenant " + strconv.Itoa(n/each)
			others = append(others, p)
		}
	}
	insertAll(b, in, others)
	var batches []store.Batch
	for _, code := range taxtest.Countries()[:200] {
		batch := store.Batch{Key: tax.Key{Tenant: "shop", Country: code}}
		for n := range 10 {
			region := ""
			if n > 0 {
				region = "-X-R" + strconv.Itoa(n)
			}
			batch.Changes = append(batch.Changes, store.Change{Configuration: taxtest.Doc(code+region,
				taxtest.Class("STANDARD*", "2020-01-01 19; 2024-01-01 "+strconv.Itoa(n)), taxtest.Class("REDUCED", "2020-01-01 7"))})
		}
		batches = append(batches, batch)
	}
	for _, out := range s.Write(b.Context(), batches) {
		require.NoError(b, out.Err)
	}
	_, err = in.single.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	require.NoError(b, err)
	return s, in
}

func BenchmarkList(b *testing.B) {
	s, in := crowded(b)
	const from = "SELECT d.document FROM country AS c JOIN configuration AS d ON d.country = c.id WHERE c.tenant = ? "
	const order = "ORDER BY c.code, d.region "
	query := func(statement string) *sql.Stmt {
		stmt, err := in.reads.Prepare(statement)
		require.NoError(b, err)
		return stmt
	}
	page := query(from + order + "LIMIT 61")
	country := query(from + "AND c.code = ? " + order + "LIMIT 61")
	region := query(from + "AND instr(d.region, ?) > 0 " + order + "LIMIT 61")
	modified := query(from + "AND d.modified >= ? " + order + "LIMIT 61")
	whole := query(from + order)
	first, err := s.Get(b.Context(), "shop", germany)
	require.NoError(b, err)
	since := first.Metadata.Modified
	day := tax.MustDate("2026-11-30")

	for _, x := range []struct {
		name string
		q    tax.Query
		bare *sql.Stmt
		args []any
	}{
		{"first", tax.Query{}, page, nil},
		{"country", tax.Query{Country: "DE", ExactCodes: true}, country, []any{"DE"}},
		{"region", tax.Query{Region: "R7"}, region, []any{"R7"}},
		{"modified", tax.Query{ChangedSince: since}, modified, []any{since.UnixMilli()}},
		{"class", tax.Query{Class: "REDUCED", Total: true}, whole, nil},
		{"rate", tax.Query{Rate: decimal.NewNullDecimal(decimal.NewFromInt(7)), Date: day, Total: true}, whole, nil},
		{"rate of today by rate", tax.Query{Effective: true, Sort: []tax.SortKey{{By: tax.ByRate}}}, whole, nil},
	} {
		b.Run(x.name, func(b *testing.B) {
			args := append([]any{[]byte("shop")}, x.args...)
			compare(b, timed(func(int) {
				var read []*tax.Configuration
				for _, text := range texts(b, b.Context(), x.bare, args...) {
					c := new(tax.Configuration)
					require.NoError(b, c.UnmarshalJSON(text))
					read = append(read, c)
				}
				if x.bare == whole {
					_, err := tax.Select(slices.Values(read), x.q)
					require.NoError(b, err)
				}
			}), timed(func(int) {
				p, err := s.List(b.Context(), "shop", x.q)
				require.NoError(b, err)
				require.NotZero(b, p.Len())
			}))
		})
	}
}
