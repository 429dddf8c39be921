package otel_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/observe/otel"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// A program makes its providers with the SDK of OpenTelemetry and an exporter; here both
// keep everything in memory.
func Example() {
	ctx := context.Background()
	reader, spans := metric.NewManualReader(), tracetest.NewInMemoryExporter()
	t, err := otel.New(&otel.Options{
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(reader)),
		TracerProvider: trace.NewTracerProvider(trace.WithSyncer(spans)),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	source := t.Store(store.NewMemory(&store.Options{Base: rates.World()}))
	r, err := tax.NewResolver(source, &tax.Options{Observer: t.Observer(), CountHits: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	registration, err := t.Register(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		if _, err := r.Resolve(ctx, "DE", "STANDARD"); err != nil {
			fmt.Println(err)
		}
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &all); err != nil {
		fmt.Println(err)
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		if sum, ok := m.Data.(metricdata.Sum[int64]); ok && slices.Contains([]string{"tax.cache.hits", "tax.cache.misses"}, m.Name) {
			fmt.Println(m.Name, sum.DataPoints[0].Value, m.Unit)
		}
	}
	_ = registration.Unregister()
	r.Close()
	for _, s := range spans.GetSpans() {
		fmt.Println(s.Name, s.Attributes[0].Value.AsString())
	}
	// Output:
	// tax.cache.hits 2 {lookup}
	// tax.cache.misses 1 {lookup}
	// tax.store.configurations configurations
	// tax.load DE
}

func ExampleTelemetry_Handler() {
	spans := tracetest.NewInMemoryExporter()
	t, err := otel.New(&otel.Options{TracerProvider: trace.NewTracerProvider(trace.WithSyncer(spans)), Public: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rates/{country}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.PathValue("country")) })
	answer := httptest.NewRecorder()
	t.Handler(mux).ServeHTTP(answer, httptest.NewRequest("GET", "/rates/DE", nil))
	fmt.Println(answer.Body)
	fmt.Println(spans.GetSpans()[0].Name)
	// Output:
	// DE
	// GET /rates/{country}
}
