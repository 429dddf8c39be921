package emporix

import (
	"context"
	"errors"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/strictjson"
)

// ErrorDocument is the body of an error response in the form of the contract.
// Marshal it with encoding/json.
type ErrorDocument struct {
	// Code is the HTTP status code.
	Code int `json:"code"`
	// Status is the name of Code.
	Status string `json:"status"`
	// Message names the kind of error.
	Message string `json:"message"`
	// Details say what to do about it. The list is empty, not nil, if the client
	// cannot do anything about the error.
	Details []string `json:"details"`
}

// Errors for code that checks tokens and scopes before it calls a [Service] or
// a [Calculator]. This package does not return them.
var (
	// ErrUnauthorized: the request has no valid token.
	ErrUnauthorized = errors.New("tax: unauthorized")
	// ErrForbidden: the token does not have the scope that the request needs.
	ErrForbidden = errors.New("tax: forbidden")
)

// ErrorFor returns the error document for an error of a [Calculator] or a
// [Service]:
//   - 400 Bad Request for a [tax.InputError], for a configuration that breaks a
//     rule, and in a calculation for an unknown or missing country, region or
//     class, or a class whose rate on the day is missing or refused by
//     tax.Options.Refuse;
//   - 401 Unauthorized and 403 Forbidden for [ErrUnauthorized] and
//     [ErrForbidden];
//   - 404 Not Found for [tax.ErrNotFound];
//   - 409 Conflict for [tax.ErrExists] and [tax.ErrConflict];
//   - 503 Service Unavailable if the store or the source did not answer, the
//     resolver was closed, or the context ended; the same request may succeed
//     later;
//   - 500 Internal Server Error for any other error, such as an invalid
//     document of the source.
//
// Only 400, 404 and 409 have details: all faults of a configuration, its
// location, or its versions. Texts of the store and the source are never passed
// on.
func ErrorFor(err error) ErrorDocument {
	var lookup *tax.LookupError
	if errors.As(err, &lookup) {
		return lookupDocument(lookup)
	}
	var (
		stored  *tax.StoreError
		invalid *tax.InvalidError
		input   *tax.InputError
		details = []string{}
	)
	switch {
	case errors.Is(err, ErrUnauthorized):
		return ErrorDocument{401, "Unauthorized", "no valid token", details}
	case errors.Is(err, ErrForbidden):
		return ErrorDocument{403, "Forbidden", "the token does not have the scope", details}
	case isAny(err, tax.ErrNotFound, tax.ErrExists):
		if errors.As(err, &stored) {
			details = append(details, plain(&tax.StoreError{Kind: stored.Kind, Location: stored.Location}))
		}
		if errors.Is(err, tax.ErrExists) {
			return ErrorDocument{409, "Conflict", "exists already", details}
		}
		return ErrorDocument{404, "Not Found", "not found", details}
	case errors.Is(err, tax.ErrConflict):
		if errors.As(err, &stored) {
			details = append(details, plain(&tax.StoreError{
				Kind: stored.Kind, Location: stored.Location, Given: stored.Given, Current: stored.Current,
			}))
		}
		return ErrorDocument{409, "Conflict", "version conflict", details}
	case isAny(err, tax.ErrUnavailable, tax.ErrClosed, context.Canceled, context.DeadlineExceeded):
		return unavailable()
	case errors.As(err, &invalid):
		for _, fault := range invalid.Faults {
			details = append(details, fault.String())
		}
		return badRequest("invalid request", details...)
	case errors.As(err, &input):
		return badRequest("invalid request", plain(input))
	case errors.Is(err, tax.ErrInvalid):
		return badRequest("invalid request", details...)
	}
	return failed()
}

func lookupDocument(err *tax.LookupError) ErrorDocument {
	switch {
	case isAny(err.Kind, tax.ErrUnavailable, tax.ErrClosed):
		return unavailable()
	case isAny(err.Kind, tax.ErrUnknownCountry, tax.ErrUnknownRegion, tax.ErrRegionRequired,
		tax.ErrUnknownClass, tax.ErrNoDefaultClass, tax.ErrNoRate, tax.ErrUnverified):
		return badRequest(plain(err.Kind), plain(err))
	}
	return failed()
}

func badRequest(message string, details ...string) ErrorDocument {
	return ErrorDocument{400, "Bad Request", message, details}
}

func unavailable() ErrorDocument {
	return ErrorDocument{503, "Service Unavailable", "the tax rates are not available at the moment: try again", []string{}}
}

func failed() ErrorDocument {
	return ErrorDocument{500, "Internal Server Error", "the request failed", []string{}}
}

func isAny(err error, kinds ...error) bool {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// plain returns the text of an error without the prefix "tax: ".
func plain(err error) string { return strings.TrimPrefix(err.Error(), "tax: ") }

// inputError returns the error for a value that is refused. It keeps only the
// beginning of a long value.
func inputError(field, value, reason string) error {
	return &tax.InputError{Field: field, Value: strictjson.Clip(value), Reason: reason}
}

// refusalOf is the InputError that a parser returned.
func refusalOf(err error) *tax.InputError {
	var refusal *tax.InputError
	if errors.As(err, &refusal) {
		return refusal
	}
	return &tax.InputError{Reason: plain(err)}
}

// noJSON returns the error of a type that JSON would empty.
func noJSON(name string) error {
	return inputError(name, "", "not data that JSON can hold: store what it answers")
}
