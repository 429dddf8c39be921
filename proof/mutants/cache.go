package main

// histories is the package of the proof that the resolver is linearizable.
const histories = "proof/histories"

// freshness is the package of the tests of the cache over time.
const freshness = "tests/freshness"

var linearizable = []string{"TestResolverIsLinearizable"}

// inCache are faults in the keeping, loading and dropping of countries.
var inCache = []mutant{
	{
		"internal/cache/flight.go", "the result of an obsolete load is kept",
		"if c.drop(f) && !c.closed {", "if c.drop(f); !c.closed {",
		histories, linearizable,
	},
	{
		"internal/cache/flight.go", "an obsolete result is kept, in the order of a test",
		"if c.drop(f) && !c.closed {", "if c.drop(f); !c.closed {",
		freshness, []string{"TestNoCallAfterAnInvalidationJoinsALoadThatBeganBefore", "TestWritesRacingLoadsNeverLeaveAnOlderAnswer"},
	},
	{
		"internal/cache/invalidation.go", "an invalidation leaves the load under way to be joined",
		"c.remembered.Remove(id)\n\tdelete(c.flights, id)", "c.remembered.Remove(id)",
		histories, linearizable,
	},
	{
		"internal/cache/invalidation.go", "the invalidation of everything leaves the loads under way",
		"c.flights = make(map[ID]*flight[V])", "if c.flights == nil {\n\t\tc.flights = make(map[ID]*flight[V])\n\t}",
		histories, linearizable,
	},
	{
		"internal/cache/invalidation.go", "the invalidation of everything leaves the tenant without an id",
		"c.direct[i].Store(nil)", "_ = i",
		histories, linearizable,
	},
	{
		"resolver.go", "a notice about a whole tenant is not heard",
		"case key.Country == \"\":", "case false:",
		histories, linearizable,
	},
	{
		"internal/cache/invalidation.go", "an invalidation does not end the memory of nothing",
		"c.remembered.Remove(id)\n\tdelete(c.flights, id)", "delete(c.flights, id)",
		histories, linearizable,
	},
	{
		"internal/cache/flight.go", "a caller who leaves cancels the load of those who wait",
		"if f.waiting == 0 && !f.lasting", "if !f.lasting",
		freshness, []string{"TestEachCallersCancellationIsHisAlone"},
	},
	{
		"internal/cache/flight.go", "a load goes on though all have left",
		"if f.waiting == 0 && !f.lasting", "if false",
		freshness, []string{"TestLoadIsCancelledWhenAllHaveLeft"},
	},
	{
		"internal/cache/cache.go", "who waits for an obsolete load takes its result",
		"if f.obsolete && f.err == nil", "if false && f.err == nil",
		freshness, []string{"TestNoCallAfterAnInvalidationJoinsALoadThatBeganBefore"},
	},
	{
		"internal/cache/flight.go", "a source that ignores its deadline keeps callers waiting",
		"time.AfterFunc(c.settings.Timeout, func()", "time.AfterFunc(2*c.settings.Timeout, func()",
		freshness, []string{"TestLoadHasADeadlineEvenWhenTheSourceDoesNotListen"},
	},
	{
		"internal/cache/flight.go", "a source that ends its goroutine has nothing",
		"err := errGoexit", "var err error",
		histories, linearizable,
	},
	{
		"internal/cache/flight.go", "an error is remembered as nothing",
		"known.err, known.failures = f.err, known.failures+1", "known.failures++",
		histories, linearizable,
	},
	{
		"internal/cache/cache.go", "every lookup of a cold key is a load",
		"e, f := c.Lookup(id, hash), c.flights[id]", "e, f := c.Lookup(id, hash), (*flight[V])(nil)",
		histories, linearizable,
	},
	{
		"internal/cache/invalidation.go", "Close leaves those who wait to the error of a context",
		"c.land(f, nil, ErrClosed)", "",
		freshness, []string{"TestCloseAnswersWhoWaitsAndRefusesWhoComes"},
	},
	{
		"internal/cache/invalidation.go", "after Close what was kept answers",
		"c.clear()\n\tall :=", "all :=",
		histories, linearizable,
	},
	{
		"resolver.go", "the quick way leaves the tenant out of the key",
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
		"internal/cache/eviction.go", "what was used has no second chance",
		"if e.used.Load() == 0 {\n\t\t\treturn e", "if e.used.Load() < 2 {\n\t\t\treturn e",
		freshness, []string{"TestCapacityDisplacesTheLeastRecentlyUsed", "TestCapacityCountryThatIsUsedIsNotDisplaced"},
	},
	{
		"internal/cache/index.go", "a removal leaves a country where no search finds it",
		"(j-home)&mask < (j-i)&mask", "(j-home)&mask <= (j-i)&mask",
		freshness, []string{"TestTenantsWithRandomIdsNeverShareACountry"},
	},
}
