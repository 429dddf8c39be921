package ampeco

import (
	"context"
	"time"
)

// Backend keeps rows in a database, from which [NewStore] makes a [Store]. It knows nothing
// of what is in a document. Its methods are called concurrently, and an error is a failure
// of the database or that of the context: a row that is not there is none.
type Backend interface {
	// Insert stores a new row, whose ID it sets: greater than that of every row that there
	// ever was. It ignores the Revision, which is then 1.
	Insert(ctx context.Context, r Row) (id int64, err error)

	// Load returns a row. found is false if there is none.
	Load(ctx context.Context, id int64) (r Row, found bool, err error)

	// Replace stores a row in place of the one with the same ID, if that has the Revision
	// of the given one; the Revision is then one higher. Otherwise it changes nothing, and
	// done is false.
	Replace(ctx context.Context, r Row) (done bool, err error)

	// Remove removes a row. found is false if there is none.
	Remove(ctx context.Context, id int64) (found bool, err error)

	// Rows returns the rows that a range selects, which is valid, from one state of the
	// database.
	Rows(ctx context.Context, r Range) (Rows, error)
}

// Row is a tax as a [Backend] keeps it.
type Row struct {
	// ID is that of the tax.
	ID int64
	// Revision counts the writes of the row.
	Revision int64
	// UpdatedAt is in UTC and whole seconds.
	UpdatedAt time.Time
	// Document is JSON in UTF-8, of at most 1 MiB.
	Document []byte
}

// Rows are a part of the rows, as a [Page] is of the taxes.
type Rows struct {
	// Rows are in order of IDs.
	Rows []Row
	// Earlier and Later report whether there are rows before and after these.
	Earlier, Later bool
	// Total is the number of all rows, if it was requested.
	Total int
}
