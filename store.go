package tax

import (
	"context"
	"strconv"
	"strings"
)

// Store is a [Source] whose configurations can be written. It holds at most
// one configuration for each location of a tenant.
//
// The contract of every Store:
//
//   - A write is validated first, together with the other documents of its
//     country. If it breaks a rule, nothing changes, and the write returns an
//     error that unwraps to [ErrInvalid], usually an [InvalidError] with every
//     fault. So a region that adds to its country's rates is created after the
//     country and deleted before it. A store whose configurations lie on a base,
//     as store.Versioned can do, validates them on top of it.
//   - What was validated is what takes effect: if another write to the country comes in
//     between, in this process or another one, the write is validated again. Of two
//     writes that are valid alone and invalid together, at most one is accepted.
//   - A write takes effect as a whole or not at all. If the store cannot know which, as
//     when a connection ends while it commits, its error says so; read the document to
//     find out.
//   - A document that is beyond the limits of the store, which are those of [Limits]
//     unless it says otherwise, is refused in the same way: see [Limits.Check]. It does
//     not matter how many writes made it as large as it is.
//   - The store sets Version, Created and Modified of the metadata. A new
//     document has version 1; every update adds one. One that is created where others were
//     deleted begins above their versions, so that no version of a location comes
//     twice, unless one is restored. Times are UTC, to the millisecond, and never go back.
//   - The store copies what a caller passes in, and returns copies.
//   - Reads and writes are safe for concurrent use, and a read that begins
//     after a write of the same process has returned sees it. The documents of a country
//     are read from one state. A reader never sees an older state after a newer one.
//   - A failure of the store itself is an error that unwraps to
//     [ErrUnavailable] or to the error of the context. A context that is done is an error
//     before anything is written.
//   - A document that the store holds but cannot read is invalid alone: Configurations
//     returns [Damaged] in its place, and Get an error that unwraps to [ErrInvalid].
//   - Any string is a tenant. A store may refuse one that is longer than 1,024 bytes with
//     [ErrInvalid].
//   - The sentinels named below are found with [errors.Is]; a [StoreError] may
//     carry them.
//
// What else a Store can do is found by assertion: it may be a [Lister], a [Notifier], which
// calls the registered functions before a write returns, a [Watcher], and a BulkWriter and
// Historian of package store. Package store/storetest tests all of this.
type Store interface {
	Source

	// Create writes a new configuration and returns it as stored. It returns
	// [ErrExists] if the location has one already.
	Create(ctx context.Context, tenant string, c Configuration) (Configuration, error)

	// Get returns the configuration of a location, or [ErrNotFound] if there is
	// none.
	Get(ctx context.Context, tenant string, l Location) (Configuration, error)

	// Update replaces the configuration of c.Location and returns it as
	// stored. c.Metadata.Version must be the version that the caller read: if
	// another one is stored by now, Update returns [ErrConflict]; if there
	// is no configuration, [ErrNotFound].
	Update(ctx context.Context, tenant string, c Configuration) (Configuration, error)

	// Delete removes the configuration of a location, or returns [ErrNotFound]
	// if there is none.
	Delete(ctx context.Context, tenant string, l Location) error
}

// Lister is implemented by a [Store] that can list its configurations.
type Lister interface {
	// List returns the page of a tenant's configurations that a query asks for,
	// as [Select] does, from one state of the store. Its errors are those of
	// Select and those of the store.
	List(ctx context.Context, tenant string, q Query) (Page, error)
}

// StoreError is the reason why a [Store] could not do what it was asked to. It
// unwraps to Kind and, if there is one, to Cause.
type StoreError struct {
	// Kind is [ErrNotFound], [ErrExists], [ErrConflict] or [ErrUnavailable].
	Kind error
	// Tenant and Location name the document.
	Tenant   string
	Location Location
	// Given is, with [ErrConflict], the version that the caller had read, and
	// Current the one that the document has.
	Given, Current int64
	// Cause is the error underneath, if there is one.
	Cause error
}

// Error names the reason and the document, with both versions of a conflict.
func (e *StoreError) Error() string {
	s := kindText(e.Kind) + ": "
	if e.Kind == ErrConflict {
		s += printable(e.Location.String())
	} else {
		s += "configuration of " + strconv.Quote(clip(e.Location.String()))
	}
	if e.Tenant != "" {
		s += " of tenant " + strconv.Quote(clip(e.Tenant))
	}
	switch {
	case e.Kind == ErrConflict && e.Given == e.Current: // of a document that is restored
		s += " has other contents in version " + itoa(e.Current) + ": write a new version"
	case e.Kind == ErrConflict:
		s += " is at version " + itoa(e.Current) + ", not " + itoa(e.Given) + ": read it again and repeat the change"
	}
	if e.Cause != nil {
		s += ": " + strings.TrimPrefix(e.Cause.Error(), "tax: ")
	}
	return s
}

// Code returns the code of Kind: not_found, exists, version_conflict,
// source_unavailable. docs/errors.md lists them all.
func (e *StoreError) Code() string { return string(kindCode(e.Kind)) }

// Unwrap returns Kind and Cause.
func (e *StoreError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// MarshalText returns the text of Error. JSON has the error as this text.
func (e *StoreError) MarshalText() ([]byte, error) { return errorText(e) }
