package otel

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

type storeInstruments struct {
	operations metric.Float64Histogram
	lag        metric.Float64Histogram
	notices    metric.Int64Counter
	watches    metric.Int64UpDownCounter
}

func (m *maker) stores() storeInstruments {
	return storeInstruments{
		operations: m.histogram("tax.store.operation.duration", "Calls of a store.", quick),
		lag:        m.histogram("tax.store.propagation.lag", "From a write of another process until its notice arrived here.", slow),
		notices:    m.counter("tax.store.notices", "Changes that a watch reported.", "{notice}"),
		watches:    m.upDown("tax.store.watch.active", "Watches of changes that are running.", "{watch}"),
	}
}

// Store returns a store that does what s does, measures each call and makes a span for it,
// which is a part of the trace of its context. Give it to the resolver and to the handlers.
//
// It has the abilities of s: it is a [tax.Lister], [tax.Notifier], [tax.Watcher],
// [store.BulkWriter] and [store.Historian] if s is. It has no Close: close s. Pass s itself
// to store.Export and store.Import, which know more about the stores of this library.
//
// What a Watch reports is counted, and so is its delay: when a country that was read before
// is read again after a notice, the delay is the time from the newest write in it to the
// notice. Both are read from clocks, perhaps of two machines. Notices of deletions alone,
// those that say no country, and those that come after the write was read have no delay. A
// nil store stays nil.
func (t *Telemetry) Store(s tax.Store) tax.Store {
	if s == nil {
		return nil
	}
	o := &observed{t: t.working(), inner: s}
	p := parts{observed: o}
	kind := 0
	if lists, ok := s.(tax.Lister); ok {
		p.lister, kind = lister{o, lists}, kind|1
	}
	if notifies, ok := s.(tax.Notifier); ok {
		p.Notifier, kind = notifies, kind|2
	}
	if watches, ok := s.(tax.Watcher); ok {
		o.arrivals = &arrivals{}
		p.watcher, kind = watcher{o, watches}, kind|4
	}
	if writes, ok := s.(store.BulkWriter); ok {
		p.bulkWriter, kind = bulkWriter{o, writes}, kind|8
	}
	if remembers, ok := s.(store.Historian); ok {
		p.historian, kind = historian{o, remembers}, kind|16
	}
	return combinations[kind](p)
}

// observed is a store with the methods that every store has.
type observed struct {
	t        *Telemetry
	inner    tax.Store
	arrivals *arrivals // nil if the store does not watch
}

// String returns "observed store", for people and logs.
func (*observed) String() string { return "observed store" }

// call is a call of a store.
type call struct {
	t         *Telemetry
	operation string
	began     time.Time
	span      trace.Span
}

func (o *observed) begin(ctx context.Context, operation, tenant string, l tax.Location) (context.Context, *call) {
	if ctx == nil { // which the store refuses
		return nil, &call{t: o.t, operation: operation, began: time.Now(), span: trace.SpanFromContext(context.Background())}
	}
	ctx, span := o.t.tracer.Start(ctx, "tax.store."+operation,
		trace.WithAttributes(operationKey.String(operation)), trace.WithAttributes(o.t.place(tenant, l)...))
	return ctx, &call{o.t, operation, time.Now(), span}
}

// end is deferred, so that calls that panic are measured too: then err points to nil, and
// returned is false.
func (c *call) end(ctx context.Context, returned *bool, err *error) {
	reason, broken := reasonOf(*err)
	if !*returned {
		reason, broken = "panic", true
	}
	attributes := []attribute.KeyValue{operationKey.String(c.operation)}
	if reason != "" {
		attributes = append(attributes, errorTypeKey.String(reason))
	}
	if ctx == nil {
		ctx = context.Background()
	}
	c.t.stores.operations.Record(ctx, time.Since(c.began).Seconds(), metric.WithAttributeSet(attribute.NewSet(attributes...)))
	c.t.end(c.span, reason, broken, *err)
}

// measured calls a method of a store.
func measured[R any](ctx context.Context, o *observed, operation, tenant string, l tax.Location, method func(context.Context) (R, error)) (result R, err error) {
	ctx, c := o.begin(ctx, operation, tenant, l)
	returned := false
	defer c.end(ctx, &returned, &err)
	result, err = method(ctx)
	returned = true
	return result, err
}

func (o *observed) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	set, err := measured(ctx, o, "configurations", key.Tenant, tax.Location{Country: key.Country}, func(ctx context.Context) ([]tax.Configuration, error) {
		return o.inner.Configurations(ctx, key)
	})
	if lag, ok := o.arrivals.read(key, set, err); ok {
		o.t.stores.lag.Record(ctx, lag.Seconds())
	}
	return set, err
}

func (o *observed) Create(ctx context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	return o.written(tenant)(measured(ctx, o, "create", tenant, c.Location, func(ctx context.Context) (tax.Configuration, error) {
		return o.inner.Create(ctx, tenant, c)
	}))
}

func (o *observed) Get(ctx context.Context, tenant string, l tax.Location) (tax.Configuration, error) {
	return measured(ctx, o, "get", tenant, l, func(ctx context.Context) (tax.Configuration, error) {
		return o.inner.Get(ctx, tenant, l)
	})
}

func (o *observed) Update(ctx context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	return o.written(tenant)(measured(ctx, o, "update", tenant, c.Location, func(ctx context.Context) (tax.Configuration, error) {
		return o.inner.Update(ctx, tenant, c)
	}))
}

func (o *observed) Delete(ctx context.Context, tenant string, l tax.Location) error {
	_, err := measured(ctx, o, "delete", tenant, l, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, o.inner.Delete(ctx, tenant, l)
	})
	return err
}

// written returns a function that passes on what a write returned: its own writes tell
// nothing about how those of others arrive.
func (o *observed) written(tenant string) func(tax.Configuration, error) (tax.Configuration, error) {
	return func(c tax.Configuration, err error) (tax.Configuration, error) {
		if err == nil {
			o.arrivals.written(tax.Key{Tenant: tenant, Country: c.Location.Country}, &c)
		}
		return c, err
	}
}
