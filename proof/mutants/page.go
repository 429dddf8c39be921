package main

// inPage are faults in the pages of the server.
var inPage = []mutant{
	{
		"cmd/taxd/internal/page/session.go", "a page takes a form without the secret of its session",
		"[]byte(q.session.form)) != 1 {", "[]byte(q.session.form)) > 1 {",
		"cmd/taxd/internal/page", []string{"TestForgedFormsAreRefused", "TestOnlyATokenThatManagesChangesAnything"},
	},
	{
		"cmd/taxd/internal/page/session.go", "a page takes a form from another site",
		"origin.Check(r) != nil {", "origin.Check(r) != nil && false {",
		"cmd/taxd/internal/page", []string{"TestForgedFormsAreRefused"},
	},
	{
		"cmd/taxd/internal/page/session.go", "a page goes on with a session that was idle for too long",
		"!ok || now.Sub(n.used) > sessionIdle", "!ok",
		"cmd/taxd/internal/page", []string{"TestSessionsEnd"},
	},
	{
		"cmd/taxd/internal/page/reader.go", "a page shows the rates of a tenant to everybody",
		"resolver: s.Public, in: in", "resolver: s.Resolver, in: in",
		"cmd/taxd/internal/page", []string{"TestAnotherTenantsDataNeverAppears"},
	},
	{
		"cmd/taxd/internal/page/addrate.go", "a rate that a page adds to a region ends the answers before it",
		"if inherits {", "if inherits && false {",
		"cmd/taxd/internal/page", []string{"TestARegionKeepsItsAnswersBeforeANewRate"},
	},
	{
		"cmd/taxd/internal/page/preview.go", "a page does not say that answers of the past change",
		"p.Answers[i].From.Before(today)", "p.Answers[i].From.Before(today) && false",
		"cmd/taxd/internal/page", []string{"TestThePreviewSaysThatThePastChanges"},
	},
	{
		"cmd/taxd/internal/page/parse.go", "a page drops what its form does not show",
		"c := p.kept.Clone()", "c := tax.Configuration{}",
		"cmd/taxd/internal/page", []string{"TestTheFormKeepsEverythingThatNobodyChanged"},
	},
	{
		"cmd/taxd/internal/page/search.go", "a search for a postal code of one country finds places of another",
		"strings.ToUpper(prefix)]; another {", "strings.ToUpper(prefix)]; another && false {",
		"cmd/taxd/internal/page", []string{"TestPlacesAreFoundByNameCodeAndPostalCode"},
	},
	{
		"cmd/taxd/internal/page/view.go", "a browser keeps the pages of a tenant after signing out",
		"if r.session != nil {\n\t\th.Set(", "if r.session == nil {\n\t\th.Set(",
		"cmd/taxd/browser", []string{"TestAnotherTenantsDataNeverAppears"},
	},
	{
		"cmd/taxd/internal/page/isolated.go", "a name in a sentence of a page leaves a direction open",
		"open+1)", "1)",
		"cmd/taxd/internal/page", []string{"TestNamesAreSetApartInSentences"},
	},
	{
		"cmd/taxd/internal/page/facts.go", "the sources of an entry turn the sentence about it",
		"sources[i] = isolated(source)", "sources[i] = source",
		"cmd/taxd/browser", []string{"TestHostileNamesShowAsText"},
	},
	{
		"cmd/taxd/internal/page/edit.go", "a form says the faults of a configuration one kind after the other",
		"append(faults, s.further(ctx, r, c, faults)...)", "faults",
		"cmd/taxd/internal/page", []string{"TestEachFaultIsAtItsField"},
	},
}
