package main

// histories is the package of the proof that the resolver is linearizable.
const histories = "internal/proof/histories"

var linearizable = []string{"TestResolverIsLinearizable"}

// inCache are faults in the keeping, loading and dropping of countries.
var inCache = []mutant{
	{
		"cache.go", "the result of an obsolete load is kept",
		"if c.drop(f) && !c.closed {", "if c.drop(f); !c.closed {",
		histories, linearizable,
	},
	{
		"cache.go", "an obsolete result is kept, in the order of a test",
		"if c.drop(f) && !c.closed {", "if c.drop(f); !c.closed {",
		".", []string{"TestNoCallAfterAnInvalidationJoinsALoadThatBeganBefore", "TestWritesRacingLoadsNeverLeaveAnOlderAnswer"},
	},
	{
		"cache.go", "an invalidation leaves the load under way to be joined",
		"c.remembered.Remove(id)\n\tdelete(c.flights, id)", "c.remembered.Remove(id)",
		histories, linearizable,
	},
	{
		"invalidation.go", "the invalidation of everything leaves the loads under way",
		"c.flights = make(map[ident]*flight)", "if c.flights == nil {\n\t\tc.flights = make(map[ident]*flight)\n\t}",
		histories, linearizable,
	},
	{
		"invalidation.go", "the invalidation of everything leaves the tenant without an id",
		"c.direct[i].Store(nil)", "_ = i",
		histories, linearizable,
	},
	{
		"invalidation.go", "a notice about a whole tenant is not heard",
		"case key.Country == \"\":", "case false:",
		histories, linearizable,
	},
	{
		"cache.go", "an invalidation does not end the memory of nothing",
		"c.remembered.Remove(id)\n\tdelete(c.flights, id)", "delete(c.flights, id)",
		histories, linearizable,
	},
	{
		"cache.go", "a caller who leaves cancels the load of those who wait",
		"if f.waiting == 0 && !f.lasting", "if !f.lasting",
		".", []string{"TestEachCallersCancellationIsHisAlone"},
	},
	{
		"cache.go", "a load goes on though all have left",
		"if f.waiting == 0 && !f.lasting", "if false",
		".", []string{"TestLoadIsCancelledWhenAllHaveLeft"},
	},
	{
		"cache.go", "who waits for an obsolete load takes its result",
		"if f.obsolete && f.err == nil", "if false && f.err == nil",
		".", []string{"TestNoCallAfterAnInvalidationJoinsALoadThatBeganBefore"},
	},
	{
		"cache.go", "a source that ignores its deadline keeps callers waiting",
		"time.AfterFunc(c.timeout, func()", "time.AfterFunc(2*c.timeout, func()",
		".", []string{"TestLoadHasADeadlineEvenWhenTheSourceDoesNotListen"},
	},
	{
		"cache.go", "a source that ends its goroutine has nothing",
		"err := errGoexit", "var err error",
		histories, linearizable,
	},
	{
		"cache.go", "an error is remembered as nothing",
		"known.err, known.failures = f.err, known.failures+1", "known.failures++",
		histories, linearizable,
	},
	{
		"cache.go", "every lookup of a cold key is a load",
		"e, f := c.lookup(id, hash), c.flights[id]", "e, f := c.lookup(id, hash), (*flight)(nil)",
		histories, linearizable,
	},
	{
		"invalidation.go", "Close leaves those who wait to the error of a context",
		"c.land(f, f.id.key(), nil, errCacheClosed)", "",
		".", []string{"TestCloseAnswersWhoWaitsAndRefusesWhoComes"},
	},
	{
		"invalidation.go", "after Close what was kept answers",
		"c.clear()\n\taloft :=", "aloft :=",
		histories, linearizable,
	},
	{
		"resolver.go", "the quick way leaves the tenant out of the key",
		"if id.tenant == nobody {\n\t\t\t\te = core", "if id.tenant == nobody || true {\n\t\t\t\te = core",
		".", []string{"TestTenantsNeverSeeEachOther"},
	},
	{
		"eviction.go", "one country more than the capacity is kept",
		"c.kept.Len() >= c.capacity", "c.kept.Len() > c.capacity",
		".", []string{"TestCapacityIsExact"},
	},
	{
		"eviction.go", "one country more than the quota of a tenant is kept",
		"mine.entries >= c.quota", "mine.entries > c.quota",
		".", []string{"TestQuotaKeepsATenantFromDisplacingOthers"},
	},
	{
		"eviction.go", "what was used has no second chance",
		"if e.used.Load() == 0 {\n\t\t\treturn e", "if e.used.Load() < 2 {\n\t\t\treturn e",
		".", []string{"TestCapacityDisplacesTheLeastRecentlyUsed", "TestCapacityCountryThatIsUsedIsNotDisplaced"},
	},
	{
		"index.go", "a removal leaves a country where no search finds it",
		"(j-home)&mask < (j-i)&mask", "(j-home)&mask <= (j-i)&mask",
		".", []string{"TestTenantsWithRandomIdsNeverShareACountry"},
	},
}
