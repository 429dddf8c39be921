package emporix_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
)

func request(country, class string) []byte {
	return fmt.Appendf(nil, `{"input":{"targetLocation":{"countryCode":"%s"},"targetTaxClass":"%s","includesTax":false,"price":1}}`, country, class)
}

func TestErrorsOfTheCallerAreBadRequestsThatSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		country, class string
		kind           error
		message        string
		detail         string
	}{
		{"ZZ", "STANDARD", tax.ErrUnknownCountry, "unknown country", `country "ZZ"`},
		{"germany", "STANDARD", tax.ErrUnknownCountry, "unknown country", `country "germany"`},
		{"276", "STANDARD", tax.ErrUnknownCountry, "unknown country", `country "276"`},
		{"JP", "STANDARD", tax.ErrUnknownCountry, "unknown country", "the source has no configuration for it"},
		{"US", "STANDARD", tax.ErrRegionRequired, "region required", `country "US"`},
		{"DE", "NO_SUCH", tax.ErrUnknownClass, "unknown class", `class "NO_SUCH"`},
		{"DE", "standard", tax.ErrUnknownClass, "unknown class", `class "standard"`},
		{"ES", "STANDARD", tax.ErrNoRate, "no rate on that day", "before 2030-01-01"},
	} {
		_, err := calculator(t, nil).CalculateJSON(context.Background(), request(c.country, c.class))
		require.ErrorIs(t, err, c.kind)
		got := emporix.ErrorFor(fmt.Errorf("calculation: %w", err))
		assert.Equal(t, 400, got.Code)
		assert.Equal(t, "Bad Request", got.Status)
		assert.Equal(t, c.message, got.Message)
		require.Len(t, got.Details, 1)
		assert.Contains(t, got.Details[0], c.detail)
	}
}

func TestErrorsOfTheSourceStayInside(t *testing.T) {
	r, err := tax.NewResolver(tax.SourceFunc(rates), nil)
	require.NoError(t, err)
	r.Close()
	closed, err := emporix.NewCalculator(r, nil)
	require.NoError(t, err)
	for _, c := range []struct {
		calculator *emporix.Calculator
		country    string
		kind       error
		want       string
	}{
		{calculator(t, nil), "BE", tax.ErrUnavailable, unavailable},
		{closed, "DE", tax.ErrClosed, unavailable},
		{calculator(t, nil), "NL", tax.ErrInvalid, `{"code":500,"status":"Internal Server Error","message":"the request failed","details":[]}`},
	} {
		_, err := c.calculator.CalculateJSON(context.Background(), request(c.country, "STANDARD"))
		require.ErrorIs(t, err, c.kind)
		got, err := json.Marshal(emporix.ErrorFor(err))
		require.NoError(t, err)
		assert.Equal(t, c.want, string(got))
	}
}

const unavailable = `{"code":503,"status":"Service Unavailable","message":"the tax rates are not available at the moment: try again","details":[]}`

func TestErrorsOfOthersAreInternal(t *testing.T) {
	for _, err := range []error{nil, errors.New("disk on fire"), &tax.LookupError{}} {
		assert.Equal(t, emporix.ErrorDocument{Code: 500, Status: "Internal Server Error", Message: "the request failed", Details: []string{}},
			emporix.ErrorFor(err))
	}
	assert.Equal(t, 503, emporix.ErrorFor(&tax.LookupError{Kind: tax.ErrStale}).Code)
	assert.Equal(t, 400, emporix.ErrorFor(&tax.LookupError{Kind: tax.ErrUnverified}).Code)
}

func TestErrorsOfAStoreHaveTheCodesOfTheContract(t *testing.T) {
	de := tax.Location{Country: "DE"}
	secret := errors.New("password of user taxes refused")
	none := []string{}
	for _, c := range []struct {
		err  error
		want emporix.ErrorDocument
	}{
		{&tax.InputError{Field: "rate", Value: "x", Reason: "no"}, emporix.ErrorDocument{Code: 400, Status: "Bad Request", Message: "invalid request", Details: []string{`rate "x": no`}}},
		{&tax.InvalidError{Faults: []tax.Fault{{Location: de, Path: "classes[0].code", Message: "bad"}, {Message: "worse"}}},
			emporix.ErrorDocument{Code: 400, Status: "Bad Request", Message: "invalid request", Details: []string{"DE: classes[0].code: bad", "worse"}}},
		{fmt.Errorf("%w: %w", tax.ErrInvalid, secret), emporix.ErrorDocument{Code: 400, Status: "Bad Request", Message: "invalid request", Details: none}},
		{emporix.ErrUnauthorized, emporix.ErrorDocument{Code: 401, Status: "Unauthorized", Message: "no valid token", Details: none}},
		{emporix.ErrForbidden, emporix.ErrorDocument{Code: 403, Status: "Forbidden", Message: "the token does not have the scope", Details: none}},
		{&tax.StoreError{Kind: tax.ErrNotFound, Tenant: "acme", Location: de, Cause: secret},
			emporix.ErrorDocument{Code: 404, Status: "Not Found", Message: "not found", Details: []string{`not found: configuration of "DE"`}}},
		{fmt.Errorf("%w: %w", tax.ErrNotFound, secret), emporix.ErrorDocument{Code: 404, Status: "Not Found", Message: "not found", Details: none}},
		{&tax.StoreError{Kind: tax.ErrExists, Tenant: "acme", Location: de},
			emporix.ErrorDocument{Code: 409, Status: "Conflict", Message: "exists already", Details: []string{`exists already: configuration of "DE"`}}},
		{tax.ErrConflict, emporix.ErrorDocument{Code: 409, Status: "Conflict", Message: "version conflict", Details: none}},
		{&tax.StoreError{Kind: tax.ErrUnavailable, Tenant: "acme", Location: de, Cause: secret}, busy},
		{context.Canceled, busy},
		{context.DeadlineExceeded, busy},
		{tax.ErrStale, busy},
		{secret, emporix.ErrorDocument{Code: 500, Status: "Internal Server Error", Message: "the request failed", Details: none}},
	} {
		assert.Equal(t, c.want, emporix.ErrorFor(fmt.Errorf("request 7: %w", c.err)), "%v", c.err)
	}
}

var busy = emporix.ErrorDocument{
	Code: 503, Status: "Service Unavailable", Message: "the tax rates are not available at the moment: try again", Details: []string{},
}
