package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// Options configure a store. The zero value stands for the defaults.
type Options struct {
	// Store are the options of every store: the base, the limits, history and the clock.
	Store store.Options
	// Poll is the pause between two looks at whether another process has written, while
	// somebody watches. It bounds how long a write of another process stays unseen by a
	// resolver. The default is a second.
	Poll time.Duration
	// BusyTimeout is how long a write waits for that of another process. Then, or at the
	// deadline of its context if that comes first, it fails. The default is 5 seconds.
	BusyTimeout time.Duration
	// Readers is the largest number of connections that read at the same time. The default
	// is the number of processors, at least 4.
	Readers int
}

// Open opens the database at a path, and creates it if there is none: a file, and two more
// beside it whose names end in -wal and -shm while it is in use. The folder must exist and
// must not be on a network file system. Tables of an older release are brought up to date.
// Nil options are the zero Options.
//
// The store can be used by several goroutines, and the file by several processes. Close it
// when it is no longer used.
//
// An empty path and numbers that are negative are a [tax.InputError]. The other errors are
// an [Error].
func Open(path string, o *Options) (*store.Versioned, error) {
	return open(path, o, oldest, migrations())
}

// open is Open for a release with other tables, which needs another SQLite.
func open(path string, o *Options, least string, steps []string) (*store.Versioned, error) {
	var given Options
	if o != nil {
		given = *o
	}
	if err := given.complete(path); err != nil {
		return nil, err
	}
	b := newBackend(path, given)
	s, err := store.New(b, &given.Store)
	if err != nil {
		return nil, err
	}
	if err := b.open(least, steps); err != nil {
		return nil, failure(context.Background(), path, errors.Join(err, b.Close()))
	}
	return s, nil
}

func newBackend(path string, o Options) *backend {
	return &backend{path: path, options: o, id: rand.Int64(), turn: make(chan struct{}, 1)}
}

// complete checks the options and sets the defaults.
func (o *Options) complete(path string) error {
	if path == "" {
		return &tax.InputError{Field: "path", Reason: "missing: pass the path of the database file"}
	}
	for _, f := range []struct {
		name  string
		value int64
	}{{"poll", int64(o.Poll)}, {"busyTimeout", int64(o.BusyTimeout)}, {"readers", int64(o.Readers)}} {
		if f.value < 0 {
			return &tax.InputError{Field: f.name, Value: strconv.FormatInt(f.value, 10), Reason: "negative: use 0 for the default"}
		}
	}
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.BusyTimeout == 0 {
		o.BusyTimeout = 5 * time.Second
	}
	if o.Readers == 0 {
		o.Readers = max(4, runtime.GOMAXPROCS(0))
	}
	return nil
}

// open opens the connections and prepares the tables.
func (b *backend) open(least string, steps []string) error {
	if err := b.connectPools(); err != nil {
		return err
	}
	ctx := context.Background()
	conn, err := b.single.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := checkVersion(ctx, conn, b.path, least); err != nil {
		return err
	}
	ready, err := current(ctx, conn, b.path, len(steps))
	if err != nil {
		return err
	}
	if !ready {
		if err := b.create(ctx, conn, steps); err != nil {
			return err
		}
	}
	return b.prepare(ctx)
}

// connectPools makes the pools of connections.
func (b *backend) connectPools() error {
	address, err := b.address(b.options.BusyTimeout)
	if err != nil {
		return err
	}
	if b.reads, err = sql.Open("sqlite", address); err != nil {
		return err
	}
	b.reads.SetMaxOpenConns(b.options.Readers)
	b.reads.SetMaxIdleConns(b.options.Readers)
	if b.single, err = sql.Open("sqlite", address); err != nil {
		return err
	}
	b.single.SetMaxIdleConns(0)
	// Another process that repairs the file after a crash has a lock. Whoever reads then waits
	// for it with a deadline, and not whoever asks, for whom all others wait.
	if address, err = b.address(time.Millisecond); err != nil {
		return err
	}
	if b.asks, err = sql.Open("sqlite", address); err != nil {
		return err
	}
	b.asks.SetMaxIdleConns(0)
	return nil
}

// create makes or changes the tables.
func (b *backend) create(ctx context.Context, conn *sql.Conn, steps []string) error {
	// Two processes that do this at once get in each other's way, however long they wait.
	for end := time.Now().Add(b.options.BusyTimeout); ; time.Sleep(time.Millisecond) {
		_, err := conn.ExecContext(ctx, "PRAGMA journal_mode = WAL")
		if err == nil {
			return migrate(ctx, conn, b.path, steps)
		}
		if kindOf(err) != ErrBusy || time.Now().After(end) {
			return err
		}
	}
}

// address returns the name of the database for the driver. The path is absolute, so that
// it means the same file for every connection, and is never a special name of SQLite. busy is
// how long a connection waits for a lock.
func (b *backend) address(busy time.Duration) (string, error) {
	path, err := filepath.Abs(b.path)
	if err != nil {
		return "", err
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/folder/file
	}
	file := url.URL{Scheme: "file", Path: path}
	return file.String() + "?" + strings.Join([]string{
		"_pragma=busy_timeout(" + strconv.FormatInt(max(busy.Milliseconds(), 1), 10) + ")",
		"_pragma=synchronous(FULL)",
		"_pragma=foreign_keys(ON)",
		"_pragma=journal_size_limit(67108864)", // a large import does not keep its space for ever
	}, "&"), nil
}

// prepare prepares what is read all the time.
func (b *backend) prepare(ctx context.Context) error {
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{{&b.load, selectCountry}, {&b.ended, selectEnded}, {&b.documents, selectDocuments}, {&b.filtered, selectFiltered}} {
		var err error
		if *s.stmt, err = b.reads.PrepareContext(ctx, s.text); err != nil {
			return err
		}
	}
	return nil
}

// Close closes all connections when the write under way has ended. It may be called twice.
func (b *backend) Close() error {
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	errs := []error{b.disconnect()}
	for _, db := range []*sql.DB{b.asks, b.single, b.reads} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	b.recent.close() // at last: a read that is under way opens no other connection now
	return errors.Join(errs...)
}
