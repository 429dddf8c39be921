package main

// histories is the package of the proof that the resolver is linearizable.
const histories = "proof/histories"

// freshness is the package of the tests of the cache over time.
const freshness = "tests/freshness"

var linearizable = []string{"TestResolverIsLinearizable"}

// inCache are faults in keeping, loading and dropping countries.
var inCache = []mutant{
	{
		"loader.go", "a large country is compiled in the goroutine of a lookup",
		"sizeOf(set) > size {", "sizeOf(set) < 0 {",
		freshness, []string{"TestALargeCountryIsNotCompiledByTheLookup"},
	},
	{
		"loader.go", "documents that change while they are read are remembered under the version before",
		"numbered = false // nobody knows", "_ = after // nobody knows",
		freshness, []string{"TestDocumentsThatChangeWhileTheyAreReadHaveNoVersion"},
	},
	{
		"interner.go", "a version has the metadata of another load with the same documents",
		"if !b.first.has(&b.body, set) {", "if b.first == nil {",
		freshness, []string{"TestAVersionHasItsOwnMetadata"},
	},
	{
		"internal/cache/context.go", "the deadline of a load counts from when its source asks for it",
		"time.Duration(x.ends - x.clock.Elapsed())", "time.Duration(x.ends)",
		"internal/cache", []string{"TestContextOfALoadIsLikeAnyOther"},
	},
	{
		"internal/cache/cache.go", "a caller that could leave waits for the load all the same",
		"if end == nil { //", "if true { //",
		freshness, []string{"TestEachCallersCancellationIsHisAlone"},
	},
	{
		"internal/cache/cache.go", "a lookup that has an answer loads in the background in its own goroutine",
		"case own.background || c.settings.LoadHere == nil:", "case c.settings.LoadHere == nil:",
		freshness, []string{"TestAnAnswerDoesNotWaitForALoadInTheBackground"},
	},
	{
		"internal/cache/flight.go", "a lookup does not wait for the load that takes too long in its goroutine",
		"\t\tdone = f.wait()\n", "\t\tf.wait()\n",
		freshness, []string{"TestALargeCountryIsNotCompiledByTheLookup"},
	},
	{
		"internal/cache/cache.go", "a lookup does not wait for the load in the goroutine of another one",
		"if f != own || c.settings.LoadHere == nil {", "if c.settings.LoadHere == nil {",
		freshness, []string{"TestASourceThatWaitsAllTheSameHoldsUpOnlyItsOwnLookup"},
	},
	{
		"loader.go", "a country whose regions inherit much is compiled in the goroutine of a lookup",
		"return n + (len(set)-1)*most*around", "return n + 0*most*around",
		freshness, []string{"TestWhatTakesLongToCompileIsNotCompiledByTheLookup"},
	},
	{
		"warm.go", "warming ends with the goroutine that a source ends, and does not say so",
		"				wg.Go(work)", "				_ = work",
		".", []string{"TestWarmTriesAllCountriesWhateverTheSourceDoesToItsGoroutines"},
	},
	{
		"internal/intern/latest.go", "a body is remembered by ever more versions",
		"oldest, full = *at, l.added >= most", "oldest, full = *at, l.added > 1<<20",
		".", []string{"TestABodyIsRememberedByItsLatestVersions"},
	},
	{
		"loader.go", "a lookup calls functions of the options that may wait",
		"neverWaits(l.source) && !s.hooked", "neverWaits(l.source)",
		freshness, []string{"TestALookupWaitsForNoFunctionOfTheOptionsBeyondItsContext"},
	},
	{
		"overlay.go", "an overlay never waits if one of its sources does not",
		"return neverWaits(o.base) && neverWaits(o.mine)", "return neverWaits(o.base) || neverWaits(o.mine)",
		freshness, []string{"TestASourceThatNeverWaitsIsCalledByTheLookup"},
	},
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
		"if f := c.current(c.loads[k.ID]); f != nil {", "if f := c.current(c.loads[k.ID]); false {",
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
		"\t\tc.remembered.Remove(k.remembered())\n", "\t\t_ = k.remembered()\n",
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
		"err := ErrGoexit", "var err error",
		histories, linearizable,
	},
	{
		"internal/cache/flight.go", "an error is remembered as an absence",
		"known.err, known.failures = f.err, known.failures+1", "known.failures++",
		histories, linearizable,
	},
	{
		"internal/cache/cache.go", "every lookup of a cold key starts a load",
		"e, f := c.entry(k.ID, k.hash), c.current(own.older)", "e, f := c.entry(k.ID, k.hash), c.current(nil)",
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
		"internal/cache", []string{"TestFlightListHasWhatASliceHas"},
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
		"if f = c.queued(own, full); f == nil {", "if f = nil; f == nil {",
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
		"c.kept.len() >= c.settings.Capacity", "c.kept.len() > c.settings.Capacity",
		freshness, []string{"TestCapacityIsExact"},
	},
	{
		"internal/cache/eviction.go", "one country more than the quota of a tenant is kept",
		"t.queue.len() >= c.settings.Quota", "t.queue.len() > c.settings.Quota",
		freshness, []string{"TestQuotaKeepsATenantFromDisplacingOthers"},
	},
	{
		"internal/cache/queue.go", "an entry that was used is evicted",
		"e.used.Load() == 0 && e.Entry != except", "e.Entry != except",
		freshness, []string{"TestCapacityDisplacesTheLeastRecentlyUsed", "TestCapacityCountryThatIsUsedIsNotDisplaced"},
	},
	{
		"internal/cache/index.go", "a larger index takes over all countries at once",
		"min(x.taken+takenAtOnce, len(x.old.slots))", "len(x.old.slots)",
		"internal/cache", []string{"TestNoChangeOfTheIndexMovesMoreThanAFewEntries"},
	},
	{
		"internal/cache/index.go", "a country that is asked for before it has moved is loaded again",
		"if e != nil || x.old == nil {", "if e != nil || x.old == nil || x.taken > 0 {",
		"internal/cache", []string{"TestIndexFindsWhatAMapFinds", "TestNoChangeOfTheIndexMovesMoreThanAFewEntries"},
	},
	{
		"internal/cache/index.go", "a country that was dropped comes back when the index grows",
		"x.old.slots[i].entry.Store(nil)", "_ = i",
		"internal/cache", []string{"TestIndexFindsWhatAMapFinds", "TestNoChangeOfTheIndexMovesMoreThanAFewEntries"},
	},
	{
		"internal/cache/index.go", "a removal leaves a country where searches do not find it",
		"(j-home)&mask < (j-i)&mask", "(j-home)&mask <= (j-i)&mask",
		freshness, []string{"TestTenantsWithRandomIdsNeverShareACountry"},
	},
	{
		"internal/cache/bytes.go", "the id of a cached tenant is not counted",
		"n := tenantBytes + TextBytes(t.Value())",
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
		"c.bytes -= c.tenantBytes(e.tenant)",
		"_ = e.tenant",
		freshness, []string{"TestBytesCountTheIdOfTheTenant", "TestBytesStayBelowTheirBoundAfterEveryLoad"},
	},
	{
		"internal/cache/bytes.go", "an entry that goes stays in the queue of its tenant",
		"t.queue != nil && t.queue != out {",
		"t.queue != nil && t.queue != out && out == nil {",
		"internal/cache", []string{"TestCacheHasWhatAMapHas"},
	},
	{
		"internal/cache/queue.go", "the entry for which room is made is evicted",
		"e.used.Load() == 0 && e.Entry != except", "e.used.Load() == 0",
		"internal/cache", []string{"TestQueueHasEveryEntryOnce", "TestCacheHasWhatAMapHas"},
	},
	{
		"internal/cache/queue.go", "a mark is never taken away",
		"\te.used.Store(0)\n\tq.join(", "\tq.join(",
		"internal/cache", []string{"TestUnusedEntriesGoEvenIfTheyWereProven"},
	},
	{
		"internal/cache/queue.go", "what is used stays on probation",
		"\tq.join(&q.proven, e)\n", "\tq.join(p, e)\n",
		"internal/cache", []string{"TestHitRatiosBesideAnExactLRU"},
	},
	{
		"internal/cache/queue.go", "a probation that is short gives up entries",
		"return min(mostTurns, q.proven.len)", "return 0",
		"internal/cache", []string{"TestHitRatiosBesideAnExactLRU"},
	},
	{
		"internal/cache/queue.go", "a loop that is longer than the probation never gets in",
		"return min(1, q.proven.len)", "return 0",
		"internal/cache", []string{"TestUnusedEntriesGoEvenIfTheyWereProven"},
	},
	{
		"internal/cache/queue.go", "entries in use have two turns at once",
		"return min(mostTurns, q.proven.len)", "return mostTurns * min(1, q.proven.len)",
		"internal/cache", []string{"TestEntriesInUseAreNeverEvicted"},
	},
	{
		"internal/cache/queue.go", "the number of a chunk comes again while it is there",
		"for p.order != nil && p.order.Contains(p.number) {", "for false {",
		"internal/cache", []string{"TestNumbersOfChunksThatAreThereAreLeftOut"},
	},
	{
		"internal/cache/queue.go", "a chunk that is full is lost when another one follows",
		"\t\tp.order.Add(p.number, p.last)\n", "\t\t_ = p.last\n",
		"internal/cache", []string{"TestQueueHasEveryEntryOnce"},
	},
	{
		"internal/cache/queue.go", "those that came last have the first turn",
		"if p.order != nil && p.order.Len() > 0 {", "if p.last.live == 0 {",
		"internal/cache", []string{"TestQueueHasEveryEntryOnce", "TestHitRatiosBesideAnExactLRU", "TestEntriesInUseAreNeverEvicted"},
	},
	{
		"internal/cache/queue.go", "a chunk stays when its last entry goes",
		"\tp.order.Remove(number)\n", "\t_ = p.order\n",
		"internal/cache", []string{"TestQueueHasEveryEntryOnce"},
	},
	{
		"internal/cache/queue.go", "an entry that takes the place of another one does not know where it is",
		"e.spots[q.kind] = old.spots[q.kind]", "_ = e",
		"internal/cache", []string{"TestQueueHasEveryEntryOnce"},
	},
	{
		"internal/cache/bytes.go", "chunks are not counted",
		"c.bytes + int64(c.kept.chunks)*chunkBytes", "c.bytes",
		"internal/cache", []string{"TestBytesOfACacheWhoseChunksAreNearlyEmptyAreCounted"},
	},
	{
		"internal/cache/invalidation.go", "invalidating everything leaves what lookups find without the lock",
		"	c.index.Store(&c.none.Index)\n", "	if c.round == 1 {\n		c.index.Store(&c.none.Index)\n	}\n",
		"internal/cache", []string{"TestCacheHasWhatAMapHas"},
	},
	{
		"internal/cache/running.go", "a load that has ended stays in memory",
		"		delete(c.loads, f.ID)\n", "		_ = c.loads\n",
		freshness, []string{"TestNothingStaysOfALongUse"},
	},
	{
		"internal/cache/overdue.go", "a timer that is set keeps a cache that nobody has",
		"if c := self.Value(); c != nil {", "if self.Value() != nil {",
		"internal/cache", []string{"TestCacheThatNobodyHasIsFreedWhileItsTimerIsSet"},
	},
	{
		"internal/cache/tenants.go", "a view takes the number of its tenant for another one that has it now",
		"t.id == v.Tenant {", "t.entries > 0 {",
		"internal/cache", []string{"TestCacheHasWhatAMapHas"},
	},
	{
		"internal/cache/tenants.go", "the number of a tenant without entries is never used again",
		"\tx.free = number\n", "",
		"internal/cache", []string{"TestCacheHasWhatAMapHas"},
	},
	{
		"internal/cache/eviction.go", "an entry that is stale does not know where it is among those of its tenant",
		"\t\tq.replace(old, e)\n", "\t\t_ = q\n",
		"internal/cache", []string{"TestCacheHasWhatAMapHas"},
	},
	{
		"internal/cache/queue.go", "entries whose turn is next are read one by one",
		"min(c.passed+approachedAtOnce, len(c.entries))", "c.passed + 1",
		"internal/cache", []string{"TestEntriesAreApproachedTogetherBeforeTheirTurn"},
	},
	{
		"internal/cache/queue.go", "entries of a chunk that is used again are not read before their turn",
		"c.entries[:0], 0, 0 // for", "c.entries[:0], 0, c.approached // for",
		"internal/cache", []string{"TestEntriesAreApproachedTogetherBeforeTheirTurn"},
	},
	{
		"internal/cache/invalidation.go", "invalidating a tenant stops before its last country",
		"left := c.tenants.has(&v) || len(c.loads)", "left := len(c.loads)",
		"internal/cache", []string{"TestInvalidatingATenantLeavesNothingOfIt"},
	},
	{
		"internal/cache/queue.go", "an entry that was evicted stays in its chunk",
		"	q.takeOut(p, number, c, c.passed)\n", "	q.takeOut(p, number, c, c.passed)\n	c.entries[c.passed] = e\n",
		"internal/cache", []string{"TestQueueHasEveryEntryOnce"},
	},
	{
		"internal/cache/invalidation.go", "invalidating a tenant leaves the load under way",
		"c.tenants.has(&v) || len(c.loads) > 0 ||", "c.tenants.has(&v) ||",
		histories, linearizable,
	},
}
