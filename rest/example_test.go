package rest_test

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

// The server of one tenant, whose only token permits everything.
func ExampleNewEmporix() {
	configurations := store.NewMemory(nil)
	resolver, err := tax.NewResolver(configurations, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resolver.Close()
	handler, err := rest.NewEmporix(configurations, resolver, &rest.EmporixOptions{
		Options: rest.Options{Authorize: onlyToken("acme", "a-long-random-text")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, request := range []struct{ method, path, body string }{
		{"POST", "/tax/acme/taxes", `{"location": {"countryCode": "DE"}, "taxClasses": [{"code": "STANDARD", "name": "Standard", "rate": 19}]}`},
		{"PUT", "/tax/acme/taxes/calculation-commands", `{"commandUuid": "1", "input": {"targetLocation": {"countryCode": "DE"}, "targetTaxClass": "STANDARD", "price": 1.59}}`},
		{"DELETE", "/tax/others/taxes/DE", ""},
	} {
		r := httptest.NewRequest(request.method, request.path, strings.NewReader(request.body))
		r.Header.Set("Authorization", "Bearer a-long-random-text")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 201 {"locationCode":"DE"}
	// 200 {"commandUuid":"1","input":{"targetLocation":{"countryCode":"DE"},"targetTaxClass":"STANDARD","includesTax":false,"price":1.59},"output":{"netPrice":1.59,"grossPrice":1.8921,"targetTaxRate":19}}
	// 403 {"code":403,"status":"Forbidden","message":"The access to the requested resource has been forbidden by the server.","details":["missing scope: tax.tax_manage"]}
}

// onlyToken permits one token everything that belongs to one tenant.
func onlyToken(tenant, token string) func(*http.Request, string, string) error {
	return func(r *http.Request, of, _ string) error {
		given, _ := rest.Bearer(r)
		switch {
		case subtle.ConstantTimeCompare([]byte(given), []byte(token)) != 1:
			return rest.ErrUnauthenticated
		case of != tenant:
			return rest.ErrForbidden
		}
		return nil
	}
}

// Links and headers of a server behind a proxy.
func ExampleNewAMPECO() {
	handler, err := rest.NewAMPECO(ampeco.NewMemory(nil), &rest.AMPECOOptions{
		Tenant: "acme",
		Options: rest.Options{
			Authorize: onlyToken("acme", "s3cret"),
			BaseURL:   "https://api.example.com",
			Before: func(header http.Header, r *http.Request, _ string) error {
				if r.URL.Query().Has("page") {
					header.Set("Deprecation", "true")
				}
				return nil
			},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest("POST", "/public-api/resources/taxes/v2.0", strings.NewReader(`{"name": "VAT 20", "percentage": 20}`))
	r.Header.Set("Authorization", "Bearer s3cret")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("Location"))

	r = httptest.NewRequest("GET", "/public-api/resources/taxes/v2.0?page=0", nil)
	r.Header.Set("Authorization", "Bearer s3cret")
	w = httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("Deprecation"), w.Body)
	// Output:
	// 201 https://api.example.com/public-api/resources/taxes/v2.0/1
	// 422 true {"message":"The given data was invalid.","errors":{"page":["write a whole number from 1 to 2147483647"]}}
}

// Rates for programs in other languages.
func ExampleNewTax() {
	configurations := store.NewMemory(nil)
	resolver, err := tax.NewResolver(configurations, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resolver.Close()
	handler, err := rest.NewTax(configurations, resolver, &rest.TaxOptions{
		Options: rest.Options{Authorize: onlyToken("acme", "s3cret")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, request := range []struct{ method, path, body string }{
		{"PUT", "/v1/acme/configurations/DE", `{"location": {"country": "DE"}, "taxClasses": [{"code": "STANDARD", "rates": [{"from": "2007-01-01", "percent": 19}]}]}`},
		{"GET", "/v1/acme/lookup?country=DE&class=STANDARD&date=2026-11-30", ""},
		{"GET", "/v1/acme/resolve?country=DE&class=Standard", ""},
	} {
		r := httptest.NewRequest(request.method, request.path, strings.NewReader(request.body))
		r.Header.Set("Authorization", "Bearer s3cret")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if request.method == "GET" {
			fmt.Println(w.Code, w.Body)
		}
	}
	// Output:
	// 200 {"location":{"country":"DE"},"class":"STANDARD","name":"STANDARD","percent":"19","treatment":"taxable","date":"2026-11-30","since":"2007-01-01"}
	// 422 {"error":{"code":"unknown_class","message":"unknown class","suggestion":"STANDARD"}}
}
