package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
)

// world returns the documents of the world by country.
func world(b *testing.B) (countries [][]tax.Configuration) {
	for _, code := range rates.Countries() {
		set, err := rates.World().Configurations(b.Context(), tax.Key{Country: code})
		require.NoError(b, err)
		if len(set) > 0 && tax.ValidateCountry(set).Err() == nil {
			countries = append(countries, set)
		}
	}
	require.NotEmpty(b, countries)
	return countries
}

func BenchmarkColdResolve(b *testing.B) {
	ctx := b.Context()
	dsn := server(b).database(b)
	s, pool := openStore(b, dsn, nil), connect(b, dsn)
	set, err := rates.World().Configurations(ctx, tax.Key{Country: "DE"})
	require.NoError(b, err)
	var changes []store.Change
	for _, c := range set {
		changes = append(changes, store.Change{Configuration: c})
	}
	require.NoError(b, s.Write(ctx, []store.Batch{{Key: tax.Key{Country: "DE"}, Changes: changes}})[0].Err)
	var documents [][]byte
	query := func() {
		rows, err := pool.Query(ctx, "SELECT document FROM tax.configuration WHERE tenant = $1 AND country = $2", []byte{}, "DE")
		require.NoError(b, err)
		documents, err = pgx.CollectRows(rows, pgx.RowTo[[]byte])
		require.NoError(b, err)
	}
	resolve := func(source tax.Source) {
		r, err := tax.NewResolver(source, nil)
		require.NoError(b, err)
		_, err = r.Resolve(ctx, "DE", "STANDARD")
		require.NoError(b, err)
		r.Close()
	}
	decode := func() {
		for _, text := range documents {
			var c tax.Configuration
			require.NoError(b, c.UnmarshalJSON(text))
		}
	}
	compile := func() {
		resolve(tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { return slices.Clone(set), nil }))
	}
	b.Run("query", func(b *testing.B) {
		for b.Loop() {
			query()
		}
	})
	b.Run("decode", func(b *testing.B) {
		query()
		for b.Loop() {
			decode()
		}
	})
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			compile()
		}
	})
	// steps are the three one after the other: each alone is faster, because everything that it
	// needs is awake.
	b.Run("steps", func(b *testing.B) {
		for b.Loop() {
			query()
			decode()
			compile()
		}
	})
	b.Run("store", func(b *testing.B) {
		for b.Loop() {
			resolve(s)
		}
	})
}

func BenchmarkUpdate(b *testing.B) {
	ctx := b.Context()
	dsn := server(b).database(b)
	s, pool := openStore(b, dsn, &postgres.Options{NoNotifications: true}), connect(b, dsn)
	c, err := s.Create(ctx, "shop", country("DE", "19"))
	require.NoError(b, err)
	b.Run("bare", func(b *testing.B) {
		_, err := s.Create(ctx, "bare", country("DE", "19"))
		if err != nil {
			require.ErrorIs(b, err, tax.ErrExists)
		}
		for b.Loop() {
			_, err := pool.Exec(ctx, "UPDATE tax.configuration SET version = version + 1 WHERE tenant = $1", []byte("bare"))
			require.NoError(b, err)
		}
	})
	b.Run("store", func(b *testing.B) {
		for b.Loop() {
			c, err = s.Update(ctx, "shop", c)
			require.NoError(b, err)
		}
	})
}

