package rest

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/store"
)

// taxError is the body of an error. That of an import has a report of what it did.
type taxError struct {
	Error  taxFault      `json:"error"`
	Report *store.Report `json:"report,omitempty"`
}

type taxFault struct {
	Code       string      `json:"code"`
	Message    string      `json:"message"`
	Field      string      `json:"field,omitempty"`
	Suggestion string      `json:"suggestion,omitempty"`
	Version    int64       `json:"version,omitempty"` // the current one, if another one was changed
	Faults     []tax.Fault `json:"faults,omitempty"`
}

// postalCodeMalformed is the code of the only lookup error of the kind [tax.ErrInvalid]
// that the client can correct.
const postalCodeMalformed = "postal_code_malformed"

func taxPlain(status int, reason string) any {
	code := strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
	return taxError{Error: taxFault{Code: code, Message: reason}}
}

func taxDocument(err error, scope string) (int, any) {
	var lookup *tax.LookupError
	var stored *tax.StoreError
	var invalid *tax.InvalidError
	var input *tax.InputError
	var imported *importError
	switch {
	case errors.As(err, &imported):
		status, fault := imported.document()
		return status, taxError{fault, &imported.report}
	case errors.Is(err, ErrTokenExpired):
		return simple(http.StatusUnauthorized, "token_expired", "the token has expired")
	case errors.Is(err, ErrUnauthenticated):
		return simple(http.StatusUnauthorized, "unauthenticated", "no valid token")
	case errors.Is(err, ErrForbidden):
		return simple(http.StatusForbidden, "forbidden", "the token does not permit this: "+scope)
	case isTemporary(err):
		return simple(http.StatusServiceUnavailable, "unavailable", "the tax rates are not available at the moment: try again")
	case errors.As(err, &lookup) && lookup.Code() == postalCodeMalformed && errors.As(err, &input):
		fault := taxFault{Code: postalCodeMalformed, Message: kind(input), Field: "postalCode"}
		var part *basket.RateError
		if errors.As(err, &part) {
			fault.Field = part.Path + ".postalCode"
		}
		return http.StatusBadRequest, taxError{Error: fault}
	case errors.As(err, &lookup) && !errors.Is(lookup.Kind, tax.ErrInvalid):
		fault := taxFault{Code: lookup.Code(), Message: kind(lookup.Kind), Suggestion: lookup.Suggestion()}
		var part *basket.RateError
		if errors.As(err, &part) {
			fault.Field = part.Path
		}
		return http.StatusUnprocessableEntity, taxError{Error: fault}
	case errors.As(err, &stored) && errors.Is(err, store.ErrRemoved):
		return simple(http.StatusGone, "removed", "the version is no longer kept")
	case errors.As(err, &stored) && errors.Is(err, tax.ErrNotFound):
		return simple(http.StatusNotFound, stored.Code(), "there is no such configuration")
	case errors.As(err, &stored):
		return http.StatusConflict, taxError{Error: taxFault{Code: stored.Code(), Message: kind(stored.Kind), Version: stored.Current}}
	case lookup == nil && errors.As(err, &invalid):
		return http.StatusUnprocessableEntity, taxError{Error: taxFault{Code: "invalid", Message: "the configuration breaks a rule", Faults: invalid.Faults}}
	case lookup == nil && errors.As(err, &input):
		return http.StatusBadRequest, taxError{Error: taxFault{Code: input.Code(), Message: strings.TrimPrefix(input.Error(), "tax: "), Field: input.Field}}
	}
	return simple(http.StatusInternalServerError, "failed", "the request failed")
}

func simple(status int, code, message string) (int, any) {
	return status, taxError{Error: taxFault{Code: code, Message: message}}
}

// kind returns the text of a sentinel.
func kind(err error) string { return strings.TrimPrefix(err.Error(), "tax: ") }

// isTemporary reports whether the same request may succeed later.
func isTemporary(err error) bool {
	return errors.Is(err, tax.ErrUnavailable) || errors.Is(err, tax.ErrClosed) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
