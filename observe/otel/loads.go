package otel

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/taxresolve/tax"
)

// The attributes that no semantic convention has.
const (
	countryKey    = attribute.Key("tax.country")
	regionKey     = attribute.Key("tax.region")
	tenantKey     = attribute.Key("tax.tenant")
	backgroundKey = attribute.Key("tax.load.background")
	foundKey      = attribute.Key("tax.load.found")
	operationKey  = attribute.Key("tax.store.operation")
	errorTypeKey  = attribute.Key("error.type")
)

// Observer returns an observer for Options.Observer of a resolver: it measures loads, and
// makes a span for each, with a link to the span of the lookup that started it. Hits do not
// notice it. Evictions are among what [Telemetry.Register] reports.
func (t *Telemetry) Observer() *tax.Observer {
	t = t.working()
	return &tax.Observer{LoadStart: t.loadStart, LoadEnd: t.loadEnd}
}

// loadKey is the key of the span of a load in its context. The source may not end it, and
// another observer may have begun a span of its own in the same context.
type loadKey struct{ of *Telemetry }

func (t *Telemetry) loadStart(ctx, caller context.Context, key tax.Key) context.Context {
	options := []trace.SpanStartOption{trace.WithAttributes(t.place(key.Tenant, tax.Location{Country: key.Country})...)}
	if trace.SpanContextFromContext(caller).IsValid() {
		options = append(options, trace.WithLinks(trace.LinkFromContext(caller)))
	}
	ctx, span := t.tracer.Start(ctx, "tax.load", options...)
	return context.WithValue(ctx, loadKey{t}, span)
}

func (t *Telemetry) loadEnd(ctx context.Context, e tax.LoadEvent) {
	attributes := []attribute.KeyValue{backgroundKey.Bool(e.Background)}
	reason, broken := reasonOf(e.Err)
	if reason != "" {
		attributes = append(attributes, errorTypeKey.String(reason))
	}
	t.loads.Record(ctx, e.Duration.Seconds(), metric.WithAttributeSet(attribute.NewSet(attributes...)))
	if span, ok := ctx.Value(loadKey{t}).(trace.Span); ok {
		span.SetAttributes(backgroundKey.Bool(e.Background), foundKey.Bool(e.Found))
		t.end(span, reason, broken, e.Err)
	}
}

// place returns the attributes of a span that is about a place.
func (t *Telemetry) place(tenant string, l tax.Location) []attribute.KeyValue {
	var list []attribute.KeyValue
	if l.Country != "" {
		list = append(list, countryKey.String(printable(l.Country)))
	}
	if l.Region != "" {
		list = append(list, regionKey.String(printable(l.Region)))
	}
	if t.options.Details {
		list = append(list, tenantKey.String(printable(tenant)))
	}
	return list
}

// end ends a span. broken says whether it failed for a reason that lies in what it was
// about, and not in what was asked for.
func (t *Telemetry) end(span trace.Span, reason string, broken bool, err error) {
	if reason != "" {
		span.SetAttributes(errorTypeKey.String(reason))
	}
	if broken {
		span.SetStatus(codes.Error, reason)
	}
	if err != nil && t.options.Details {
		span.RecordError(err)
	}
	span.End()
}

// maxText is the number of bytes of input that a span can have.
const maxText = 64

// printable returns input as attributes can have it.
func printable(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "\ufffd")
}
