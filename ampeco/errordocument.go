package ampeco

import (
	"errors"

	"github.com/taxresolve/tax"
)

var (
	// ErrUnauthenticated is for whoever checks the token of a request before it
	// reaches a [Service]: there is none, or it is not valid.
	ErrUnauthenticated = errors.New("tax: unauthenticated")
	// ErrUnauthorized is for them, too: the token does not allow the action.
	ErrUnauthorized = errors.New("tax: unauthorized")
)

// ErrorDocument is the body of an answer that is none, in the form of the
// contract. encoding/json writes it.
type ErrorDocument struct {
	// Status is the status code of HTTP.
	Status int `json:"-"`
	// Message tells the kind of the error.
	Message string `json:"message"`
	// Errors are those of a [ValidationError]; otherwise there are none.
	Errors map[string][]string `json:"errors,omitempty"`
}

// ErrorFor makes the error document for an error of a [Service], or of what is in
// front of it:
//   - 401 for [ErrUnauthenticated], 403 for [ErrUnauthorized];
//   - 404 for an id that no tax has;
//   - 422 for a [ValidationError], with its faults by field;
//   - 503 for [tax.ErrUnavailable]: the same request may have an answer later;
//   - 500 for anything else.
//
// What a store said stays inside.
func ErrorFor(err error) ErrorDocument {
	var invalid *ValidationError
	switch {
	case errors.Is(err, ErrUnauthenticated):
		return ErrorDocument{401, "Unauthenticated.", nil}
	case errors.Is(err, ErrUnauthorized):
		return ErrorDocument{403, "This action is unauthorized.", nil}
	case errors.Is(err, tax.ErrNotFound):
		return ErrorDocument{404, "There is no such tax.", nil}
	case errors.As(err, &invalid):
		return ErrorDocument{422, "The given data was invalid.", invalid.Errors}
	case errors.Is(err, tax.ErrUnavailable):
		return ErrorDocument{503, "Service Unavailable", nil}
	}
	return ErrorDocument{500, "Server Error", nil}
}
