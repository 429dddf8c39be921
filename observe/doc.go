// Package observe logs what a resolver does, with log/slog, and joins observers. Package
// otel below it, a module of its own, makes metrics and traces.
//
//	l := &observe.Log{Logger: logger}
//	r, err := tax.NewResolver(s, &tax.Options{Observer: l.Observer(), OnWarning: l.Warning})
//	go l.Report(ctx, r, time.Minute)
//
// # Levels
//
//	ERROR  a load failed that lookups waited for; a source or an observer panicked
//	WARN   a load in the background failed; a warning of a load; answers were stale;
//	       a source ignores its context
//	INFO   a country that had failed was loaded again; configurations changed; countries
//	       were evicted
//	DEBUG  each load, eviction and load that was given up
//
// No line has documents or what a lookup asked for. Tenants and the texts of errors are in
// them; see [Log].Error for those that must not be.
package observe
