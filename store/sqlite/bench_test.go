package sqlite

import (
	"context"
	"database/sql"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// The benchmarks compare the store with a yardstick, one after the other in each turn, so
// that both meet the same machine. They report the medians and their ratio. The gate runs
// them small; docs/stores-sqlite.md has the command for the real sizes.

// sizes is the variable of the environment for the number of configurations: that of an
// import, and ten times as many for those of others beside a list.
const sizes = "SQLITE_ROWS"

func size(b *testing.B) int {
	b.Helper()
	if n, err := strconv.Atoi(os.Getenv(sizes)); err == nil {
		return n
	}
	return 2000
}

// compare reports how long a yardstick and the store take.
func compare(b *testing.B, bare, whole func(i int) time.Duration) {
	b.Helper()
	var of [2][]time.Duration
	for i := 0; b.Loop(); i++ {
		of[0] = append(of[0], bare(i))
		of[1] = append(of[1], whole(i))
	}
	median := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2])
	}
	b.ReportMetric(median(of[0]), "bare-ns")
	b.ReportMetric(median(of[1]), "store-ns")
	b.ReportMetric(median(of[1])/median(of[0]), "ratio")
	b.ReportMetric(0, "ns/op")
}

// timed makes a function for compare that is timed as a whole.
func timed(do func(i int)) func(i int) time.Duration {
	return func(i int) time.Duration {
		began := time.Now()
		do(i)
		return time.Since(began)
	}
}

// country is the documents of a country as JSON.
type country struct {
	code      string
	documents [][]byte
}

// world returns the embedded rates.
func world(b *testing.B) (all []country, documents int) {
	b.Helper()
	for _, code := range rates.Countries() {
		set, err := rates.World().Configurations(b.Context(), tax.Key{Country: code})
		require.NoError(b, err)
		c := country{code: code}
		for i := range set {
			text, err := set[i].MarshalJSON()
			require.NoError(b, err)
			c.documents = append(c.documents, text)
		}
		all = append(all, c)
		documents += len(set)
	}
	return all, documents
}

// batch reads the documents of a country as a batch.
func (c *country) batch(b *testing.B, tenant string) store.Batch {
	b.Helper()
	batch := store.Batch{Key: tax.Key{Tenant: tenant, Country: c.code}}
	for _, text := range c.documents {
		var d tax.Configuration
		require.NoError(b, d.UnmarshalJSON(text))
		batch.Changes = append(batch.Changes, store.Change{Configuration: d})
	}
	return batch
}

// imported writes the documents of the world for tenants until there are enough.
func imported(b *testing.B, s *store.Versioned, all []country, each, enough int) {
	b.Helper()
	var batches []store.Batch
	write := func() {
		for _, out := range s.Write(b.Context(), batches) {
			require.NoError(b, out.Err)
		}
		batches = batches[:0]
	}
	for n := 0; n < enough; n += each {
		for i := range all {
			batches = append(batches, all[i].batch(b, "tenant "+strconv.Itoa(n/each)))
		}
		if len(batches) > 500 {
			write()
		}
	}
	write()
}

func BenchmarkColdResolve(b *testing.B) {
	s, in := inside(b, file(b), nil)
	ctx := b.Context()
	all, each := world(b)
	imported(b, s, all, each, 10*each)
	r, err := tax.NewResolver(s, nil)
	require.NoError(b, err)
	defer r.Close()
	mine := r.Tenant("tenant 7")
	query, err := in.reads.Prepare("SELECT d.document FROM country AS c JOIN configuration AS d ON d.country = c.id WHERE c.tenant = ? AND c.code = ?")
	require.NoError(b, err)
	defer query.Close()
	bare := func(int) {
		for _, text := range texts(b, ctx, query, []byte("tenant 7"), "DE") {
			var c tax.Configuration
			require.NoError(b, c.UnmarshalJSON(text))
			_, err := c.Resolve("STANDARD", tax.Date{}) // compiles it
			require.NoError(b, err)
		}
	}
	compare(b, timed(bare), timed(func(int) {
		mine.Invalidate("DE")
		in.recent.states, in.recent.bytes = nil, 0 // it has never been read
		_, err := mine.Resolve(ctx, "DE", "STANDARD")
		require.NoError(b, err)
	}))
}

