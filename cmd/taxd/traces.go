package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	global "go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// tracesPatience is the time in which the last spans must arrive at the end of the program.
const tracesPatience = 5 * time.Second

// newTraces makes spans, which it sends to the collector of -traces. It is nil if nobody asks
// for them. What else there is to choose, such as headers with a token for the collector, has
// the standard variables of OpenTelemetry, which their own packages read.
func newTraces(ctx context.Context, c config, log *slog.Logger) (*trace.TracerProvider, error) {
	if c.traces == "" {
		return nil, nil
	}
	to, err := url.Parse(c.traces)
	if err != nil {
		return nil, errors.New("-traces is no address")
	}
	if to.Path == "" || to.Path == "/" {
		to.Path = "/v1/traces" // as for OTEL_EXPORTER_OTLP_ENDPOINT
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(to.String()))
	if err != nil {
		return nil, fmt.Errorf("-traces cannot be used: %w", err)
	}
	global.SetErrorHandler(global.ErrorHandlerFunc(func(err error) {
		log.LogAttrs(context.Background(), slog.LevelWarn, "traces are lost", slog.Any("error", err))
	}))
	from, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", "taxd")), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES cannot be used: %w", err)
	}
	return trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(from)), nil
}

// endTraces sends the last spans.
func endTraces(t *trace.TracerProvider) {
	if t != nil {
		ctx, cancel := context.WithTimeout(context.Background(), tracesPatience)
		defer cancel()
		_ = t.Shutdown(ctx) // its errors have been logged
	}
}
