package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// counts are those of requests, by the class of their status: 2 is 2xx.
type counts struct {
	answered [6]atomic.Uint64
	underWay atomic.Int64
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// observed counts requests, and logs them at level DEBUG: without query, headers and body.
func (s *server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, seen := time.Now(), &recorder{ResponseWriter: w}
		s.counts.underWay.Add(1)
		defer func() {
			s.counts.underWay.Add(-1)
			status := seen.status
			if status == 0 {
				status = http.StatusOK
			}
			s.counts.answered[min(status/100, 5)].Add(1)
			s.log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", status), slog.Duration("duration", time.Since(began)))
		}()
		next.ServeHTTP(seen, r)
	})
}

// metrics answers in the text format of Prometheus.
func (s *server) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	fmt.Fprintln(w, "# TYPE taxd_requests_total counter")
	for class := 1; class < len(s.counts.answered); class++ {
		fmt.Fprintf(w, "taxd_requests_total{status=\"%dxx\"} %d\n", class, s.counts.answered[class].Load())
	}
	stats := s.resolver.Stats()
	for _, m := range []struct {
		name, kind string
		value      any
	}{
		{"taxd_requests_under_way", "gauge", s.counts.underWay.Load()},
		{"taxd_cache_countries", "gauge", stats.Countries},
		{"taxd_cache_bytes", "gauge", stats.Bytes},
		{"taxd_cache_hits_total", "counter", stats.Hits},
		{"taxd_cache_misses_total", "counter", stats.Misses},
		{"taxd_cache_stale_total", "counter", stats.StaleServed},
		{"taxd_cache_evictions_total", "counter", stats.Evictions},
		{"taxd_loads_total", "counter", stats.Loads},
		{"taxd_load_failures_total", "counter", stats.Failures},
		{"taxd_load_seconds_total", "counter", stats.LoadTime.Seconds()},
	} {
		fmt.Fprintf(w, "# TYPE %s %s\n%s %v\n", m.name, m.kind, m.name, m.value)
	}
}
