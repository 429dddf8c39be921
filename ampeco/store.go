package ampeco

import "context"

// Store keeps taxes.
//
// The contract of every Store:
//
//   - Ids are positive, grow with every create, and are never reused.
//   - Drafts and patches made in Go must follow the rules for bodies. One that
//     breaks a rule is a [ValidationError] with all faults, and nothing
//     changes.
//   - The error for an id that no tax has unwraps to [tax.ErrNotFound].
//   - The store sets LastUpdatedAt.
//   - A Delete that the store cannot allow, because the tax is in use, is an error that
//     unwraps to [tax.ErrConflict].
//   - Values that a caller passes in are copied, and values that are returned
//     belong to the caller.
//   - All methods are safe for concurrent use. A read that begins after a write
//     has returned sees that write.
//   - The error for a failure of the store itself unwraps to
//     [tax.ErrUnavailable] or to the error of the context.
type Store interface {
	// Create writes a new tax and returns it as stored: see [Draft.Tax].
	Create(ctx context.Context, d Draft) (Tax, error)

	// Get returns a tax.
	Get(ctx context.Context, id int64) (Tax, error)

	// Update changes a tax and returns it as stored: see [Patch.Apply]. It reads
	// and writes the tax atomically, so that concurrent patches of different
	// fields all take effect. A patch that changes nothing keeps LastUpdatedAt.
	Update(ctx context.Context, id int64, p Patch) (Tax, error)

	// Delete removes a tax.
	Delete(ctx context.Context, id int64) error

	// List returns a part of the taxes. An invalid range is a [tax.InputError].
	List(ctx context.Context, r Range) (Page, error)
}

// Range selects a part of the taxes in order of ids: from a position, after an
// id, or before an id.
type Range struct {
	// Limit is the largest number of taxes to return, at least 1.
	Limit int
	// Offset is the number of taxes to skip from the start.
	Offset int
	// After selects the first taxes with a greater id. There need not be a tax
	// with the id itself.
	After int64
	// Before selects the last taxes with a smaller id. At most one of Offset,
	// After and Before is not 0.
	Before int64
	// Total requests the number of all taxes.
	Total bool
}

// Page is a part of the taxes.
type Page struct {
	// Taxes are in order of ids.
	Taxes []Tax
	// Earlier and Later report whether there are taxes before and after these; for
	// an empty page, before and after its position.
	Earlier, Later bool
	// Total is the number of all taxes, if it was requested.
	Total int
}

func (r Range) fault() error {
	given := 0
	for _, isGiven := range [...]bool{r.Offset != 0, r.After != 0, r.Before != 0} {
		if isGiven {
			given++
		}
	}
	if r.Limit < 1 || r.Offset < 0 || r.After < 0 || r.Before < 0 || given > 1 {
		return inputError("range", "", "pass a Limit from 1, and at most one of Offset, After and Before, not negative")
	}
	return nil
}
