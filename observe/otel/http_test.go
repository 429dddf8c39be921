package otel_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/taxresolve/tax/observe/otel"
)

func TestRequestsAreMeasuredByTheirRoute(t *testing.T) {
	l := observing(t, otel.Options{})
	mux := http.NewServeMux()
	inner := http.NewServeMux()
	inner.HandleFunc("/v1/{tenant}/resolve", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	mux.Handle("/v1/", inner) // as package rest does
	mux.HandleFunc("GET /silent", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/early", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusEarlyHints); w.WriteHeader(404) })
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503); w.WriteHeader(200) })
	mux.HandleFunc("/flushed", func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush(); panic(http.ErrAbortHandler) })
	mux.HandleFunc("/panics", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	handler := l.Handler(mux)
	send := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w
	}
	for _, tenant := range []string{"acme", "other"} {
		assert.Equal(t, "ok", send("GET", "/v1/"+tenant+"/resolve?country=DE").Body.String())
	}
	send("GET", "/silent")
	send("BREW", "/early")
	assert.Equal(t, 503, send("POST", "/down").Code)
	send("GET", "/nowhere")
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { send("GET", "/panics") })
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { send("GET", "/flushed") })
	assert.Equal(t, map[string]int64{
		"http.request.method=GET,http.response.status_code=200,http.route=/v1/{tenant}/resolve,url.scheme=http":      2,
		"http.request.method=GET,http.response.status_code=200,http.route=/silent,url.scheme=http":                   1,
		"http.request.method=_OTHER,http.response.status_code=404,http.route=/early,url.scheme=http":                 1,
		"error.type=503,http.request.method=POST,http.response.status_code=503,http.route=/down,url.scheme=http":     1,
		"http.request.method=GET,http.response.status_code=404,url.scheme=http":                                      1,
		"error.type=panic,http.request.method=GET,http.route=/panics,url.scheme=http":                                1,
		"error.type=panic,http.request.method=GET,http.response.status_code=200,http.route=/flushed,url.scheme=http": 1,
	}, l.numbers(t, "http.server.request.duration"))
	for _, n := range l.numbers(t, "http.server.active_requests") {
		assert.Zero(t, n)
	}
	down := l.span(t, "POST /down")
	assert.Equal(t, codes.Error, down.Status.Code)
	assert.Equal(t, trace.SpanKindServer, down.SpanKind)
	assert.Equal(t, map[string]any{"http.request.method": "POST", "http.response.status_code": int64(503), "http.route": "/down", "url.scheme": "http", "error.type": "503"}, attributes(down))
	assert.Equal(t, codes.Unset, l.span(t, "_OTHER /early").Status.Code)
	assert.NotEmpty(t, l.span(t, "GET").Name, "the request without a route")
}

func TestRequestsUnderWayAreCounted(t *testing.T) {
	l := observing(t, otel.Options{})
	var during map[string]int64
	handler := l.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		during = l.numbers(t, "http.server.active_requests")
	}))
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "https://example.com/", nil))
	assert.Equal(t, map[string]int64{"http.request.method=GET,url.scheme=https": 1}, during)
}

func TestAnswersCanDoWhatTheConnectionCan(t *testing.T) {
	l := observing(t, otel.Options{})
	handler := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			connection.Close()
		}
	}))
	s := httptest.NewServer(handler)
	defer s.Close()
	_, err := s.Client().Get(s.URL)
	assert.Error(t, err)
}

const (
	traceOfClient = "0af7651916cd43dd8448eb211c80319c"
	spanOfClient  = "b7ad6b7169203331"
)

func TestATraceGoesOnUnlessStrangersSendIt(t *testing.T) {
	for _, public := range []bool{false, true} {
		l := observing(t, otel.Options{Public: public})
		var inside trace.SpanContext
		handler := l.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inside = trace.SpanContextFromContext(r.Context()) }))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("traceparent", "00-"+traceOfClient+"-"+spanOfClient+"-01")
		handler.ServeHTTP(httptest.NewRecorder(), r)
		span := l.span(t, "GET")
		assert.Equal(t, span.SpanContext.SpanID(), inside.SpanID())
		if !public {
			assert.Equal(t, traceOfClient, span.SpanContext.TraceID().String())
			assert.Equal(t, spanOfClient, span.Parent.SpanID().String())
			assert.Empty(t, span.Links)
			continue
		}
		assert.NotEqual(t, traceOfClient, span.SpanContext.TraceID().String())
		assert.False(t, span.Parent.IsValid())
		require.Len(t, span.Links, 1)
		assert.Equal(t, traceOfClient, span.Links[0].SpanContext.TraceID().String())
	}
}

func TestPublicRequestsWithoutATraceHaveNoLink(t *testing.T) {
	l := observing(t, otel.Options{Public: true})
	requested(l, "/v1/acme/resolve")
	assert.Empty(t, l.span(t, "GET /v1/{tenant}/resolve").Links)
	assert.False(t, strings.Contains(l.span(t, "GET /v1/{tenant}/resolve").Name, "acme"))
}
