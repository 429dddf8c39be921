package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

const (
	selectPosition = `SELECT pg_current_wal_insert_lsn()::text`
	selectReplayed = `SELECT coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)`
)

// copies knows what a replica must have for its answers to be used.
type copies struct {
	*backend

	mu       sync.Mutex
	known    map[tax.Key]int64 // revisions that were seen or written
	former   map[tax.Key]int64 // those before, until position is known
	position string            // of the log, which it must have reached; "" for any
	renewing bool
	renewal  sync.Mutex // held by renew
}

// mostKnown is the number of revisions that are remembered. Above it they are forgotten, and
// the replica must have reached the present.
const mostKnown = 100_000

// know notes that a country has at least a revision.
func (c *copies) know(key tax.Key, revision int64) {
	if c.options.Replica == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remember(key, revision)
}

// remember notes a revision. The mutex is held.
func (c *copies) remember(key tax.Key, revision int64) {
	if c.known == nil {
		c.known = make(map[tax.Key]int64)
	}
	c.known[key] = max(c.known[key], revision)
	if len(c.known) > mostKnown && !c.renewing {
		c.renewing = true
		c.notices.done.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), c.options.Timeout)
			defer cancel()
			_ = c.renew(ctx) // if it fails, the next one tries again
			c.mu.Lock()
			defer c.mu.Unlock()
			c.renewing = false
		})
	}
}

// renew requires the replica to have reached the present, and forgets all revisions.
func (c *copies) renew(ctx context.Context) error {
	if c.options.Replica == nil {
		return nil
	}
	c.renewal.Lock()
	defer c.renewal.Unlock()
	c.mu.Lock()
	former := c.known
	for key, revision := range c.former { // an earlier one failed
		if former == nil {
			former = make(map[tax.Key]int64)
		}
		former[key] = max(former[key], revision)
	}
	c.known, c.former = nil, former
	c.mu.Unlock()
	var position string
	if err := c.pool.QueryRow(ctx, selectPosition).Scan(&position); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.position, c.former = position, nil
	return nil
}

// Read returns the state of a country from the replica if it has what this store knows of,
// else from the primary.
func (b *backend) Read(ctx context.Context, key tax.Key) (*store.Country, error) {
	if b.options.Replica == nil || !storable(key.Country) {
		return b.Load(ctx, key)
	}
	if country, ok := b.copies.read(ctx, key); ok {
		return country, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	country, err := b.Load(ctx, key)
	if err == nil && country != nil {
		b.copies.know(key, country.Revision)
	}
	return country, err
}

// read asks the replica. ok is false if the answer cannot be used.
func (c *copies) read(ctx context.Context, key tax.Key) (country *store.Country, ok bool) {
	c.mu.Lock()
	position := c.position
	c.mu.Unlock()
	// Half of the time, so that the primary can answer in the other half.
	limited, cancel := c.limited(ctx)
	defer cancel()
	deadline, _ := limited.Deadline()
	limited, end := context.WithTimeout(limited, time.Until(deadline)/2)
	defer end()
	err := c.options.Replica.AcquireFunc(limited, func(conn *pgxpool.Conn) error {
		// The position first: what the next statement sees is at least that.
		var batch pgx.Batch
		if position != "" {
			batch.Queue(selectReplayed, position)
		}
		batch.Queue(c.sql.load, []byte(key.Tenant), key.Country)
		results := conn.SendBatch(limited, &batch)
		defer results.Close()
		reached := true
		if position != "" {
			if err := results.QueryRow().Scan(&reached); err != nil || !reached {
				return err
			}
		}
		rows, err := results.Query()
		if err != nil {
			return err
		}
		country, err = stateOf(rows, key)
		ok = err == nil
		return err
	})
	if err != nil || !ok {
		return nil, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	revision := int64(0)
	if country != nil {
		revision = country.Revision
	}
	if c.position != position || revision < max(c.known[key], c.former[key]) {
		return nil, false
	}
	if country != nil {
		c.remember(key, revision)
	}
	return country, true
}

// selectLag selects microseconds.
const selectLag = `
SELECT CASE
	WHEN pg_last_wal_replay_lsn() IS NULL OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
	ELSE extract(epoch FROM clock_timestamp() - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time())) * 1000000
END::bigint`

// Lag returns how far the replica is behind the primary: the age of the last transaction
// that it has replayed, by its own clock, or the time since its start if it has replayed
// none. It is 0 if the replica has replayed all that it was sent, and without a replica. The errors are an [Error] and that of ctx.
func (s *Store) Lag(ctx context.Context) (time.Duration, error) {
	b := s.kept
	if b.options.Replica == nil {
		return 0, nil
	}
	var age int64
	err := b.read(ctx, b.options.Replica, func(ctx context.Context) error {
		return b.options.Replica.QueryRow(ctx, selectLag).Scan(&age)
	})
	return max(0, time.Duration(age)*time.Microsecond), err
}
