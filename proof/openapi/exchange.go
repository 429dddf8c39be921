// Package openapi compares what the handlers of package rest are asked and answer with
// descriptions in OpenAPI: rest/openapi.yaml, and those of the vendors where a folder has
// them.
//
//	go test ./openapi                                what the tests of package rest ask, and random requests
//	TAX_VENDOR_OPENAPI=FOLDER go test ./openapi      the contracts of the vendors, too
//	OPENAPI_REQUESTS=100000 go test -run TestRandom ./openapi
//	go test -fuzz FuzzRequests ./openapi
//
// The folder has emporix-tax.yml and ampeco-taxes.json.
package openapi

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
)

// Exchange is a request with its answer, in the form in which the tests of package rest
// record them.
type Exchange struct {
	Method, URL  string
	Header       http.Header
	Body         []byte
	Status       int
	AnswerHeader http.Header
	Answer       []byte
}

// Ask sends a request to a handler. Method, URL, Header and Body are set.
func (e *Exchange) Ask(h http.Handler) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, e.request())
	e.Status, e.AnswerHeader, e.Answer = w.Code, w.Header(), w.Body.Bytes()
}

// request returns the request as a server reads it.
func (e *Exchange) request() *http.Request {
	r := httptest.NewRequest(e.Method, "http://shop.example/", io.NopCloser(bytes.NewReader(e.Body)))
	if u, err := r.URL.Parse(e.URL); err == nil {
		r.URL, r.RequestURI = u, u.RequestURI()
	}
	r.ContentLength = int64(len(e.Body))
	if e.Header != nil {
		r.Header = e.Header.Clone()
	}
	return r
}
