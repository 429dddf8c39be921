package postgres_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
	"github.com/taxresolve/tax/store/storetest"
)

// The contract of every store, with two handles as two processes, whose connections are cut.
func TestSuite(t *testing.T) {
	p, dsn := newProxy(t, server(t).database(t))
	storetest.Run(t, storetest.Factory{
		Shared: true, Effort: 10,
		Backend: func(t *testing.T, place string) store.Backend { return backend(t, dsn, place, postgres.Options{}) },
		Break: func(*testing.T, string) func() {
			p.Set(func() { p.Refusing = true })
			p.Cut()
			return func() { p.Set(func() { p.Refusing = false }) }
		},
	})
}

// backend opens a backend whose tables are in a schema named after a place.
func backend(t *testing.T, dsn, place string, o postgres.Options) store.Backend {
	h := fnv.New64a()
	h.Write([]byte(place))
	o.Schema = fmt.Sprintf("s%x", h.Sum64())
	s, err := postgres.Connect(context.Background(), dsn, &o)
	require.NoError(t, err)
	return warm(t, postgres.BackendOf(s))
}

// warm prepares the statement of a write by one that changes nothing: the suite has contexts
// of 20 ms, which a busy machine needs for that alone.
func warm(t *testing.T, b store.Backend) store.Backend {
	now := time.Now()
	c := &store.Commit{Key: tax.Key{Country: "none"}, Before: &store.Country{Revision: 7}, After: &store.Country{Revision: 8, Modified: now}}
	require.ErrorIs(t, b.Save(context.Background(), []*store.Commit{c})[0], store.ErrMoved)
	return b
}