// BenchmarkImport writes documents, 10,000 of them unless TAX_POSTGRES_IMPORT has another
// number, in batches and from a file, and does the same step by step: decode, validate, encode
// and copy.
func BenchmarkImport(b *testing.B) {
	size := 10_000
	if n, err := strconv.Atoi(os.Getenv("TAX_POSTGRES_IMPORT")); err == nil {
		size = n
	}
	ctx, countries := b.Context(), world(b)
	type group struct {
		key   tax.Key
		texts [][]byte
	}
	var groups []group
	for n, tenant := 0, 0; n < size; tenant++ {
		for _, set := range countries {
			g := group{key: tax.Key{Tenant: strconv.Itoa(tenant), Country: set[0].Location.Country}}
			for i := range set {
				text, err := set[i].MarshalJSON()
				require.NoError(b, err)
				g.texts = append(g.texts, text)
			}
			groups = append(groups, g)
			if n += len(set); n >= size {
				break
			}
		}
	}
	decode := func(g group) (set []tax.Configuration) {
		set = make([]tax.Configuration, len(g.texts))
		for i, text := range g.texts {
			require.NoError(b, set[i].UnmarshalJSON(text))
		}
		return set
	}
	b.Run("store", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			s := openStore(b, server(b).database(b), nil)
			b.StartTimer()
			batches := make([]store.Batch, len(groups))
			for i, g := range groups {
				batches[i].Key = g.key
				for _, c := range decode(g) {
					batches[i].Changes = append(batches[i].Changes, store.Change{Configuration: c})
				}
			}
			for _, out := range s.Write(ctx, batches) {
				require.NoError(b, out.Err)
			}
		}
	})
	b.Run("file", func(b *testing.B) {
		var file bytes.Buffer
		file.WriteString(`{"format":"taxresolve configurations","version":1}` + "\n")
		records := 0
		for _, g := range groups {
			records += len(g.texts)
			for _, text := range g.texts {
				fmt.Fprintf(&file, "{\"tenant\":%q,\"configuration\":%s}\n", g.key.Tenant, text)
			}
		}
		fmt.Fprintf(&file, "{\"records\":%d}\n", records)
		for b.Loop() {
			b.StopTimer()
			s := openStore(b, server(b).database(b), nil)
			b.StartTimer()
			report, err := store.Import(ctx, bytes.NewReader(file.Bytes()), s, nil)
			require.NoError(b, err)
			require.GreaterOrEqual(b, report.Written, int64(size))
		}
	})
	b.Run("steps", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			pool := connect(b, server(b).database(b))
			b.StartTimer()
			began := time.Now()
			lap := func(name string) {
				b.ReportMetric(time.Since(began).Seconds()*1000, name+"-ms")
				began = time.Now()
			}
			sets := make([][]tax.Configuration, len(groups))
			for i, g := range groups {
				sets[i] = decode(g)
			}
			lap("decode")
			for _, set := range sets {
				require.NoError(b, tax.ValidateCountry(set).Err())
			}
			lap("validate")
			var rows [][]any
			for i, set := range sets {
				for j := range set {
					text, err := set[j].MarshalJSON()
					require.NoError(b, err)
					rows = append(rows, []any{[]byte(groups[i].key.Tenant), groups[i].key.Country, set[j].Location.Region, int64(1), time.Now(), []byte{}, nil, string(text)})
				}
			}
			lap("encode")
			_, err := pool.CopyFrom(ctx, pgx.Identifier{"tax", "configuration"}, []string{"tenant", "country", "region", "version", "since", "author", "base", "document"}, pgx.CopyFromRows(rows))
			require.NoError(b, err)
			lap("copy")
		}
	})
}

// BenchmarkPropagation measures from the moment in which a write is sent until another store
// has loaded what it wrote, and round trips over the same connections.
func BenchmarkPropagation(b *testing.B) {
	dsn := server(b).database(b)
	pool := connect(b, dsn)
	b.Run("round trip", func(b *testing.B) {
		for b.Loop() {
			var one int
			require.NoError(b, pool.QueryRow(b.Context(), "SELECT 1").Scan(&one))
		}
	})
	b.Run("change", func(b *testing.B) {
		s, other := openStore(b, dsn, nil), openStore(b, dsn, &postgres.Options{Poll: time.Minute})
		changed := make(chan tax.Key, 1)
		go func() {
			_ = postgres.BackendOf(other).(tax.Watcher).Watch(b.Context(), func(key tax.Key) { changed <- key })
		}()
		<-changed
		var took []time.Duration
		for b.Loop() {
			began := time.Now()
			require.NoError(b, put(b.Context(), s, "shop", "19"))
			<-changed
			_, err := other.Get(b.Context(), "shop", germany)
			require.NoError(b, err)
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-µs")
	})
}
