package main

// inAPI are faults in what callers pass and get.
var inAPI = []mutant{
	{
		"compile.go", "a fault of the base under a document is reported twice",
		"d.faults = distinct(append(d.faults, w.faults...))",
		"d.faults = append(d.faults, w.faults...)",
		".", []string{"TestAFaultOfTheBaseIsReportedOnce"},
	},
	{
		"warm.go", "a warming that is done fails when its context ends",
		"err != nil && done < len(list) {",
		"err != nil {",
		".", []string{"TestWarmThatIsDoneIsNoFailureWhenItsContextEnds"},
	},
	{
		"warm.go", "a warming that was cancelled has no error",
		"err != nil && done < len(list) {",
		"err != nil && done > len(list) {",
		".", []string{"TestWarmThatIsCancelledStartsNoMoreLoads"},
	},
	{
		"watch.go", "a watch that held for long pauses as if it had failed often",
		"if time.Since(began) > time.Duration(cache.MaxBackoff) {",
		"if time.Since(began) > 1000*time.Duration(cache.MaxBackoff) {",
		".", []string{"TestWatchIsHeardAgainAfterTheStreamBroke"},
	},
	{
		"watch.go", "a watch that its caller ended is a warning",
		"err != nil && ctx.Err() == nil {",
		"err != nil {",
		".", []string{"TestWatchEndsWithItsContextOrWithClose", "TestWatchWarnsOfAStreamThatBroke"},
	},
	{
		"options.go", "an option of the longest age is refused",
		"case o.MaxStale > maxAge || o.TTL > maxAge:",
		"case o.MaxStale >= maxAge || o.TTL >= maxAge:",
		".", []string{"TestOptionsOfAgeEndAt100Years"},
	},
	{
		"options.go", "an option of any age is accepted",
		"case o.MaxStale > maxAge || o.TTL > maxAge:",
		"case o.TTL > maxAge:",
		".", []string{"TestOptionsOfAgeEndAt100Years"},
	},
	{
		"decode.go", "a document of the largest size is refused",
		"case int64(len(d.data)) > d.limits.Bytes:",
		"case int64(len(d.data)) >= d.limits.Bytes:",
		".", []string{"TestLimitsCheckWhatCanBeRead", "TestReadConfigurationCountsAgainstItsLimits"},
	},
	{
		"decode.go", "a document beyond the limit says that it ends too early",
		"r = io.LimitReader(r, l.Bytes+1)",
		"r = io.LimitReader(r, l.Bytes)",
		".", []string{"TestLimitsCheckWhatCanBeRead", "TestReadConfigurationCountsAgainstItsLimits", "TestReadConfigurationTakesNoMoreThanItsLimitFromAnEndlessReader"},
	},
	{
		"decode.go", "a document's bare rates count as no entries",
		"\tif err := d.countEntry(); err != nil {\n\t\treturn nil, err\n\t}\n",
		"",
		".", []string{"TestLimitsCheckWhatCanBeRead", "TestReadConfigurationCountsAgainstItsLimits"},
	},
	{
		"decode_values.go", "a document of as many classes as allowed is beyond the limit",
		"n > most.Classes {",
		"n >= most.Classes {",
		".", []string{"TestLimitsCheckWhatCanBeRead", "TestReadConfigurationCountsAgainstItsLimits"},
	},
	{
		"decode_values.go", "a document as large as allowed is beyond the limit",
		"n > most.Bytes {",
		"n >= most.Bytes {",
		".", []string{"TestLimitsCheckWhatCanBeRead", "TestReadConfigurationCountsAgainstItsLimits"},
	},
	{
		"decode_values.go", "a document's time may be off by 24 hours",
		"zone[:2] > \"23\" ||",
		"zone[:2] > \"24\" ||",
		".", []string{"TestReadConfigurationRefuses"},
	},
	{
		"decode_values.go", "a document's part that cannot be read is emptied",
		"\tif err == nil {\n\t\t*value = part\n\t}",
		"\t*value = part",
		".", []string{"TestConfigurationUnmarshalJSONIsStrictInsideOtherDocuments", "TestPartsOfADocumentHaveItsForm"},
	},
	{
		"encode.go", "a document's metadata with a base alone is left out",
		"&& m.AsOf.IsZero() && m.Base == nil &&",
		"&& m.AsOf.IsZero() &&",
		".", []string{"TestConfigurationJSONKeepsTheBaseOfMetadataWithoutFieldsOfItsOwn"},
	},
	{
		"patch.go", "a patch shares memory with what it made",
		"\treturn c.Clone(), nil // what",
		"\treturn c, nil // what",
		".", []string{"TestAPatchIsNotSharedWithWhatItMade"},
	},
	{
		"explain.go", "an explanation's last day is no difference",
		"\t\t{\"until\", e.Until.String(), now.Until.String()},\n",
		"",
		".", []string{"TestReplayTellsWhatChanged"},
	},
	{
		"explain.go", "an explanation's postal code matters for another tax alone",
		"|| other.tax.Code != mine.tax.Code ||",
		"||",
		".", []string{"TestPostalCodeMattersWhenOneThatAgreesWouldAnswerOtherwise"},
	},
	{
		"select.go", "a list of changes leaves out what changed at that instant",
		"c.Metadata.Modified.Before(s.ChangedSince)",
		"!c.Metadata.Modified.After(s.ChangedSince)",
		".", []string{"TestChangedSinceIsExactAndOrderIsInMilliseconds"},
	},
	{
		"validate.go", "a valid region of many aliases may give its own code",
		"seen = map[string]bool{c.Location.Region: true}",
		"seen = map[string]bool{}",
		".", []string{"TestCodesGivenTwiceAreFoundAmongMany"},
	},
	{
		"validate.go", "a valid document of many classes may give a code twice",
		"\t} else if seen != nil {\n\t\tseen[code] = p\n\t}",
		"\t}",
		".", []string{"TestCodesGivenTwiceAreFoundAmongMany"},
	},
	{
		"class.go", "a union shares memory with the first list",
		"u := slices.Clip(a)",
		"u := a",
		".", []string{"TestOverlayChangesNothingOfItsSources"},
	},
	{
		"lookup.go", "a lookup error's advice comes after a colon and a question mark",
		"\t\tseparator = \" \"\n",
		"\t\tseparator = \": \"\n",
		".", []string{"TestErrorsAskWhetherASimilarCodeWasMeant"},
	},
	{
		"errors.go", "an error's path changes the error it was made of",
		"\tat := *e\n\tat.Field = path\n\treturn &at",
		"\te.Field = path\n\treturn e",
		".", []string{"TestInputErrorAtAPathIsTheSameRefusal"},
	},
}
