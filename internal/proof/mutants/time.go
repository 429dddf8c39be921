package main

// inTime are faults in what changes with time.
var inTime = []mutant{
	{
		"cache.go", "the end of a country, the TTL, is compared the wrong way",
		"case e != nil && now < c.ends(e):", "case e != nil && now >= c.ends(e):",
		histories, linearizable,
	},
	{
		"entry.go", "a country is fresh beyond its TTL",
		"return e.began + c.ttl - int64(c.clock.tick) - int64(spread)", "return e.began + c.ttl + int64(c.clock.tick) + 0*int64(spread)",
		histories, linearizable,
	},
	{
		"entry.go", "all countries loaded together end together",
		"- int64(c.clock.tick) - int64(spread)", "- int64(c.clock.tick) - 0*int64(spread)",
		".", []string{"TestNoCountryIsFreshBeyondItsTTLAndEachHasItsOwnEnd"},
	},
	{
		"entry.go", "MaxStale does not bound a stale answer",
		"return e.began + c.ttl + c.maxStale - int64(c.clock.tick)", "return forever",
		histories, linearizable,
	},
	{
		"entry.go", "a stale answer does not say so",
		"r.stale = true", "r.stale = false",
		histories, linearizable,
	},
	{
		"cache.go", "that there is nothing is remembered for ever",
		"memory{until: now + c.negativeTTL}", "memory{until: forever}",
		".", []string{"TestNoneIsRememberedAndThenAskedAgain"},
	},
	{
		"cache.go", "the first failure is remembered",
		"if failures < 2 {\n\t\treturn 0", "if failures < 2 {\n\t\treturn minBackoff",
		".", []string{"TestFirstFailureIsNotRemembered"},
	},
	{
		"cache.go", "pauses between loads that fail do not grow",
		"minBackoff<<min(failures-2, 20)", "minBackoff<<0",
		".", []string{"TestSourceThatFailsIsAskedEverMoreRarely"},
	},
	{
		"cache.go", "every stale country probes the source that fails",
		"if probe && !c.probing.CompareAndSwap(false, true) {", "if probe && !c.probing.CompareAndSwap(false, true) && id.country == 0 {",
		".", []string{"TestOneProbeAtATimeOverAllCountriesWhileTheSourceFails"},
	},
	{
		"cache.go", "who joins a refresh and leaves cancels it",
		"if f.waiting == 0 && !f.lasting", "if f.waiting == 0",
		".", []string{"TestRefreshGoesOnWhenWhoJoinedItLeaves"},
	},
	{
		"clock.go", "midnight passes unnoticed",
		"if ok {\n\t\t\td.follow(now)\n\t\t}", "if ok {\n\t\t\t_ = now\n\t\t}",
		".", []string{"TestTodayChangesWithinASecondOfLocalMidnight"},
	},
}
