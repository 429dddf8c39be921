package emporix

import (
	"context"
	"errors"
	"strings"

	"github.com/taxresolve/tax"
)

// ErrorDocument is the body of an answer that is none, in the form of the
// contract. encoding/json writes it.
type ErrorDocument struct {
	// Code is the status code of HTTP.
	Code int `json:"code"`
	// Status is the name of Code.
	Status string `json:"status"`
	// Message tells the kind of the error.
	Message string `json:"message"`
	// Details tell what to do about it. The list is empty, never nil, when that
	// is no business of the client.
	Details []string `json:"details"`
}

// The errors of who checks tokens and scopes before a [Service] or a [Calculator]
// is asked. Nothing here returns them.
var (
	// ErrUnauthorized: the request has no valid token.
	ErrUnauthorized = errors.New("tax: unauthorized")
	// ErrForbidden: the token has not the scope that the request needs.
	ErrForbidden = errors.New("tax: forbidden")
)

// ErrorFor makes the error document for an error of a [Calculator] or a
// [Service]:
//   - 400 Bad Request for a [tax.InputError], for a document that would break a
//     rule, and in a calculation for a country, region or class that is unknown,
//     that has no rate on the day, or no rate that tax.Options.Refuse lets pass:
//     another request has an answer;
//   - 401 Unauthorized and 403 Forbidden for [ErrUnauthorized] and
//     [ErrForbidden];
//   - 404 Not Found for [tax.ErrNotFound];
//   - 409 Conflict for [tax.ErrExists] and [tax.ErrConflict];
//   - 503 Service Unavailable when the store or the source did not answer, the
//     resolver was closed, or the context ended: the same request may have an
//     answer later;
//   - 500 Internal Server Error for anything else, such as a document of the
//     source that is invalid.
//
// Details are in a 400, 404 and 409 only: all faults of a document, its location,
// its versions. What the store or the source said stays inside.
func ErrorFor(err error) ErrorDocument {
	var lookup *tax.LookupError
	if errors.As(err, &lookup) {
		return lookupDocument(lookup)
	}
	var (
		stored   *tax.StoreError
		conflict *tax.ConflictError
		invalid  *tax.InvalidError
		input    *tax.InputError
		details  = []string{}
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
		if errors.As(err, &conflict) {
			details = append(details, plain(conflict))
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

// plain is the text of an error without the name of its package.
func plain(err error) string { return strings.TrimPrefix(err.Error(), "tax: ") }

// inputError refuses a value, of which it keeps the beginning.
func inputError(field, value, reason string) error {
	const limit = 64
	if len(value) > limit {
		value = strings.ToValidUTF8(strings.Clone(value[:limit]), "")
	}
	return &tax.InputError{Field: field, Value: value, Reason: reason}
}

// inputFault takes the error of a parser apart, for one that names the field as the
// contract does.
func inputFault(err error) (value, reason string) {
	var input *tax.InputError
	if errors.As(err, &input) {
		return input.Value, input.Reason
	}
	return "", plain(err)
}
