package emporix

import (
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

// ErrorFor makes the error document for an error of a [Calculator]:
//   - 400 Bad Request for a [tax.InputError], and for a country, region or class
//     that is unknown, that has no rate on the day, or no rate that
//     tax.Options.Refuse lets pass: another request has an answer;
//   - 503 Service Unavailable when the source did not answer, or the resolver was
//     closed: the same request may have one later;
//   - 500 Internal Server Error for anything else, such as a document of the
//     source that is invalid.
//
// Details are in a 400 only: what the source said stays inside.
func ErrorFor(err error) ErrorDocument {
	var lookup *tax.LookupError
	var input *tax.InputError
	switch {
	case errors.As(err, &lookup):
		switch {
		case isAny(lookup.Kind, tax.ErrUnavailable, tax.ErrClosed):
			return ErrorDocument{503, "Service Unavailable", "the tax rates are not available at the moment: try again", []string{}}
		case isAny(lookup.Kind, tax.ErrUnknownCountry, tax.ErrUnknownRegion, tax.ErrRegionRequired,
			tax.ErrUnknownClass, tax.ErrNoDefaultClass, tax.ErrNoRate, tax.ErrUnverified):
			return badRequest(plain(lookup.Kind), plain(lookup))
		}
	case errors.As(err, &input):
		return badRequest("invalid request", plain(input))
	}
	return ErrorDocument{500, "Internal Server Error", "the calculation failed", []string{}}
}

func badRequest(message, detail string) ErrorDocument {
	return ErrorDocument{400, "Bad Request", message, []string{detail}}
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
