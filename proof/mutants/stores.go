package main

// inStores are faults in stores, and in the packed rates of the world.
var inStores = []mutant{
	{
		"store/memory.go", "a store's deletion leaves an empty country",
		"if len(c.set) > 0 {",
		"if c.set != nil {",
		"store", []string{"TestNothingIsLeftOfWhatWasDeleted"},
	},
	{
		"store/memory.go", "a store's tenant without documents stays in memory",
		"\t\tm.tenants.Delete(tenant)\n",
		"\t\tm.tenants.Store(tenant, all)\n",
		"store", []string{"TestNothingIsLeftOfWhatWasDeleted"},
	},
	{
		"store/listeners.go", "a store's listener that is none is called",
		"\tif changed == nil {\n\t\treturn func() {}\n\t}\n",
		"",
		"store", []string{"TestZeroMemoryIsAnEmptyStore"},
	},
	{
		"store/memory.go", "a store's times have parts of a millisecond",
		"m.now().UTC().Truncate(time.Millisecond)",
		"m.now().UTC()",
		"store", []string{"TestVersionsCountUpAndTimesAreUTCInMilliseconds"},
	},
	{
		"store/memory.go", "a store's update changes when a document was created",
		"c.Metadata.Created, c.Metadata.Modified = stored.Metadata.Created, m.stamp()",
		"c.Metadata.Modified = m.stamp()",
		"store", []string{"TestVersionsCountUpAndTimesAreUTCInMilliseconds"},
	},
	{
		"store/memory.go", "a store's conflict does not say the current version",
		"Given: c.Metadata.Version, Current: stored.Metadata.Version}",
		"Given: c.Metadata.Version}",
		"store", []string{"TestUpdateOfAnotherVersionConflicts"},
	},
	{
		"store/memory.go", "a store's list ignores that its request ended",
		"\tif err := usable(ctx); err != nil {\n\t\treturn tax.Page{}, err\n\t}\n",
		"\tif ctx == nil {\n\t\treturn tax.Page{}, usable(ctx)\n\t}\n",
		"store", []string{"TestListWithAContextThatIsDone"},
	},
	{
		"store/memory.go", "a store's answer to a write shares memory with it",
		"\treturn c.Clone(), nil\n}\n\n// stored",
		"\treturn *c, nil\n}\n\n// stored",
		"store", []string{"TestCallersAndStoreShareNothing"},
	},
	{
		"store/memory.go", "a store's cursors are of every tenant",
		"append(m.secret[:len(m.secret):len(m.secret)], tenant...)",
		"append(m.secret[:len(m.secret):len(m.secret)], tenant[:0]...)",
		"store", []string{"TestCursorsOfAStoreAreGoodForOneTenant"},
	},
	{
		"store/base.go", "an override's fault has a place that it does not have",
		"if i < 0 {\n\t\treturn \"\"",
		"if i < -1 {\n\t\treturn \"\"",
		"store", []string{"TestFaultsOfWhatOnlyTheBaseHasArePlacedInNoPartOfTheOverride"},
	},
	{
		"store/base.go", "an override's class has the place of the merged document",
		"case list == \"classes\" && i < len(merged.Classes):",
		"case list == \"class\" && i < len(merged.Classes):",
		"store", []string{"TestOverridesAreCheckedOnTheirBaseWhenTheyAreWritten"},
	},
	{
		"store/overrides.go", "an override of a base that fails is stored",
		"\tif err != nil {\n\t\treturn nil, &tax.StoreError{Kind: tax.ErrUnavailable",
		"\tif err != nil && len(base) > 0 {\n\t\treturn nil, &tax.StoreError{Kind: tax.ErrUnavailable",
		"store", []string{"TestWriteOnABaseThatFailsIsUnavailable"},
	},
	{
		"rates/decode.go", "a rate's day beyond the calendar is none",
		"if n > 0 && date.IsZero() {",
		"if n > 0 && n < 9 && date.IsZero() {",
		"rates", []string{"TestNumbersThatStandForNothingAreErrors"},
	},
	{
		"rates/decode.go", "a rate's text that does not exist is none",
		"d.failed = d.failed || n > 0\n",
		"",
		"rates", []string{"TestNumbersThatStandForNothingAreErrors"},
	},
	{
		"rates/decode.go", "a rate's number of more than 64 bits is read",
		"\td.failed, d.rest = true, \"\"\n\treturn 0\n}\n\nfunc (d *decoder) byte",
		"\treturn 0\n}\n\nfunc (d *decoder) byte",
		"rates", []string{"TestNumbersThatStandForNothingAreErrors"},
	},
	{
		"rates/decode.go", "a rate's record with bytes after it is read",
		"if d.failed || d.rest != \"\" {",
		"if d.failed {",
		"rates", []string{"TestTruncatedRecordIsAnErrorForEveryLength"},
	},
	{
		"rates/decode.go", "a rate's data of another version is read",
		"number(data[8:]) != packedVersion {",
		"number(data[8:]) > packedVersion {",
		"rates", []string{"TestOtherFormatVersionIsAnError"},
	},
}
