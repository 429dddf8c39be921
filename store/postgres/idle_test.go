package postgres_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/postgres"
)

// tracer counts the statements that a pool sends.
type tracer struct{ all, loads atomic.Int64 }

func (c *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	c.all.Add(1)
	if strings.Contains(q.SQL, "document") {
		c.loads.Add(1)
	}
	return ctx
}

func (*tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// traced opens a store whose pool has at most so many connections.
func traced(t *testing.T, dsn string, connections int32, o *postgres.Options) (*postgres.Store, *pgxpool.Pool, *tracer) {
	t.Helper()
	config, err := pgxpool.ParseConfig(dsn)
	require.NoError(t, err)
	count := &tracer{}
	config.ConnConfig.Tracer, config.MaxConns = count, connections
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	s, err := postgres.Open(t.Context(), pool, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, pool, count
}

func TestAnIdleStoreAsksAtMostOnceInAnInterval(t *testing.T) {
	t.Parallel()
	dsn := server(t).database(t)
	const poll, intervals = 50 * time.Millisecond, 20
	for name, silent := range map[string]bool{"with notifications": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			s, _, count := traced(t, dsn, 4, &postgres.Options{Poll: poll, NoNotifications: silent})
			for range 3 { // three resolvers are no more work than one
				r, err := tax.NewResolver(s, nil)
				require.NoError(t, err)
				t.Cleanup(r.Close)
				go r.Watch(t.Context()) // it ends with the test
				_, _ = r.Resolve(t.Context(), "DE", "")
			}
			time.Sleep(3 * poll)
			before, began := count.all.Load(), time.Now()
			time.Sleep(intervals * poll)
			asked, passed := count.all.Load()-before, time.Since(began)
			assert.LessOrEqual(t, asked, int64(passed/poll)+1)
			assert.Positive(t, asked, "it looks for what notifications may have lost")
		})
	}
}

func TestColdProcessesLoadEachCountryOnceWithTheConnectionsTheyAreAllowed(t *testing.T) {
	t.Parallel()
	dsn := server(t).database(t)
	countries := []string{"AT", "BE", "DE", "ES", "FR", "IT", "NL", "PL"}
	writer := openStore(t, dsn, nil)
	var batches []store.Batch
	for _, code := range countries {
		batches = append(batches, store.Batch{Key: tax.Key{Country: code}, Changes: []store.Change{{Action: store.Put, Configuration: country(code, "19")}}})
	}
	for _, out := range writer.Write(t.Context(), batches) {
		require.NoError(t, out.Err)
	}
	processes := 100 // each of them as a process has it: a store and a pool of its own
	if testing.Short() {
		processes = 10
	}
	const connections = 1
	var resolvers []*tax.Resolver
	var counts []*tracer
	var pools []*pgxpool.Pool
	for range processes {
		s, pool, count := traced(t, dsn, connections, nil)
		r, err := tax.NewResolver(s, nil)
		require.NoError(t, err)
		t.Cleanup(r.Close)
		count.all.Store(0)
		count.loads.Store(0)
		resolvers, counts, pools = append(resolvers, r), append(counts, count), append(pools, pool)
	}
	var asking sync.WaitGroup
	for _, r := range resolvers {
		for range 3 {
			for _, code := range countries {
				asking.Go(func() {
					_, err := r.Resolve(context.Background(), code, "")
					assert.NoError(t, err)
				})
			}
		}
	}
	asking.Wait()
	for i, count := range counts {
		assert.EqualValues(t, len(countries), count.all.Load(), "statements of process %d", i)
		assert.EqualValues(t, len(countries), count.loads.Load(), "loads of process %d", i)
		assert.LessOrEqual(t, pools[i].Stat().TotalConns(), int32(connections))
	}
}
