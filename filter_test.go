package tax_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

func TestParseSort(t *testing.T) {
	de, en, deAT := tax.MustPreferences("de"), tax.MustPreferences("en"), tax.MustPreferences("de-AT")
	long := strings.Repeat("x", 1<<20)
	for expression, want := range map[string][]tax.SortKey{
		"":                  nil,
		"name":              {{By: tax.ByName}},
		"description":       {{By: tax.ByDescription}},
		"countryCode":       {{By: tax.ByCountry}},
		"region":            {{By: tax.ByRegion}},
		"taxClassCode":      {{By: tax.ByClass}},
		"rate":              {{By: tax.ByRate}},
		"modifiedAt":        {{By: tax.ByModified}},
		"rate:asc":          {{By: tax.ByRate}},
		"rate:desc":         {{By: tax.ByRate, Descending: true}},
		"name.de":           {{By: tax.ByName, In: de}},
		"name.de:desc":      {{By: tax.ByName, In: de, Descending: true}},
		"name.DE-at":        {{By: tax.ByName, In: deAT}},
		"name.de_AT":        {{By: tax.ByName, In: deAT}},
		"description.en":    {{By: tax.ByDescription, In: en}},
		"name.de,name.en":   {{By: tax.ByName, In: de}, {By: tax.ByName, In: en}},
		"name,name.en:desc": {{By: tax.ByName}, {By: tax.ByName, In: en, Descending: true}},
		"name.en:desc,taxClassCode": {
			{By: tax.ByName, In: en, Descending: true}, {By: tax.ByClass},
		},
		"rate:desc,region,countryCode:desc": {
			{By: tax.ByRate, Descending: true}, {By: tax.ByRegion}, {By: tax.ByCountry, Descending: true},
		},
	} {
		keys, err := tax.ParseSort(expression)
		require.NoError(t, err, expression)
		require.Len(t, keys, len(want), expression)
		for i := range want {
			assert.Equal(t, want[i].By, keys[i].By, expression)
			assert.Equal(t, want[i].Descending, keys[i].Descending, expression)
			assert.Equal(t, want[i].In.Tags(), keys[i].In.Tags(), expression)
		}
	}
	for _, expression := range []string{
		"x", "Name", "NAME", "names", " name", "name ", "name\n", "countrycode", "country", "code", "id", "-rate", "+rate", "rate desc", "*",
		",", "name.de,", ",rate", "rate,,region", "rate;region", "rate, region",
		":", ":desc", "rate:", "rate:DESC", "rate:descending", "rate:desc:asc", "rate:asc ", "rate::desc",
		".", "name.", "name..de", "name.de.en", "name.xx!", "name.*", "name.de__AT", "name.de AT", "name.de:", "name:desc.de", "name.de,de",
		"rate.de", "countryCode.en", "taxClassCode.de:desc", "modifiedAt.", "region.de",
		"rate,rate", "rate:asc,rate:desc", "name,name:desc", "name.de,name.DE", "name.de-AT,name.de_AT", "name.iw,name.he", "region,rate,region",
		"name.\xff", "name.de\x00", "\x00", "日本語", "name.日本語",
		long, "name." + long, "rate:" + long, strings.Repeat("rate,", 1<<18), strings.Repeat(",", 1<<20),
		"name.de,name.en,name.fr,name.it,name.es,name.pt,name.nl,name.sv,name.da", // nine
	} {
		keys, err := tax.ParseSort(expression)
		about := expression[:min(len(expression), 64)]
		var input *tax.InputError
		require.ErrorAs(t, err, &input, "%q", about)
		assert.Equal(t, "sort", input.Field, "%q", about)
		assert.NotEmpty(t, input.Reason, "%q", about)
		assert.Less(t, len(err.Error()), 400, "%q", about)
		assert.Nil(t, keys, "%q", about)
	}
	eight, err := tax.ParseSort("name.de,name.en,name.fr,name.it,name.es,name.pt,name.nl,name.sv")
	require.NoError(t, err)
	assert.Len(t, eight, 8)
	assert.LessOrEqual(t, testing.AllocsPerRun(5, func() { _, _ = tax.ParseSort(long) }), 8.0, "a megabyte is not taken apart")
}

func TestSortFieldsHaveTheNamesThatParseSortReads(t *testing.T) {
	for f, name := range map[tax.SortField]string{
		tax.ByName: "name", tax.ByDescription: "description", tax.ByCountry: "countryCode", tax.ByRegion: "region",
		tax.ByClass: "taxClassCode", tax.ByRate: "rate", tax.ByModified: "modifiedAt",
	} {
		assert.Equal(t, name, f.String())
	}
	assert.Equal(t, "invalid(7)", tax.SortField(7).String())
	assert.Equal(t, "invalid(255)", tax.SortField(255).String())
}

