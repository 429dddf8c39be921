package store

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/taxresolve/tax"
)

// Backend keeps the countries of tenants for a [Versioned] store, which does everything
// else: it validates, counts versions, decides what becomes history, tells those who
// listen, and answers queries. A backend only has to load a country and to save it if
// nobody else did in between.
//
// Its methods are called by several goroutines at once. They return the error of the
// context when it is done. Every other error means that the backend could not answer: it
// reaches the caller with [tax.ErrUnavailable]. What a method is given or returns belongs
// to both sides and is never changed.
//
// A backend may also be
//
//   - a [tax.Watcher], which reports the writes of other processes;
//   - a [PageBackend], which reads a page without the rest of a tenant;
//   - a [BulkBackend], which loads many countries at once;
//   - a [ReplicaBackend], which reads from copies that may be older;
//   - an io.Closer, which [Versioned.Close] calls.
//
// If it has a method Recall(tax.Key) *Country, writes are first planned on the state that this
// returns, unless it is nil: one that the backend has stored lately, of which Save finds out
// whether it still is the last one.
type Backend interface {
	// Load returns the state of a country: nil if nothing was ever written to it. What
	// it returns begins after every write that returned before the call.
	Load(ctx context.Context, key tax.Key) (*Country, error)

	// Save stores commits and returns one error for each of them, nil where it was
	// stored. A commit takes effect as a whole or not at all, and only if the country
	// still has the revision of Before, which is 0 without one. Otherwise its error is
	// [ErrMoved], and nothing of it is stored. No two commits of a call are for the
	// same country.
	//
	// If the backend cannot know whether a commit was stored, it finds out by the
	// revision, or returns an error that unwraps to [ErrUnknownOutcome].
	Save(ctx context.Context, commits []*Commit) []error

	// Ended returns the kept history of a country, or of one of its locations if at is
	// not nil: the versions that were replaced or deleted, in any order. removed is the
	// latest instant at which one of those ended that the backend has removed since;
	// zero if it removed none.
	Ended(ctx context.Context, key tax.Key, at *tax.Location) (versions []*Version, removed time.Time, err error)

	// Documents yields the documents of a tenant after a location, in the order of country
	// and region, all from one state. After the zero location come all of them. It leaves out
	// what it cannot read. An error ends the sequence.
	Documents(ctx context.Context, tenant string, after tax.Location) iter.Seq2[*Version, error]
}

// PageBackend is a [Backend] that answers some queries without reading all documents of a
// tenant.
type PageBackend interface {
	// Page returns the page that a query asks for, as [tax.Select] does. ok is false for a
	// query that the backend leaves to the [Versioned] store. Now and CursorKey of the query
	// are set.
	Page(ctx context.Context, tenant string, q tax.Query) (page tax.Page, ok bool, err error)
}

// BulkBackend is a [Backend] that loads many countries in less time than one after the other.
type BulkBackend interface {
	// LoadAll returns what Load does for each of the keys.
	LoadAll(ctx context.Context, keys []tax.Key) ([]*Country, error)
}

// ReplicaBackend is a [Backend] that can answer reads from a copy of its data.
type ReplicaBackend interface {
	// Read returns a state of a country as Load does, but one that may be older. It never
	// is older than one that the backend has returned or stored before, or than a change
	// that it has reported. Writes are planned on what Load returns.
	Read(ctx context.Context, key tax.Key) (*Country, error)
}

// ErrUnknownOutcome is in the error of a write when the store could not find out whether it
// took effect. Read the document to know.
var ErrUnknownOutcome = errors.New("store: it is not known whether the write took effect: read the document")

// ErrMoved is the error of [Backend].Save for a commit to a country that has another
// revision by now. A [Versioned] store then plans its write again.
var ErrMoved = errors.New("store: the country has another revision by now")

// Country is a state of a country of a tenant.
type Country struct {
	// Revision counts the writes to the country, from 1 on.
	Revision int64
	// Retired is the highest version that a document had when it was deleted. New
	// documents begin above it, so that no version of a location comes twice.
	Retired int64
	// Modified is the instant of the last write. The instants of a country never go back,
	// even if the clock does.
	Modified time.Time
	// Documents are what is in force.
	Documents Documents
	// Damaged are the documents that the backend holds but cannot read.
	Damaged []Damage

	// stamp tells states of files apart that people have made, who do not count revisions.
	stamp [32]byte
	// verdict is nil if nobody has found that the documents have no faults.
	verdict *verdict
}

// Damage is a document that a [Backend] holds but cannot read.
type Damage struct {
	// Location is where the document belongs.
	Location tax.Location
	// Version is that of the document, as far as it is known. What replaces the document
	// has a higher one.
	Version int64
	// Cause says what is wrong with it.
	Cause string
}

// Commit is a change of a country that a [Backend] stores as a whole or not at all.
type Commit struct {
	// Key names the country.
	Key tax.Key
	// Before is the state that the change was planned on, nil if there was none, and
	// After the one that it leads to, whose revision is greater by one.
	Before, After *Country
	// Written are the documents of After that are new. Each of them replaces what is
	// stored for its location.
	Written []*Version
	// Documents has the JSON of the configuration of each of Written, without line breaks.
	// It was made when its size was checked, so that a backend need not make it again.
	Documents [][]byte
	// Ended are the documents of Before that are in force no more, which become history
	// unless Retention keeps none. Those that are Deleted have nothing in their place.
	Ended []*Version
	// Repaired are the locations of damaged documents that were replaced or deleted.
	Repaired []tax.Location
	// Retention says how much history to keep. A backend may remove what is beyond it
	// later, but reports it when it does: see [Backend].Ended.
	Retention Retention
}

// revision is the one that the country must have for the commit.
func (c *Commit) revision() int64 {
	if c.Before == nil {
		return 0
	}
	return c.Before.Revision
}

// String returns what is in force in one line, for people and logs: "revision 3: CA
// version 2, CA-QC version 1".
func (c *Country) String() string {
	if c == nil {
		return "nothing written"
	}
	return "revision " + decimal(c.Revision) + ": " + c.Documents.String()
}

// LogValue returns the text of String for log/slog.
func (c *Country) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String returns the change in one line, for people and logs.
func (c *Commit) String() string {
	return strconv.Quote(clip(c.Key.Tenant)) + " " + clip(c.Key.Country) + " revision " + decimal(c.revision()+1) +
		": writes " + listed(c.Written) + ", ends " + listed(c.Ended)
}

// LogValue returns the text of String for log/slog.
func (c *Commit) LogValue() slog.Value { return slog.StringValue(c.String()) }

// listed returns the locations and versions of documents.
func listed(versions []*Version) string {
	if len(versions) == 0 {
		return "nothing"
	}
	const most = 10
	var b strings.Builder
	for i, v := range versions[:min(len(versions), most)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.Configuration.Location.String() + " version " + decimal(v.Configuration.Metadata.Version))
	}
	if more := len(versions) - most; more > 0 {
		b.WriteString(" and " + strconv.Itoa(more) + " more")
	}
	return b.String()
}
