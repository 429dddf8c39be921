package otel_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/observe/otel"
)

// lab has a Telemetry whose metrics and spans a test can read.
type lab struct {
	*otel.Telemetry
	reader *metric.ManualReader
	spans  *tracetest.InMemoryExporter
	traces *trace.TracerProvider
}

// observing returns a lab with options whose providers are those of the lab.
func observing(t testing.TB, o otel.Options) *lab {
	t.Helper()
	l := &lab{reader: metric.NewManualReader(), spans: tracetest.NewInMemoryExporter()}
	l.traces = trace.NewTracerProvider(trace.WithSyncer(l.spans))
	o.MeterProvider, o.TracerProvider = metric.NewMeterProvider(metric.WithReader(l.reader)), l.traces
	if o.Propagator == nil {
		o.Propagator = propagation.TraceContext{}
	}
	var err error
	l.Telemetry, err = otel.New(&o)
	require.NoError(t, err)
	return l
}

// collected returns the metrics by their name.
func (l *lab) collected(t testing.TB) map[string]metricdata.Metrics {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, l.reader.Collect(context.Background(), &all))
	byName := map[string]metricdata.Metrics{}
	for _, s := range all.ScopeMetrics {
		for _, m := range s.Metrics {
			byName[m.Name] = m
		}
	}
	return byName
}

// point is a series of a metric.
type point struct {
	attributes string
	n          int64 // the value of a counter, the number of measurements of a histogram
	sum        float64
}

// points returns the series of a metric.
func points(m metricdata.Metrics) (list []point) {
	text := func(s attribute.Set) string { return s.Encoded(attribute.DefaultEncoder()) }
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			list = append(list, point{attributes: text(p.Attributes), n: p.Value})
		}
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			list = append(list, point{text(p.Attributes), int64(p.Count), p.Sum})
		}
	}
	return list
}

// numbers returns the series of a metric by their attributes.
func (l *lab) numbers(t testing.TB, name string) map[string]int64 {
	t.Helper()
	byAttributes := map[string]int64{}
	for _, p := range points(l.collected(t)[name]) {
		byAttributes[p.attributes] = p.n
	}
	return byAttributes
}

// span returns the only span with a name.
func (l *lab) span(t testing.TB, name string) tracetest.SpanStub {
	t.Helper()
	var found []tracetest.SpanStub
	for _, s := range l.spans.GetSpans() {
		if s.Name == name {
			found = append(found, s)
		}
	}
	require.Len(t, found, 1, "spans %s", name)
	return found[0]
}

// attributes returns the attributes of a span by their key.
func attributes(s tracetest.SpanStub) map[string]any {
	byKey := map[string]any{}
	for _, a := range s.Attributes {
		byKey[string(a.Key)] = a.Value.AsInterface()
	}
	return byKey
}

func TestTheDocumentationHasEachMetricAndItsUnit(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	documented := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^//\t([a-z_.]+) +(?:counter|up-down|histogram) .* (\S+)$`).FindAllStringSubmatch(string(text), -1) {
		documented[row[1]] = row[2]
	}
	l := observing(t, otel.Options{})
	everything(t, l)
	made := map[string]string{}
	for name, m := range l.collected(t) {
		made[name] = m.Unit
		assert.NotEmpty(t, m.Description, name)
		assert.NotEmpty(t, points(m), name)
	}
	assert.Equal(t, documented, made)
}

// A program may ask about as many tenants and places as it likes: there are no more series.
func TestTheNumberOfSeriesDoesNotDependOnWhatIsAsked(t *testing.T) {
	series := func(l *lab) (n int) {
		for _, m := range l.collected(t) {
			n += len(points(m))
		}
		return n
	}
	l := observing(t, otel.Options{})
	everything(t, l)
	few := series(l)
	for i := range 300 {
		hostile(t, l, i)
	}
	assert.InDelta(t, few, series(l), 6) // reasons and statuses that came for the first time
	many := series(l)
	for i := range 300 {
		hostile(t, l, 1000+i)
	}
	assert.Equal(t, many, series(l))
	for name, m := range l.collected(t) {
		for _, p := range points(m) {
			assert.NotRegexp(t, `tenant|DE|path|hostile`, strings.ReplaceAll(p.attributes, "{tenant}", ""), name)
		}
	}
}

func TestTheZeroValueDiscardsEverything(t *testing.T) {
	var zero otel.Telemetry
	var none *otel.Telemetry
	for _, telemetry := range []*otel.Telemetry{&zero, none} {
		everything(t, &lab{Telemetry: telemetry})
	}
}

func TestWithoutOptionsTheProvidersAreTheGlobalOnes(t *testing.T) {
	telemetry, err := otel.New(nil)
	require.NoError(t, err)
	everything(t, &lab{Telemetry: telemetry})
}

func TestNilIsNotObserved(t *testing.T) {
	l := observing(t, otel.Options{})
	assert.Nil(t, l.Store(nil))
	_, err := l.Register(nil)
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

func TestTelemetryIsSafeForConcurrentUse(t *testing.T) {
	l := observing(t, otel.Options{})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() { hostile(t, l, i) })
	}
	all.Wait()
	l.collected(t)
}
