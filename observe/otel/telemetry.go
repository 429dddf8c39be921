package otel

import (
	"errors"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	discardedmetrics "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	discardedtraces "go.opentelemetry.io/otel/trace/noop"
)

// Options of a [Telemetry]. The zero value has the documented defaults.
type Options struct {
	// MeterProvider makes the metrics. Defaults to the global one of OpenTelemetry.
	MeterProvider metric.MeterProvider
	// TracerProvider makes the traces. Defaults to the global one of OpenTelemetry.
	TracerProvider trace.TracerProvider
	// Propagator reads the trace that a request belongs to from its headers. Defaults to
	// the global one of OpenTelemetry, which reads nothing unless the program sets it.
	Propagator propagation.TextMapPropagator
	// Public is for handlers that strangers reach: a request begins a trace of its own,
	// with a link to the one that its headers name. Otherwise its span becomes a part of
	// that one, and its client decides whether it is sampled.
	Public bool
	// Details puts tenants, the paths of requests and the texts of errors into spans. They
	// can identify customers and quote documents. Metrics never have them.
	Details bool
}

// Telemetry makes the metrics and traces of one program. Observe everything in it with one
// Telemetry: if it has several resolvers, their counts are added up. The zero value discards
// everything. It is safe for concurrent use.
type Telemetry struct {
	options Options
	tracer  trace.Tracer
	meter   metric.Meter
	loads   metric.Float64Histogram
	cache   cacheInstruments
	stores  storeInstruments
	serving requestInstruments
}

// scope is the name under which metrics and spans are made.
const scope = "github.com/taxresolve/tax/observe/otel"

// New returns a Telemetry. Nil options are the zero Options. An error means that the meter
// provider refused an instrument.
func New(o *Options) (*Telemetry, error) {
	t := &Telemetry{}
	if o != nil {
		t.options = *o
	}
	if t.options.MeterProvider == nil {
		t.options.MeterProvider = otel.GetMeterProvider()
	}
	if t.options.TracerProvider == nil {
		t.options.TracerProvider = otel.GetTracerProvider()
	}
	if t.options.Propagator == nil {
		t.options.Propagator = otel.GetTextMapPropagator()
	}
	t.tracer, t.meter = t.options.TracerProvider.Tracer(scope), t.options.MeterProvider.Meter(scope)
	m := &maker{meter: t.meter}
	t.loads = m.histogram("tax.load.duration", "Loads of a country from the source, compiling included.", quick)
	t.cache = m.cache()
	t.stores = m.stores()
	t.serving = m.requests()
	return t, m.err
}

// working returns t, or one that discards everything if New did not make it.
func (t *Telemetry) working() *Telemetry {
	if t == nil || t.tracer == nil {
		return discarding()
	}
	return t
}

var discarding = sync.OnceValue(func() *Telemetry {
	t, err := New(&Options{
		MeterProvider: discardedmetrics.NewMeterProvider(), TracerProvider: discardedtraces.NewTracerProvider(),
		Propagator: propagation.NewCompositeTextMapPropagator(),
	})
	if err != nil {
		panic(err) // unreachable: instruments that discard everything are never refused
	}
	return t
})

// The bounds of histograms, in seconds.
var (
	quick = metric.WithExplicitBucketBoundaries(.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10)
	slow  = metric.WithExplicitBucketBoundaries(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300)
)

// maker makes instruments, and keeps the errors.
type maker struct {
	meter metric.Meter
	err   error
}

func (m *maker) keep(err error) { m.err = errors.Join(m.err, err) }

func (m *maker) histogram(name, about string, bounds metric.HistogramOption) metric.Float64Histogram {
	h, err := m.meter.Float64Histogram(name, metric.WithDescription(about), metric.WithUnit("s"), bounds)
	m.keep(err)
	return h
}

func (m *maker) counter(name, about, unit string) metric.Int64Counter {
	c, err := m.meter.Int64Counter(name, metric.WithDescription(about), metric.WithUnit(unit))
	m.keep(err)
	return c
}

func (m *maker) upDown(name, about, unit string) metric.Int64UpDownCounter {
	c, err := m.meter.Int64UpDownCounter(name, metric.WithDescription(about), metric.WithUnit(unit))
	m.keep(err)
	return c
}
