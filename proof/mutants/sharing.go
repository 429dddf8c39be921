package main

// inSharing are faults in finding and keeping what countries of several tenants have in common.
var inSharing = []mutant{
	{
		"interner.go", "a country with a number for its version is shared by its classes, so that the number leads to none",
		"case !whole && divisible", "case divisible",
		freshness, []string{"TestAVersionThatIsKnownIsNotReadAgain"},
	},
	{
		"fingerprint.go", "a short fingerprint can be made to look like a long one",
		"		w.Number(-1)", "		w.Number(0)",
		".", []string{"TestLongFingerprintsTakeLittleMemory"},
	},
	{
		"fingerprint.go", "what differs behind the beginning of a long fingerprint is shared",
		"sha256.Sum256(w.Bytes()[from:])", "sha256.Sum256(w.Bytes()[from:][:maxFingerprint])",
		".", []string{"TestLongFingerprintsTakeLittleMemory"},
	},
	{
		"fingerprint.go", "tenants share a class whose name is in another language",
		"	w.Text(l.t.languages.Name())\n", "",
		".", []string{"TestPartsCoverEveryFieldButMetadata"},
	},
	{
		"internal/canon/writer.go", "texts that are written one after the other run into one another",
		"			b = append(b, byte(small))\n", "",
		"internal/canon", []string{"TestListsAndRepeatsAreWrittenAsTheirParts"},
	},
	{
		"internal/lang/set.go", "all large sets of languages have one name",
		"newSet(strings.Join(tags, \",\"), tags)", "newSet(\"\", tags)",
		"internal/lang", []string{"TestSetsAreNamedByTheirTags"},
	},
	{
		"fingerprint.go", "tenants share a class that has other aliases",
		"c.Description.IsZero() && len(c.Aliases) == 0", "c.Description.IsZero()",
		".", []string{"TestClassesThatDifferHaveDifferentFingerprints"},
	},
	{
		"interner.go", "all versions of a country are one",
		"v.country):], v.number)", "v.country):], 0)",
		".", []string{"TestABodyIsRememberedByItsLatestVersions"},
	},
	{
		"fingerprint.go", "tenants share a class that charges another tax",
		"	w.Again(0, w.common)\n", "",
		".", []string{"TestPartsCoverEveryFieldButMetadata"},
	},
	{
		"fingerprint.go", "tenants share a class that stands elsewhere among the others",
		"	w.Number(int64(n))\n	w.Again", "	w.Number(0)\n	w.Again",
		freshness, []string{"TestAnswersDependOnNothingThatWasAskedBefore", "TestClassesStandWhereTheirTenantPutThem"},
	},
	{
		"fingerprint.go", "tenants share a class that was verified on another day",
		"	if undated(class) {", "	if undated(class) && false {",
		"tests/evidence", []string{"TestTenantsWithAnotherDayOfChecksDoNotShareIt"},
	},
	{
		"fingerprint.go", "tenants share a country in another time zone",
		"	w.Text(c.TimeZone)\n", "",
		".", []string{"TestPartsCoverEveryFieldButMetadata"},
	},
	{
		"fingerprint.go", "tenants share a country with another default class",
		"		w.Flag(c.Classes[i].Default)\n		w.Texts", "		w.Flag(false)\n		w.Texts",
		".", []string{"TestPartsCoverEveryFieldButMetadata"},
	},
	{
		"interner.go", "the referrals of a country are those of another tenant",
		"len(c.RegionAliases)+len(c.Elsewhere) == 0", "len(c.RegionAliases) == 0",
		".", []string{"TestPartsCoverEveryFieldButMetadata"},
	},
	{
		"interner.go", "the classes of an invalid document answer for it",
		"b.bodies.Find(body); c.sharedBody == nil {\n		if len(b.draft().report.Errors) > 0 {", "b.bodies.Find(body); c.sharedBody == nil {\n		if len(b.draft().report.Errors) > 99 {",
		freshness, []string{"TestAnswersDependOnNothingThatWasAskedBefore"},
	},
	{
		"interner.go", "a tenant has the default language of the first one with the same documents",
		"if r.defaultLanguage.Same(language) {", "if r.defaultLanguage != nil {",
		freshness, []string{"TestTenantsWithTheSameDocumentsHaveTheirOwnDefaultLanguages"},
	},
	{
		"interner.go", "an invalid country keeps classes of others in memory",
		"clear(c.few[copy(c.few[:], b.all):])", "copy(c.few[:], b.all)",
		".", []string{"TestAnInvalidCountryKeepsNoClassesOfOthers"},
	},
	{
		"interner.go", "a country has lines of which it says only five",
		"own.many = &own.list", "own.many = nil",
		freshness, []string{"TestCountryOfManyClassesAnswersForEachOfThem"},
	},
	{
		"interner.go", "only the metadata on top count for MaxBytes",
		"n += int64(unsafe.Sizeof(*part.base))", "break",
		freshness, []string{"TestBytesAreNeverFarBelowTheHeap"},
	},
	{
		"fingerprint.go", "tenants share a country that was verified on another day",
		"return c.Metadata.AsOf\n", "return Date{}\n",
		"tests/evidence", []string{"TestTenantsWithAnotherDayOfChecksDoNotShareIt"},
	},
	{
		"fingerprint.go", "tenants share a country whose entry was verified on another day",
		"w.Number(int64(r.Evidence.VerifiedSince.n))", "w.Number(0)",
		"tests/evidence", []string{"TestTenantsWithAnotherDayOfAnEntryDoNotShareIt"},
	},
	{
		"fingerprint.go", "tenants share a country that refers addresses to different places",
		"\t\tw.Text(e.Location.Country)\n", "",
		".", []string{"TestFingerprintCoversTheCountryAndEveryFieldButMetadata"},
	},
	{
		"fingerprint.go", "countries share what was compiled for one of them",
		"\tw.Text(country)\n", "",
		freshness, []string{"TestAnswersDependOnNothingThatWasAskedBefore", "TestDocumentsOfAnotherCountryAreRefusedColdAndWarm"},
	},
	{
		"interner.go", "a class that another load was faster with is another one of that load",
		"lines[numbers[i]] = &of.lines[part]", "lines[numbers[i]] = &of.lines[min(i, len(of.lines)-1)]",
		".", []string{"TestLinesAreSharedOneByOne"},
	},
	{
		"interner.go", "classes that are not new are those that come next",
		"size += copy(prints[size:], prints[begin:end])", "size += end - begin",
		".", []string{"TestLinesAreSharedOneByOne"},
	},
	{
		"interner.go", "a class keeps all others of its document in memory",
		"const maxTogether = 8", "const maxTogether = 64",
		".", []string{"TestALineKeepsFewOthersInMemory"},
	},
	{
		"interner.go", "classes that are made together count as one for MaxBytes",
		"		t.lines([]*line{l}, 0)\n", "		if i == 0 {\n			t.lines([]*line{l}, 0)\n		}\n",
		freshness, []string{"TestBytesAgreeWithTheHeap"},
	},
	{
		"fingerprint.go", "an entry that was verified since a day is one that says nothing but its percentage",
		" && r.Evidence.VerifiedSince.IsZero()", "",
		".", []string{"TestEntriesThatDifferHaveDifferentFingerprints"},
	},
}
