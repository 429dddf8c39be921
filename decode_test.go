package tax_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

func TestReadConfigurationReadsTheContractDocumentAsItStands(t *testing.T) {
	c, err := tax.ReadConfiguration(bytes.NewReader(configurationFile(t, "de-contract")), nil)
	require.NoError(t, err)
	en := func(text string) tax.LocalizedText { return tax.MustLocalizedText(map[string]string{"en": text}) }
	bare := func(percent int64) []tax.Rate { return []tax.Rate{{Percent: decimal.New(percent, 0)}} }
	requireSameConfiguration(t, tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Classes: []tax.Class{
			{Code: "STANDARD", Name: en("Standard"), Order: new(0), Default: true, Rates: bare(19)},
			{Code: "REDUCED", Name: en("Reduced"), Order: new(1), Rates: bare(7)},
			{Code: "ZERO", Name: en("Zero"), Order: new(2), Rates: bare(0)},
		},
		Metadata: tax.Metadata{
			Version:  2,
			Created:  time.Date(2022, 3, 31, 9, 52, 15, 423_000_000, time.UTC),
			Modified: time.Date(2022, 3, 31, 9, 53, 25, 464_000_000, time.UTC),
		},
	}, c)
}

func TestReadConfigurationReadsEveryField(t *testing.T) {
	c, err := tax.ReadConfiguration(bytes.NewReader(configurationFile(t, "everything")), nil)
	require.NoError(t, err)
	assert.Equal(t, tax.Location{Country: "ES", Region: "CN"}, c.Location)
	assert.Equal(t, []tax.PostalRange{{From: "35"}, {From: "35000", To: "35999"}, {From: "38", To: "38"}, {From: "A1", To: "B9"}}, c.PostalCodes)
	assert.Equal(t, []string{"GC", "TF"}, c.RegionAliases)
	assert.Equal(t, tax.RegionsRequired, c.Regions)
	assert.True(t, c.Exclusive)
	assert.Equal(t, "Atlantic/Canary", c.TimeZone)
	assert.Equal(t, "IGIC", c.Tax.Code)
	assert.Equal(t, tax.Translation{Language: "zh-Hant", Text: "\"\\\x01\n<&>\u00e9\U0001f600"}, c.Tax.Name.All()[2])
	require.Len(t, c.Classes, 2)
	assert.Equal(t, -1<<31, *c.Classes[0].Order)
	assert.Equal(t, 1<<31-1, *c.Classes[1].Order)
	assert.Equal(t, "Bienes", c.Classes[0].Description.All()[1].Text)
	assert.Equal(t, []string{"A", "B"}, c.Classes[0].Aliases)
	assert.Empty(t, c.Classes[1].Rates)
	rates := c.Classes[0].Rates
	require.Len(t, rates, 4)
	assert.Equal(t, tax.MustDate("9999-12-31"), rates[0].From)
	assert.True(t, rates[0].OfGross)
	assert.Equal(t, "X", rates[0].Tax.Code)
	assert.True(t, rates[1].Percent.Equal(decimal.New(1, -12)))
	assert.Equal(t, tax.Disputed, rates[1].Evidence.Status)
	assert.Equal(t, tax.Add, rates[2].Effect)
	assert.Equal(t, int32(-2), rates[2].Percent.Exponent())
	assert.Equal(t, tax.ZeroRated, rates[2].Treatment)
	assert.True(t, rates[3].From.IsZero())
	assert.Equal(t, tax.OutsideScope, rates[3].Treatment)
	assert.Equal(t, []string{"law"}, rates[3].Evidence.Sources)
	assert.Equal(t, int64(1<<63-1), c.Metadata.Version)
	assert.Equal(t, 1_000_000, c.Metadata.Created.Nanosecond())
	assert.Equal(t, 9999, c.Metadata.Modified.Year())
	assert.Equal(t, tax.MustDate("2026-11-21"), c.Metadata.AsOf)
	assert.Equal(t, int64(1), c.Metadata.Base.Version)
	assert.Equal(t, &tax.Metadata{}, c.Metadata.Base.Base)
}

