package otel

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// The attributes of the semantic conventions for HTTP servers.
const (
	methodKey = attribute.Key("http.request.method")
	routeKey  = attribute.Key("http.route")
	statusKey = attribute.Key("http.response.status_code")
	schemeKey = attribute.Key("url.scheme")
	pathKey   = attribute.Key("url.path")
)

type requestInstruments struct {
	duration metric.Float64Histogram
	active   metric.Int64UpDownCounter
}

func (m *maker) requests() requestInstruments {
	return requestInstruments{
		duration: m.histogram("http.server.request.duration", "Duration of HTTP server requests.", quick),
		active:   m.upDown("http.server.active_requests", "Number of active HTTP server requests.", "{request}"),
	}
}

// Handler returns a handler that does what next does, measures each request and makes a
// span for it, which is in the context of the request. The route is the pattern that an
// [http.ServeMux] found, as the handlers of package rest do inside; text of the request is
// never a route. Put it around the mux.
//
// The ResponseWriter that next gets is an [http.Flusher]; for everything else it can do use
// [http.NewResponseController].
func (t *Telemetry) Handler(next http.Handler) http.Handler {
	t = t.working()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		attributes := []attribute.KeyValue{methodKey.String(method(r)), schemeKey.String(scheme(r))}
		r, span := t.requested(r, attributes)
		active := metric.WithAttributeSet(attribute.NewSet(attributes...))
		t.serving.active.Add(r.Context(), 1, active)
		seen, returned := &recorder{ResponseWriter: w}, false
		defer func() {
			t.serving.active.Add(r.Context(), -1, active)
			result := append(seen.result(returned), route(r)...)
			span.SetName(strings.TrimSpace(method(r) + " " + pattern(r)))
			span.SetAttributes(result...)
			if reason, failed := attributeOf(result, errorTypeKey); failed {
				span.SetStatus(codes.Error, reason)
			}
			t.serving.duration.Record(r.Context(), time.Since(began).Seconds(),
				metric.WithAttributeSet(attribute.NewSet(append(result, attributes...)...)))
			span.End()
		}()
		next.ServeHTTP(seen, r)
		returned = true
	})
}

// requested returns a request with a span in its context.
func (t *Telemetry) requested(r *http.Request, attributes []attribute.KeyValue) (*http.Request, trace.Span) {
	ctx := r.Context()
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attributes...)}
	remote := t.options.Propagator.Extract(ctx, propagation.HeaderCarrier(r.Header))
	if !t.options.Public {
		ctx = remote
	} else if trace.SpanContextFromContext(remote).IsRemote() {
		options = append(options, trace.WithLinks(trace.LinkFromContext(remote)))
	}
	if t.options.Details {
		options = append(options, trace.WithAttributes(pathKey.String(printable(r.URL.Path))))
	}
	ctx, span := t.tracer.Start(ctx, method(r), options...)
	return r.WithContext(ctx), span
}

// method returns the method of a request, or _OTHER for one that a client invented.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodConnect, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions,
		http.MethodPatch, http.MethodPost, http.MethodPut, http.MethodTrace:
		return r.Method
	}
	return other
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// pattern returns the path of the pattern that a mux found, "" for none.
func pattern(r *http.Request) string {
	if i := strings.IndexByte(r.Pattern, '/'); i >= 0 {
		return r.Pattern[i:]
	}
	return ""
}

func route(r *http.Request) []attribute.KeyValue {
	if p := pattern(r); p != "" {
		return []attribute.KeyValue{routeKey.String(p)}
	}
	return nil
}

func attributeOf(list []attribute.KeyValue, key attribute.Key) (value string, found bool) {
	for _, a := range list {
		if a.Key == key {
			return a.Value.AsString(), true
		}
	}
	return "", false
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status, unless another one follows.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write is an answer 200 if no status was written.
func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Flush sends what was written, if the connection can.
func (w *recorder) Flush() {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush() // http.Flusher has no error
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// result returns the attributes of an answer. One that a panic ended has perhaps no status.
func (w *recorder) result(returned bool) []attribute.KeyValue {
	status := w.status
	if status == 0 && returned {
		status = http.StatusOK
	}
	var list []attribute.KeyValue
	if status != 0 {
		list = append(list, statusKey.Int(status))
	}
	switch {
	case !returned:
		list = append(list, errorTypeKey.String("panic"))
	case status >= http.StatusInternalServerError:
		list = append(list, errorTypeKey.String(strconv.Itoa(status)))
	}
	return list
}
