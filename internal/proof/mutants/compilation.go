package main

// inCompilation are faults in what is made of the documents of a country, and
// in finding an answer in it.
var inCompilation = []mutant{
	{
		"compiled.go", "a rate begins a day late",
		"c.segments[i].from.After(day)", "!c.segments[i].from.Before(day)",
		".", []string{"TestTimelineOfACountryStandsForItself"},
	},
	{
		"codetable.go", "the quick way gives the newest rate before its first day",
		"return uint32(s.from-1) < uint32(day)", "return s.from != never && day != 0",
		".", []string{"TestTodayIsTheDayAtThePlace", "TestReformTakesEffectOnItsDay"},
	},
	{
		"timeline.go", "an inherited rate goes on beyond the next entry",
		"if !until.IsZero() && !s.from.Before(until) {", "if false {",
		".", []string{"TestTimelineOfARegionIsMergedWithItsParents"},
	},
	{
		"timeline.go", "an inherited rate begins when the parent's does",
		"if s.from.Before(from) {", "if false {",
		".", []string{"TestTimelineOfARegionIsMergedWithItsParents"},
	},
	{
		"timeline.go", "a class that a region lists has the parent's rate before",
		"if !entries[oldest].From.IsZero() {", "if false {",
		".", []string{"TestTimelineOfARegionIsMergedWithItsParents"},
	},
	{
		"timeline.go", "a rate that adds to the parent's is the own one alone",
		"e.percent = trimmed(totalPercent(e.components))", "e.percent = trimmed(totalPercent(parts))",
		".", []string{"TestTimelineOfARegionIsMergedWithItsParents", "TestTotalsAreExact"},
	},
	{
		"timeline.go", "AddCompound does not compound",
		"parts[0].Compound = true", "parts[0].Compound = false",
		".", []string{"TestTimelineOfARegionIsMergedWithItsParents", "TestTotalsAreExact"},
	},
	{
		"timeline.go", "the evidence of a sum is the best of its parts",
		"max(parent.evidence.Status, r.Evidence.Status)", "min(parent.evidence.Status, r.Evidence.Status)",
		".", []string{"TestEvidenceOfASumIsTheWeakestStatusAndAllSources"},
	},
	{
		"compile.go", "an invalid document leaves no tombstone",
		"if faults := b.faults[t]; len(faults) > 0 {", "if faults := b.faults[t]; len(faults) > 1<<20 {",
		".", []string{"TestQuarantine"},
	},
	{
		"compile.go", "an exclusive region inherits all the same",
		"if terr.exclusive {\n\t\treturn lines, timelines\n\t}", "",
		".", []string{"TestExclusiveTerritoryInheritsOnlyTheDefaultAndWhatItAsksFor"},
	},
	{
		"compile.go", "overlapping postal codes are nobody's fault",
		"b.overlap(int(last.territory), int(s.territory))", "",
		".", []string{"TestQuarantine", "TestOverlappingRangesAreAlwaysFound"},
	},
	{
		"postal.go", "a postal range ends before its second bound",
		"return from.code, to.code + size - 1, from.length", "return from.code, to.code - 1, from.length",
		".", []string{"TestPostalRangesAreAnchoredAtTheFirstCharacter"},
	},
	{
		"compiled.go", "the region overrules the postal code",
		"if p, ok := c.byPostal(postal); ok {", "if p, ok := c.byPostal(postal); ok && region == \"\" {",
		".", []string{"TestPostalCodeDecidesBeforeRegionBeforeCountry"},
	},
}
