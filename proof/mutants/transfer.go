package main

// inTransfer are faults in exports, imports and the formats of other data sets.
var inTransfer = []mutant{
	{
		"store/importer.go", "an import compares with what is still being written",
		"if im.flying.has(groups) {",
		"if len(groups) == 0 && im.flying.has(groups) {",
		"store", []string{"TestImportComparesACountryThatComesAgainWithWhatItWrote"},
	},
	{
		"store/import.go", "an import that fails forgets what is being written",
		"failed = cmp.Or(im.land(ctx), failed); failed == nil {",
		"failed == nil {\n\t\tfailed = cmp.Or(im.land(ctx), failed)",
		"store", []string{"TestImportThatFailsReportsWhatWasWrittenMeanwhile"},
	},
	{
		"store/ahead.go", "a backend that ends its goroutine while others are saved looks as if it had returned",
		"if !returned {",
		"if !returned && panicked != nil {",
		"store", []string{"TestBackendThatPanicsWhileOthersAreSavedHarmsNobodyElse"},
	},
	{
		"store/json.go", "an export without its last line is taken for whole",
		"if errors.Is(err, io.EOF) {\n\t\t\terr = fmt",
		"if errors.Is(err, io.EOF) && count > 0 {\n\t\t\treturn\n\t\t}\n\t\tif errors.Is(err, io.EOF) {\n\t\t\terr = fmt",
		"store", []string{"TestExportThatWasCutOffIsNoticedAndNoCountryIsHalf"},
	},
	{
		"store/rejection.go", "an import writes the rest of a country with a refused record",
		"return g.refusal != \"\" || len(g.rejections) > 0 }",
		"return g.refusal != \"\" || len(g.rejections) == len(g.records) }",
		"store", []string{"TestCountryIsImportedWholeOrNotAtAllAndRejectionsSayWhy"},
	},
	{
		"store/importer_write.go", "an import forgets what is still being written",
		"\t\tf.keys[g.key] = true\n",
		"\t\tf.keys[g.key] = len(groups) == 0\n",
		"store", []string{"TestImportComparesACountryThatComesAgainWithWhatItWrote"},
	},
	{
		"store/importer.go", "an import trusts the country after a record that is lost",
		"\t\tif im.spoiled != nil {\n\t\t\tim.open.refusal",
		"\t\tif im.spoiled != nil && im.spoiled.number > n {\n\t\t\tim.open.refusal",
		"store", []string{"TestCountryIsImportedWholeOrNotAtAllAndRejectionsSayWhy"},
	},
	{
		"store/importer.go", "an import goes on after a record that is lost",
		"if !r.lost() {\n\t\tg.next = r.number",
		"if r.number > 0 {\n\t\tg.next = r.number",
		"store", []string{"TestImportThatGoesOnStillKnowsWhatWasLost"},
	},
	{
		"store/importer.go", "an import writes half of a country that comes again",
		"if im.meet(key) {",
		"if im.meet(key) && im.Skip > 0 {",
		"store", []string{"TestCountryIsImportedWholeOrNotAtAllAndRejectionsSayWhy"},
	},
	{
		"store/importer.go", "an import gives documents new versions",
		"\t\tc.Action = Restore\n",
		"",
		"store", []string{"TestExportComesBackAsItWas"},
	},
	{
		"store/importer_write.go", "a dry run counts what is there already as written",
		"Unchanged: p.unchanged, Err: err",
		"Err: err",
		"store", []string{"TestImportOfADryRunCountsAsTheImport"},
	},
	{
		"store/importer_write.go", "a dry run writes",
		"case im.DryRun:",
		"case im.DryRun && im.bulk == nil:",
		"store", []string{"TestImportOfADryRunWritesNothing"},
	},
	{
		"store/importer.go", "a seed overwrites what a user changed",
		"case stored != nil && im.KeepExisting:",
		"case stored != nil && im.KeepExisting && sameContent(*stored, r.Configuration):",
		"store", []string{"TestSeedCopiesTheWorldOnceAndLosesNoChange"},
	},
	{
		"store/onebyone.go", "an import into a plain store leaves what it could not finish",
		"for _, u := range slices.Backward(done) {",
		"for _, u := range slices.Backward(done[len(done):]) {",
		"store", []string{"TestImportIntoAPlainStoreFindsAnOrderAndUndoesWhatItCannotFinish"},
	},
	{
		"store/text.go", "an import keeps a line that is too long",
		"> room {",
		"> room && len(t.buf) == 0 {",
		"store", []string{"TestImportHoldsNoMoreThanOneRecordOfALongFile"},
	},
	{
		"store/foreign/place.go", "a rate of a file never ends",
		"\t\tif !end.IsZero() {\n\t\t\tlist = append",
		"\t\tif !end.IsZero() && i < 0 {\n\t\t\tlist = append",
		"store/foreign", []string{"TestSamplesAreReadAsTheirDocuments"},
	},
	{
		"store/foreign/object.go", "a format goes on after an import has ended",
		"\t\tcase errors.Is(err, errStopped):\n",
		"",
		"store/foreign", []string{"TestFormatsCanBeStoppedAnywhere"},
	},
	{
		"store/foreign/notation.go", "a percentage with a percent sign is taken for a fraction",
		"if fraction && !sign {",
		"if fraction && (sign || !sign) {",
		"store/foreign", []string{"TestFractionsArePercentagesUnlessTheySaySo"},
	},
	{
		"store/foreign/notation.go", "a day that can be two days is one of them",
		"if strings.Contains(text, \"/\") {",
		"if text = strings.ReplaceAll(text, \"/\", \".\"); strings.Contains(text, \"/\") {",
		"store/foreign", []string{"TestCellsOfATable"},
	},
	{
		"store/foreign/ibericode.go", "an exception holds in periods that do not have it",
		"\t\t\tr.rate.Effect = tax.Inherit\n",
		"\t\t\tr.percent(e.Standard, false)\n",
		"store/foreign", []string{"TestSamplesAreReadAsTheirDocuments"},
	},
	{
		"emporix/transfer.go", "an imported document of the contract drops history",
		"\t\t\tif stored == nil {\n",
		"\t\t\tif stored == nil || stored.Metadata.Version > 0 {\n",
		"emporix", []string{"TestImportedDocumentsLoseNoHistory"},
	},
	{
		"store/json.go", "the text of a record is copied once more",
		"if err != nil {                  // by",
		"if err == nil || len(document) > 0 { // by",
		"store", []string{"TestAnImportAllocatesLittleForARecord"},
	},
	{
		"store/json.go", "a record beyond the default limits is refused",
		"\terr := c.UnmarshalJSON(document) // which copies no text\n",
		"\tif err := c.UnmarshalJSON(document); err != nil {\n\t\treturn sketch(document), err\n\t}\n\tvar err error\n",
		"store", []string{"TestRecordsMayBeLargerThanTheDefaultLimits"},
	},
	{
		"internal/jsonvalue/read.go", "a rate that is given twice in a foreign file is the last one",
		"seen[folded] {", "seen[folded] && d == nil {",
		"store/foreign", []string{"TestSalesTaxRefusesWhatItCannotRead", "TestIbericodeRefusesWhatItCannotRead"},
	},
	{
		"store/foreign/notation.go", "an instant in a table is taken for a day",
		"return at.Hour()+at.Minute()+at.Second()+at.Nanosecond() == 0", "return at.Hour() < 24",
		"store/foreign", []string{"TestADayHasNoTimeButMidnight"},
	},
	{
		"store/foreign/place.go", "a second name of a class in a table is lost",
		"case name != named:", "case name != named && k.Default && !k.Default:",
		"store/foreign", []string{"TestNamesOfAClassComeFromAllItsRows"},
	},
	{
		"store/foreign/object.go", "a foreign number that is absurdly large is an error of package json",
		"\tagain.UseNumber() // one may be larger than any of Go\n",
		"",
		"store/foreign", []string{"TestIbericodeRefusesWhatItCannotRead"},
	},
}