func TestReadConfigurationAcceptsOtherSpellingsOfTheSame(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"location":{"country":"deu"}}`, `{"locationCode":"DE","location":{"country":"DE"}}`},
		{`{"location":{"countryCode":"UK"}}`, `{"locationCode":"GB","location":{"country":"GB"}}`},
		{`{"location":{"country":"UK"}}`, `{"locationCode":"GB","location":{"country":"GB"}}`},
		{`{"location":{"country":"xi"},"locationCode":"GB-NIR"}`, `{"locationCode":"GB-NIR","location":{"country":"GB","region":"NIR"}}`},
		{`{"location":{"region":"ca-qc","country":"can"}}`, `{"locationCode":"CA-QC","location":{"country":"CA","region":"QC"}}`},
		{" {\t\"location\"\r\n: { \"country\" :\"DE\" , \"region\":\"\" } } \n", `{"locationCode":"DE","location":{"country":"DE"}}`},
		{`{"l\u006fcation":{"country":"\u0044E"}}`, `{"locationCode":"DE","location":{"country":"DE"}}`},
		{classDocument(`"rate":"9.9750"`), classDocumentWritten(`{"percent":9.9750}`)},
		{classDocument(`"rates":[{"percent":"0"}]`), classDocumentWritten(`{"percent":0}`)},
		{classDocument(`"rates":[{"percent":1000.000,"effect":"replace","treatment":"taxable","ofGross":false,"components":[],"evidence":{"status":""},"tax":{}}]`), classDocumentWritten(`{"percent":1000.000}`)},
		{classDocument(`"rates":[{"effect":"end","from":"2020-02-29"}],"isDefault":false,"name":{},"aliases":[]`), classDocumentWritten(`{"from":"2020-02-29","effect":"end"}`)},
		{classDocument(`"rates":[]`), classDocumentWritten(``)},
		{`{"location":{"country":"DE"},"postalCodes":["bt*","ab-cd"]}`, `{"locationCode":"DE","location":{"country":"DE"},"postalCodes":["BT*","AB-CD"]}`},
		{metadataDocument(`"createdAt":"2022-03-31T11:52:15.4239999+02:00"`), `{"locationCode":"DE","location":{"country":"DE"},"metadata":{"createdAt":"2022-03-31T09:52:15.423Z"}}`},
		{metadataDocument(`"version":0`), `{"locationCode":"DE","location":{"country":"DE"}}`},
		{`{"location":{"country":"DE"},"tax":{"name":{"PT-br":"IVA","iw":"\ud83d\ude00\/"}}}`, `{"locationCode":"DE","location":{"country":"DE"},"tax":{"name":{"he":"` + "\U0001f600" + `/","pt-BR":"IVA"}}}`},
	} {
		read, err := tax.ReadConfiguration(strings.NewReader(c.text), nil)
		require.NoError(t, err, c.text)
		got, err := read.MarshalJSON()
		require.NoError(t, err, c.text)
		assert.Equal(t, c.want, string(got), c.text)
	}
}

// Each document of this table has only the one fault that its name describes.
func TestReadConfigurationRefuses(t *testing.T) {
	const percent = "taxClasses[0].rates[0].percent"
	rate := func(value string) string { return classDocument(`"rates":[{"percent":` + value + `}]`) }
	entry := func(members string) string { return classDocument(`"rates":[{` + members + `}]`) }
	top := func(members string) string { return `{"location":{"country":"DE"},` + members + `}` }
	for _, c := range []struct{ name, path, text, advice string }{
		// The document as a whole.
		{"nothing", "document", ``, "ends too early"},
		{"white space", "document", " \n", "ends too early"},
		{"null", "document", `null`, "instead of null"},
		{"a list", "document", `[]`, "instead of a list"},
		{"a string", "document", `"DE"`, "instead of a string"},
		{"a number", "document", `19`, "instead of a number"},
		{"byte order mark", "document", "\xef\xbb\xbf" + top(`"exclusive":true`), "byte order mark"},
		{"UTF-16", "document", "\xff\xfe{\x00", "an object"},
		{"trailing document", "document", classDocument(`"rate":19`) + `{}`, "data after the document"},
		{"trailing brace", "document", classDocument(`"rate":19`) + `}`, "data after the document"},
		{"trailing NUL", "document", classDocument(`"rate":19`) + "\x00", "data after the document"},
		{"trailing comma", "document", `{"location":{"country":"DE"},}`, "comma with nothing after it"},
		{"leading comma", "document", `{,"location":{"country":"DE"}}`, "field name"},
		{"missing comma", "document", `{"location":{"country":"DE"} "exclusive":true}`, "want a comma or }"},
		{"missing colon", "location", `{"location" {"country":"DE"}}`, "colon"},
		{"name without quotes", "document", `{location:{"country":"DE"}}`, "double quotes"},
		{"single quotes", "document", `{'location':{"country":"DE"}}`, "double quotes"},
		{"comment", "document", `{/* Germany */"location":{"country":"DE"}}`, "field name"},
		{"cut off", "document", `{"location":{"country":"DE"}`, "ends too early"},
		{"cut off in a string", "location.country", `{"location":{"country":"DE`, "ends too early"},
		{"cut off in an escape", "location.country", `{"location":{"country":"DE\`, "ends too early"},
		{"form feed as space", "document", "{\f}", "field name"},
		{"deep lists", "document", strings.Repeat("[", 500_000), "instead of a list"},
		{"deep objects", "a", strings.Repeat(`{"a":`, 100_000), "no such field"},
		{"deep metadata", "metadata" + strings.Repeat(".base", 33), metadataDocument(strings.Repeat(`"base":{`, 100_000)), "more than 32"},
		// Names of fields.
		{"unknown field", "taxRates", top(`"taxRates":[]`), "no such field: use locationCode"},
		{"unknown field with a hostile name", `["\x1b[31m\n"]`, top(`"\u001b[31m\n":1`), "no such field"},
		{"empty name", `[""]`, top(`"":1`), "no such field"},
		{"unknown field of a class", "taxClasses[0].percent", classDocument(`"percent":19`), "no such field"},
		{"unknown field of an entry", "taxClasses[0].rates[0].until", entry(`"percent":19,"until":"2020-01-01"`), "no such field"},
		{"RATE", "taxClasses[0].RATE", classDocument(`"rate":19,"RATE":7`), "write rate"},
		{"Percent", "taxClasses[0].rates[0].Percent", entry(`"Percent":19`), "write percent"},
		{"Location", "Location", `{"Location":{"country":"DE"}}`, "write location"},
		{"duplicate of the document", "exclusive", top(`"exclusive":true,"exclusive":true`), "given twice"},
		{"duplicate rate", "taxClasses[0].rate", classDocument(`"rate":19,"rate":7`), "keep"},
		{"duplicate percent", percent, entry(`"percent":19,"percent":7`), "given twice"},
		{"duplicate behind an escape", percent, entry(`"percent":19,"p\u0065rcent":7`), "given twice"},
		{"duplicate language", "tax.name.en", top(`"tax":{"name":{"en":"VAT","en":"GST"}}`), "given twice"},
		{"duplicate language by another name", "tax.name", top(`"tax":{"name":{"he":"VAT","iw":"GST"}}`), "given twice"},
		{"rate and rates", "taxClasses[0].rates", classDocument(`"rate":19,"rates":[{"percent":19}]`), "keep rates"},
		{"rates and rate", "taxClasses[0].rate", classDocument(`"rates":[],"rate":19`), "keep rates"},
		// What is missing.
		{"no location", "location", `{}`, "missing"},
		{"only locationCode", "location", `{"locationCode":"DE"}`, "missing"},
		{"no country", "location.country", `{"location":{}}`, "missing"},
		{"no class code", "taxClasses[0].code", `{"location":{"country":"DE"},"taxClasses":[{"rate":19}]}`, "missing"},
		{"no rates", "taxClasses[0].rates", classDocument(`"order":1`), "missing"},
		{"no percent", percent, entry(`"from":"2020-01-01"`), "missing"},
		{"no percent to add", percent, entry(`"effect":"add"`), "missing"},
		{"no percent to compound", percent, entry(`"effect":"addCompound"`), "missing"},
		{"no component percent", "taxClasses[0].rates[0].components[1].percent", entry(`"percent":5,"components":[{"code":"A","percent":5},{"code":"B"}]`), "missing"},
		{"no component code", "taxClasses[0].rates[0].components[0].code", entry(`"percent":5,"components":[{"percent":5}]`), "missing"},
		{"percent of inherit", percent, entry(`"effect":"inherit","percent":5`), "leave it out"},
		{"zero percent of end", percent, entry(`"percent":0,"effect":"end"`), "leave it out"},
		// Null.
		{"null rate", "taxClasses[0].rate", classDocument(`"rate":null`), "instead of null"},
		{"null rates", "taxClasses[0].rates", classDocument(`"rates":null`), "instead of null"},
		{"null percent", percent, rate(`null`), "instead of null"},
		{"null entry", "taxClasses[0].rates[0]", classDocument(`"rates":[null]`), "instead of null"},
		{"null class", "taxClasses[0]", top(`"taxClasses":[null]`), "instead of null"},
		{"null country", "location.country", `{"location":{"country":null}}`, "instead of null"},
		{"null region", "location.region", `{"location":{"country":"DE","region":null}}`, "instead of null"},
		{"null flag", "exclusive", top(`"exclusive":null`), "instead of null"},
		{"null text", "tax.name.en", top(`"tax":{"name":{"en":null}}`), "instead of null"},
		{"null order", "taxClasses[0].order", classDocument(`"rate":1,"order":null`), "instead of null"},
		{"null metadata", "metadata", top(`"metadata":null`), "instead of null"},
		{"null time", "metadata.createdAt", metadataDocument(`"createdAt":null`), "instead of null"},
		{"null base", "metadata.base", metadataDocument(`"base":null`), "instead of null"},
		// Percentages.
		{"1e5", percent, rate(`1e5`), "write digits"},
		{"1e1", percent, rate(`1e1`), "write digits"},
		{"1E-2", percent, rate(`1E-2`), "write digits"},
		{"1e10000000", percent, rate(`1e10000000`), "write digits"},
		{"1e10000000 in quotes", percent, rate(`"1e10000000"`), "write digits"},
		{"a million digits", percent, rate(strings.Repeat("9", 1_000_000)), "too long"},
		{"a million digits in quotes", percent, rate(`"` + strings.Repeat("9", 1_000_000) + `"`), "too long"},
		{"a million zeros", percent, rate("0." + strings.Repeat("0", 1_000_000)), "too long"},
		{"-5", percent, rate(`-5`), "negative"},
		{"-0", percent, rate(`-0`), "negative"},
		{"U+2212", percent, rate(`"` + "\u2212" + `5"`), "write digits"},
		{"digits of another script", percent, rate(`"` + "\u0661\u0669" + `"`), "write digits"},
		{".5", percent, rate(`.5`), "write digits"},
		{".5 in quotes", percent, rate(`".5"`), "write digits"},
		{"5.", percent, rate(`5.`), "write digits"},
		{"00012", percent, rate(`00012`), "leading zero"},
		{"00012 in quotes", percent, rate(`"00012"`), "leading zero"},
		{"+1", percent, rate(`+1`), "write digits"},
		{"+1 in quotes", percent, rate(`"+1"`), "write digits"},
		{"0x13", percent, rate(`0x13`), "write digits"},
		{"1_000", percent, rate(`1_000`), "write digits"},
		{"NaN", percent, rate(`NaN`), "want a percentage"},
		{"NaN in quotes", percent, rate(`"NaN"`), "write digits"},
		{"Infinity", percent, rate(`-Infinity`), "negative"},
		{"comma", percent, rate(`"19,5"`), "write digits"},
		{"percent sign", percent, rate(`"19%"`), "write digits"},
		{"space", percent, rate(`" 19"`), "write digits"},
		{"empty", percent, rate(`""`), "write digits"},
		{"19 decimals", percent, rate(`0.0000000000000000001`), "too many decimals"},
		{"1001", percent, rate(`1001`), "at most 1000"},
		{"a percentage that is a flag", percent, rate(`true`), "instead of true or false"},
		{"a percentage that is an object", percent, rate(`{"value":19}`), "instead of an object"},
		{"a percentage that is a list", percent, rate(`[19]`), "instead of a list"},
		{"bare rate", "taxClasses[0].rate", classDocument(`"rate":1e1`), "write digits"},
		{"component", "taxClasses[0].rates[0].components[0].percent", entry(`"percent":5,"components":[{"code":"A","percent":-1}]`), "negative"},
		// Types of other values.
		{"plain name", "taxClasses[0].name", classDocument(`"rate":19,"name":"Standard"`), `{"en": "..."}`},
		{"plain description", "taxClasses[0].description", classDocument(`"rate":19,"description":""`), `{"en": "..."}`},
		{"plain tax", "tax", top(`"tax":"VAT"`), "instead of a string"},
		{"location in one string", "location", `{"location":"DE"}`, "instead of a string"},
		{"country as a number", "location.country", `{"location":{"country":276}}`, "instead of a number"},
		{"classes as an object", "taxClasses", top(`"taxClasses":{}`), "instead of an object"},
		{"flag in quotes", "exclusive", top(`"exclusive":"true"`), "instead of a string"},
		{"flag as a number", "taxClasses[0].isDefault", classDocument(`"rate":19,"isDefault":1`), "instead of a number"},
		{"True", "exclusive", top(`"exclusive":True`), "want true or false"},
		{"order 1.0", "taxClasses[0].order", classDocument(`"rate":19,"order":1.0`), "whole number"},
		{"order 1e3", "taxClasses[0].order", classDocument(`"rate":19,"order":1e3`), "whole number"},
		{"order in quotes", "taxClasses[0].order", classDocument(`"rate":19,"order":"1"`), "instead of a string"},
		{"order -0", "taxClasses[0].order", classDocument(`"rate":19,"order":-0`), "whole number"},
		{"order 01", "taxClasses[0].order", classDocument(`"rate":19,"order":01`), "whole number"},
		{"order beyond 32 bits", "taxClasses[0].order", classDocument(`"rate":19,"order":2147483648`), "whole number"},
		{"negative version", "metadata.version", metadataDocument(`"version":-1`), "whole number"},
		{"version beyond 64 bits", "metadata.version", metadataDocument(`"version":9223372036854775808`), "whole number"},
		{"version of a million digits", "metadata.version", metadataDocument(`"version":` + strings.Repeat("1", 1_000_000)), "whole number"},
		{"alias as a number", "taxClasses[0].aliases[1]", classDocument(`"rate":19,"aliases":["A",7]`), "instead of a number"},
		// Values with a form.
		{"unknown country", "location.country", `{"location":{"country":"QQ"}}`, "not a known country"},
		{"code of no country", "location.country", `{"location":{"country":"ZZ"}}`, ""},
		{"country under both names", "location.countryCode", `{"location":{"country":"DE","countryCode":"DE"}}`, "keep country"},
		{"unknown country under the other name", "location.countryCode", `{"location":{"countryCode":"QQ"}}`, "not a known country"},
		{"empty country", "location.country", `{"location":{"country":""}}`, "no country given"},
		{"numeric country", "location.country", `{"location":{"country":"276"}}`, "numeric"},
		{"unknown region", "location.region", `{"location":{"country":"DE","region":"QC"}}`, "ISO 3166-2"},
		{"region of another country", "location.region", `{"location":{"country":"DE","region":"CA-QC"}}`, ""},
		{"another locationCode", "locationCode", `{"locationCode":"AT","location":{"country":"DE"}}`, "write DE"},
		{"locationCode in lower case", "locationCode", `{"location":{"country":"de"},"locationCode":"de"}`, "write DE"},
		{"postal range", "postalCodes[1]", top(`"postalCodes":["1","6993-6991"]`), "second bound"},
		{"shared postal range", "sharedPostalCodes[0]", top(`"sharedPostalCodes":["6993-6991"]`), "second bound"},
		{"referral to no place", "elsewhere[0].location", top(`"elsewhere":[{"regions":["PR"]}]`), "missing"},
		{"referral to no country", "elsewhere[1].location.country", top(`"elsewhere":[{"location":{"country":"PR"}},{"location":{"country":"QQ"}}]`), "not a known country"},
		{"postal range elsewhere", "elsewhere[0].postalCodes[0]", top(`"elsewhere":[{"location":{"country":"PR"},"postalCodes":["a_"]}]`), ""},
		{"unknown field elsewhere", "elsewhere[0].region", top(`"elsewhere":[{"location":{"country":"PR"},"region":"PR"}]`), ""},
		{"elsewhere that is no list", "elsewhere", top(`"elsewhere":{"location":{"country":"PR"}}`), ""},
		{"local taxes in words", "localTaxesMissing", top(`"localTaxesMissing":"yes"`), ""},
		{"region rule", "regions", top(`"regions":"Required"`), "optional, listed, required"},
		{"effect", "taxClasses[0].rates[0].effect", entry(`"percent":5,"effect":"ADD"`), "replace, add"},
		{"empty effect", "taxClasses[0].rates[0].effect", entry(`"percent":5,"effect":""`), "replace, add"},
		{"treatment", "taxClasses[0].rates[0].treatment", entry(`"percent":5,"treatment":"Z"`), "zeroRated"},
		{"status", "taxClasses[0].rates[0].evidence.status", entry(`"percent":5,"evidence":{"status":"invalid(9)"}`), "use one of agreed"},
		{"year 10000", "taxClasses[0].rates[0].from", entry(`"percent":5,"from":"10000-01-01"`), "YYYY-MM-DD"},
		{"30 February", "taxClasses[0].rates[0].from", entry(`"percent":5,"from":"2020-02-30"`), "no such day"},
		{"empty day", "taxClasses[0].rates[0].from", entry(`"percent":5,"from":""`), "YYYY-MM-DD"},
		{"a time for a day", "metadata.asOf", metadataDocument(`"asOf":"2026-11-21T00:00:00Z"`), "YYYY-MM-DD"},
		{"a day for a time", "metadata.createdAt", metadataDocument(`"createdAt":"2026-11-21"`), "RFC 3339"},
		{"time without zone", "metadata.modifiedAt", metadataDocument(`"modifiedAt":"2026-11-21T00:00:00"`), "RFC 3339"},
		{"time with one digit", "metadata.modifiedAt", metadataDocument(`"modifiedAt":"2026-11-21T1:00:00Z"`), "RFC 3339"},
		{"time with a comma", "metadata.modifiedAt", metadataDocument(`"modifiedAt":"2026-11-21T01:00:00,5Z"`), "RFC 3339"},
		{"time with offset 24:00", "metadata.modifiedAt", metadataDocument(`"modifiedAt":"2026-11-21T01:00:00+24:00"`), "RFC 3339"},
		{"time with offset of 60 minutes", "metadata.modifiedAt", metadataDocument(`"modifiedAt":"2026-11-21T01:00:00+01:60"`), "RFC 3339"},
		{"time in lower case", "metadata.modifiedAt", metadataDocument(`"modifiedAt":"2026-11-21t01:00:00z"`), "RFC 3339"},
		{"leap second", "metadata.modifiedAt", metadataDocument(`"modifiedAt":"2016-12-31T23:59:60Z"`), "RFC 3339"},
		{"time with a long fraction", "metadata.modifiedAt", metadataDocument(`"modifiedAt":"2016-12-31T23:59:59.` + strings.Repeat("0", 1_000_000) + `Z"`), "RFC 3339"},
		{"time in year 10000", "metadata.createdAt", metadataDocument(`"createdAt":"10000-01-01T00:00:00Z"`), "RFC 3339"},
		{"time in year 10000 of UTC", "metadata.createdAt", metadataDocument(`"createdAt":"9999-12-31T23:59:59-01:00"`), "1 to 9999"},
		{"time in year 0 of UTC", "metadata.createdAt", metadataDocument(`"createdAt":"0001-01-01T00:00:00+01:00"`), "1 to 9999"},
		{"time that is none", "metadata.createdAt", metadataDocument(`"createdAt":"0001-01-01T00:00:00Z"`), "leave it out"},
		{"language", "tax.name.klingonish-", top(`"tax":{"name":{"klingonish-":"x"}}`), "BCP 47"},
		{"language with underscores", "tax.name.en__t_aa", top(`"tax":{"name":{"en__t_aa":"x"}}`), "BCP 47"},
		{"long language", `taxClasses[0].name.en` + strings.Repeat("-t-aa", 7), classDocument(`"rate":19,"name":{"en` + strings.Repeat("-t-aa", 7) + `":"x"}`), "35 bytes"},
		{"empty text", "tax.name.en", top(`"tax":{"name":{"en":""}}`), "leave the language out"},
		// Text.
		{"invalid UTF-8", "timeZone", top("\"timeZone\":\"Europe/\xff\""), "UTF-8"},
		{"invalid UTF-8 in a name", "document", top("\"time\xc3Zone\":\"\""), "UTF-8"},
		{"overlong UTF-8", "timeZone", top("\"timeZone\":\"\xc0\xaf\""), "UTF-8"},
		{"surrogate in UTF-8", "timeZone", top("\"timeZone\":\"\xed\xa0\x80\""), "UTF-8"},
		{"half a surrogate pair", "timeZone", top(`"timeZone":"\ud83d"`), "surrogate"},
		{"the other half", "timeZone", top(`"timeZone":"\ude00\ud83d"`), "surrogate"},
		{"half and a letter", "timeZone", top(`"timeZone":"\ud83d\u0041"`), "surrogate"},
		{"unknown escape", "timeZone", top(`"timeZone":"\x41"`), "backslash"},
		{"short escape", "timeZone", top(`"timeZone":"\u41"`), "backslash"},
		{"raw line break", "timeZone", top("\"timeZone\":\"a\nb\""), "control character"},
		{"escaped raw line break", "timeZone", top("\"timeZone\":\"a\\\nb\""), "backslash"},
	} {
		t.Run(c.name, func(t *testing.T) {
			started := time.Now()
			read, err := tax.ReadConfiguration(strings.NewReader(c.text), &tax.Limits{Bytes: 4 << 20})
			assert.Less(t, time.Since(started), time.Second, "hostile input costs time")
			input := taxtest.RequireInputError(t, err, c.path)
			assert.Contains(t, input.Reason, c.advice)
			assert.Less(t, len(err.Error()), 600)
			requireSameConfiguration(t, tax.Configuration{}, read)

			// A value that is there already stays when it is unmarshalled into.
			kept := validConfiguration()
			if err := kept.UnmarshalJSON([]byte(c.text)); assert.Error(t, err) {
				requireSameConfiguration(t, validConfiguration(), kept)
			}
		})
	}
}

func TestReadConfigurationCountsAgainstItsLimits(t *testing.T) {
	const bare = `{"code":"A","rate":1}`
	const dated = `{"code":"B","rates":[{"from":"2020-01-01","percent":1},{"percent":2}]}`
	document := func(classes ...string) string {
		return `{"location":{"country":"DE"},"taxClasses":[` + strings.Join(classes, ",") + `]}`
	}
	size := int64(len(document(bare)))
	for _, c := range []struct {
		name, text string
		limits     *tax.Limits
		path       string // empty: it is read
	}{
		{"bytes reached", document(bare), &tax.Limits{Bytes: size}, ""},
		{"bytes passed", document(bare), &tax.Limits{Bytes: size - 1}, "document"},
		{"bytes passed by white space", document(bare) + " ", &tax.Limits{Bytes: size}, "document"},
		{"most bytes", document(bare), &tax.Limits{Bytes: 1<<63 - 1}, ""},
		{"classes reached", document(bare, dated), &tax.Limits{Classes: 2}, ""},
		{"classes passed", document(bare, dated), &tax.Limits{Classes: 1}, "taxClasses[1]"},
		{"entries reached", document(bare, dated), &tax.Limits{Entries: 3}, ""},
		{"entries passed in a timeline", document(bare, dated), &tax.Limits{Entries: 2}, "taxClasses[1].rates[1]"},
		{"entries passed by a bare rate", document(dated, bare), &tax.Limits{Entries: 2}, "taxClasses[1].rate"},
		{"default classes reached", document(strings.Split(strings.Repeat(bare+";", 999)+bare, ";")...), nil, ""},
		{"default classes passed", document(strings.Split(strings.Repeat(bare+";", 1000)+bare, ";")...), nil, "taxClasses[1000]"},
		{"default entries reached", classDocument(`"rates":[` + strings.Repeat(`{"percent":1},`, 9999) + `{"percent":1}]`), nil, ""},
		{"default entries passed", classDocument(`"rates":[` + strings.Repeat(`{"percent":1},`, 10000) + `{"percent":1}]`), &tax.Limits{}, "taxClasses[0].rates[10000]"},
		{"default bytes reached", document(bare) + strings.Repeat(" ", 1<<20-int(size)), nil, ""},
		{"default bytes passed", document(bare) + strings.Repeat(" ", 1<<20+1-int(size)), nil, "document"},
		{"negative bytes", document(bare), &tax.Limits{Bytes: -1}, "limits"},
		{"negative classes", document(bare), &tax.Limits{Classes: -1}, "limits"},
		{"negative entries", document(bare), &tax.Limits{Entries: -1}, "limits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := tax.ReadConfiguration(strings.NewReader(c.text), c.limits)
			if c.path == "" {
				require.NoError(t, err)
				return
			}
			taxtest.RequireInputError(t, err, c.path)
		})
	}
	var c tax.Configuration
	taxtest.RequireInputError(t, c.UnmarshalJSON([]byte(document(bare)+strings.Repeat(" ", 1<<20))), "document")
}

// endlessReader repeats a text for ever and counts what was taken.
type endlessReader struct {
	text string
	read int64
}

func (e *endlessReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[(e.read+int64(i))%int64(len(e.text))]
	}
	e.read += int64(len(p))
	return len(p), nil
}

func TestReadConfigurationTakesNoMoreThanItsLimitFromAnEndlessReader(t *testing.T) {
	for _, text := range []string{" ", "[", `{"a":`, "9", `{"location":{"country":"DE"},"x":"`} {
		const limit = 1 << 16
		e := &endlessReader{text: text}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := tax.ReadConfiguration(e, &tax.Limits{Bytes: limit})
		runtime.ReadMemStats(&after)
		taxtest.RequireInputError(t, err, "document")
		assert.LessOrEqual(t, e.read, int64(limit+1))
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16*limit))
	}
}

// A document that fills the limit with the smallest possible elements takes a bounded
// multiple of the limit, and one twice as large about twice as much.
func TestReadConfigurationMemoryIsLinearInTheDocument(t *testing.T) {
	fill := func(head, element, tail string, size int) string {
		n := (size - len(head) - len(tail) - len(element)) / (len(element) + 1)
		return head + strings.Repeat(element+",", n) + element + tail
	}
	for _, c := range []struct{ name, head, element, tail string }{
		{"postal codes", `{"location":{"country":"DE"},"postalCodes":[`, `"1"`, `]}`},
		{"aliases", `{"location":{"country":"DE"},"regionAliases":[`, `""`, `]}`},
		{"classes", `{"location":{"country":"DE"},"taxClasses":[`, `{"code":"","rates":[]}`, `]}`},
		{"entries", `{"location":{"country":"DE"},"taxClasses":[{"code":"","rates":[`, `{"effect":"end"}`, `]}]}`},
		{"components", `{"location":{"country":"DE"},"taxClasses":[{"code":"","rates":[{"percent":1,"components":[`, `{"code":"","percent":1}`, `]}]}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			cost := func(size int) uint64 {
				text := fill(c.head, c.element, c.tail, size)
				limits := &tax.Limits{Bytes: int64(size), Classes: size, Entries: size}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, err := tax.ReadConfiguration(strings.NewReader(text), limits)
				runtime.ReadMemStats(&after)
				require.NoError(t, err)
				return after.TotalAlloc - before.TotalAlloc
			}
			small, large := cost(1<<17), cost(1<<18)
			assert.Less(t, large, uint64(128<<18))
			assert.Less(t, large, 3*small)
		})
	}
}

func TestReadConfigurationReturnsTheErrorOfTheReader(t *testing.T) {
	broken := errors.New("cable cut")
	whole := classDocument(`"rate":19`)
	for _, text := range []string{"", whole[:20], whole} {
		_, err := tax.ReadConfiguration(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), nil)
		require.ErrorIs(t, err, broken)
		assert.NotErrorIs(t, err, tax.ErrInvalid, "nothing is known about the document")
		assert.True(t, strings.HasPrefix(err.Error(), "tax: "), err.Error())
	}
	for _, slow := range []io.Reader{iotest.OneByteReader(strings.NewReader(whole)), iotest.DataErrReader(strings.NewReader(whole))} {
		_, err := tax.ReadConfiguration(slow, nil)
		require.NoError(t, err)
	}
	_, err := tax.ReadConfiguration(nil, nil)
	taxtest.RequireInputError(t, err, "reader")
}

func TestConfigurationUnmarshalJSONIsStrictInsideOtherDocuments(t *testing.T) {
	var list []tax.Configuration
	require.NoError(t, json.Unmarshal([]byte(`[`+classDocument(`"rate":19`)+`,`+classDocument(`"rate":7.0`)+`]`), &list))
	require.Len(t, list, 2)
	assert.Equal(t, int32(-1), list[1].Classes[0].Rates[0].Percent.Exponent())
	for text, path := range map[string]string{
		`[null]`:                                       "document",
		`[` + classDocument(`"rate":null`) + `]`:       "taxClasses[0].rate",
		`[` + classDocument(`"RATE":19`) + `]`:         "taxClasses[0].RATE",
		`[` + classDocument(`"rate":1,"rate":2`) + `]`: "taxClasses[0].rate",
	} {
		taxtest.RequireInputError(t, json.Unmarshal([]byte(text), &list), path)
	}
}

func TestReadConfigurationKeepsNothingOfItsInput(t *testing.T) {
	data := configurationFile(t, "everything")
	var c, untouched tax.Configuration
	require.NoError(t, c.UnmarshalJSON(data))
	require.NoError(t, untouched.UnmarshalJSON(bytes.Clone(data)))
	for i := range data {
		data[i] = 'x'
	}
	requireSameConfiguration(t, untouched, c)
}

// classDocument is a document with one class of these further members.
func classDocument(members string) string {
	return `{"location":{"country":"DE"},"taxClasses":[{"code":"A",` + members + `}]}`
}

// classDocumentWritten is what MarshalJSON makes of classDocument with these entries.
func classDocumentWritten(entries string) string {
	return `{"locationCode":"DE","location":{"country":"DE"},"taxClasses":[{"code":"A","rates":[` + entries + `]}]}`
}

func metadataDocument(members string) string {
	return `{"location":{"country":"DE"},"metadata":{` + members + `}}`
}
