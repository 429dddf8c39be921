package sqlite

import (
	"context"
	"errors"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// The reasons for which a database cannot be used or does not answer: see [Error].
var (
	// ErrBusy means that another process held the lock for longer than BusyTimeout.
	ErrBusy = errors.New("sqlite: locked by another process")
	// ErrFull means that the disk is full. What was stored before is intact, and a later
	// write succeeds as soon as there is space.
	ErrFull = errors.New("sqlite: disk full")
	// ErrReadOnly means that the file or its folder cannot be written.
	ErrReadOnly = errors.New("sqlite: read-only")
	// ErrCannotOpen means that there is no such folder, or that the file cannot be opened.
	ErrCannotOpen = errors.New("sqlite: cannot open")
	// ErrNotDatabase means that the file is something else than an SQLite database.
	ErrNotDatabase = errors.New("sqlite: not a database")
	// ErrForeign means that the database has the tables of another program.
	ErrForeign = errors.New("sqlite: database of another program")
	// ErrCorrupt means that SQLite found the file damaged.
	ErrCorrupt = errors.New("sqlite: damaged database")
	// ErrSchema means that a newer release of this package has changed the tables.
	ErrSchema = errors.New("sqlite: tables of a newer release")
	// ErrVersion means that the SQLite of this program is too old to be safe.
	ErrVersion = errors.New("sqlite: SQLite too old")
)

// Error is the reason why [Open] failed, or the cause of a [tax.StoreError] of a store. It
// unwraps to Kind and Cause, where there are any.
//
// [tax.StoreError]: https://pkg.go.dev/github.com/taxresolve/tax#StoreError
type Error struct {
	// Kind is one of the sentinels of this package, nil for any other failure of SQLite.
	Kind error
	// Path is that of the database.
	Path string
	// Cause is the error of SQLite, or one that says more than Kind.
	Cause error
}

// Error names the reason and the file.
func (e *Error) Error() string {
	kind := "sqlite: failed"
	if e.Kind != nil {
		kind = e.Kind.Error()
	}
	s := kind + ": " + e.Path
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// MarshalText returns the text of Error. JSON has the error as this text.
func (e *Error) MarshalText() ([]byte, error) {
	return []byte(strings.ToValidUTF8(e.Error(), "\ufffd")), nil
}

// Unwrap returns Kind and Cause.
func (e *Error) Unwrap() []error {
	var all []error
	for _, err := range []error{e.Kind, e.Cause} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// kinds are the sentinels for the primary result codes of SQLite.
var kinds = map[int]error{
	lib.SQLITE_BUSY:     ErrBusy,
	lib.SQLITE_LOCKED:   ErrBusy,
	lib.SQLITE_FULL:     ErrFull,
	lib.SQLITE_READONLY: ErrReadOnly,
	lib.SQLITE_CANTOPEN: ErrCannotOpen,
	lib.SQLITE_PERM:     ErrCannotOpen,
	lib.SQLITE_NOTADB:   ErrNotDatabase,
	lib.SQLITE_CORRUPT:  ErrCorrupt,
}

// failure returns the error for one of database/sql: that of the context if it is done.
// SQLite has no error of its own for that.
func failure(ctx context.Context, path string, err error) error {
	if err == nil {
		return nil
	}
	if done := ctx.Err(); done != nil {
		return done
	}
	if known := (*Error)(nil); errors.As(err, &known) {
		return err
	}
	return &Error{Kind: kindOf(err), Path: path, Cause: err}
}

// kindOf returns the sentinel for an error of SQLite; nil if it has none.
func kindOf(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	return kinds[e.Code()&0xff]
}
