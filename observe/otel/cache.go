package otel

import (
	"context"
	"math"

	"go.opentelemetry.io/otel/metric"

	"github.com/taxresolve/tax"
)

// cacheInstruments are read from the counts of resolvers.
type cacheInstruments struct {
	hits, misses, stale, evictions       metric.Int64ObservableCounter
	countries, bytes, loading, abandoned metric.Int64ObservableUpDownCounter
}

func (m *maker) cache() cacheInstruments {
	count := func(name, about, unit string) metric.Int64ObservableCounter {
		c, err := m.meter.Int64ObservableCounter(name, metric.WithDescription(about), metric.WithUnit(unit))
		m.keep(err)
		return c
	}
	level := func(name, about, unit string) metric.Int64ObservableUpDownCounter {
		c, err := m.meter.Int64ObservableUpDownCounter(name, metric.WithDescription(about), metric.WithUnit(unit))
		m.keep(err)
		return c
	}
	return cacheInstruments{
		hits:      count("tax.cache.hits", "Lookups answered from memory.", "{lookup}"),
		misses:    count("tax.cache.misses", "Lookups that did not find their country in memory, or not in a usable state.", "{lookup}"),
		stale:     count("tax.cache.stale_answers", "Answers from a country kept beyond its TTL because the source failed.", "{answer}"),
		evictions: count("tax.cache.evictions", "Countries evicted from memory to make room.", "{country}"),
		countries: level("tax.cache.countries", "Countries in memory, over all tenants.", "{country}"),
		bytes:     level("tax.cache.size", "Estimate of the memory that the countries take.", "By"),
		loading:   level("tax.load.active", "Loads under way.", "{load}"),
		abandoned: level("tax.load.abandoned", "Loads that were given up and whose source has not returned yet.", "{load}"),
	}
}

// Register adds the counts of a resolver to the metrics. They are read when metrics are
// collected, so that lookups do not notice. Views of its tenants have the same counts:
// register one of them. Hits are only reported once there are any, because a resolver
// without Options.CountHits does not count them.
//
// Unregister the registration when the resolver is closed, or it stays in memory and its
// last counts in the metrics. A nil resolver is a [tax.InputError].
func (t *Telemetry) Register(r *tax.Resolver) (metric.Registration, error) {
	if r == nil {
		return nil, &tax.InputError{Field: "resolver", Value: "nil", Reason: "pass a Resolver, see tax.NewResolver"}
	}
	t = t.working()
	c := &t.cache
	return t.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := r.Stats()
		if s.Hits > 0 {
			o.ObserveInt64(c.hits, count(s.Hits))
		}
		o.ObserveInt64(c.misses, count(s.Misses))
		o.ObserveInt64(c.stale, count(s.StaleServed))
		o.ObserveInt64(c.evictions, count(s.Evictions))
		o.ObserveInt64(c.countries, int64(s.Countries))
		o.ObserveInt64(c.bytes, s.Bytes)
		o.ObserveInt64(c.loading, int64(s.Loading))
		o.ObserveInt64(c.abandoned, int64(s.Abandoned))
		return nil
	}, c.hits, c.misses, c.stale, c.evictions, c.countries, c.bytes, c.loading, c.abandoned)
}

func count(n uint64) int64 { return int64(min(n, math.MaxInt64)) }
