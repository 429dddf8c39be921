package rest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/taxresolve/tax/rest"
)

// FuzzRequest sends arbitrary requests. No answer is a failure of the server, each has
// the form of its contract, and a request without a token changes and shows nothing.
func FuzzRequest(f *testing.F) {
	for _, op := range operations {
		f.Add(op.method, op.path, "", manageToken, jsonType, "*", op.body)
	}
	f.Add("GET", "/tax/acme/taxes", "pageSize=1&name.en=S&sort=name.de:DESC", readToken, "", "de;q=0, *", "")
	f.Add("PUT", "/tax/acme/taxes/DE", "", manageToken, "application/json;charset=utf-8", "en",
		`{"location":{"countryCode":"DE"},"taxClasses":[{"code":"STANDARD","name":"x","rate":2e1,"order":null}],"metadata":{"version":1},"mixins":{}}`)
	f.Add("GET", "/public-api/resources/taxes/v2.0", "cursor=null&per_page=1", readToken, "", "", "")
	f.Add("GET", "/tax/acme/../others/taxes", "", manageToken, "", "", "")
	f.Add("GET", "/v1/acme/lookup", "country=DE&region=BY&postalCode=1&date=2026-01-01&fallbackToDefault=true", readToken, "", "de", "")
	f.Add("PATCH", "/v1/acme/configurations/DE", "", manageToken, jsonType, "", `{"metadata":{"version":1},"timeZone":"Europe/Berlin"}`)
	f.Add("PUT", "/v1/acme/configurations/FR", "", manageToken, jsonType, "", `{"location":{"countryCode":"FR"},"taxClasses":[{"code":"A","rate":1}]}`)
	f.Add("GET", "/v1/acme/configurations", "rate=19.0&name=S&sort=rate:desc&total=true&pageSize=1", readToken, "", "en", "")
	f.Add("POST", "/v1/acme/baskets/price", "", readToken, jsonType, "", strings.ReplaceAll(pricedBasket, `"CA","region":"QC"`, `"DE"`))
	f.Add("POST", "/v1/acme/baskets/refund", "", readToken, jsonType, "", `{"sale":`+soldBasket+`,"returns":[{"all":true}]}`)
	f.Add("POST", "/v1/acme/baskets/verify", "", readToken, jsonType, "", `{"sale":`+soldBasket+`}`)
	f.Add("POST", "/v1/acme/import", "asNew=true", manageToken, linesType, "", exportOf("acme", countryDocument("FR")))
	f.Add("OPTIONS", "/tax/%2e%2e/taxes/", "a=b;c", "", "", "", "")
	f.Fuzz(func(t *testing.T, method, path, query, token, kind, language, body string) {
		if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}, method) || len(body) > 1<<16 {
			return // a server would refuse the method itself
		}
		s := withGermany(t, rest.Options{Failed: func(_ *http.Request, err error) { t.Errorf("%v", err) }})
		before := s.ask("GET", "/tax/acme/taxes", readToken, "", "Accept-Language", "*").Body.String()
		r := httptest.NewRequest("GET", "http://shop.example", strings.NewReader(body))
		r.Method = method
		r.URL = &url.URL{Path: path, RawQuery: query}
		r.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {kind}, "Content-Language": {language}, "Accept-Language": {language}, "Emporix-Tenant": {"acme"}}
		handler := s.emporix
		if strings.HasPrefix(path, "/public-api/") || strings.HasPrefix(path, "/v1/") {
			handler = s.Handler
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		allowed := authorize(r, "acme", "") == nil
		switch {
		case w.Code >= 500, w.Code < 200, w.Code >= 300 && w.Code < 400 && handler == s.emporix:
			t.Fatalf("%s %s?%s: %d %s", method, path, query, w.Code, w.Body)
		case w.Code != http.StatusNoContent && w.Code < 300 && !allowed:
			t.Fatalf("answered without a token: %s", w.Body)
		case w.Body.Len() > 0 && (!json.Valid(w.Body.Bytes()) || !utf8.Valid(w.Body.Bytes())):
			if w.Code != http.StatusTemporaryRedirect && w.Code != http.StatusNotFound {
				t.Fatalf("not JSON: %q", w.Body)
			}
		}
		after := s.ask("GET", "/tax/acme/taxes", readToken, "", "Accept-Language", "*").Body.String()
		if (method == "GET" || method == "HEAD" || w.Code >= 300 || !allowed) && after != before {
			t.Fatalf("%s %s has changed %s to %s", method, path, before, after)
		}
	})
}