// FuzzSort reads any expression; what it accepts is an order that a list can have.
func FuzzSort(f *testing.F) {
	for _, seed := range []string{"", "name", "name.en:desc,taxClassCode", "rate:desc,rate", "name.de,name.en", "name.*", "modifiedAt:asc,,"} {
		f.Add(seed)
	}
	docs := []tax.Configuration{listed("DE", "", "19"), listed("DE", "X-A", "7"), listed("FR", "", "20")}
	f.Fuzz(func(t *testing.T, expression string) {
		keys, err := tax.ParseSort(expression)
		if err != nil {
			require.ErrorIs(t, err, tax.ErrInvalid)
			require.Nil(t, keys)
			return
		}
		again, err := tax.ParseSort(expression)
		require.NoError(t, err)
		require.Len(t, again, len(keys))
		require.LessOrEqual(t, len(keys), 8)
		q := tax.Query{Sort: keys, Preferences: tax.MustPreferences("en"), PageSize: 2, Now: noon(tax.MustDate("2026-11-21"))}
		first, err := tax.Select(each(docs), q)
		require.NoError(t, err, "%q", expression)
		require.Equal(t, 2, first.Len())
		q.Cursor = first.Next
		second, err := tax.Select(each(docs), q)
		require.NoError(t, err, "%q", expression)
		require.Equal(t, 1, second.Len())
		require.Empty(t, second.Next)
	})
}

// listed is a configuration with one class at a percentage.
func listed(country, region, percent string) tax.Configuration {
	return tax.Configuration{
		Location: tax.Location{Country: country, Region: region},
		Metadata: tax.Metadata{Version: 1, Modified: noon(tax.MustDate("2026-11-01"))},
		Classes: []tax.Class{{
			Code: "STANDARD", Name: tax.MustLocalizedText(map[string]string{"en": "Standard " + percent}),
			Rates: []tax.Rate{{Percent: tax.MustPercent(percent)}},
		}},
	}
}

// selected are the codes that Select gives, or the field of its error.
func selected(t *testing.T, docs []tax.Configuration, q tax.Query) string {
	t.Helper()
	page, err := tax.Select(each(docs), q)
	if err != nil {
		var input *tax.InputError
		require.ErrorAs(t, err, &input)
		return "error " + input.Field
	}
	return taxtest.Codes(page.Configurations())
}

func percentIs(text string) decimal.NullDecimal {
	return decimal.NullDecimal{Decimal: tax.MustPercent(text), Valid: true}
}

func TestTodayOfAZoneThatTheSystemDoesNotKnowIsUTC(t *testing.T) {
	for _, zone := range []string{"", "UTC", "Mars/Olympus_Mons", "../etc/passwd", "\x00", strings.Repeat("x", 1<<16)} {
		c := listed("DE", "", "19")
		c.TimeZone = zone
		c.Classes[0].Rates = []tax.Rate{{From: tax.MustDate("2027-01-01"), Percent: tax.MustPercent("20")}, {Percent: tax.MustPercent("19")}}
		newYear := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
		assert.Equal(t, "DE", selected(t, []tax.Configuration{c}, tax.Query{Rate: percentIs("19"), Now: newYear.Add(-time.Nanosecond)}))
		assert.Equal(t, "DE", selected(t, []tax.Configuration{c}, tax.Query{Rate: percentIs("20"), Now: newYear}))
	}
}

func TestTodayOfARegionIsThatOfItsCountryIfThatCameBefore(t *testing.T) {
	country, region := listed("DE", "", "19"), listed("DE", "X-A", "19")
	country.TimeZone = "Pacific/Kiritimati" // 14 hours before UTC
	region.Classes[0].Rates[0].From = tax.MustDate("2027-01-01")
	q := tax.Query{Effective: true, Region: "X", Now: noon(tax.MustDate("2026-12-31"))}
	assert.Equal(t, "DE-X-A", selected(t, []tax.Configuration{country, region}, q))
	assert.Equal(t, "", selected(t, []tax.Configuration{region, country}, q), "UTC")
	assert.Equal(t, "", selected(t, []tax.Configuration{region}, q), "UTC")
	other := listed("AT", "", "20")
	other.TimeZone = country.TimeZone
	assert.Equal(t, "", selected(t, []tax.Configuration{other, region}, q), "another country")
	region.TimeZone = "America/Los_Angeles"
	assert.Equal(t, "", selected(t, []tax.Configuration{country, region}, q), "its own zone")
}

