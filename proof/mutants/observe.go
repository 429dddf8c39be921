package main

// inObserve are faults in what observes the library.
var inObserve = []mutant{
	{
		"observe/otel/loads.go", "the span of a load is a part of the trace of its caller",
		`ctx, span := t.tracer.Start(ctx, "tax.load", options...)`,
		`ctx, span := t.tracer.Start(trace.ContextWithSpan(ctx, trace.SpanFromContext(caller)), "tax.load", options...)`,
		"observe/otel", []string{"TestSpanOfALoadIsLinkedToItsCaller"},
	},
	{
		"observe/otel/loads.go", "tenants are in spans without leave",
		"if t.options.Details {\n\t\tlist = append(list, tenantKey",
		"{\n\t\tlist = append(list, tenantKey",
		"observe/otel", []string{"TestSpansHaveTenantsAndTextsOnlyWithDetails"},
	},
	{
		"observe/otel/reason.go", "errors of a source become values of an attribute",
		"return other, true",
		"return err.Error(), true",
		"observe/otel", []string{"TestTheNumberOfSeriesDoesNotDependOnWhatIsAsked"},
	},
	{
		"observe/otel/store.go", "an observed store that watches does not say so",
		"p.watcher, kind = watcher{o, watches}, kind|4",
		"p.watcher = watcher{o, watches}",
		"observe/otel", []string{"TestObservedStoreCanDoWhatTheStoreCan"},
	},
	{
		"observe/otel/arrivals.go", "an own write counts as one of others",
		"known.newest = c.Metadata.Modified",
		"_ = known.newest",
		"observe/otel", []string{"TestPropagationIsTheTimeFromAWriteToItsNotice"},
	},
	{
		"observe/otel/cache.go", "hits that nobody counts are reported as none",
		"if s.Hits > 0 {",
		"if s.Hits >= 0 {",
		"observe/otel", []string{"TestHitsAreNotReportedIfNobodyCountsThem"},
	},
	{
		"observe/otel/http.go", "strangers choose the trace of their request",
		"if !t.options.Public {",
		"if t.options.Public || remote != nil {",
		"observe/otel", []string{"TestATraceGoesOnUnlessStrangersSendIt"},
	},
	{
		"observe/limiter.go", "a failure that repeats is logged each time",
		"now.Sub(f.logged) < repeat {",
		"now.Sub(f.logged) < 0 {",
		"observe", []string{"TestAFailureThatRepeatsIsLoggedEachMinute"},
	},
	{
		"observe/limiter.go", "many failures have as many lines",
		"if l.lines >= maxLines {",
		"if l.lines >= maxLines && repeat < 0 {",
		"observe", []string{"TestManyFailuresHaveFewLines"},
	},
	{
		"observe/log.go", "errors are logged with what the program hides",
		"text = l.Error(err)",
		"text = l.Error(err) + err.Error()",
		"observe", []string{"TestLinesAreShortAndHaveNoSecrets"},
	},
	{
		"observe/join.go", "a joined observer receives the context of another one",
		"at = own[i]",
		"at = own[len(own)-1]",
		"observe", []string{"TestJoinedObserversReceiveEverythingInOrder"},
	},
}
