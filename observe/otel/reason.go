package otel

import (
	"context"
	"errors"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// other is the value of error.type for everything that has no name here.
const other = "_OTHER"

// reasonOf returns the value of error.type for an error, "" for none. There are few of
// them, whatever errors a source invents. broken says whether a source or a store failed,
// and not what it was asked for.
func reasonOf(err error) (reason string, broken bool) {
	var (
		stored  *tax.StoreError
		looked  *tax.LookupError
		invalid *tax.InvalidError
		input   *tax.InputError
	)
	switch {
	case err == nil:
		return "", false
	case errors.Is(err, store.ErrUnknownOutcome):
		return "unknown_outcome", true
	case errors.Is(err, context.Canceled):
		return "canceled", false
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout", true
	case errors.As(err, &stored):
		reason = stored.Code()
	case errors.As(err, &looked):
		reason = looked.Code()
	case errors.As(err, &invalid):
		reason = invalid.Code()
	case errors.As(err, &input):
		reason = input.Code()
	case errors.Is(err, tax.ErrUnavailable):
		return "source_unavailable", true
	default:
		return other, true
	}
	return reason, errors.Is(err, tax.ErrUnavailable)
}
