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
		{"ZZ", "STANDARD", tax.ErrUnknownCountry, "unknown country", `"ZZ" is not the ISO 3166-1 code of a country`},
		{"germany", "STANDARD", tax.ErrUnknownCountry, "unknown country", `"germany" is not the ISO 3166-1 code of a country`},
		{"276", "STANDARD", tax.ErrUnknownCountry, "unknown country", `"276" is not the ISO 3166-1 code of a country`},
		{"CA-QC", "STANDARD", tax.ErrUnknownCountry, "unknown country", `"CA-QC" is not the ISO 3166-1 code of a country`},
		{"JP", "STANDARD", tax.ErrUnknownCountry, "unknown country", `there is no tax configuration for the country "JP"`},
		{"US", "STANDARD", tax.ErrRegionRequired, "region required", `the taxes of the country "US" depend on the region, which a calculation does not have`},
		{"DE", "NO_SUCH", tax.ErrUnknownClass, "unknown class", `the tax configuration of the country "DE" has no tax class "NO_SUCH"`},
		{"DE", "standard", tax.ErrUnknownClass, "unknown class", `the tax configuration of the country "DE" has no tax class "standard": did you mean "STANDARD"?`},
		{"ES", "STANDARD", tax.ErrNoRate, "no rate on that day", `the tax class "STANDARD" of the country "ES" has no rate on this day`},
	} {
		_, err := calculator(t, nil).CalculateJSON(context.Background(), request(c.country, c.class))
		require.ErrorIs(t, err, c.kind)
		got := emporix.ErrorFor(fmt.Errorf("calculation: %w", err))
		assert.Equal(t, 400, got.Code)
		assert.Equal(t, "Bad Request", got.Status)
		assert.Equal(t, c.message, got.Message)
		assert.Equal(t, []string{c.detail}, got.Details)
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
		{calculator(t, nil), "NL", tax.ErrInvalid, `{"code":500,"status":"Internal Service Error","message":"A server-side exception occurred that prevented the system from correctly returning the result.","details":[]}`},
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
		assert.Equal(t, emporix.ErrorDocument{Code: 500, Status: "Internal Service Error", Message: "A server-side exception occurred that prevented the system from correctly returning the result.", Details: []string{}},
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
		{emporix.ErrUnauthorized, emporix.ErrorDocument{Code: 401, Status: "Unauthorized", Message: "Invalid access token", Details: none, ErrorCode: "oauth.v2.InvalidAccessToken"}},
		{emporix.ErrTokenExpired, emporix.ErrorDocument{Code: 401, Status: "Unauthorized", Message: "Access Token expired", Details: none, ErrorCode: "keymanagement.service.access_token_expired"}},
		{emporix.ErrForbidden, emporix.ErrorDocument{Code: 403, Status: "Forbidden", Message: "The access to the requested resource has been forbidden by the server.", Details: none}},
		{emporix.ErrTenantMismatch, emporix.ErrorDocument{Code: 400, Status: "Bad Request", Message: "Tenant in the header is not matching with the one provided in the URI.", Details: none}},
		{&tax.StoreError{Kind: tax.ErrNotFound, Tenant: "acme", Location: de, Cause: secret},
			emporix.ErrorDocument{Code: 404, Status: "Not Found", Message: "The tax was not found for this code", Details: []string{`not found: configuration of "DE"`}}},
		{fmt.Errorf("%w: %w", tax.ErrNotFound, secret), emporix.ErrorDocument{Code: 404, Status: "Not Found", Message: "The tax was not found for this code", Details: none}},
		{&tax.StoreError{Kind: tax.ErrExists, Tenant: "acme", Location: de},
			emporix.ErrorDocument{Code: 409, Status: "Conflict", Message: "A tax configuration exists already for this code", Details: []string{`exists already: configuration of "DE"`}}},
		{tax.ErrConflict, emporix.ErrorDocument{Code: 409, Status: "Conflict", Message: "The object that you are trying to update has already changed. Please refresh and try again!", Details: none}},
		{&tax.StoreError{Kind: tax.ErrUnavailable, Tenant: "acme", Location: de, Cause: secret}, busy},
		{context.Canceled, busy},
		{context.DeadlineExceeded, busy},
		{tax.ErrStale, busy},
		{secret, emporix.ErrorDocument{Code: 500, Status: "Internal Service Error", Message: "A server-side exception occurred that prevented the system from correctly returning the result.", Details: none}},
	} {
		assert.Equal(t, c.want, emporix.ErrorFor(fmt.Errorf("request 7: %w", c.err)), "%v", c.err)
	}
}

var busy = emporix.ErrorDocument{
	Code: 503, Status: "Service Unavailable", Message: "the tax rates are not available at the moment: try again", Details: []string{},
}

func TestErrorsOfTheGatewayHaveItsForm(t *testing.T) {
	for err, want := range map[error]string{
		emporix.ErrUnauthorized: `{"fault":{"faultstring":"Invalid access token","detail":{"errorcode":"oauth.v2.InvalidAccessToken"}}}`,
		emporix.ErrTokenExpired: `{"fault":{"faultstring":"Access Token expired","detail":{"errorcode":"keymanagement.service.access_token_expired"}}}`,
		emporix.ErrForbidden:    `{"code":403,"status":"Forbidden","message":"The access to the requested resource has been forbidden by the server.","details":[]}`,
	} {
		document := emporix.ErrorFor(err)
		body, jsonErr := json.Marshal(document)
		require.NoError(t, jsonErr)
		assert.Equal(t, want, string(body))
		var read emporix.ErrorDocument
		require.NoError(t, json.Unmarshal(body, &read))
		assert.Equal(t, document, read)
	}
	assert.ErrorIs(t, emporix.ErrTokenExpired, emporix.ErrUnauthorized)
}
