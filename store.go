package tax

import (
	"context"
	"strconv"
	"strings"
)

// Store is a [Source] whose configurations can be written. It holds at most
// one configuration for a location of a tenant.
//
// The contract of every Store:
//
//   - A write is checked first: the document by itself and beside the others
//     of its country. If it breaks a rule, the write fails with an error that
//     unwraps to [ErrInvalid], usually an [InvalidError] with every fault, and
//     nothing changes. So a region that adds to its country's rates is created
//     after the country and deleted before it.
//   - Version, Created and Modified of the metadata belong to the store. A new
//     document has version 1; every update adds one. Times are UTC, in
//     milliseconds.
//   - What a caller passes in is copied, what it gets is its own.
//   - Reads and writes are safe for concurrent use, and a read that begins
//     after a write returned sees it.
//   - A failure of the store itself is an error that unwraps to
//     [ErrUnavailable] or to that of the context.
//
// A Store that is a [Notifier] calls the registered functions before a write
// returns.
type Store interface {
	Source

	// Create writes a new configuration and returns it as stored. It returns
	// [ErrExists] when the location has one.
	Create(ctx context.Context, tenant string, c Configuration) (Configuration, error)

	// Get returns the configuration of a location, or [ErrNotFound].
	Get(ctx context.Context, tenant string, l Location) (Configuration, error)

	// Update replaces the configuration of c.Location and returns it as
	// stored. c.Metadata.Version must be the version the caller read: if
	// another is stored by now, it returns a [ConflictError]; if none is,
	// [ErrNotFound].
	Update(ctx context.Context, tenant string, c Configuration) (Configuration, error)

	// Delete removes the configuration of a location, or returns
	// [ErrNotFound].
	Delete(ctx context.Context, tenant string, l Location) error
}

// Lister is what a [Store] implements as well when it can list what it holds.
type Lister interface {
	// List returns the page of a tenant's configurations that a query asks for,
	// as [Select] does, from one state of the store. Its errors are those of
	// Select, and the store's own.
	List(ctx context.Context, tenant string, q Query) (Page, error)
}

// StoreError says why a [Store] did not do what it was asked to. It unwraps to
// Kind and, when there is one, to Cause.
type StoreError struct {
	// Kind is [ErrNotFound], [ErrExists] or [ErrUnavailable].
	Kind error
	// Tenant and Location name the document.
	Tenant   string
	Location Location
	// Cause is the error underneath, if there is one.
	Cause error
}

// Error names the reason and the document.
func (e *StoreError) Error() string {
	s := kindText(e.Kind) + ": configuration of " + strconv.Quote(clip(e.Location.String()))
	if e.Tenant != "" {
		s += " of tenant " + strconv.Quote(clip(e.Tenant))
	}
	if e.Cause != nil {
		s += ": " + strings.TrimPrefix(e.Cause.Error(), "tax: ")
	}
	return s
}

// Unwrap returns Kind and Cause.
func (e *StoreError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// ConflictError refuses an update of a document that somebody else changed.
// It unwraps to [ErrConflict].
type ConflictError struct {
	// Location names the document.
	Location Location
	// Given is the version the caller had read, Current the one in the store.
	Given, Current int64
}

// Error names the document and both versions.
func (e *ConflictError) Error() string {
	return "tax: version conflict: " + printable(e.Location.String()) + " is at version " + itoa(e.Current) +
		", not " + itoa(e.Given) + ": read it again and repeat the change"
}

// Unwrap returns [ErrConflict].
func (e *ConflictError) Unwrap() error { return ErrConflict }
