package main

// inTime are faults in everything that changes with time.
var inTime = []mutant{
	{
		"internal/cache/cache.go", "the end of a country's TTL is compared the wrong way round",
		"case e != nil && now < c.ends(e):", "case e != nil && now >= c.ends(e):",
		histories, linearizable,
	},
	{
		"internal/cache/entry.go", "a country is fresh beyond its TTL",
		"return e.began + ttl - int64(c.clock.Tick()) - int64(spread)", "return e.began + ttl + int64(c.clock.Tick()) + 0*int64(spread)",
		histories, linearizable,
	},
	{
		"internal/cache/entry.go", "countries loaded together expire together",
		"- int64(c.clock.Tick()) - int64(spread)", "- int64(c.clock.Tick()) - 0*int64(spread)",
		freshness, []string{"TestNoCountryIsFreshBeyondItsTTLAndEachHasItsOwnEnd"},
	},
	{
		"internal/cache/entry.go", "MaxStale does not bound a stale answer",
		"return e.began + int64(c.settings.TTL) + int64(c.settings.MaxStale) - int64(c.clock.Tick())", "return forever",
		histories, linearizable,
	},
	{
		"loader.go", "a stale answer is not marked",
		"stale.stale = true", "stale.stale = false",
		histories, linearizable,
	},
	{
		"internal/cache/flight.go", "the absence of a country is remembered for ever",
		"memory{until: now + min(int64(c.settings.NegativeTTL), forever-now)}", "memory{until: forever}",
		freshness, []string{"TestNoneIsRememberedAndThenAskedAgain"},
	},
	{
		"internal/cache/flight.go", "the longest NegativeTTL overflows",
		"min(int64(c.settings.NegativeTTL), forever-now)", "int64(c.settings.NegativeTTL)",
		freshness, []string{"TestVeryLongAgesDoNotWrap"},
	},
	{
		"options.go", "a RefreshAhead may leave nothing of a lifetime",
		"case o.RefreshAhead > longestAhead(o.TTL):", "case o.RefreshAhead > o.TTL:",
		freshness, []string{"TestOptionsOfAgesThatContradictThemselvesAreRefused"},
	},
	{
		"internal/cache/flight.go", "a country that was refreshed is due at once",
		"max(c.ends(e)-int64(c.settings.Ahead), now+int64(c.clock.Tick()))", "c.ends(e)-int64(c.settings.Ahead)",
		freshness, []string{"TestLongestRefreshAheadIsNoStreamOfLoads"},
	},
	{
		"internal/civil/clock.go", "the clock is called without countries",
		"if k.needed != nil && !k.needed() {", "if false {",
		freshness, []string{"TestWithoutCountriesTheClockIsNotCalled"},
	},
	{
		"internal/civil/clock.go", "a timer that starts again leaves the day of before",
		"for _, d := range k.days {\n\t\td.follow(now)\n\t}\n\tif k.timer", "if k.timer",
		freshness, []string{"TestWithoutCountriesTheClockIsNotCalled"},
	},
	{
		"internal/cache/counters.go", "the timer stops while the first country is loaded",
		"c.kept.len() > 0 || c.underWay.len > 0", "c.kept.len() > 0",
		freshness, []string{"TestDayIsRightHoweverLoadsAndInvalidationsMeet"},
	},
	{
		"internal/cache/invalidation.go", "Close does not wait for the observer",
		"c.awaitReports(timeout)\n}", "}",
		freshness, []string{"TestCloseWaitsForTheObserverButNotForTheSource"},
	},
	{
		"loader.go", "a source that does not end its registration hangs Close",
		"late := time.NewTimer(c.settings.CloseTimeout)", "late := time.NewTimer(time.Hour)",
		freshness, hooks,
	},
	{
		"resolver.go", "a hook that closes the resolver waits for itself",
		"if inHook() {", "if false {",
		freshness, []string{"TestHookThatClosesDoesNotWaitForItself"},
	},
	{
		"internal/cache/flight.go", "the source sees the values of one request",
		"LoadStart(&f.context, ", "LoadStart(context.WithoutCancel(caller), ",
		freshness, []string{"TestObserverSeesWhoStartedALoadAndTheSourceDoesNot"},
	},
	{
		"internal/cache/flight.go", "the caller's context ends for the observer with the request",
		"context.WithoutCancel(caller), f.ID", "caller, f.ID",
		freshness, []string{"TestObserverSeesWhoStartedALoadAndTheSourceDoesNot"},
	},
	{
		"internal/cache/memory.go", "tenants with long ids are confused",
		"sha256.Sum256([]byte(v.Tenant.Value()))", "sha256.Sum256([]byte(v.Tenant.Value()[:maxKeptTenant]))",
		freshness, []string{"TestTenantsWithLongIDsAreRememberedAsWell"},
	},
	{
		"internal/cache/memory.go", "the first failure is remembered",
		"if failures < 2 {\n\t\treturn 0", "if failures < 2 {\n\t\treturn minBackoff",
		freshness, []string{"TestFirstFailureIsNotRemembered"},
	},
	{
		"internal/cache/memory.go", "pauses between loads that fail do not grow",
		"minBackoff<<min(failures-2, 20)", "minBackoff<<0",
		freshness, []string{"TestSourceThatFailsIsAskedEverMoreRarely"},
	},
	{
		"internal/cache/cache.go", "every stale country probes a source that fails",
		"if probe && !c.probing.CompareAndSwap(false, true) {", "if probe && !c.probing.CompareAndSwap(false, true) && own.ID.Place == 0 {",
		freshness, []string{"TestOneProbeAtATimeOverAllCountriesWhileTheSourceFails"},
	},
	{
		"internal/cache/flight.go", "a caller that joins a refresh and leaves cancels it",
		"if f.waiting == 0 && !f.lasting", "if f.waiting == 0",
		freshness, []string{"TestRefreshGoesOnWhenWhoJoinedItLeaves"},
	},
	{
		"internal/civil/clock.go", "midnight passes unnoticed",
		"for _, d := range k.days {\n\t\t\td.follow(now)", "for range k.days {\n\t\t\t_ = now",
		freshness, []string{"TestTodayChangesWithinASecondOfLocalMidnight"},
	},
	{
		"internal/civil/clock.go", "a wall clock that does not answer stops the ticks",
		"if !k.next() {\n\t\treturn\n\t}\n\tvar now time.Time", "var now time.Time\n\tdefer k.next()",
		freshness, hooks,
	},
	{
		"internal/civil/clock.go", "the day of a wall clock that does not answer stays for ever",
		"if now-k.asked > patience {", "if false {",
		"internal/civil", []string{"TestClockThatDoesNotAnswerHoldsUpNothingButTheDay"},
	},
	{
		"source.go", "a watch whose goroutine ended is no failure",
		"err := errWatchGoexit", "var err error",
		freshness, hooks,
	},
	{
		"overlay.go", "a nil stop is called",
		"stop := n.Notify(changed); stop != nil", "stop := n.Notify(changed); true",
		"tests/overlays", []string{"TestASourceWithoutAStopHarmsNoOverlay"},
	},
	{
		"overlay.go", "one stop that panics keeps the other from being called",
		"defer stop()\n\t\t}\n\t})", "stop()\n\t\t}\n\t})",
		freshness, hooks,
	},
	{
		"store/listeners.go", "a listener that panics leaves the others untold",
		"defer changed(key)", "changed(key)",
		freshness, hooks,
	},
	{
		"loader.go", "a warning hook that is slow holds up its load",
		"maxWarningWait = 100 * time.Millisecond", "maxWarningWait = time.Hour",
		freshness, hooks,
	},
	{
		"internal/cache/invalidation.go", "at Close a report holds up other loads",
		"go report()", "report()",
		freshness, hooks,
	},
	{
		"internal/civil/zonename.go", "the zone of the machine is a time zone",
		"\"local\", \"localtime\",", "\"local\",",
		"internal/civil", []string{"TestZoneNamesDoNotDependOnTheMachine"},
	},
	{
		"internal/civil/zonename.go", "a time zone is found in any case where the file system ignores it",
		"return name == s", `return name != ""`,
		"internal/civil", []string{"TestZoneNamesAreThoseOfIANAInTheirCase"},
	},
	{
		"internal/civil/zone.go", "a text that is no zone name is loaded",
		"if !IsZoneName(name) {", "if false {",
		"internal/civil", []string{"TestZoneNamesDoNotDependOnTheMachine"},
	},
	{
		"resolver.go", "closing a view closes everything",
		"if r.core != nil && !r.view {", "if r.core != nil {",
		freshness, []string{"TestClosingAViewClosesNothing"},
	},
}

var hooks = []string{"TestNoHookHarmsOthers"}
