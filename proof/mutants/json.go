package main

// inJSON are the faults in how values are written as JSON and read back.
var inJSON = []mutant{
	{
		"source.go", "the tenant of an explanation becomes another one in JSON",
		"if !utf8.ValidString(*tenant) {",
		"if !utf8.ValidString(*tenant) && *tenant == \"\" {",
		".", []string{"TestStoredExplanationsAreReplayedForTheirTenant"},
	},
	{
		"validate_timeline.go", "a source of evidence that is not UTF-8 is valid",
		"if !utf8.ValidString(source) {",
		"if !utf8.ValidString(source) && i < 0 {",
		".", []string{"TestWhatValidatesMarshals"},
	},
	{
		"internal/strictjson/plain.go", "a list of texts that are not UTF-8 is written as JSON",
		"case reflect.Slice, reflect.Array:",
		"case reflect.Array:",
		".", []string{"TestPlainDataRefusesTextsThatAreNotUTF8"},
	},
	{
		"amount.go", "amounts read their own JSON as 0",
		"return noJSON(\"amounts\", \"store the MinorAmounts of Amounts.Minor, or the price and Resolution.Explain, and compute them again\")",
		"return nil",
		"tests/house", []string{"TestJSONOfExportedTypes"},
	},
	{
		"filter.go", "a page loses its configurations in JSON",
		"read.list = append(read.list, &c)",
		"_ = append(read.list, &c)",
		"tests/house", []string{"TestJSONOfExportedTypes"},
	},
	{
		"location.go", "a location in JSON has another form",
		"w.Member(\"country\", func() { w.Quoted(l.Country) })",
		"w.Member(\"countryCode\", func() { w.Quoted(l.Country) })",
		".", []string{"TestLocationHasOneJSONForm"},
	},
	{
		"resolver.go", "a region in place of a country gets no advice",
		"e := r.fail(ErrUnknownCountry, l, \"\", countryError(l.Country))",
		"e := r.fail(ErrUnknownCountry, l, \"\", nil)",
		".", []string{"TestRegionInPlaceOfACountryIsRefused"},
	},
	{
		"encode.go", "a rate by itself is an empty class in JSON",
		"return part(func(w *jsonWriter) { w.rate(r) })",
		"return part(func(w *jsonWriter) { w.class(Class{}) })",
		".", []string{"TestPartsOfADocumentHaveItsForm"},
	},
}
