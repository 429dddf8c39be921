package main

// inTexts are faults in choosing a language and in reading headers.
var inTexts = []mutant{
	{
		"internal/lang/tag.go", "a language of two letters keeps the code that has been replaced",
		"return language.Compose(base)", "return language.Raw.Compose(base)",
		"internal/lang", []string{"TestLanguagesOfTwoLettersAreParsedAsByTheLibrary"},
	},
	{
		"internal/lang/tag.go", "another script of a language counts as a variety of it",
		"family = packed(base.String(), 3)<<(4*6) | packed(script.String(), 4)", "family = packed(base.String(), 3)<<(4*6) | packed(script.String(), 0)",
		".", []string{"TestTheLanguageIsNeverGuessed", "TestGoldenLanguages"},
	},
	{
		"internal/lang/tag.go", "names of a language that differ in their region are confused",
		"meaning = family<<(3*6) | packed(region.String(), 3)", "meaning = family<<(3*6) | packed(region.String(), 0)",
		".", []string{"TestGoldenLanguages"},
	},
	{
		"internal/lang/proximity.go", "a name of a parent may state a region",
		"near%stepDown == otherRegion && !t.lineage[near/stepUp].hasRegion", "false",
		".", []string{"TestGoldenLanguages"},
	},
	{
		"internal/lang/proximity.go", "a parent that states a region has no other name",
		" && !t.lineage[near/stepUp].hasRegion", "",
		".", []string{"TestGoldenLanguages"},
	},
	{
		"internal/lang/proximity.go", "the steps down do not count",
		"return proximity(up)*stepUp + proximity(down)*stepDown", "return proximity(up)*stepUp + stepDown",
		".", []string{"TestGoldenLanguages"},
	},
	{
		"internal/lang/set.go", "the farthest variety is taken",
		"nearest < 0 || near < least", "nearest < 0 || near > least",
		".", []string{"TestGoldenLanguages"},
	},
	{
		"internal/lang/set.go", "the alphabet decides before the declared order",
		" || near == least && s.declared(i, p, last) < s.declared(nearest, p, last)", "",
		".", []string{"TestGoldenLanguages", "TestTheOrderOfTheTenantsLanguagesDecidesBetweenEquals"},
	},
	{
		"internal/lang/set.go", "the declared order of the tenant's languages is lost",
		"look(last.allowed)", "look(nil)",
		".", []string{"TestTheOrderOfTheTenantsLanguagesDecidesBetweenEquals"},
	},
	{
		"internal/lang/preferences.go", "cursors of readers with another declared order are accepted",
		"lists = append(lists, p.defaultLanguage.allowed)", "_ = lists",
		"internal/lang", []string{"TestWhatDecidesIsWritten"},
	},
	{
		"internal/lang/proximity.go", "the main region of a language is below it",
		"return proximity(up)*stepUp + t.nameOf(up, to)", "return proximity(up)*stepUp + stepDown + t.nameOf(up, to)",
		".", []string{"TestGoldenLanguages"},
	},
	{
		"internal/lang/tag.go", "Bokmål does not find Nynorsk",
		"return nynorsk<<(4*6) | family&script", "return 0",
		".", []string{"TestGoldenLanguages"},
	},
	{
		"internal/lang/tag.go", "tags of one hash are one language",
		" && (n.key&hashed == 0 || n.text == other.text)", "",
		"internal/lang", []string{"TestLongTagsWithOneHashAreToldApart"},
	},
	{
		"internal/lang/set.go", "the fallback comes before the preferred languages",
		"return s.fallback(p, last, nil), language.No", "return 0, language.No",
		".", []string{"TestTheLanguageIsNeverGuessed", "TestGoldenLanguages"},
	},
	{
		"internal/lang/tag.go", "a tag keeps the request that it was read from",
		"text = strings.Clone(text) // does", "_ = strings.Clone // does",
		"internal/lang", []string{"TestATagIsNoPartOfTheTextItWasReadFrom"},
	},
	{
		"internal/lang/tag.go", "tags of any length are parsed",
		"if len(text) > maxBytes {", "if len(text) > 1<<30 {",
		".", []string{"TestWhatIsNoLanguageIsRefused"},
	},
	{
		"internal/lang/preferences.go", "a language of weight 0 is not excluded",
		"p.ranges = append(p.ranges, languageRange{e.tag.text, e.weight == 0})", "_ = excluding",
		".", []string{"TestGoldenLanguages"},
	},
	{
		"internal/lang/preferences.go", "a range matches any prefix",
		" && (len(tag) == len(l.tag) || tag[len(l.tag)] == '-')", "",
		".", []string{"TestGoldenLanguages", "TestRandomPreferencesAreMetByTheRules"},
	},
	{
		"internal/lang/preferences.go", "weights are not sorted",
		"return b.weight - a.weight", "return 0",
		".", []string{"TestGoldenLanguages", "TestEveryThousandthOfAWeightCounts"},
	},
	{
		"internal/lang/header.go", "a header is read to its end",
		"count > limits.Elements", "false",
		".", []string{"TestElementsBeyondTheLimitAreLeftOut"},
	},
	{
		"internal/lang/headers.go", "a header of any length is read",
		"len(header) > h.limits.HeaderBytes", "len(header) > 1<<30",
		".", []string{"TestNothingOfALongHeaderIsRead"},
	},
	{
		"internal/lang/headers.go", "headers in one slot of the cache are confused",
		"p == nil || p.header != header", "p == nil",
		".", []string{"TestGoldenLanguages", "TestHeadersAreReadConcurrently"},
	},
}

