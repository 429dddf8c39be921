package main

// histories is the package of the proof that the resolver is linearizable.
const histories = "proof/histories"

// freshness is the package of the tests of the cache over time.
const freshness = "tests/freshness"

var linearizable = []string{"TestResolverIsLinearizable"}

// inCache are faults in keeping, loading and dropping countries.
var inCache = []mutant{
	{
		"internal/cache/flight.go", "the result of an obsolete load is kept",
		"f.obsolete = c.closed || c.overtaken(f)", "f.obsolete = c.closed",
		histories, linearizable,
	},
	{
		"internal/cache/flight.go", "the result of an obsolete load is kept, in a fixed order",
		"f.obsolete = c.closed || c.overtaken(f)", "f.obsolete = c.closed",
		freshness, []string{"TestNoCallAfterAnInvalidationJoinsALoadThatBeganBefore", "TestWritesRacingLoadsNeverLeaveAnOlderAnswer"},
	},
	{
		"internal/cache/invalidation.go", "after an invalidation, lookups join the load under way",
		"if f := c.current(k.ID); f != nil {", "if f := c.current(k.ID); false {",
		histories, linearizable,
	},
	{
		"internal/cache/flight.go", "invalidating everything leaves the loads under way",
		"return f.obsolete || f.round != c.round", "return f.obsolete",
		histories, linearizable,
	},
	{
		"internal/cache/flight.go", "lookups join a load that was overtaken",
		"f != nil && !f.landed && !c.overtaken(f)", "f != nil && !f.landed",
		freshness, []string{"TestNoCallAfterAnInvalidationJoinsALoadThatBeganBefore"},
	},
	{
		"internal/cache/invalidation.go", "invalidating everything leaves the tenant with the empty id",
		"c.direct[i].Store(nil)", "_ = i",
		histories, linearizable,
	},
	{
		"loader.go", "a notification about a whole tenant is ignored",
		"case key.Country == \"\":", "case false:",
		histories, linearizable,
	},
	{
		"internal/cache/invalidation.go", "an invalidation leaves a remembered absence",
		"\tc.remembered.Remove(k.remembered)\n\tif f :=", "\tif f :=",
		histories, linearizable,
	},
	{
		"internal/cache/flight.go", "a caller that leaves cancels the load for those that wait",
		"if f.waiting == 0 && !f.lasting", "if !f.lasting",
		freshness, []string{"TestEachCallersCancellationIsHisAlone"},
	},
	{
		"internal/cache/flight.go", "a load goes on although all callers have left",
		"if f.waiting == 0 && !f.lasting", "if false",
		freshness, []string{"TestLoadIsCancelledWhenAllHaveLeft"},
	},
	{
		"internal/cache/cache.go", "a caller that waits for an obsolete load takes its result",
		"if f.obsolete && (f.err == nil", "if false && (f.err == nil",
		freshness, []string{"TestNoCallAfterAnInvalidationJoinsALoadThatBeganBefore"},
	},
	{
		"internal/cache/overdue.go", "a source that ignores its deadline keeps callers waiting",
		"time.AfterFunc(c.settings.Timeout, func()", "time.AfterFunc(2*c.settings.Timeout, func()",
		freshness, []string{"TestLoadHasADeadlineEvenWhenTheSourceDoesNotListen"},
	},
	{
		"internal/cache/flight.go", "a source that ends its goroutine seems to have nothing",
		"err := errGoexit", "var err error",
		histories, linearizable,
	},
	{
		"internal/cache/flight.go", "an error is remembered as an absence",
		"known.err, known.failures = f.err, known.failures+1", "known.failures++",
		histories, linearizable,
	},
	{
		"internal/cache/cache.go", "every lookup of a cold key starts a load",
		"e, f := c.Lookup(k.ID, k.hash), c.current(k.ID)", "e, f := c.Lookup(k.ID, k.hash), (*flight[V])(nil)",
		histories, linearizable,
	},
	{
		"internal/cache/invalidation.go", "after Close, waiting callers get the error of a context",
		"report := c.end(f, false, nil, ErrClosed)", "var report func()",
		freshness, []string{"TestCloseAnswersWhoWaitsAndRefusesWhoComes"},
	},
	{
		"internal/cache/invalidation.go", "after Close, entries still answer",
		"c.clear()\n\tif c.timer", "if c.timer",
		histories, linearizable,
	},
	{
		"internal/cache/running.go", "one load of a country more than the bound runs",
		"running >= maxRunning", "running > maxRunning",
		freshness, []string{"TestLoadsThatAreGivenUpDoNotPileUp", "TestLoadsThatAreOvertakenDoNotPileUp"},
	},
	{
		"internal/cache/running.go", "a load that returns after it was given up leaves no room",
		"c.abandoned--", "_ = f",
		freshness, []string{"TestOneLoadThatReturnsMakesRoomForOne"},
	},
	{
		"internal/cache/running.go", "a load that returns stays among those that run",
		"newest.older = f.older\n", "newest.older = newest.older\n",
		freshness, []string{"TestOneLoadThatReturnsMakesRoomForOne"},
	},
	{
		"internal/cache/overdue.go", "only the first of several loads has a deadline",
		"c.timer.Reset(time.Duration(left))", "_ = left",
		freshness, []string{"TestEachLoadHasADeadlineOfItsOwn"},
	},
	{
		"internal/cache/overdue.go", "a hook of a load that is overdue holds up the others",
		"go report()", "report()",
		freshness, []string{"TestHookOfAnOverdueLoadHoldsUpNoOther"},
	},
	{
		"internal/cache/overdue.go", "a load that has landed stays among those under way",
		"f.next.previous = f.previous", "_ = f.next",
		freshness, []string{"TestEachLoadHasADeadlineOfItsOwn"},
	},
	{
		"internal/cache/overdue.go", "the source cannot tell that its time is over",
		"f.context.end(context.DeadlineExceeded)", "f.context.end(context.Canceled)",
		freshness, []string{"TestSourceSeesHowItsLoadEnds"},
	},
	{
		"internal/cache/context.go", "a derived context does not end with the load",
		"x.after[&f] = struct{}{}", "_ = x.after",
		"internal/cache", []string{"TestContextOfALoadIsLikeAnyOther"},
	},
	{
		"internal/cache/context.go", "a context that was derived and is over stays with the load",
		"delete(x.after, &f)", "_ = x.after",
		"internal/cache", []string{"TestContextOfALoadIsLikeAnyOther"},
	},
	{
		"internal/cache/cache.go", "a burst of writes makes lookups fail",
		"if f = c.queued(k, full); f == nil {", "if f = nil; f == nil {",
		freshness, []string{"TestLoadsThatAreOvertakenDoNotPileUp"},
	},
	{
		"internal/cache/cache.go", "who waits for a load that was overtaken gets its result",
		"(f.err == nil || f.queue) && round", "f.err == nil && round",
		freshness, []string{"TestLoadsThatAreOvertakenDoNotPileUp"},
	},
	{
		"resolver.go", "the quick path leaves the tenant out of the key",
		"if id.Tenant == cache.Nobody {\n\t\t\t\te = core", "if id.Tenant == cache.Nobody || true {\n\t\t\t\te = core",
		freshness, []string{"TestTenantsNeverSeeEachOther"},
	},
	{
		"internal/cache/eviction.go", "one country more than the capacity is kept",
		"c.kept.Len() >= c.settings.Capacity", "c.kept.Len() > c.settings.Capacity",
		freshness, []string{"TestCapacityIsExact"},
	},
	{
		"internal/cache/eviction.go", "one country more than the quota of a tenant is kept",
		"mine.entries >= c.settings.Quota", "mine.entries > c.settings.Quota",
		freshness, []string{"TestQuotaKeepsATenantFromDisplacingOthers"},
	},
	{
		"internal/cache/eviction.go", "an entry that was used has no second chance",
		"if e.used.Load() == 0 {\n\t\t\treturn e", "if e.used.Load() < 2 {\n\t\t\treturn e",
		freshness, []string{"TestCapacityDisplacesTheLeastRecentlyUsed", "TestCapacityCountryThatIsUsedIsNotDisplaced"},
	},
	{
		"internal/cache/index.go", "a removal leaves a country where searches do not find it",
		"(j-home)&mask < (j-i)&mask", "(j-home)&mask <= (j-i)&mask",
		freshness, []string{"TestTenantsWithRandomIdsNeverShareACountry"},
	},
	{
		"internal/cache/bytes.go", "the id of a cached tenant is not counted",
		"n := tenantBytes + TextBytes(e.tenant.Value())",
		"n := int64(tenantBytes)",
		freshness, []string{"TestBytesCountTheIdOfTheTenant"},
	},
	{
		"internal/cache/bytes.go", "a cached part stays counted when its last entry goes",
		"if s.entries--; s.entries == 0 {",
		"if s.entries--; s.entries < 0 {",
		freshness, []string{"TestBytesStayBelowTheirBoundWhenACountryGrows"},
	},
	{
		"internal/cache/bytes.go", "a cached tenant stays counted when its last entry goes",
		"\t\tn += t.bytes(e)\n\t}\n\ts := c.settings.Share(&e.Value)\n\tif s.entries--",
		"\t}\n\ts := c.settings.Share(&e.Value)\n\tif s.entries--",
		freshness, []string{"TestBytesCountTheIdOfTheTenant", "TestBytesStayBelowTheirBoundAfterEveryLoad"},
	},
	{
		"internal/cache/bytes.go", "an entry that goes stays in the queue of its tenant",
		"\tif t.queue != nil {\n\t\tt.queue.Remove(e)\n\t}\n",
		"",
		freshness, []string{"TestQuotaKeepsATenantFromDisplacingOthers"},
	},
}
