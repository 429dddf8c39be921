package ampeco

import (
	"context"
	"errors"

	"github.com/taxresolve/tax"
)

var (
	// ErrUnauthenticated is for code that checks the token of a request before it
	// calls a [Service]: the request has no valid token.
	ErrUnauthenticated = errors.New("tax: unauthenticated")
	// ErrUnauthorized is for the same code: the token does not allow the action.
	ErrUnauthorized = errors.New("tax: unauthorized")
)

// ErrorDocument is the body of an error response in the form of the contract.
// Marshal it with encoding/json.
type ErrorDocument struct {
	// Status is the HTTP status code.
	Status int `json:"-"`
	// Message names the kind of error.
	Message string `json:"message"`
	// Errors are the faults of a [ValidationError], and nil for other errors.
	Errors map[string][]string `json:"errors,omitempty"`
}

// ErrorFor returns the error document for an error of a [Service], or of the
// code that checks tokens:
//   - 401 for [ErrUnauthenticated], 403 for [ErrUnauthorized];
//   - 404 for an id that no tax has;
//   - 409 for [tax.ErrConflict], such as that of a Store whose tax is in use;
//   - 422 for a [ValidationError], with its faults by field;
//   - 503 for [tax.ErrUnavailable], [tax.ErrClosed] and the errors of a context; the
//     same request may succeed later;
//   - 500 for any other error.
//
// Texts of a store are never passed on.
func ErrorFor(err error) ErrorDocument {
	var invalid *ValidationError
	switch {
	case errors.Is(err, ErrUnauthenticated):
		return ErrorDocument{401, "Unauthenticated.", nil}
	case errors.Is(err, ErrUnauthorized):
		return ErrorDocument{403, "This action is unauthorized.", nil}
	case errors.Is(err, tax.ErrNotFound):
		return ErrorDocument{404, "No query results for model [Tax].", nil}
	case errors.As(err, &invalid):
		return ErrorDocument{422, "The given data was invalid.", invalid.Errors}
	case errors.Is(err, tax.ErrConflict):
		return ErrorDocument{409, "The tax is in use, or has changed.", nil}
	case errors.Is(err, tax.ErrUnavailable), errors.Is(err, tax.ErrClosed),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return ErrorDocument{503, "Service Unavailable", nil}
	}
	return ErrorDocument{500, "Server Error", nil}
}
