package ampeco

import "context"

// Store keeps taxes.
//
// The contract of every Store:
//
//   - Ids are positive, grow with every create, and are never used again.
//   - Values of Go are held to the rules of bodies: a draft or patch that breaks
//     one is a [ValidationError] with all faults, and nothing changes.
//   - An id that no tax has is an error that unwraps to [tax.ErrNotFound].
//   - LastUpdatedAt belongs to the store.
//   - What a caller passes in is copied, what it gets is its own.
//   - Reads and writes are safe for concurrent use, and a read that begins after
//     a write returned sees it.
//   - A failure of the store itself is an error that unwraps to
//     [tax.ErrUnavailable] or to that of the context.
type Store interface {
	// Create writes a new tax and returns it as stored: see [Draft.Tax].
	Create(ctx context.Context, d Draft) (Tax, error)

	// Get returns a tax.
	Get(ctx context.Context, id int64) (Tax, error)

	// Update changes a tax and returns it as stored: see [Patch.Apply]. No other
	// write of the tax comes between reading and writing it, so that of two
	// patches of different fields both last. A patch that changes nothing keeps
	// LastUpdatedAt.
	Update(ctx context.Context, id int64, p Patch) (Tax, error)

	// Delete removes a tax.
	Delete(ctx context.Context, id int64) error

	// List returns a part of the taxes. A range that makes no sense is a
	// [tax.InputError].
	List(ctx context.Context, r Range) (Page, error)
}

// Range asks for a part of the taxes in order of ids, by its position or by the
// tax after or before it.
type Range struct {
	// Limit is how many to return at most, from 1.
	Limit int
	// Offset is how many taxes to pass over from the start.
	Offset int
	// After asks for the first taxes with a greater id. No tax needs to have it.
	After int64
	// Before asks for the last taxes with a smaller id. At most one of Offset,
	// After and Before is not 0.
	Before int64
	// Total asks for the number of all taxes.
	Total bool
}

// Page is a part of the taxes.
type Page struct {
	// Taxes are in order of ids.
	Taxes []Tax
	// Earlier and Later report whether there are taxes before and after these in
	// that order; of an empty page, before and after its place.
	Earlier, Later bool
	// Total is the number of all taxes, if asked for.
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
