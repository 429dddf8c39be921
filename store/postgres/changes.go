package postgres

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/taxresolve/tax"
)

// selectChanges selects the countries whose last write was not yet visible in a snapshot:
// by a transaction that began later, or that was under way. Whatever order transactions
// commit in, none is missed, and none comes twice. Beside them it returns the snapshot that
// it saw itself, and what tells the database from any other.
//
// Transactions that this server has not begun yet are from before a restore.
const selectChanges = `
WITH now AS MATERIALIZED (
	SELECT pg_current_snapshot() AS seen
)
SELECT now.seen::text, (SELECT system_identifier FROM pg_control_system())::text || ' ' || (SELECT oid FROM pg_database WHERE datname = current_database())::text,
	k.tenant, k.country, k.revision, k.writer
FROM now LEFT JOIN (
	(SELECT tenant, country, revision, writer FROM {schema}.country
	WHERE changed >= $1::text::xid8 AND changed < (SELECT pg_snapshot_xmax(seen) FROM now)
	ORDER BY changed LIMIT $3)
	UNION ALL
	(SELECT tenant, country, revision, writer FROM {schema}.country
	WHERE changed = ANY ($2::text[]::xid8[])
	LIMIT $3)
) AS k ON true`

// changes follows what is written to the database, while somebody watches. One goroutine
// does it, however many watch.
type changes struct {
	*backend

	mu       sync.Mutex
	watchers map[*mailbox]bool
	stop     context.CancelFunc // of the goroutine; nil if there is none
	ended    chan struct{}      // closed when the goroutine has ended
	synced   bool               // what is written from now on will be seen
}

// join adds a watcher. It is told everything as soon as nothing can be missed any more.
func (c *changes) join(m *mailbox) (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watchers == nil {
		c.watchers = make(map[*mailbox]bool)
	}
	c.watchers[m] = true
	if c.stop == nil {
		ctx, cancel := context.WithCancel(context.Background())
		before, ended := c.ended, make(chan struct{})
		c.stop, c.ended = cancel, ended
		go func() {
			defer close(ended)
			if before != nil {
				<-before
			}
			c.follow(ctx)
		}()
	}
	if c.synced {
		m.put(tax.Key{})
	}
	return func() { c.leave(m) }
}

// leave removes a watcher. The last one ends the goroutine and waits for it.
func (c *changes) leave(m *mailbox) {
	c.mu.Lock()
	delete(c.watchers, m)
	last := len(c.watchers) == 0
	ended := c.ended
	if last {
		c.stop()
		c.stop, c.synced = nil, false
	}
	c.mu.Unlock()
	if last {
		<-ended
	}
}

// wait waits until nobody watches any more.
func (c *changes) wait() {
	c.mu.Lock()
	ended := c.ended
	c.mu.Unlock()
	if ended != nil {
		<-ended
	}
}

// follow looks for changes until ctx is done. After a connection was lost it begins anew.
func (c *changes) follow(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; failures++ {
		if c.options.NoNotifications || c.pool.Config().MaxConns < 2 {
			_ = c.looking(ctx, nil)
		} else {
			_ = c.listening(ctx)
		}
		c.mu.Lock()
		if c.synced {
			failures = 0
		}
		c.synced = false
		c.mu.Unlock()
		wait := time.NewTimer(jitter(min(c.options.Poll, time.Second, 10*time.Millisecond<<min(failures, 10))))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
		}
	}
}

// listening looks for changes on a connection of its own, on which it hears of them.
func (c *changes) listening(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	conn, err := c.pool.Acquire(limited)
	if err != nil {
		return err
	}
	defer conn.Release()
	// A connection that listens is of no use to others.
	defer func() {
		short, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Conn().Close(short)
	}()
	if _, err := conn.Exec(limited, "LISTEN "+pgx.Identifier{c.channel()}.Sanitize()); err != nil {
		return err
	}
	return c.looking(ctx, conn)
}

