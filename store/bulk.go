package store

import (
	"context"
	"slices"
	"strconv"

	"github.com/taxresolve/tax"
)

// BulkWriter is implemented by a [tax.Store] that can write many documents at once.
type BulkWriter interface {
	// Write carries out batches and returns one outcome for each of them. The changes of
	// a batch take effect together or not at all: they are validated as the state of the
	// country that they lead to, so their order does not matter. One batch may fail while
	// another takes effect. Batches for the same country take effect in order.
	Write(ctx context.Context, batches []Batch) []Outcome
}

// Batch is a list of changes of one country of a tenant.
type Batch struct {
	// Key names the country. All changes must be about it.
	Key tax.Key
	// Changes are carried out together.
	Changes []Change
}

// Change is one change of a [Batch]. A location can only be changed once in a batch.
type Change struct {
	// Action says what is done.
	Action Action
	// Configuration is what is written. To delete, it needs no more than its Location,
	// and the version of its Metadata if only that version may be deleted.
	Configuration tax.Configuration
}

// Action says what a [Change] does.
type Action uint8

const (
	// Put creates the configuration, or replaces it whatever its version is.
	Put Action = iota
	// Create fails with [tax.ErrExists] if the location has a configuration.
	Create
	// Update fails with [tax.ErrConflict] if the version of the configuration is not that
	// of its Metadata, and with [tax.ErrNotFound] if there is none.
	Update
	// Delete fails with [tax.ErrNotFound] if there is no configuration, and with
	// [tax.ErrConflict] if a version is given and it has another one.
	Delete
	// Restore is for documents that were exported: it keeps their version and times. It
	// creates the configuration, or replaces one whose version is lower. It fails with
	// [tax.ErrConflict] if the version is not higher, unless the two are equal: then
	// nothing changes.
	Restore
)

var actionNames = [...]string{"put", "create", "update", "delete", "restore"}

// String returns the name of the action in lower case.
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return "Action(" + strconv.Itoa(int(a)) + ")"
}

// MarshalText returns the name of the action. A value that does not exist is a
// [tax.InputError].
func (a Action) MarshalText() ([]byte, error) {
	if int(a) >= len(actionNames) {
		return nil, a.fault()
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads a name that MarshalText returns. Any other text is a
// [tax.InputError].
func (a *Action) UnmarshalText(text []byte) error {
	i := slices.Index(actionNames[:], string(text))
	if i < 0 {
		return &tax.InputError{Field: "action", Value: clip(string(text)), Reason: "no such action: use put, create, update, delete or restore"}
	}
	*a = Action(i)
	return nil
}

func (a Action) fault() error {
	return &tax.InputError{Field: "action", Value: a.String(), Reason: "no such action: use one of the constants of type Action"}
}

// Outcome says what became of a [Batch].
type Outcome struct {
	// Configurations are the documents as stored, one for each change; that of a deletion
	// is empty but for its Location.
	Configurations []tax.Configuration
	// Unchanged is the number of changes that changed nothing, because what they restore is
	// what the store has.
	Unchanged int
	// Err says why nothing of the batch took effect; nil if it did.
	Err error
}
