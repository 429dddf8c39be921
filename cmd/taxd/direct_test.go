package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestPathsLeadWhereTheMuxLeadsThem asks with and without the mux alone.
func TestPathsLeadWhereTheMuxLeadsThem(t *testing.T) {
	named := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Answers", name) })
	}
	below := map[string]http.Handler{"v1": named("own"), "tax": named("foreign")}
	mux := http.NewServeMux()
	mux.Handle("/", named("page"))
	for first, h := range below {
		mux.Handle("/"+first+"/", h)
	}
	seen := map[string]bool{}
	for _, method := range []string{"GET", "PUT", "OPTIONS", "CONNECT"} {
		for _, path := range []string{"/", "/v1", "/v1/", "/v1/acme/resolve", "/tax/acme/taxes", "/tax", "/v1%2Facme", "/v1%2F/acme", "/%761/acme", "/v1/a%2Fb", "/v11/x", "/page/v1/", "/healthz", "/v1?x=/"} {
			ask := func(h http.Handler) (int, string) {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest(method, "http://shop.example"+path, nil))
				return w.Code, w.Header().Get("Answers")
			}
			wantCode, want := ask(mux)
			code, got := ask(direct(mux, below))
			assert.Equal(t, wantCode, code, "%s %s", method, path)
			assert.Equal(t, want, got, "%s %s", method, path)
			seen[got] = true
		}
	}
	for _, path := range []string{"", "*", "v1/acme", "v1/", "a/", "/v1"} { // of clients that send no URL
		r := httptest.NewRequest("OPTIONS", "/", nil)
		r.URL.Path = path
		w := httptest.NewRecorder()
		direct(mux, below).ServeHTTP(w, r)
		assert.NotContains(t, []string{"own", "foreign"}, w.Header().Get("Answers"), path)
	}
	assert.Equal(t, map[string]bool{"": true, "page": true, "own": true, "foreign": true}, seen)
}
