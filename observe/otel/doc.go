// Package otel observes resolvers, stores and HTTP handlers with OpenTelemetry: it makes
// their metrics and traces.
//
//	t, err := otel.New(nil) // the global providers
//	observed := t.Store(s)
//	r, err := tax.NewResolver(observed, &tax.Options{Observer: t.Observer()})
//	registration, err := t.Register(r)
//	handler = t.Handler(handler)
//
// A program that imports go.opentelemetry.io/otel as well gives one of the two another
// name. The package uses no more than the API of OpenTelemetry; the program chooses the SDK
// and the exporters.
//
// # Metrics
//
// Units are in the last column; those in braces are counts.
//
//	tax.cache.hits               counter    lookups answered from memory, with Options.CountHits    {lookup}
//	tax.cache.misses             counter    lookups that did not find their country in memory       {lookup}
//	tax.cache.stale_answers      counter    answers older than the TTL, because the source failed   {answer}
//	tax.cache.evictions          counter    countries evicted to make room                          {country}
//	tax.cache.countries          up-down    countries in memory                                     {country}
//	tax.cache.size               up-down    estimate of the memory that they take                   By
//	tax.load.active              up-down    loads under way                                         {load}
//	tax.load.abandoned           up-down    loads that were given up and whose source still runs    {load}
//	tax.load.duration            histogram  loads, compiling included                               s
//	tax.store.operation.duration histogram  calls of a store                                        s
//	tax.store.watch.active       up-down    watches of changes that are running                     {watch}
//	tax.store.notices            counter    changes that a watch reported                           {notice}
//	tax.store.propagation.lag    histogram  from a write of others until its notice arrived here    s
//	http.server.request.duration histogram  requests                                                s
//	http.server.active_requests  up-down    requests under way                                      {request}
//
// Attributes follow the semantic conventions of OpenTelemetry where they have one:
// error.type, http.request.method, http.route, http.response.status_code, url.scheme. The
// own ones are tax.load.background (whether lookups had an answer meanwhile) and
// tax.store.operation. No metric has a tenant, a country or text of a request, so their
// number is bounded, whatever is asked.
//
// error.type is the code of an error (docs/errors.md), canceled, timeout, unknown_outcome,
// panic, for HTTP the status, or _OTHER. A success has none.
//
// # Traces
//
// A load is a span tax.load of its own trace, because all lookups that wait for it share
// it; a link leads to the span of the lookup that started it. A call of a store is a span
// such as tax.store.create, a request one such as GET /v1/{tenant}/resolve. Spans have the
// country and the region. Tenants, paths and texts of errors are only in them with
// Options.Details.
package otel
