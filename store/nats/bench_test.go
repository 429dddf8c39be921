package nats

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// BenchmarkColdResolve resolves Germany with nothing in memory, and does the same step by
// step: the bare request, decoding and compiling.
func BenchmarkColdResolve(b *testing.B) {
	ctx := b.Context()
	kept, err := open(ctx, connect(b, one(b)), nil)
	require.NoError(b, err)
	s, err := store.New(kept, nil)
	require.NoError(b, err)
	defer s.Close()
	set, err := rates.World().Configurations(ctx, tax.Key{Country: "DE"})
	require.NoError(b, err)
	var changes []store.Change
	for _, c := range set {
		changes = append(changes, store.Change{Configuration: c})
	}
	require.NoError(b, s.Write(ctx, []store.Batch{{Key: tax.Key{Country: "DE"}, Changes: changes}})[0].Err)
	resolve := func(source tax.Source) {
		r, err := tax.NewResolver(source, nil)
		require.NoError(b, err)
		_, err = r.Resolve(ctx, "DE", "STANDARD")
		require.NoError(b, err)
		r.Close()
	}
	last, err := kept.last(ctx, "$KV.tax.t.DE")
	require.NoError(b, err)
	get := func() {
		_, err := kept.conn.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET.KV_tax", []byte(`{"last_by_subj":"$KV.tax.t.DE"}`))
		require.NoError(b, err)
	}
	decoded := func() { require.Len(b, slices.Collect(decode(last).country("DE").Documents.All()), len(set)) }
	compiled := func() {
		resolve(tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { return slices.Clone(set), nil }))
	}
	b.Run("get", func(b *testing.B) {
		for b.Loop() {
			get()
		}
		b.ReportMetric(float64(len(last.data)), "bytes")
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			decoded()
		}
	})
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			compiled()
		}
	})
	// steps are the three one after the other: each alone is faster, because everything that it
	// needs is awake.
	b.Run("steps", func(b *testing.B) {
		for b.Loop() {
			get()
			decoded()
			compiled()
		}
	})
	b.Run("store", func(b *testing.B) {
		for b.Loop() {
			resolve(s)
		}
	})
}

// imported are the documents of a country as they are imported.
type imported struct {
	key   tax.Key
	texts [][]byte
}

// documents returns so many documents of the world, by tenant and country.
func documents(b *testing.B, size int) (groups []imported) {
	for n, tenant := 0, 0; n < size; tenant++ {
		for _, code := range rates.Countries() {
			set, err := rates.World().Configurations(b.Context(), tax.Key{Country: code})
			require.NoError(b, err)
			if len(set) == 0 || tax.ValidateCountry(set).Err() != nil {
				continue
			}
			g := imported{key: tax.Key{Tenant: strconv.Itoa(tenant), Country: code}}
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
	return groups
}

// decode reads the documents.
func (g *imported) decode(b *testing.B) []tax.Configuration {
	set := make([]tax.Configuration, len(g.texts))
	for i, text := range g.texts {
		require.NoError(b, set[i].UnmarshalJSON(text))
	}
	return set
}

// exported returns the documents as the text of an export.
func exported(groups []imported) []byte {
	var file bytes.Buffer
	file.WriteString("{\"format\":\"taxresolve configurations\",\"version\":1}\n")
	records := 0
	for _, g := range groups {
		for _, text := range g.texts {
			records++
			fmt.Fprintf(&file, "{\"tenant\":%q,\"configuration\":%s}\n", g.key.Tenant, text)
		}
	}
	fmt.Fprintf(&file, "{\"records\":%d}\n", records)
	return file.Bytes()
}

// BenchmarkImport imports documents, 10,000 of them unless TAX_NATS_IMPORT has another
// number, in batches and from a file, and does the same step by step: decode, validate, encode and publish without
// waiting for each answer, a message for each country.
func BenchmarkImport(b *testing.B) {
	size := 10_000
	if n, err := strconv.Atoi(os.Getenv("TAX_NATS_IMPORT")); err == nil {
		size = n
	}
	ctx, groups := b.Context(), documents(b, size)
	bucket := 0
	fresh := func(b *testing.B, conn *nats.Conn) *backend {
		bucket++
		kept, err := open(ctx, conn, &Options{Bucket: "b" + strconv.Itoa(bucket)})
		require.NoError(b, err)
		return kept
	}
	b.Run("store", func(b *testing.B) {
		conn := connect(b, one(b))
		for b.Loop() {
			b.StopTimer()
			s, err := store.New(fresh(b, conn), nil)
			require.NoError(b, err)
			b.StartTimer()
			batches := make([]store.Batch, len(groups))
			for i := range groups {
				batches[i].Key = groups[i].key
				for _, c := range groups[i].decode(b) {
					batches[i].Changes = append(batches[i].Changes, store.Change{Configuration: c})
				}
			}
			for _, out := range s.Write(ctx, batches) {
				require.NoError(b, out.Err)
			}
			require.NoError(b, s.Close())
		}
	})
	b.Run("file", func(b *testing.B) {
		conn, file := connect(b, one(b)), exported(groups)
		for b.Loop() {
			b.StopTimer()
			s, err := store.New(fresh(b, conn), nil)
			require.NoError(b, err)
			b.StartTimer()
			report, err := store.Import(ctx, bytes.NewReader(file), s, nil)
			require.NoError(b, err)
			require.GreaterOrEqual(b, report.Written, int64(size))
			require.NoError(b, s.Close())
		}
	})
	b.Run("steps", func(b *testing.B) {
		conn := connect(b, one(b))
		for b.Loop() {
			b.StopTimer()
			kept := fresh(b, conn)
			b.StartTimer()
			steps(b, kept, groups)
		}
	})
}

// steps does what an import has to do at least, one step after the other.
func steps(b *testing.B, kept *backend, groups []imported) {
	began := time.Now()
	lap := func(name string) {
		b.ReportMetric(time.Since(began).Seconds()*1000, name+"-ms")
		began = time.Now()
	}
	sets := make([][]tax.Configuration, len(groups))
	for i := range groups {
		sets[i] = groups[i].decode(b)
	}
	lap("decode")
	for _, set := range sets {
		require.NoError(b, tax.ValidateCountry(set).Err())
	}
	lap("validate")
	texts := make([][]byte, len(groups))
	for i, set := range sets {
		var all bytes.Buffer
		for j := range set {
			text, err := set[j].MarshalJSON()
			require.NoError(b, err)
			all.Write(text)
		}
		texts[i] = all.Bytes()
	}
	lap("encode")
	js, err := jetstream.New(kept.conn, jetstream.WithPublishAsyncMaxPending(256))
	require.NoError(b, err)
	for i, text := range texts {
		subject, _ := kept.subjectOf(groups[i].key)
		_, err := js.PublishAsync(subject, text, jetstream.WithStallWait(time.Minute)) // on a busy machine
		require.NoError(b, err)
	}
	<-js.PublishAsyncComplete()
	lap("publish")
}
