package postgres

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// Options configure a store. The zero value stands for the defaults.
type Options struct {
	// Store are the options of every store: the base, the limits, history and the clock.
	Store store.Options
	// Schema is the schema of the database that has the tables. The default is "tax".
	Schema string
	// Timeout is how long a call may take if its context has no deadline. The default is
	// 10 seconds.
	Timeout time.Duration
	// Poll is the longest pause between two looks at what other processes have written,
	// while somebody watches. It bounds how long such a write stays unseen by a resolver
	// when notifications are lost. The default is a second.
	Poll time.Duration
	// NoNotifications leaves out LISTEN and NOTIFY, for a pooler that gives each
	// transaction another connection, and for servers without them. Writes of other
	// processes are then seen within Poll.
	NoNotifications bool
	// Replica, if set, is a pool of connections to a standby, from which resolvers load.
	// See the section Replicas of the package.
	Replica *pgxpool.Pool
}

// Store is a [store.Versioned] store in a PostgreSQL database.
type Store struct {
	*store.Versioned
	kept *backend
}

// Connect opens a store with a pool of its own, which Close closes. The connection string
// is a URL or a list of keywords as [pgxpool.ParseConfig] reads it, with passwords, TLS and
// the size of the pool. The errors are those of [Open]; a string that cannot be read is a
// [tax.InputError].
func Connect(ctx context.Context, connection string, o *Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(connection)
	if err != nil {
		// The error has the string without its password.
		return nil, &tax.InputError{Field: "connection", Reason: "cannot be read: " + err.Error()}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, &Error{Kind: kindOf(err), Cause: err}
	}
	s, err := Open(ctx, pool, o)
	if err != nil {
		pool.Close()
		return nil, err
	}
	s.kept.owned = true
	return s, nil
}

// Open opens a store in the database of a pool. Tables that are missing or of an older
// release are brought up to date first, which needs the privileges for that; processes that
// do it at the same time wait for each other. Nil options are the zero Options.
//
// The store can be used by several goroutines. Close it when it is no longer used; the pool
// stays open.
//
// A pool that is nil, a schema that is no name, and times that are negative are a
// [tax.InputError]. Tables of a newer release are an [Error] with [ErrSchema], and other
// failures an Error as well; the error of ctx is returned when it is done.
func Open(ctx context.Context, pool *pgxpool.Pool, o *Options) (*Store, error) {
	return open(ctx, pool, o, migrations())
}

// open is Open for a release with other tables.
func open(ctx context.Context, pool *pgxpool.Pool, o *Options, steps []string) (*Store, error) {
	if ctx == nil {
		return nil, &tax.InputError{Field: "context", Value: "nil", Reason: "pass context.Background() if there is no other"}
	}
	if pool == nil {
		return nil, &tax.InputError{Field: "pool", Value: "nil", Reason: "nil: pass the pool of connections to use"}
	}
	var given Options
	if o != nil {
		given = *o
	}
	if err := given.complete(); err != nil {
		return nil, err
	}
	b := newBackend(pool, given)
	s, err := store.New(b, &given.Store)
	if err != nil {
		return nil, err
	}
	if err := b.migrate(ctx, steps); err != nil {
		return nil, err
	}
	return &Store{s, b}, nil
}

// maxName is the number of bytes that a name can have in PostgreSQL.
const maxName = 63

// complete checks the options and sets the defaults.
func (o *Options) complete() error {
	for _, f := range []struct {
		name  string
		value time.Duration
	}{{"timeout", o.Timeout}, {"poll", o.Poll}} {
		if f.value < 0 {
			return &tax.InputError{Field: f.name, Value: strconv.FormatInt(int64(f.value), 10), Reason: "negative: use 0 for the default"}
		}
	}
	if o.Schema == "" {
		o.Schema = "tax"
	}
	if !storable(o.Schema) || len(o.Schema) > maxName || strings.HasPrefix(o.Schema, "pg_") {
		return &tax.InputError{Field: "schema", Value: o.Schema[:min(len(o.Schema), 256)], Reason: "not a name of a schema: use at most 63 bytes of text that do not begin with pg_"}
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	return nil
}

// storable reports whether text of the database can hold a string.
func storable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