// patience is how long a look may take, so that one at a server that hangs does not last
// much longer than the pause.
func (c *changes) patience() time.Duration {
	return min(c.options.Timeout, max(c.options.Poll, time.Second))
}

// looking looks for changes again and again, until it fails.
func (c *changes) looking(ctx context.Context, conn *pgxpool.Conn) error {
	var at state
	for {
		next := time.Now().Add(c.options.Poll)
		if err := c.look(ctx, conn, &at); err != nil {
			return err
		}
		if err := c.rest(ctx, conn, next); err != nil {
			return err
		}
	}
}

// rest waits for the next look, or for a notification if there is a connection for that.
func (c *changes) rest(ctx context.Context, conn *pgxpool.Conn, next time.Time) error {
	if conn == nil {
		wait := time.NewTimer(time.Until(next))
		defer wait.Stop()
		select {
		case <-wait.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	until, cancel := context.WithDeadline(ctx, next)
	defer cancel()
	_, err := conn.Conn().WaitForNotification(until)
	if err != nil {
		if ctx.Err() == nil && until.Err() != nil && !conn.Conn().IsClosed() {
			return nil // it is time
		}
		return err
	}
	cancel()
	for err == nil { // one look is enough for all that have come
		_, err = conn.Conn().WaitForNotification(until)
	}
	return nil
}

// state is what was seen of the database.
type state struct {
	database string   // "" before the first look
	next     uint64   // the first transaction that had not begun
	under    []string // those that were under way
}

// look looks once and reports what it finds.
func (c *changes) look(ctx context.Context, conn *pgxpool.Conn, at *state) error {
	limited, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	found, keys, err := c.changed(limited, conn, *at)
	if err != nil {
		return err
	}
	if at.database == "" || found.database != at.database || found.next < at.next || len(keys) > mostKeys {
		keys = []tax.Key{{}}
		if err := c.copies.renew(limited); err != nil {
			return err
		}
	}
	*at = found
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.synced = true
	for m := range c.watchers {
		m.put(keys...)
	}
	return nil
}

// changed returns what was written since a state, and the state that it saw.
func (c *changes) changed(ctx context.Context, conn *pgxpool.Conn, at state) (found state, keys []tax.Key, err error) {
	first := strconv.FormatUint(at.next, 10)
	if at.database == "" {
		first = strconv.FormatUint(1<<63-1, 10) // nothing
	}
	query := c.pool.Query
	if conn != nil {
		query = conn.Query
	}
	rows, err := query(ctx, c.sql.look, first, at.under, mostKeys+1)
	if err != nil {
		return state{}, nil, err
	}
	defer rows.Close()
	var snapshot, database string
	for rows.Next() {
		var tenant []byte
		var country *string
		var revision, writer *int64
		if err := rows.Scan(&snapshot, &database, &tenant, &country, &revision, &writer); err != nil {
			return state{}, nil, err
		}
		if country == nil {
			continue
		}
		key := tax.Key{Tenant: string(tenant), Country: *country}
		c.copies.know(key, *revision)
		if late := c.late.came(key, *revision); late || *writer != c.id {
			keys = append(keys, key) // of its own, who listens was told, or will be when the write returns
		}
	}
	if err := rows.Err(); err != nil {
		return state{}, nil, err
	}
	found, err = parse(snapshot)
	found.database = database
	return found, keys, err
}

// parse reads a snapshot, which PostgreSQL writes as xmin:xmax:xip,xip.
func parse(snapshot string) (s state, err error) {
	_, rest, _ := strings.Cut(snapshot, ":")
	next, under, _ := strings.Cut(rest, ":")
	if s.next, err = strconv.ParseUint(next, 10, 64); err != nil {
		return s, &Error{Cause: err}
	}
	if under != "" {
		s.under = strings.Split(under, ",")
	}
	return s, nil
}
