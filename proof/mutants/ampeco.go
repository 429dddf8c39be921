package main

// inAmpeco are faults in the documents of the contract of AMPECO, and in its store.
var inAmpeco = []mutant{
	{
		"ampeco/check.go", "a name of 256 characters is a name",
		"utf8.RuneCountInString(name) > maxNameRunes",
		"utf8.RuneCountInString(name) > maxNameRunes+1",
		"ampeco", []string{"TestDraftsNeedNameAndPercentage"},
	},
	{
		"ampeco/check.go", "a display name of 101 translations is accepted",
		"len(list) > maxTranslations {",
		"len(list) > maxTranslations+1 {",
		"ampeco", []string{"TestDraftsNeedNameAndPercentage"},
	},
	{
		"ampeco/check.go", "a refused translation has a second fault",
		"if f.has(path) {\n\t\t\tcontinue\n\t\t}\n",
		"",
		"ampeco", []string{"TestUpdatesDoWhatTheTableSays"},
	},
	{
		"ampeco/decode.go", "a body of the largest size is no body",
		"if len(body) > maxBodyBytes {",
		"if len(body) >= maxBodyBytes {",
		"ampeco", []string{"TestBodiesAreReadUpToTheirLargestSize"},
	},
	{
		"ampeco/decode.go", "a field that the store sets is unknown",
		"prefix == \"\" && slices.Contains(readOnlyFields, key)",
		"prefix == \"\" && slices.Contains(readOnlyFields[1:], key)",
		"ampeco", []string{"TestFieldsThatTheStoreSetsAreIgnored"},
	},
	{
		"ampeco/decode.go", "a tolerant service ignores a field in other letters",
		"d.Tolerant() && !strictjson.Misspelt(key, fields)",
		"d.Tolerant()",
		"ampeco", []string{"TestATolerantServiceIgnoresFieldsThatTheContractDoesNotHave"},
	},
	{
		"ampeco/encode.go", "the links of meta leave out the page before the last",
		"add(max(3, current-around), min(last-2, current+around))\n\tadd(last-1, last)",
		"add(max(3, current-around), min(last-2, current+around))\n\tadd(last, last)",
		"ampeco", []string{"TestLinksOfMetaLeadToThePagesAround"},
	},
	{
		"ampeco/encode.go", "the position of an empty page after a cursor is the one before it",
		"first, last := p.after+1, p.before-1",
		"first, last := p.after, p.before",
		"ampeco", []string{"TestPagesByCursorAreThoseOfTheModelWhateverIsWritten"},
	},
	{
		"ampeco/encode.go", "a link from a page beyond the end leads to a page beyond the end",
		"link(min(p.page-1, last))",
		"link(p.page-1)",
		"ampeco", []string{"TestEnvelopesOfNumberedPages"},
	},
	{
		"ampeco/tax.go", "a time of a tax in another zone is written as UTC",
		"t.LastUpdatedAt = t.LastUpdatedAt.UTC()\n",
		"_ = time.UTC\n",
		"ampeco", []string{"TestTimesOfAnyStoreAreWrittenInUTC"},
	},
	{
		"ampeco/tax.go", "a tax before the year 0 is written",
		"year < 0 || year > 9999",
		"year > 9999",
		"ampeco", []string{"TestTaxesThatCannotBeWrittenAreErrorsOfTheServer"},
	},
	{
		"ampeco/tax.go", "a change of a registration is no change",
		"&&\n\t\ta.TaxIdentificationNumberID == b.TaxIdentificationNumberID",
		"",
		"ampeco", []string{"TestUpdatesDoWhatTheTableSays"},
	},
	{
		"ampeco/patch.go", "a patch that cannot be read is emptied",
		"\tif err == nil {\n\t\t*p = read\n\t}",
		"\t*p = read",
		"ampeco", []string{"TestJSONThatCannotBeReadLeavesTheValue"},
	},
	{
		"ampeco/patch.go", "a cleared field is left out of a patch's JSON",
		"\tcase cleared:\n\t\tw.Name(name)\n\t\tw.Raw(\"null\")\n",
		"",
		"ampeco", []string{"TestPatchesInJSONHaveTheFieldsThatWereSent"},
	},
	{
		"ampeco/patch.go", "a patch in JSON is not checked",
		"\tp.check(f)\n\tif err := f.err(); err != nil {\n\t\treturn nil, err",
		"\tif err := f.err(); err != nil {\n\t\treturn nil, err",
		"ampeco", []string{"TestPatchesInJSONHaveTheFieldsThatWereSent"},
	},
	{
		"ampeco/draft.go", "a draft that cannot be read is emptied",
		"\tif err == nil {\n\t\t*d = read\n\t}",
		"\t*d = read",
		"ampeco", []string{"TestJSONThatCannotBeReadLeavesTheValue"},
	},
	{
		"ampeco/memory.go", "a list of taxes shares memory with the store",
		"p.Taxes = append(p.Taxes, s.tax.clone())",
		"p.Taxes = append(p.Taxes, s.tax)",
		"ampeco", []string{"TestMemorySharesNothingWithItsCallers"},
	},
	{
		"ampeco/memory.go", "a write ignores that its request ended",
		"func (m *Memory) stamped(ctx context.Context, t Tax) (*stored, error) {\n\tif err := usable(ctx); err != nil {",
		"func (m *Memory) stamped(ctx context.Context, t Tax) (*stored, error) {\n\tif err := usable(context.WithoutCancel(ctx)); err != nil {",
		"ampeco", []string{"TestMemoryHeedsItsContext"},
	},
	{
		"ampeco/service.go", "a key of cursors of 15 bytes is accepted",
		"len(opts.CursorKey) < minCursorKey",
		"len(opts.CursorKey) < minCursorKey-1",
		"ampeco", []string{"TestKeysOfCursorsHave16Bytes"},
	},
	{
		"ampeco/parameters.go", "a page so late that positions overflow is read",
		"if int64(p.page)*int64(p.perPage) > math.MaxInt32 {",
		"if int64(p.page)*int64(p.perPage) > math.MaxInt64 {",
		"ampeco", []string{"TestParametersThatAreRefused"},
	},
	{
		"ampeco/validation.go", "a body can have any number of faults",
		"&& len(f) < maxFaults {",
		"{",
		"ampeco", []string{"TestHostileBodiesHaveBoundedErrors"},
	},
}
