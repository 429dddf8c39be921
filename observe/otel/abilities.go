package otel

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// lister is a store that lists.
type lister struct {
	o     *observed
	inner tax.Lister
}

// List returns a page of the store.
func (l lister) List(ctx context.Context, tenant string, q tax.Query) (tax.Page, error) {
	return measured(ctx, l.o, "list", tenant, tax.Location{Country: q.Country}, func(ctx context.Context) (tax.Page, error) {
		return l.inner.List(ctx, tenant, q)
	})
}

// watcher is a store that reports changes.
type watcher struct {
	o     *observed
	inner tax.Watcher
}

// Watch reports the changes that the store reports. It is no operation with a duration.
func (w watcher) Watch(ctx context.Context, changed func(tax.Key)) error {
	if ctx == nil || changed == nil {
		return w.inner.Watch(ctx, changed) // which refuses both
	}
	s := &w.o.t.stores
	s.watches.Add(ctx, 1)
	defer s.watches.Add(ctx, -1)
	return w.inner.Watch(ctx, func(key tax.Key) {
		w.o.arrivals.noticed(key, time.Now())
		s.notices.Add(ctx, 1)
		changed(key)
	})
}

// bulkWriter is a store that writes many documents at once.
type bulkWriter struct {
	o     *observed
	inner store.BulkWriter
}

var batchesKey = attribute.Key("tax.store.batches")

// Write carries out batches. Their span has the first error of an outcome.
func (b bulkWriter) Write(ctx context.Context, batches []store.Batch) []store.Outcome {
	ctx, c := b.o.begin(ctx, "write", "", tax.Location{})
	c.span.SetAttributes(batchesKey.Int(len(batches)))
	returned, failure := false, error(nil)
	defer c.end(ctx, &returned, &failure)
	outcomes := b.inner.Write(ctx, batches)
	returned = true
	for i := range outcomes {
		out := &outcomes[i]
		if out.Err != nil && failure == nil {
			failure = out.Err
		}
		for n := range out.Configurations {
			if i < len(batches) && out.Err == nil {
				b.o.arrivals.written(batches[i].Key, &out.Configurations[n])
			}
		}
	}
	return outcomes
}

// historian is a store with a history.
type historian struct {
	o     *observed
	inner store.Historian
}

// Versions returns the versions of a location.
func (h historian) Versions(ctx context.Context, tenant string, l tax.Location) ([]store.Version, error) {
	return measured(ctx, h.o, "versions", tenant, l, func(ctx context.Context) ([]store.Version, error) {
		return h.inner.Versions(ctx, tenant, l)
	})
}

// Version returns one version of a location.
func (h historian) Version(ctx context.Context, tenant string, l tax.Location, version int64) (store.Version, error) {
	return measured(ctx, h.o, "version", tenant, l, func(ctx context.Context) (store.Version, error) {
		return h.inner.Version(ctx, tenant, l, version)
	})
}

// AsOf returns what was in force in a country at an instant.
func (h historian) AsOf(ctx context.Context, key tax.Key, at time.Time) ([]store.Version, error) {
	return measured(ctx, h.o, "as_of", key.Tenant, tax.Location{Country: key.Country}, func(ctx context.Context) ([]store.Version, error) {
		return h.inner.AsOf(ctx, key, at)
	})
}