func TestTodayIsNowWhenNobodySaysOtherwise(t *testing.T) {
	c := listed("DE", "", "19")
	c.Classes[0].Rates = []tax.Rate{
		{From: tax.MustDate("9999-12-30"), Percent: tax.MustPercent("99")}, {From: tax.MustDate("2020-01-01"), Percent: tax.MustPercent("19")},
	}
	assert.Equal(t, "DE", selected(t, []tax.Configuration{c}, tax.Query{Rate: percentIs("19")}))
	// Outside the calendar no entry with a day is in force.
	for _, now := range []time.Time{time.Unix(-1<<40, 0), time.Unix(1<<40, 0)} {
		assert.NotPanics(t, func() { selected(t, []tax.Configuration{c}, tax.Query{Rate: percentIs("19"), Now: now}) })
	}
}

func TestOnlyTheFirst1024BytesOfATextAreSorted(t *testing.T) {
	named := func(region, text string) tax.Configuration {
		c := listed("DE", region, "19")
		c.Classes[0].Name = tax.MustLocalizedText(map[string]string{"en": text})
		return c
	}
	x := strings.Repeat("x", 1023)
	docs := []tax.Configuration{
		named("X-D", x+"ab"), named("X-C", x+"aa"), named("X-B", x+"b"), named("X-A", x+"bz"), named("X-E", x), named("X-F", x+"a"),
		named("X-G", x+"é"), // its first byte alone counts
		named("X-H", x+"è"),
	}
	in := tax.MustPreferences("en")
	by := []tax.SortKey{{By: tax.ByName, In: in}}
	want := "DE-X-E DE-X-C DE-X-D DE-X-F DE-X-A DE-X-B DE-X-G DE-X-H"
	assert.Equal(t, want, selected(t, docs, tax.Query{Sort: by}))
	assert.Equal(t, want, paged(t, docs, tax.Query{Sort: by, PageSize: 1}), "and cursors hold no more")
	contains := tax.TextFilter{Contains: "xé", In: in}
	assert.Equal(t, "DE-X-G", selected(t, docs, tax.Query{Name: contains}), "a filter sees all of it")
}

// paged are the codes of all pages by cursor.
func paged(t *testing.T, docs []tax.Configuration, q tax.Query) string {
	t.Helper()
	var all []tax.Configuration
	for range len(docs) + 1 {
		page, err := tax.Select(each(docs), q)
		require.NoError(t, err)
		all = append(all, page.Configurations()...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return taxtest.Codes(all)
		}
	}
	require.Fail(t, "the pages do not end")
	return ""
}

func TestNumbersAreOneWhateverTheirScale(t *testing.T) {
	docs := []tax.Configuration{
		listed("AT", "", "7.5"), listed("BE", "", "7.50"), listed("CH", "", "7.500000000001"), listed("DE", "", "10"), listed("ES", "", "9"), listed("FR", "", "1000"),
	}
	docs[3].Classes[0].Rates[0].Percent = decimal.New(1, 1)
	docs[5].Classes[0].Rates[0].Percent = decimal.New(1, 3)
	by := tax.Query{Sort: []tax.SortKey{{By: tax.ByRate}}, PageSize: 1}
	assert.Equal(t, "AT BE CH ES DE FR", paged(t, docs, by))
	by.Sort[0].Descending = true
	assert.Equal(t, "FR DE ES CH AT BE", paged(t, docs, by))
	assert.Equal(t, "AT BE", selected(t, docs, tax.Query{Rate: percentIs("7.5")}))
	assert.Equal(t, "DE", selected(t, docs, tax.Query{Rate: percentIs("10.00")}))
	assert.Equal(t, "FR", selected(t, docs, tax.Query{Rate: decimal.NullDecimal{Valid: true, Decimal: decimal.New(1, 3)}}))
}

