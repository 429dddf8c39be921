package main

// inNames are faults in how regions are found by their names, and in forms.
var inNames = []mutant{
	{
		"country.go", "no code is suggested that has no configuration",
		"c.regions.Find(code) != nil || answers && iso.RegionIndex(c.country, code) != 0 {", "c.regions.Find(code) != nil && answers {",
		"tests/addresses", []string{"TestACodeWithPointsOrSpacesIsSuggested"},
	},
	{
		"lookup.go", "an error tells people to leave out a region that is required",
		"case kind == ErrUnknownRegion && !required:", "case kind == ErrUnknownRegion:",
		"tests/addresses", []string{"TestErrorsOfAddressesSayWhatHelps"},
	},
	{
		"lookup.go", "an error asks for a postal code that several regions share",
		"case kind == ErrRegionRequired && shared:", "case false:",
		"tests/addresses", []string{"TestErrorsOfAddressesSayWhatHelps"},
	},
	{
		"internal/placename/fold.go", "a text with a NUL is a name",
		" || strings.ContainsFunc(text, isControl)", "",
		"internal/placename", []string{"TestControlCharactersAreInNoName"},
	},
	{
		"internal/placename/fold.go", "a name that begins like the text is the text",
		"return len(rest) == 0\n}\n\n// Fold",
		"return true\n}\n\n// Fold",
		"internal/placename", []string{"TestNamesAreComparedAsPeopleWriteThem", "TestIsAgreesWithFold"},
	},
	{
		"internal/placename/fold.go", "& is the English word in every language",
		"if w.ampersand && word != w.and {",
		"if false {",
		"internal/placename", []string{"TestNamesAreComparedAsPeopleWriteThem", "TestIsAgreesWithFold"},
	},
	{
		"internal/placename/fold.go", "accents that stand by themselves count",
		"case r < utf8.RuneSelf || isAccent(r) ||",
		"case r < utf8.RuneSelf ||",
		"internal/placename", []string{"TestAccentsAreThoseOfUnicode", "TestNamesAreComparedAsPeopleWriteThem"},
	},
	{
		"internal/placename/country.go", "of two countries of one name, the last one is meant",
		"case code != \"\" && code != found:",
		"case false:",
		"internal/placename", []string{"TestCountriesAreFoundByTheirNames"},
	},
	{
		"find.go", "the alias of a region is taken for its code",
		"case known.Alias:\n\t\treturn known.Line, stepRegionAlias", "case known.Alias:\n\t\treturn known.Line, stepRegion",
		".", []string{"TestRegionRuleDecidesWhatARegionMustBe", "TestParentsAreFoundByTheirAliasesToo"},
	},
	{
		"resolver.go", "a lookup of a country on a day is answered for today",
		"l.PostalCode == \"\" && l.Date.IsZero() && !l.FallbackToDefault", "l.PostalCode == \"\" && !l.FallbackToDefault",
		".", []string{"TestTimelineOfACountryStandsForItself", "TestReplayOfUnchangedDataFindsNoDifference"},
	},
	{
		"internal/codetable/build.go", "codes that are not in slots are not listed",
		"for code, s := range t.far {\n\t\tif !yield(code, s) {", "for code, s := range t.far {\n\t\tif false && !yield(code, s) {",
		"internal/codetable", []string{"TestNoChoiceOfCodesMakesLongSearches"},
	},
	{
		"find.go", "of two regions of one name, the first one answers",
		"case len(regions) > 1:",
		"case false:",
		".", []string{"TestRegionsAreFoundByTheirNames"},
	},
	{
		"find.go", "the name of a region is a code in the explanation",
		"h = h.with(func(d *details) { d.askedRegion = strings.Clone(l.Region) })",
		"h = h.with(func(d *details) { d.askedRegion = regions[0] })",
		".", []string{"TestRegionsAreFoundByTheirNames"},
	},
	{
		"find.go", "an unknown code of three letters is never a name",
		"if known == nil {",
		"if false {",
		".", []string{"TestRegionsAreFoundByTheirNames"},
	},
	{
		"find.go", "the name of a region decides before a code of ISO 3166-2",
		"if kind == ErrUnknownRegion && iso.RegionIndex(c.country, region) == 0 {",
		"if kind == ErrUnknownRegion {",
		".", []string{"TestNamesDoNotReplaceCodes"},
	},
	{
		"fingerprint.go", "tenants share a country whose regions have other names",
		"w.localized(c.Name)\n\tw.Text(c.Within)",
		"w.Text(c.Within)",
		".", []string{"TestFingerprintCoversTheCountryAndEveryFieldButMetadata", "TestChangedNamesAreNotShared"},
	},
	{
		"country.go", "a region with shared postal codes is found without its code",
		"func(t int32) bool { return differ[t] }",
		"func(t int32) bool { return false }",
		".", []string{"TestFormsOfACountry"},
	},
	{
		"country.go", "a region that only has a time zone needs a field of a form",
		"return slices.ContainsFunc(c.linesOf(terr), func(l *line) bool { return l.origin != 0 })",
		"return terr.count > 0",
		".", []string{"TestFormsOfACountry"},
	},
	{
		"country.go", "the option for names cannot mean a region that ISO does not list",
		"ok && (c.regions.Find(code) != nil || iso.RegionIndex(c.country, code) != 0)", "ok && (c.regions.Find(code) == nil || iso.RegionIndex(c.country, code) != 0)",
		"tests/addresses", []string{"TestTheOptionIsAskedOnceAndMayBeWrong"},
	},
	{
		"country.go", "a text of three letters suggests a code that is near",
		"const shortest = 4", "const shortest = 3",
		"tests/addresses", []string{"TestShortTextsSuggestNothingElse"},
	},
	{
		"find.go", "a postal code that decided against a named region is not the step",
		"step != stepPostalCode && h.bits&bitOverruled == 0", "step != stepPostalCode",
		"tests/addresses", []string{"TestNamesWithoutADocumentAreFoundWithTheOption"},
	},
	{
		"regions/regions.go", "a name that another one begins with is found",
		"if candidate == name {", "if strings.HasPrefix(candidate, name) {",
		"regions", []string{"TestNamesAreFoundAsPeopleWriteThem"},
	},
	{
		"country.go", "a similar name answers as if it were the region's own",
		"\tif similar {\n\t\treturn nil, false\n\t}\n", "\t_ = similar\n",
		"tests/addresses", []string{"TestErrorsSuggestTheRegionWhoseListedNameIsNear"},
	},
	{
		"country.go", "a region is suggested that would be refused",
		"return c.suggestCode(code)", "return code",
		"tests/addresses", []string{"TestErrorsSuggestTheRegionWhoseListedNameIsNear"},
	},
	{
		"compile_document.go", "the name of a withheld document is unknown",
		"d.names = append(d.names, d.withheld[i].Name)",
		"_ = i",
		".", []string{"TestNamesLeadToTombstonesAndReferrals"},
	},
}
