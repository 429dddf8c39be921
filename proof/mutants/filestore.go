package main

// inFileStore are faults in the store that keeps documents in files.
var inFileStore = []mutant{
	{
		"store/file_save.go", "a file store's new file is renamed before it is durable",
		"\tif err == nil {\n\t\terr = file.Sync()\n\t}\n",
		"",
		"store", []string{"TestEveryCrashLeavesTheOldOrTheNewState"},
	},
	{
		"store/file_save.go", "a file store's write returns before its folder is durable",
		"\t\tif err := f.system.sync(folder); err != nil {\n\t\t\tfor",
		"\t\tif err := error(nil); err != nil {\n\t\t\tfor",
		"store", []string{"TestEveryCrashLeavesTheOldOrTheNewState"},
	},
	{
		"store/file_save.go", "a file store's history is not durable before the file",
		"if err := file.Sync(); err != nil || !isNew {",
		"if err := error(nil); err != nil || !isNew {",
		"store", []string{"TestEveryCrashLeavesTheOldOrTheNewState"},
	},
	{
		"store/file_save.go", "a file store's new file is renamed without waiting for its history",
		"errors.Join(err, file.Close(), durable())", "errors.Join(err, file.Close())",
		"store", []string{"TestEveryCrashLeavesTheOldOrTheNewState"},
	},
	{
		"store/file_last.go", "a file store takes any text for the one that it has written last",
		"w == nil || !bytes.Equal(w.text, data)", "w == nil || len(w.text) > 1<<30 && !bytes.Equal(w.text, data)",
		"store", []string{"TestEveryByteOfAFileThatIsFlippedIsNoticed", "TestEveryCrashLeavesTheOldOrTheNewState"},
	},
	{
		"store/file_last.go", "a file store keeps more texts of what it has written than it may",
		"l.size+len(w.text) <= mostLastText", "len(w.text) <= mostLastText",
		"store", []string{"TestLastWritesAreBounded"},
	},
	{
		"store/file_country.go", "a file store keeps the text of a document for the one after it",
		"\t\tentries[v] = bytes.TrimSuffix(texts[i], []byte(\",\\n\"))\n",
		"\t\tentries[v] = bytes.TrimSuffix(texts[max(i, 1)-min(i, 1)], []byte(\",\\n\"))\n",
		"store", []string{"TestAFileHasTheSameTextWhateverWasKeptOfTheOneBefore"},
	},
	{
		"store/file_country.go", "a file store takes a quote in a text for its end",
		"\t\t\t\tif text[end] == '\\\\' {", "\t\t\t\tif text[end] == '\\\\' && depth < 0 {",
		"store", []string{"TestTextIsIndentedAsJSONIs"},
	},
	{
		"store/neighbours.go", "a file store validates a country that it has written as a whole",
		"if v := c.verdict; v != nil && v.of == c {", "if v := c.verdict; v != nil && v.of != c {",
		"store", []string{"TestAWriteToALargeCountryInFilesDecodesAndEncodesWhatItChanges"},
	},
	{
		"store/file_last.go", "a file store writes on behind what another process has left in the history",
		"size > 0 && w.history == size", "size > 0",
		"store", []string{"TestFileHistoryGoesOnAfterAnotherProcessWasKilledWhileItWrote"},
	},
	{
		"store/file_save.go", "a file store's new folder of a tenant is not durable",
		"\treturn w.system.sync(w.folder) // also",
		"\treturn nil // also",
		"store", []string{"TestEveryCrashLeavesTheOldOrTheNewState"},
	},
	{
		"store/file_save.go", "a file store's line of a write that was cut off stays in the history",
		"if last > 0 && last <= w.before.Revision {",
		"if last > 0 {",
		"store", []string{"TestEveryCrashLeavesTheOldOrTheNewState"},
	},
	{
		"store/file_save.go", "a file store's write overwrites an edit that it has not seen",
		"\tcase c.Before == nil || s.country.Revision != c.revision() ||\n\t\tc.Before.stamp != [32]byte{} && c.Before.stamp != s.country.stamp:\n",
		"\tcase c.Before == nil || s.country.Revision != c.revision():\n",
		"store", []string{"TestAWriteThatAnEditOvertakesIsPlannedAgain"},
	},
	{
		"store/file_save.go", "a file store's file that is no JSON is overwritten",
		"\tcase s.unreadable:\n\t\treturn s.broken\n",
		"",
		"store", []string{"TestAFileThatIsNoJSONIsNotOverwritten"},
	},
	{
		"store/file.go", "a file store's history that was removed is not reported",
		"if s.Ended.After(latest) {",
		"if s.Ended.Before(latest) {",
		"store", []string{"TestAGapInTheHistoryIsReported"},
	},
	{
		"store/file_lock_unix.go", "a file store's writers of two processes do not lock",
		"how := syscall.LOCK_EX",
		"how := syscall.LOCK_SH",
		"store", []string{"TestWritersOfSeveralProcessesLoseNothing", "TestAWriteWaitsForTheLockNoLongerThanItsContext"},
	},
	{
		"store/file_names.go", "a file store's tenants share a folder if they differ in case",
		"return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-'",
		"return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-'",
		"store", []string{"TestFoldersOfTenantsNeverMeet"},
	},
	{
		"store/file_country.go", "a file store's edit is not noticed",
		"if string(data[len(hashBegin):hashSize]) != string(digits[:])+hashEnd {",
		"if len(digits) == 0 {",
		"store", []string{"TestAnEditIsANewVersionByAnUnknownAuthor"},
	},
	{
		"store/file.go", "a file store's broken edit ends the last good state",
		"} else if f.good.has(key) {\n\t\treturn nil, s.broken\n\t}",
		"}",
		"store", []string{"TestABrokenEditAnswersStaleAndIsInvalidThen"},
	},
	{
		"store/file.go", "a file store whose folder has gone has no documents",
		"\tif err == nil && f.marked && len(entries) == 0 {\n\t\terr = fs.ErrNotExist\n\t}\n\tif err != nil {",
		"\tif err != nil && len(entries) > 0 {",
		"store", []string{"TestAFolderThatHasGoneIsUnavailable"},
	},
	{
		"store/file_edited.go", "a file store's edit that breaks a rule is used",
		"\te.broken = faultAt(e.name, e.data, offset, err)\n\treturn nil",
		"\tif offset < 0 {\n\t\te.broken = err\n\t}\n\treturn nil",
		"store", []string{"TestABrokenEditAnswersStaleAndIsInvalidThen"},
	},
	{
		"store/file_edited.go", "a file store's version comes twice after a file was deleted",
		"\t\t\t\ts.country.Retired = max(s.country.Retired, v.Configuration.Metadata.Version)\n",
		"\t\t\t\ts.country.Retired = 0\n",
		"store", []string{"TestDocumentsThatAreAddedAndRemovedByHand"},
	},
	{
		"store/file_watch.go", "a file store's Watch reports what is broken",
		"if !broken || !f.good.has(key) {",
		"if true {",
		"store", []string{"TestWatchReportsOtherProcessesAndEdits"},
	},
	{
		"store/file_watch.go", "a file store's Watch misses an edit within the steps of file times",
		"return !same || wasYoung && w.sum != sum",
		"return !same || wasYoung && w.sum != sum && !same",
		"store", []string{"TestWatchReportsAnEditThatKeepsTimeAndSize"},
	},
	{
		"store/write.go", "a file store changes nothing because of what it recalls",
		"err == nil && p.commit != nil {", "err == nil {",
		"store", []string{"TestWriteThatARecalledStateRefusesIsPlannedOnTheFile"},
	},
	{
		"store/file_last.go", "a file store recalls a country in which others write",
		"w != nil && w.alone {", "w != nil {",
		"store", []string{"TestStoreRecallsOnlyACountryThatItIsAloneWith"},
	},
	{
		"store/file_save.go", "a file store that has only written has seen no good state",
		"\t\tw.good.add(w.key)\n", "",
		"store", []string{"TestStoreThatHasOnlyWrittenHasSeenAGoodState"},
	},
	{
		"store/history.go", "a version between two that are kept never was",
		"\treturn older.Until.Before(p.list[i-1].From)\n", "\treturn false\n",
		"store", []string{"TestAVersionThatWasWrittenWithoutRetentionIsRemoved"},
	},
	{
		"store/plan.go", "a version is restored after which none can come",
		"m.Version > mostVersion {", "m.Version > mostVersion && stored != nil {",
		"store", []string{"TestAVersionAfterWhichNoneCanComeIsNotRestored"},
	},
	{
		"store/file_edited.go", "a file store's edit counts from the time of its file whatever that is",
		"case !modified.After(now):", "case true:",
		"store", []string{"TestAFileOfATimeStillToComeIsInForceNow"},
	},
	{
		"store/file_edited.go", "a file store's byte order mark breaks a file",
		"data = bytes.TrimPrefix(data, []byte(byteOrderMark))\n\te :=", "data = bytes.TrimPrefix(data, nil)\n\te :=",
		"store", []string{"TestAFileThatBeginsWithAByteOrderMarkIsRead"},
	},
	{
		"store/file_save.go", "a file store writes a line of the history behind one without an end",
		"return append([]byte(\"\\n\"), line...), nil", "return line, nil",
		"store", []string{"TestOtherEndsOfLinesLoseNoHistory"},
	},
	{
		"store/file_history.go", "a file store removes what follows a damaged line of its history",
		"if wrong != nil && offset < len(text) {", "if wrong != nil && offset < 0 {",
		"store", []string{"TestADamagedLineOfAHistoryTakesNoOthersWithIt"},
	},
	{
		"store/file_history.go", "a file store takes lines that another program has written for those of writes that were cut off",
		"if json.Unmarshal(bytes.TrimPrefix(line, []byte(byteOrderMark)), &h) != nil {",
		"if bytes.Contains(line, []byte(`\": `)) || json.Unmarshal(bytes.TrimPrefix(line, []byte(byteOrderMark)), &h) != nil {",
		"store", []string{"TestOtherEndsOfLinesLoseNoHistory"},
	},
	{
		"store/file_save.go", "a file store removes all damaged lines at the end of a history",
		"unread && cut {", "unread && cut && last < 0 {",
		"store", []string{"TestDamagedLinesAtTheEndOfAHistoryStay"},
	},
	{
		"store/file_open_linux.go", "a file store waits for the other end of a pipe",
		"syscall.O_CLOEXEC|syscall.O_NONBLOCK", "syscall.O_CLOEXEC",
		"store", []string{"TestWhatIsNoFileIsAnErrorAndHoldsUpNobody"},
	},
	{
		"store/file_system.go", "a file store reads a file that is larger than its memory can be",
		"if size >= math.MaxInt {", "if size > math.MaxInt {",
		"store", []string{"TestAFileThatIsTooLargeIsAnError"},
	},
}