// The sequence can have documents that were not validated.
func TestPercentagesThatAreNoneCostNothing(t *testing.T) {
	hostile := []decimal.Decimal{
		decimal.New(1, 1<<30), decimal.New(1, -1<<30), decimal.New(-19, 0), decimal.New(0, 1<<30), decimal.New(10001, -1),
		decimal.New(7, -19), decimal.NewFromBigInt(decimal.New(1, 5000).BigInt(), 0),
	}
	docs := []tax.Configuration{listed("AT", "", "7")}
	for i, percent := range hostile {
		c := listed("DE", "X-"+string(rune('A'+i)), "19")
		c.Classes[0].Rates[0].Percent = percent
		docs = append(docs, c)
	}
	start := time.Now()
	assert.Equal(t, "AT", selected(t, docs, tax.Query{Rate: percentIs("7")}))
	for _, descending := range []bool{false, true} {
		all := paged(t, docs, tax.Query{PageSize: 1, Sort: []tax.SortKey{{By: tax.ByRate, Descending: descending}}})
		assert.Equal(t, 0, strings.Index(all, "AT"), "what has a rate comes first: %s", all)
		assert.Len(t, strings.Fields(all), len(docs))
	}
	assert.Less(t, time.Since(start), 5*time.Second)
	for i, percent := range hostile {
		q := tax.Query{Rate: decimal.NullDecimal{Valid: true, Decimal: percent}}
		if got := selected(t, docs, q); i != 3 { // zero, however it is written
			assert.Equal(t, "error rate", got)
		}
	}
	assert.Less(t, time.Since(start), 5*time.Second)
}

func TestEnumsThatDoNotExistAreRefusedInQueriesAndHarmlessInDocuments(t *testing.T) {
	c := listed("DE", "", "19")
	c.Classes[0].Rates[0].Treatment = 200
	other := listed("FR", "", "19")
	other.Classes[0].Rates[0].Effect = 200
	docs := []tax.Configuration{c, other}
	assert.Equal(t, "DE", selected(t, docs, tax.Query{Effective: true}), "an effect that does not exist has no rate")
	assert.Equal(t, "", selected(t, docs, tax.Query{Treatments: []tax.Treatment{tax.Exempt}}))
	assert.Equal(t, "error treatment", selected(t, docs, tax.Query{Treatments: []tax.Treatment{200}}))
	assert.Equal(t, "error sort", selected(t, docs, tax.Query{Sort: []tax.SortKey{{By: 7}}}))
	assert.Equal(t, "error sort", selected(t, docs, tax.Query{Sort: make([]tax.SortKey, 9)}))
	eight := tax.Query{Sort: slices.Repeat([]tax.SortKey{{By: tax.ByRegion}}, 8)}
	assert.Equal(t, "DE FR", selected(t, docs, eight))
}

func TestTextsAreThoseThatInGives(t *testing.T) {
	c := listed("DE", "", "19")
	texts := map[string]string{"de": "Satz", "en-GB": "Rate", "zh-Hant": "稅率"}
	c.Classes[0].Name, c.Classes[0].Description = tax.MustLocalizedText(texts), tax.MustLocalizedText(texts)
	docs := []tax.Configuration{c}
	for _, header := range []string{"de", "de-AT", "en", "en-US", "en;q=0, de", "zh-TW", "zh", "ja", "ja, *", "fr, en;q=0.5"} {
		p, err := tax.ParseAcceptLanguage(header)
		require.NoError(t, err)
		read := c.Classes[0].Name.In(p).Text
		for _, text := range slices.Sorted(maps.Values(texts)) {
			want := ""
			if text == read {
				want = "DE"
			}
			assert.Equal(t, want, selected(t, docs, tax.Query{Name: tax.TextFilter{Contains: text, In: p}}), "%s: %s", header, text)
			assert.Equal(t, want, selected(t, docs, tax.Query{Description: tax.TextFilter{Contains: text}, Preferences: p}), "%s: %s", header, text)
			own := tax.Query{Name: tax.TextFilter{Contains: text, In: p}, Preferences: tax.MustPreferences("de")}
			assert.Equal(t, want, selected(t, docs, own), "%s: %s: its own language goes first", header, text)
		}
	}
	languages, err := tax.NewLanguages(&tax.LanguageOptions{Default: "de"})
	require.NoError(t, err)
	p, err := languages.ParseAcceptLanguage("")
	require.NoError(t, err)
	assert.Equal(t, "DE", selected(t, docs, tax.Query{Name: tax.TextFilter{Contains: "Satz", In: p}}), "the default language")
	all, err := languages.ParseAcceptLanguage("*")
	require.NoError(t, err)
	assert.Equal(t, "error name", selected(t, docs, tax.Query{Name: tax.TextFilter{Contains: "Satz", In: all}}))
	assert.Equal(t, "error description", selected(t, docs, tax.Query{Description: tax.TextFilter{Contains: "Satz"}, Preferences: all}))
	assert.Equal(t, "error sort", selected(t, docs, tax.Query{Sort: []tax.SortKey{{By: tax.ByName, In: all}}}))
	assert.Equal(t, "DE", selected(t, docs, tax.Query{Preferences: all}), "no text is asked for")
}