// BenchmarkReadAgain reads what nobody has changed a thousand times, beside asking SQLite as
// often whether anybody has.
func BenchmarkReadAgain(b *testing.B) {
	s, in := inside(b, file(b), nil)
	_, err := s.Create(b.Context(), "shop", doc("DE", "19"))
	require.NoError(b, err)
	ctx, key := b.Context(), tax.Key{Tenant: "shop", Country: "DE"}
	read := func(int) {
		for range 1000 {
			if _, err := in.Load(ctx, key); err != nil {
				b.Fatal(err)
			}
		}
	}
	read(0)
	compare(b, timed(func(int) {
		for range 1000 {
			if _, err := in.recent.ask.query(); err != nil {
				b.Fatal(err)
			}
		}
	}), timed(read))
}

// texts returns the documents that a statement selects.
func texts(b *testing.B, ctx context.Context, query *sql.Stmt, args ...any) (all [][]byte) {
	b.Helper()
	rows, err := query.QueryContext(ctx, args...)
	require.NoError(b, err)
	defer rows.Close()
	for rows.Next() {
		var text []byte
		require.NoError(b, rows.Scan(&text))
		all = append(all, text)
	}
	require.NoError(b, rows.Err())
	return all
}

func BenchmarkImport(b *testing.B) {
	all, each := world(b)
	enough := size(b)
	bare := func(int) time.Duration {
		_, in := inside(b, file(b), nil)
		began := time.Now()
		rows := prepared(b, all, each, enough)
		insertAll(b, in, rows)
		return time.Since(began)
	}
	compare(b, bare, func(int) time.Duration {
		s := opened(b, file(b), nil)
		began := time.Now()
		imported(b, s, all, each, enough)
		return time.Since(began)
	})
	b.ReportMetric(float64((enough+each-1)/each*each), "configurations")
}

// plain are the rows of a country of a tenant.
type plain struct {
	tenant, country string
	rows            []row
}

// prepared decodes, validates and encodes documents, one after the other.
func prepared(b *testing.B, all []country, each, enough int) (list []plain) {
	b.Helper()
	now := time.Now()
	for n := 0; n < enough; n += each {
		for i := range all {
			batch := all[i].batch(b, "tenant "+strconv.Itoa(n/each))
			set := make([]tax.Configuration, len(batch.Changes))
			p := plain{tenant: batch.Key.Tenant, country: batch.Key.Country}
			for i, c := range batch.Changes {
				set[i] = c.Configuration
				set[i].Metadata.Version, set[i].Metadata.Modified = 1, now
			}
			require.NoError(b, tax.ValidateCountry(set).Err())
			for i := range set {
				text, err := set[i].MarshalJSON()
				require.NoError(b, err)
				// No more of the document is kept than is inserted.
				kept := tax.Configuration{Location: set[i].Location, Metadata: set[i].Metadata}
				p.rows = append(p.rows, row{&store.Version{Configuration: kept, From: now}, string(text), ""})
			}
			list = append(list, p)
		}
	}
	return list
}

// insertAll inserts rows with statements that do no more than that.
func insertAll(b *testing.B, in *backend, list []plain) {
	b.Helper()
	tx, err := in.single.Begin()
	require.NoError(b, err)
	countries, err := tx.Prepare("INSERT INTO country (tenant, code, revision, retired, modified, sequence, writer) VALUES (?, ?, 1, 0, ?, ?, ?)")
	require.NoError(b, err)
	documents, err := tx.Prepare("INSERT INTO configuration (country, region, version, modified, since, author, base, document) VALUES (?, ?, ?, ?, ?, '', '', ?)")
	require.NoError(b, err)
	for i, p := range list {
		done, err := countries.Exec([]byte(p.tenant), p.country, p.rows[0].From.UnixMilli(), i+1, in.id)
		require.NoError(b, err)
		id, err := done.LastInsertId()
		require.NoError(b, err)
		for _, r := range p.rows {
			_, err := documents.Exec(id, r.Configuration.Location.Region, 1, r.modified(), r.From.UnixMilli(), r.document)
			require.NoError(b, err)
		}
	}
	require.NoError(b, tx.Commit())
}
