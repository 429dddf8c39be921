package sqlite

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

func BenchmarkWrite(b *testing.B) {
	s := opened(b, file(b), nil)
	bare := newStatements(b)
	stored, err := s.Create(b.Context(), "shop", doc("DE", "19"))
	require.NoError(b, err)
	update := func(int) {
		var err error
		stored, err = s.Update(b.Context(), "shop", stored)
		require.NoError(b, err)
	}
	for i := range 120 { // until the history is as long as it gets
		update(i)
		bare.update(i)
	}
	compare(b, timed(bare.update), timed(update))
}

// statements are those of a write, in one transaction, with nothing around them.
type statements struct {
	*testing.B
	in       *backend
	w        *writer
	revision int64
	id       int64
}

func newStatements(b *testing.B) *statements {
	b.Helper()
	s, in := inside(b, file(b), nil)
	_, err := s.Create(b.Context(), "shop", doc("DE", "19"))
	require.NoError(b, err)
	return &statements{b, in, in.writer, 1, 1}
}

// update reads, decodes, validates, encodes and writes the document, and adds a version to
// the history, from which the oldest falls once there are a hundred.
func (s *statements) update(int) {
	ctx, tenant := s.Context(), []byte("shop")
	country, err := s.in.Load(ctx, tax.Key{Tenant: "shop", Country: "DE"})
	require.NoError(s, err)
	old := inForce(country)
	c := old.Configuration
	c.Metadata.Version++
	require.NoError(s, tax.ValidateCountry([]tax.Configuration{c}).Err())
	now := time.Now()
	text, err := c.MarshalJSON()
	require.NoError(s, err)
	r := row{&store.Version{Configuration: c, From: now}, string(text), ""}

	run := func(err error) { require.NoError(s, err) }
	_, err = s.w.begin.Exec()
	run(err)
	var sequence, ordinal, first, until int64
	run(s.w.last.QueryRow().Scan(&sequence))
	run(s.w.advance.QueryRow(s.revision+1, 0, now.UnixMilli(), sequence+1, s.in.id, tenant, "DE", s.revision).Scan(&s.id))
	run(s.w.keep.QueryRow(s.id, "", now.UnixMilli(), "", false).Scan(&ordinal))
	_, err = s.w.put.Exec(s.id, "", c.Metadata.Version, r.modified(), now.UnixMilli(), "", "", r.document)
	run(err)
	run(s.w.first.QueryRow(s.id, "").Scan(&first, &sequence, &until))
	if ordinal-sequence >= 100 {
		_, err = s.w.forget.Exec(first)
		run(err)
		_, err = s.w.forgotten.Exec(until, s.id)
		run(err)
		run(s.w.first.QueryRow(s.id, "").Scan(&first, &sequence, &until))
	}
	_, err = s.w.commit.Exec()
	run(err)
	s.revision++
}

// BenchmarkCreate creates a region of a country with so many and deletes it again. Every write
// reads and validates the country.
func BenchmarkCreate(b *testing.B) {
	for _, n := range []int{100, 2000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := opened(b, file(b), nil)
			batch := store.Batch{Key: tax.Key{Tenant: "shop", Country: "CA"}, Changes: []store.Change{{Configuration: doc("CA", "5")}}}
			region := func(i int) tax.Configuration { return doc(fmt.Sprint("CA-X-", i), "5") }
			for i := range n {
				batch.Changes = append(batch.Changes, store.Change{Configuration: region(i)})
			}
			require.NoError(b, s.Write(b.Context(), []store.Batch{batch})[0].Err)
			for i := 0; b.Loop(); i++ {
				c, err := s.Create(b.Context(), "shop", region(n+i%2))
				require.NoError(b, err)
				require.NoError(b, s.Delete(b.Context(), "shop", c.Location))
			}
		})
	}
}