// inLists are faults in lists, cursors and partial updates.
var inLists = []mutant{
	{
		"select.go", "a list from the last country is taken for one from the first",
		"k.By != ByCountry || k.Descending })",
		"k.By != ByCountry })",
		".", []string{"TestSelectFromReadsNoMoreThanThePageNeeds"},
	},
	{
		"select.go", "the cursor of a list by country has the country of another document",
		"\t\t\ts.evaluate(&at, last, nil, Date{})\n",
		"",
		".", []string{"TestTheNextPageByCursorReadsFromThereOn"},
	},
	{
		"select.go", "filters may hold for different classes",
		"(class == nil || candidate.order() < class.order()) && s.matchesClass(candidate, day)", "(class == nil || candidate.order() < class.order()) && strings.Contains(candidate.Code, s.Class)",
		".", []string{"TestGoldenLists"},
	},
	{
		"select.go", "configurations are sorted by the first class in the document",
		"(class == nil || candidate.order() < class.order())", "class == nil",
		".", []string{"TestGoldenLists"},
	},
	{
		"select.go", "configurations without a value come first in descending order",
		"case v.missing:\n\t\treturn 1", "case v.missing && descending:\n\t\treturn -1\n\tcase v.missing:\n\t\treturn 1",
		".", []string{"TestGoldenLists", "TestEveryFieldPutsWhatHasNoValueLast"},
	},
	{
		"select.go", "a page begins with the cursor's own configuration",
		"s.compare(&candidate, s.after) <= 0", "s.compare(&candidate, s.after) < 0",
		".", []string{"TestPagesByCursorGoOnAfterWhatChanged", "TestPagesByCursorMayDifferInWhatDoesNotDecide"},
	},
	{
		"filter.go", "entries of later days are in force",
		"!r.From.After(day)", "true",
		".", []string{"TestGoldenLists"},
	},
	{
		"cursor.go", "the filter is not signed",
		"for _, text := range []string{q.Country, q.Region, q.Class, q.Name.Contains, q.Description.Contains, q.Date.String()} {\n\t\tw.Text(text)", "for _, text := range []string{q.Country} {\n\t\tw.Text(text)",
		".", []string{"TestCursorsOfAnotherListAreRefused"},
	},
	{
		"internal/canon/seal.go", "keys that HMAC treats as equal sign the same cursors",
		"\tw.Count(len(key))\n", "",
		".", []string{"TestCursorsOfAnotherListAreRefused"},
	},
	{
		"filter.go", "a page returns its own documents, not copies",
		"yield(c.Clone())", "yield(*c)",
		".", []string{"TestConfigurationsOfAPageAreCopies"},
	},
	{
		"filter.go", "the iterator of a page copies the rest after it was stopped",
		"if !yield(c.Clone()) {\n\t\t\t\treturn", "if !yield(c.Clone()) && false {\n\t\t\t\treturn",
		".", []string{"TestTheIteratorOfAPageCopiesOneAtATime"},
	},
	{
		"filter.go", "case is ignored unasked",
		"if f.IgnoreCase {", "if true {",
		".", []string{"TestGoldenLists"},
	},
	{
		"filter.go", "a text that begins with the filter equals it",
		"text == f.Equals", "strings.HasPrefix(text, f.Equals)",
		".", []string{"TestGoldenLists"},
	},
	{
		"filter.go", "exact codes are those that begin so",
		"return filter == \"\" || code == filter", "return strings.HasPrefix(code, filter)",
		".", []string{"TestGoldenLists"},
	},
	{
		"internal/fold/contains.go", "only ASCII letters are folded",
		"smallest = min(smallest, next)", "_ = next",
		"internal/fold", []string{"TestContains"},
	},
	{
		"internal/fold/contains.go", "a part that begins inside a false start is missed",
		"n = borders[n-1]\n\t\t}\n\t\tif r ==", "n = 0\n\t\t}\n\t\tif r ==",
		"internal/fold", []string{"TestContains"},
	},
	{
		"cursor.go", "the cursor of a list with exact codes continues another",
		"if q.ExactCodes || q.Name.Equals", "if q.Name.Equals",
		".", []string{"TestCursorsOfAnotherListAreRefused"},
	},
	{
		"store/documents.go", "a page after a deletion leaves one out",
		"d.find(l.Region)", "d.find(l.Region + \"Z\")",
		"store", []string{"TestTheNextPageBeginsAfterWhatIsGone"},
	},
	{
		"patch.go", "a patch is for any version",
		"if c.Metadata.Version != p.version {", "if false {",
		".", []string{"TestGoldenPatches"},
	},
	{
		"patch.go", "a patch shares its lists with the result",
		"return c.Clone(), nil // what", "return c, nil // what",
		".", []string{"TestAPatchIsNotSharedWithWhatItMade"},
	},
	{
		"emporix/merge.go", "a class that is left out loses its history",
		"c.Rates = put(c.Rates, tax.Rate{From: day, Effect: tax.End})", "continue",
		"emporix", []string{"TestWritesKeepTheHistory"},
	},
	{
		"emporix/merge.go", "an unchanged rate begins again",
		"ok && percent.Equal(w.percent)", "ok && percent.IsNegative()",
		"emporix", []string{"TestWritesKeepTheHistory"},
	},
	{
		"emporix/service.go", "an update overwrites any version",
		"if written.version != stored.Metadata.Version {", "written.version = stored.Metadata.Version\n\tif false {",
		"emporix", []string{"TestAnUpdateOfAnotherVersionIsAConflict"},
	},
	{
		"emporix/write.go", "texts may be written in any language",
		"language, err := allow(languages, header)", "language, err := header, error(nil)",
		"emporix", []string{"TestTextsAreWrittenInLanguagesOfTheTenant"},
	},
	{
		"store/versioned.go", "stores that nothing made sign with the same key",
		"rand.Read(s.secret[:])", "rand.Read(s.secret[:0])",
		"store", []string{"TestZeroMemoryIsAnEmptyStore"},
	},
	{
		"ampeco/service.go", "a service without a store panics",
		"if s == nil || s.store == nil {", "if s == nil {",
		"ampeco", []string{"TestServiceThatNothingMadeSaysSo"},
	},
	{
		"languages.go", "languages that nothing made panic",
		"if l == nil || l.defaultLanguage == nil {", "if l == nil {",
		".", []string{"TestLanguagesHaveTheDocumentedDefaults"},
	},
	{
		"ampeco/patch.go", "fields that are not sent are cleared",
		"if f.state == kept {\n\t\treturn v\n\t}\n", "",
		"ampeco", []string{"TestUpdatesDoWhatTheTableSays"},
	},
	{
		"ampeco/memory.go", "a patch is applied to an older state",
		"\tm.write.Lock()\n\tdefer m.write.Unlock()\n\tbefore, err := m.find(ctx, id)", "\tbefore, err := m.find(ctx, id)\n\tm.write.Lock()\n\tdefer m.write.Unlock()",
		"ampeco", []string{"TestPatchesOfDifferentFieldsAllLast"},
	},
	{
		"ampeco/memory.go", "the resolution of another day is returned",
		"last != nil && last.Date() == day", "last != nil",
		"ampeco", []string{"TestMemoryResolvesWhatWasWrittenLast"},
	},
	{
		"select.go", "one is added to the largest position",
		"min(s.last, defaultMaxPageSize)+1", "min(s.last+1, defaultMaxPageSize)",
		".", []string{"TestPagesAtTheLargestPositionAreAnswered"},
	},
	{
		"select.go", "the only page of a very large size is refused",
		"number > max(maxPosition/size, 1):", "number > maxPosition/size:",
		".", []string{"TestPagesAtTheLargestPositionAreAnswered"},
	},
	{
		"ampeco/encode.go", "the number of the last page overflows",
		"(max(page.Total, 1)-1)/p.perPage + 1", "max((page.Total+p.perPage-1)/p.perPage, 1)",
		"ampeco", []string{"TestNumbersOfTheLastPagesDoNotOverflow"},
	},
}
