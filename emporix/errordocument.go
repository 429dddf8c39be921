package emporix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
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
	// ErrorCode is set for code 401 alone, which the gateway in front of the service
	// answers: the JSON is then {"fault":{"faultstring":…,"detail":{"errorcode":…}}} with
	// Message and ErrorCode.
	ErrorCode string `json:"-"`
}

// fault is the body of an error that the gateway answers.
type fault struct {
	Fault struct {
		Text   string `json:"faultstring"`
		Detail struct {
			Code string `json:"errorcode"`
		} `json:"detail"`
	} `json:"fault"`
}

// MarshalJSON returns the body of the response on one line.
func (d ErrorDocument) MarshalJSON() ([]byte, error) {
	if d.ErrorCode == "" {
		type plainDocument ErrorDocument
		return strictjson.Marshal(plainDocument(d), inputError)
	}
	var f fault
	f.Fault.Text, f.Fault.Detail.Code = d.Message, d.ErrorCode
	return strictjson.Marshal(f, inputError)
}

// UnmarshalJSON reads what MarshalJSON returns.
func (d *ErrorDocument) UnmarshalJSON(data []byte) error {
	type plainDocument ErrorDocument
	var read struct {
		plainDocument
		fault
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	*d = ErrorDocument(read.plainDocument)
	if code := read.Fault.Detail.Code; code != "" {
		*d = gatewayDocument(read.Fault.Text, code)
	}
	return nil
}

// Errors for code that checks requests before it calls a [Service] or a [Calculator].
// This package does not return them.
var (
	// ErrUnauthorized: the request has no valid token.
	ErrUnauthorized = errors.New("tax: unauthorized")
	// ErrTokenExpired unwraps to ErrUnauthorized: the token was valid.
	ErrTokenExpired = fmt.Errorf("%w: the token has expired", ErrUnauthorized)
	// ErrForbidden: the token does not have the scope that the request needs.
	ErrForbidden = errors.New("tax: forbidden")
	// ErrTenantMismatch: the header Emporix-Tenant names another tenant than the path.
	ErrTenantMismatch = errors.New("tax: another tenant in the header than in the path")
)

// The texts of the contract.
const (
	messageNotFound = "The tax was not found for this code"
	messageConflict = "The object that you are trying to update has already changed. Please refresh and try again!"
	messageTenant   = "Tenant in the header is not matching with the one provided in the URI."
	messageScope    = "The access to the requested resource has been forbidden by the server."
	messageFailed   = "A server-side exception occurred that prevented the system from correctly returning the result."
)

// ErrorFor returns the error document for an error of a [Calculator] or a
// [Service], with the texts of the contract:
//   - 400 Bad Request for a [tax.InputError], for [ErrTenantMismatch], for a
//     configuration that breaks a rule, and in a calculation for an unknown or missing
//     country, region or class, or a class whose rate on the day is missing or refused
//     by tax.Options.Refuse;
//   - 401 Unauthorized and 403 Forbidden for [ErrUnauthorized], [ErrTokenExpired] and
//     [ErrForbidden];
//   - 404 Not Found for [tax.ErrNotFound];
//   - 409 Conflict for [tax.ErrExists] and [tax.ErrConflict];
//   - 503 Service Unavailable if the store or the source did not answer, the
//     resolver was closed, or the context ended; the same request may succeed
//     later;
//   - 500 Internal Service Error for any other error, such as an invalid
//     document of the source.
//
// Only 400, 404 and 409 have details: all faults of a configuration, its
// location, its versions, or the country and class of a calculation. Texts of the store
// and the source are never passed on.
func ErrorFor(err error) ErrorDocument {
	var lookup *tax.LookupError
	if errors.As(err, &lookup) {
		return lookupDocument(lookup)
	}
	switch {
	case errors.Is(err, ErrTokenExpired):
		return gatewayDocument("Access Token expired", "keymanagement.service.access_token_expired")
	case errors.Is(err, ErrUnauthorized):
		return gatewayDocument("Invalid access token", "oauth.v2.InvalidAccessToken")
	case errors.Is(err, ErrForbidden):
		return document(403, messageScope)
	case errors.Is(err, ErrTenantMismatch):
		return document(400, messageTenant)
	case isAny(err, tax.ErrNotFound, tax.ErrExists, tax.ErrConflict):
		return storedDocument(err)
	case isAny(err, tax.ErrUnavailable, tax.ErrClosed, context.Canceled, context.DeadlineExceeded):
		return unavailable()
	case errors.Is(err, tax.ErrInvalid):
		return document(400, "invalid request", faultsOf(err)...)
	}
	return document(500, messageFailed)
}

// storedDocument is about a configuration that is there or is not, or has changed.
func storedDocument(err error) ErrorDocument {
	var details []string
	var stored *tax.StoreError
	if errors.As(err, &stored) { // without its tenant and cause
		details = append(details, plain(&tax.StoreError{
			Kind: stored.Kind, Location: stored.Location, Given: stored.Given, Current: stored.Current,
		}))
	}
	switch {
	case errors.Is(err, tax.ErrNotFound):
		return document(404, messageNotFound, details...)
	case errors.Is(err, tax.ErrExists):
		return document(409, "A tax configuration exists already for this code", details...)
	}
	return document(409, messageConflict, details...)
}

// faultsOf returns what is wrong with a request or a configuration.
func faultsOf(err error) (details []string) {
	var invalid *tax.InvalidError
	var input *tax.InputError
	switch {
	case errors.As(err, &invalid):
		for _, fault := range invalid.Faults {
			details = append(details, fault.String())
		}
	case errors.As(err, &input):
		details = append(details, plain(input))
	}
	return details
}

// lookupDocument is about the rates of a calculation. The text of a LookupError is for
// programs that call a Resolver; a client of the contract knows countries and classes.
func lookupDocument(err *tax.LookupError) ErrorDocument {
	country, class := quoted(err.Lookup.Country), quoted(err.Lookup.Class)
	var detail string
	switch {
	case isAny(err.Kind, tax.ErrUnavailable, tax.ErrClosed):
		return unavailable()
	case err.Kind == tax.ErrUnknownCountry && isCountry(err.Lookup.Country):
		detail = "there is no tax configuration for the country " + country
	case err.Kind == tax.ErrUnknownCountry:
		detail = country + " is not the ISO 3166-1 code of a country"
	case isAny(err.Kind, tax.ErrUnknownRegion, tax.ErrRegionRequired):
		detail = "the taxes of the country " + country + " depend on the region, which a calculation does not have"
	case err.Kind == tax.ErrUnknownClass:
		detail = "the tax configuration of the country " + country + " has no tax class " + class
		if meant := err.Suggestion(); meant != "" {
			detail += ": did you mean " + quoted(meant) + "?"
		}
	case err.Kind == tax.ErrNoDefaultClass:
		detail = "the tax configuration of the country " + country + " has no default tax class: write the tax class"
	case err.Kind == tax.ErrNoRate:
		detail = "the tax class " + class + " of the country " + country + " has no rate on this day"
	case err.Kind == tax.ErrUnverified:
		detail = "the rate of the tax class " + class + " of the country " + country + " is not verified"
	default:
		return document(500, messageFailed)
	}
	return document(400, plain(err.Kind), detail)
}

func isCountry(code string) bool {
	l, err := tax.ParseLocation(code, "")
	return err == nil && l.Region == ""
}

// quoted returns a text of a request in quotes, or its beginning if it is long.
func quoted(s string) string { return strconv.Quote(strictjson.Clip(s)) }

// statusNames are the names that the contract has for status codes.
var statusNames = map[int]string{
	400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 500: "Internal Service Error", 503: "Service Unavailable",
}

func document(code int, message string, details ...string) ErrorDocument {
	if details == nil {
		details = []string{}
	}
	return ErrorDocument{Code: code, Status: statusNames[code], Message: message, Details: details}
}

func gatewayDocument(text, code string) ErrorDocument {
	return ErrorDocument{Code: 401, Status: "Unauthorized", Message: text, Details: []string{}, ErrorCode: code}
}

func unavailable() ErrorDocument {
	return document(503, "the tax rates are not available at the moment: try again")
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
