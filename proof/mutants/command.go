package main

// inCommand are faults in the command for shells.
var inCommand = []mutant{
	{
		"cmd/tax/backing.go", "a store that is mistyped is made",
		`if info, err := os.Stat(rest); !s.create && (err != nil || info.IsDir()) {`,
		`if info, err := os.Stat(rest); !s.create && (err == nil && info.IsDir()) {`,
		"cmd/tax", []string{"TestScripts"},
	},
	{
		"cmd/tax/answer.go", "names of classes move the cursor of a terminal",
		`if r < ' ' || r >= 0x7f`,
		`if r == 0 || r >= 0x7f`,
		"cmd/tax", []string{"TestNamesCannotMoveTheCursor"},
	},
	{
		"cmd/tax/failure.go", "a question without an answer ends as if it had one",
		"	case errors.As(err, &lookup), errors.As(err, &stored):\n		return exitNoAnswer",
		"	case errors.As(err, &lookup), errors.As(err, &stored):\n		return exitDone",
		"cmd/tax", []string{"TestExitCodes"},
	},
	{
		"cmd/tax/internal/shop/document.go", "an address without a day is taxed on another one than asked for",
		"		a.Date = p.day\n",
		"		_ = p.day\n",
		"cmd/tax/internal/shop", []string{"TestAddressesTakeTheDayThatIsGiven"},
	},
	{
		"cmd/tax/internal/lint/answers.go", "entries that matter to a region only are called superfluous",
		"changes, err := q.anywhere(ctx, r, mine, without.Code)",
		"changes, err := q.at(ctx, r, mine, tax.Location{Country: d.Location.Country}, without.Code)",
		"cmd/tax/internal/lint", []string{"TestRules"},
	},
	{
		"cmd/tax/internal/lint/answers.go", "today counts as a day that was answered",
		"if change.From.Before(written) {",
		"if !change.From.After(written) {",
		"cmd/tax/internal/lint", []string{"TestRules"},
	},
	{
		"cmd/tax/internal/document/positions.go", "a finding is shown on the line above its value",
		"	for offset < len(l.text) && strings.IndexByte(\" \\t\\r\\n,:\", l.text[offset]) >= 0 {",
		"	for offset < len(l.text) && strings.IndexByte(\" \\t\\r,:\", l.text[offset]) >= 0 {",
		"cmd/tax/internal/document", []string{"TestLinesOfPaths"},
	},
	{
		"cmd/tax/internal/compare/answer.go", "a difference between two sets of rates never ends",
		"changes[last].Until, open = day, false",
		"open = false",
		"cmd/tax/internal/compare", []string{"TestChangesAreTheDaysOnWhichAnswersDiffer"},
	},
	{
		"cmd/tax/side.go", "a version is compared with itself",
		"	set = slices.DeleteFunc(set, func(c tax.Configuration) bool { return c.Location == l })\n	set = append(set, version.Configuration)\n",
		"	set = append(set, version.Configuration)[:len(set)]\n",
		"cmd/tax", []string{"TestDiffComparesVersionsOfHistory"},
	},
	{
		"cmd/tax/internal/compare/ahead.go", "a rate that begins today is announced",
		"return !d.After(today) || d.After(last)",
		"return d.Before(today) || d.After(last)",
		"cmd/tax/internal/compare", []string{"TestChangesAheadAreThoseAfterTheDay"},
	},
	{
		"cmd/tax/transfer.go", "an import of which records were refused ends as if it were complete",
		"		return &reportedError{&readingError{err}}\n",
		"		return nil\n",
		"cmd/tax", []string{"TestScripts"},
	},
	{
		"cmd/tax/internal/compare/timeline.go", "rates of the past have no end",
		"			spans[last].Until = day\n",
		"			spans[last].Until = tax.Date{}\n",
		"cmd/tax/internal/compare", []string{"TestATimelineHasEachAnswerOnce"},
	},
	{
		"cmd/tax/internal/orders/simulate.go", "orders are priced on the same day twice",
		"		l.Date = p.options.Then\n",
		"		_ = p.options.Then\n",
		"cmd/tax/internal/orders", []string{"TestDaysAreThoseOfTheLineAndOfTheOptions"},
	},
	{
		"cmd/tax/internal/orders/report.go", "a discount is never among the largest differences",
		"max(l.Difference(), -l.Difference())",
		"l.Difference()",
		"cmd/tax/internal/orders", []string{"TestTheLargestDifferencesAreKeptInOrder"},
	},
	{
		"cmd/tax/internal/orders/rows.go", "a quote that is not closed reads a whole file into memory",
		"	if b.left <= 0 {\n",
		"	if b.left < -1<<62 {\n",
		"cmd/tax/internal/orders", []string{"TestFilesThatCannotBeReadEndTheRun"},
	},
	{
		"cmd/tax/internal/orders/rows.go", "lines are counted without those of quoted cells",
		"	r.quoted = end + bytes.Count(",
		"	r.quoted = end + 0*bytes.Count(",
		"cmd/tax/internal/orders", []string{"TestRowsAreThoseOfEncodingCSV"},
	},
	{
		"cmd/tax/internal/orders/file.go", "orders of two days are one question",
		"if f.at[i] >= 0 && i != net && i != gross {",
		"if f.at[i] >= 0 && i != net && i != gross && i != date {",
		"cmd/tax/internal/orders", []string{"TestQuestionsAreAnsweredOnce"},
	},
	{
		"cmd/tax/internal/chart/chart.go", "a time without a rate is no gap",
		"		step := \"M\"\n",
		"		step := \"L\"\n",
		"cmd/tax/internal/chart", []string{"TestEachRateIsAStepAndATimeWithoutOneIsAGap"},
	},
	{
		"cmd/tax/internal/chart/chart.go", "names are markup in a drawing",
		"_ = xml.EscapeText(&b, []byte(s)) // a Builder has no errors",
		"_ = xml.EscapeText(new(strings.Builder), []byte(s)); b.WriteString(s)",
		"cmd/tax/internal/chart", []string{"TestADrawingIsXMLWithWholeNumbersWhateverTheNames"},
	},
	{
		"cmd/tax/seed.go", "a store that lies on the embedded rates is filled with a copy of them",
		"	case !s.alone:\n",
		"	case false:\n",
		"cmd/tax", []string{"TestScripts"},
	},
	{
		"cmd/tax/migrate.go", "a document that cannot be read is left behind without a word",
		"left != nil && (err == nil ||",
		"left == io.EOF && (err == nil ||",
		"cmd/tax", []string{"TestScripts"},
	},
	{
		"cmd/tax/transfer.go", "an import that ended early says only which records were refused",
		"(refused == nil || err.Error() != refused.Error())",
		"refused == nil",
		"cmd/tax", []string{"TestAnImportThatEndedEarlySaysWhy"},
	},
	{
		"cmd/tax/nats.go", "to ask a bucket that is not there makes it",
		"	if s.create {\n		return nil\n",
		"	if s != nil {\n		return nil\n",
		"cmd/tax", []string{"TestAStoreInNATSIsOneOfTheStores"},
	},
	{
		"cmd/tax/nats.go", "the error of an address of NATS has its password",
		"			err = e.Err // without",
		"			_ = e.Err // without",
		"cmd/tax", []string{"TestAddressesOfNATS"},
	},
}
