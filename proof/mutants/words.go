package main

// inWords are the faults in what errors and values say.
var inWords = []mutant{
	{
		"internal/exact/decimal.go", "errors write a small number with an exponent",
		"case exp >= -longest && exp+int64(d.NumDigits()) <= longest:",
		"case exp >= 0 && exp+int64(d.NumDigits()) <= longest:",
		"internal/exact", []string{"TestHostileDecimalsAreToldApartAtOnce"},
	},
	{
		"internal/spelling/closest.go", "one of several similar codes is suggested",
		"tied = true",
		"tied = false",
		"internal/spelling", []string{"TestClosestIsTheOnlyCodeNearby"},
	},
	{
		"internal/spelling/closest.go", "letters that changed places are two typing errors",
		"row[j] = min(row[j], before[j-2]+1)",
		"row[j] = min(row[j], before[j-2]+2)",
		"internal/spelling", []string{"TestClosestIsTheOnlyCodeNearby"},
	},
	{
		"country.go", "classes of the country are suggested for a region",
		"region := c.regions.Find(e.Territory.Region)",
		"region := c.regions.Find(e.Lookup.Class)",
		".", []string{"TestErrorsAskWhetherASimilarCodeWasMeant"},
	},
	{
		"lookup.go", "the code of a lookup error says no more than its kind",
		"if e.code != \"\" {",
		"if e.code == \"\" && e.Kind == nil {",
		".", []string{"TestLookupErrorsHaveACodeForEachReason"},
	},
	{
		"resolution.go", "a resolution does not say that the percentage is one of the gross price",
		"b.WriteString(exact.Format(r.Percent()) + \" % of gross\")",
		"b.WriteString(exact.Format(r.Percent()) + \" %\")",
		"tests/house", []string{"TestValuesSayWhatTheyAre"},
	},
	{
		"ampeco/service.go", "a service logs the key of its cursors",
		"func (*Service) String() string { return \"ampeco service\" }",
		"func (s *Service) String() string { return \"ampeco service \" + string(s.key[:]) }",
		"tests/house", []string{"TestKeysOfCursorsAreNotPrinted"},
	},
	{
		"internal/lang/preferences.go", "preferences do not say which language is excluded",
		"{\"never \", excluded}}",
		"{\"never \", nil}}",
		"tests/house", []string{"TestValuesSayWhatTheyAre"},
	},
}
