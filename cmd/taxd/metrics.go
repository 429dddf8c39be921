package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	discarded "go.opentelemetry.io/otel/trace/noop"

	"github.com/taxresolve/tax/observe/otel"
)

// metrics are what the server measures, for Prometheus, and its traces.
type metrics struct {
	*otel.Telemetry
	handler http.Handler
	traces  *trace.TracerProvider // nil if nobody asks for traces
}

// newMetrics returns metrics and traces, or those that discard everything if nobody asks for
// either.
func newMetrics(ctx context.Context, c config, log *slog.Logger) (m metrics, err error) {
	m = metrics{&otel.Telemetry{}, http.NotFoundHandler(), nil}
	if !c.observed() {
		return m, nil
	}
	options := otel.Options{
		MeterProvider: noop.NewMeterProvider(), TracerProvider: discarded.NewTracerProvider(), Propagator: propagation.TraceContext{}, Public: true,
	}
	if m.traces, err = newTraces(ctx, c, log); err != nil {
		return m, err
	}
	if m.traces != nil {
		options.TracerProvider = m.traces
	}
	if c.metrics != "" {
		registry := prometheus.NewRegistry()
		reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
		if err != nil {
			return m, err
		}
		err = errors.Join(registry.Register(collectors.NewGoCollector()),
			registry.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})))
		if err != nil {
			return m, err
		}
		options.MeterProvider = metric.NewMeterProvider(metric.WithReader(reader))
		m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{
			ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), MaxRequestsInFlight: 4, Timeout: 5 * time.Second,
		})
	}
	m.Telemetry, err = otel.New(&options)
	return m, err
}

// observed reports whether somebody asks for metrics or traces.
func (c *config) observed() bool { return c.metrics != "" || c.traces != "" }

// serveMetrics answers with metrics, and nothing else, until ctx ends.
func (s *server) serveMetrics(ctx context.Context, l net.Listener) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.handler)
	h := &http.Server{
		Handler: mux, MaxHeaderBytes: 16 << 10, ReadTimeout: s.config.headerTimeout,
		WriteTimeout: s.config.writeTimeout, IdleTimeout: s.config.idleTimeout,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	defer context.AfterFunc(ctx, func() { _ = h.Close() })()
	if err := h.Serve(l); ctx.Err() == nil {
		s.log.LogAttrs(ctx, slog.LevelError, "metrics are not served any more", slog.Any("error", err))
	}
}

// listenForMetrics returns nil if nobody asks for metrics.
func (c *config) listenForMetrics() (net.Listener, error) {
	if c.metrics == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", c.metrics)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w; stop the other program, or choose another address with -metrics", c.metrics, err)
	}
	return l, nil
}
