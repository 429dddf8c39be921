package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// The reasons for which a database cannot be used or does not answer: see [Error].
var (
	// ErrUnreachable means that the server cannot be connected to, or that the connection
	// was lost and so was the next one.
	ErrUnreachable = errors.New("postgres: server not reachable")
	// ErrTimeout means that there was no answer within Options.Timeout.
	ErrTimeout = errors.New("postgres: no answer in time")
	// ErrContention means that other transactions were in the way again and again.
	ErrContention = errors.New("postgres: too many conflicting transactions")
	// ErrReadOnly means that the server is a standby, or that its transactions only read.
	ErrReadOnly = errors.New("postgres: read-only")
	// ErrDenied means that the role lacks a privilege.
	ErrDenied = errors.New("postgres: permission denied")
	// ErrSchema means that a newer release of this package has changed the tables.
	ErrSchema = errors.New("postgres: tables of a newer release")
	// ErrClosed means that the store was closed.
	ErrClosed = errors.New("postgres: store closed")
)

// Error is the reason why [Open] failed, or the cause of a [tax.StoreError] of a store. It
// unwraps to Kind and Cause, where there are any: the cause is often a [pgconn.PgError].
//
// [tax.StoreError]: https://pkg.go.dev/github.com/taxresolve/tax#StoreError
type Error struct {
	// Kind is one of the sentinels of this package, nil for any other failure.
	Kind error
	// Cause is the error of the driver, or one that says more than Kind.
	Cause error
}

// Error names the reason.
func (e *Error) Error() string {
	kind := "postgres: failed"
	if e.Kind != nil {
		kind = e.Kind.Error()
	}
	if e.Cause != nil {
		return kind + ": " + e.Cause.Error()
	}
	return kind
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

// failure returns the error for one of the driver: that of the caller's context if it is
// done. limited is the context that the driver had, which may end earlier.
func failure(ctx, limited context.Context, err error) error {
	if err == nil {
		return nil
	}
	if done := ctx.Err(); done != nil {
		return done
	}
	if known := (*Error)(nil); errors.As(err, &known) {
		return err
	}
	if limited.Err() != nil {
		return &Error{Kind: ErrTimeout, Cause: err}
	}
	return &Error{Kind: kindOf(err), Cause: err}
}

// kindOf returns the sentinel for an error of the driver; nil if it has none.
func kindOf(err error) error {
	switch code := sqlState(err); {
	case lost(err):
		return ErrUnreachable
	case contended(err):
		return ErrContention
	case code == "25006": // read_only_sql_transaction
		return ErrReadOnly
	case code == "42501": // insufficient_privilege
		return ErrDenied
	}
	return nil
}

// sqlState returns the code of an error that the server sent, "" for any other.
func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// contended reports whether a transaction was only in the way of another one: it can be
// repeated.
func contended(err error) bool {
	code := sqlState(err)
	return code == "40001" || code == "40P01" // serialization_failure, deadlock_detected
}

// lost reports whether an error means that the connection has ended or never began.
func lost(err error) bool {
	code := sqlState(err)
	if strings.HasPrefix(code, "57P0") || strings.HasPrefix(code, "08") {
		return true
	}
	if code != "" {
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return pgconn.SafeToRetry(err) || errors.As(err, &connect) || errors.As(err, &network) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// unsent reports whether an error means that nothing has reached the server.
func unsent(err error) bool {
	var connect *pgconn.ConnectError
	return pgconn.SafeToRetry(err) || errors.As(err, &connect)
}
