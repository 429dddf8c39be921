package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// recent are states of countries that were read more than once. A state is that of a version
// of the data: as long as this is still the version, nobody has written to the file, neither
// another process nor this one, and the state need not be read again.
type recent struct {
	mu     sync.Mutex
	states map[tax.Key]state
	bytes  int // of all states
	ask    *ask
}

// state is a state of a country, which is nil if nothing was ever written to it.
type state struct {
	country *store.Country
	bytes   int   // of the key and the documents
	version int64 // of the data
	by      *ask  // who said so, whose versions mean nothing to another; nil if the state is not kept
}

const (
	mostStates      = 1 << 10
	mostStateBytes  = 1 << 18 // of one
	mostStatesBytes = 4 << 20
)

// current returns the state of a country, if it is known to be the current one. Otherwise it
// returns what is known of the state that is read now. What is read for the first time, as for
// a cache, is not kept: it would only be in the way.
func (b *backend) current(key tax.Key) (s state, known bool) {
	r := &b.recent
	r.mu.Lock()
	defer r.mu.Unlock()
	s, again := r.states[key]
	if !again {
		r.put(key, state{bytes: len(key.Tenant) + len(key.Country)})
		return state{}, false
	}
	version, err := r.version(b)
	if err != nil {
		r.forget()
		return state{}, false
	}
	if s.by == r.ask && s.version == version {
		return s, true
	}
	return state{version: version, by: r.ask}, false
}

// keep keeps the state of a country that was read when the data had a version, or later:
// then the data has another one now.
func (r *recent) keep(key tax.Key, s state) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.bytes += len(key.Tenant) + len(key.Country)
	if s.by != nil && s.by == r.ask && s.bytes <= mostStateBytes {
		r.put(key, s)
	}
}

// put adds a state, in place of any others if there are many.
func (r *recent) put(key tax.Key, s state) {
	if r.states == nil {
		r.states = make(map[tax.Key]state)
	}
	r.bytes -= r.states[key].bytes
	delete(r.states, key)
	for other, old := range r.states {
		if len(r.states) < mostStates && r.bytes+s.bytes <= mostStatesBytes {
			break
		}
		r.bytes -= old.bytes
		delete(r.states, other)
	}
	r.bytes += s.bytes
	r.states[key] = s
}

// version returns the version of the data, on a connection of its own.
func (r *recent) version(b *backend) (int64, error) {
	if r.ask == nil {
		var err error
		if r.ask, err = newAsk(b.asks); err != nil {
			return 0, err
		}
	}
	return r.ask.version()
}

// forget drops the states and the connection.
func (r *recent) forget() {
	if r.ask != nil {
		_ = r.ask.close() // it has failed, or nobody needs it
	}
	r.ask, r.states, r.bytes = nil, nil, 0
}

func (r *recent) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget()
}

// ask asks for the version of the data, without what database/sql does around a statement,
// which is twice the work of the statement.
type ask struct {
	conn *sql.Conn
	stmt driver.Stmt
	row  [1]driver.Value

	index *walIndex // nil if the database has no WAL
	seen  walIndex  // before the last answer
	last  int64     // answer
}

func newAsk(db *sql.DB) (*ask, error) {
	ctx := context.Background() // looking at it would cost more, and there is little to wait for
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	a := &ask{conn: conn}
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	err = conn.Raw(func(c any) (err error) {
		if mode == "wal" { // which it stays for as long as the connection is open
			a.index = walIndexOf(c)
		}
		a.stmt, err = c.(driver.Conn).Prepare(dataVersion)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return a, nil
}

// version returns the version of the data. SQLite is asked only if somebody may have written
// since it answered.
func (a *ask) version() (int64, error) {
	now, ok := a.index.read() // before the answer, so that no write between them is missed
	if ok && now == a.seen {
		return a.last, nil
	}
	version, err := a.query()
	if ok && err == nil {
		a.seen, a.last = now, version
	}
	return version, err
}

// query asks SQLite.
func (a *ask) query() (version int64, err error) {
	err = a.conn.Raw(func(any) error {
		rows, err := a.stmt.(driver.StmtQueryContext).QueryContext(context.Background(), nil)
		if err != nil {
			return err
		}
		if err := errors.Join(rows.Next(a.row[:]), rows.Close()); err != nil {
			return err
		}
		var ok bool
		if version, ok = a.row[0].(int64); !ok {
			return errors.New("the version of the data is no number")
		}
		return nil
	})
	return version, err
}

// close closes the connection. Its statement does not end with it, and holds the file.
func (a *ask) close() error {
	a.index = nil
	return errors.Join(a.conn.Raw(func(any) error { return a.stmt.Close() }), a.conn.Close())
}
