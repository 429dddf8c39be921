package tax

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func day(s string) Date { return MustDate(s) }

// validCountry is a document without findings; every call returns a new one.
func validCountry() Configuration {
	return Configuration{
		Location: Location{Country: "CA"},
		Regions:  RegionsRequired,
		Tax:      Tax{Code: "GST", Name: MustLocalizedText(map[string]string{"en": "GST", "fr": "TPS"})},
		TimeZone: "America/Toronto",
		Classes: []Class{
			{Code: "STANDARD", Default: true, Aliases: []string{"S", "NORMAL"}, Rates: []Rate{
				{From: day("2008-01-01"), Percent: MustPercent("5")},
				{From: day("2006-07-01"), Percent: MustPercent("6")},
				{Percent: MustPercent("7")},
			}},
			{Code: "ZERO", Order: new(1), Rates: []Rate{{Treatment: ZeroRated}}},
			{Code: "SPLIT", Order: new(2), Rates: []Rate{
				{From: day("2027-01-01"), Effect: End},
				{Percent: MustPercent("5.5"), Components: []Component{
					{Code: "A", Percent: MustPercent("2.5")}, {Code: "B", Percent: MustPercent("3")},
				}},
			}},
		},
		Metadata: Metadata{Version: 1, Base: &Metadata{Version: 3}},
	}
}

// validRegion is a region of validCountry without findings.
func validRegion() Configuration {
	return Configuration{
		Location:      Location{"CA", "QC"},
		PostalCodes:   []PostalRange{{"G", "H"}, {"J", "J"}, {From: "K1A0B1"}},
		RegionAliases: []string{"PQ", "X-QUEBEC"},
		Tax:           Tax{Code: "QST"},
		Classes: []Class{{Code: "STANDARD", Rates: []Rate{
			{From: day("2013-01-01"), Effect: Add, Percent: MustPercent("9.975")},
			{From: day("2012-01-01"), Effect: AddCompound, Percent: MustPercent("9.5")},
			{From: day("2011-01-01"), Effect: Inherit},
		}}},
	}
}

// only asserts that faults are exactly one, with this path and this part of
// its message.
func only(t *testing.T, faults []Fault, location Location, path, message string) {
	t.Helper()
	if !assert.Len(t, faults, 1, "%v", faults) {
		return
	}
	assert.Equal(t, location, faults[0].Location)
	assert.Equal(t, path, faults[0].Path)
	assert.Contains(t, faults[0].Message, message)
	assert.Equal(t, codeOf(faults[0]), faults[0].Code, "%v", faults[0])
}

// codeOf returns the code that a fault must have, by the end of its path and its message.
func codeOf(f Fault) string {
	for _, c := range []struct{ path, message, code string }{
		{"location", "not canonical", "location_not_canonical"},
		{"location", "not in ", "location_elsewhere"},
		{"location", "", "location_invalid"},
		{"", "second document", "location_duplicate"},
		{"", "no document for the country", "country_missing"},
		{"regions", "no such rule", "region_rule_unknown"},
		{"regions", "on a region", "region_rule_on_region"},
		{"regionAliases", "on a country", "region_aliases_on_country"},
		{"", "is also claimed", "region_alias_taken"},
		{"regionAliases", "lies in itself", "region_alias_circular"},
		{"]", "not a region code", "region_alias_malformed"},
		{"]", "given twice", "region_alias_duplicate"},
		{"ostalCodes", "on a country", "postal_codes_on_country"},
		{"sharedPostalCodes", "claim one of the codes", "postal_codes_crowded"},
		{"elsewhere", "on a region", "referral_on_region"},
		{"location", "in the country itself", "referral_to_itself"},
		{"]", "neither regions nor", "referral_empty"},
		{"location", "is also elsewhere", "region_alias_taken"},
		{"within", "ISO 3166-2", "within_on_iso_region"},
		{"within", "not a region code", "within_malformed"},
		{"within", "no document for", "within_missing"},
		{"within", "", "within_circular"},
		{"postalCodes", "with each other", "postal_codes_overlap"},
		{"postalCodes", "overlap with", "postal_codes_taken"},
		{"]", "bound", "postal_range_malformed"},
		{"timeZone", "not given", "time_zone_missing"},
		{"timeZone", "", "time_zone_malformed"},
		{"tax.code", "missing", "tax_code_missing"},
		{"tax.code", "", "tax_code_malformed"},
		{"", "in one country and its regions", "country_too_large"},
		{"default", "second", "class_default_duplicate"},
		{"rates", "empty", "rates_missing"},
		{"from", "missing", "from_missing"},
		{"from", "newest first", "from_not_descending"},
		{"effect", "no such effect", "effect_unknown"},
		{"effect", "in a country", "effect_without_parent"},
		{"effect", "no such class", "parent_class_missing"},
		{"effect", "the parent's rate", "parent_rate_not_addable"},
		{"", "no rate of its own", "rate_not_allowed"},
		{"treatment", "no such", "treatment_unknown"},
		{"treatment", "", "treatment_not_addable"},
		{"percent", "taxable at 0 %", "percent_zero"},
		{"percent", "not 0", "percent_not_zero"},
		{"percent", "of the gross price", "gross_percent_too_large"},
		{"percent", "", "percent_out_of_range"},
		{"ofGross", "", "gross_not_addable"},
		{"components", "only a taxable", "components_not_allowed"},
		{"components", "more than 16", "components_too_many"},
		{"components", "several with", "components_with_add_compound"},
		{"components", "compound with add", "compound_with_add"},
		{"components", "together", "components_sum"},
		{"classes", "below 1", "percents_below_one"},
		{"", "is also one of", "class_taken"},
		{"status", "", "status_unknown"},
		{"verifiedSince", "", "verified_since_not_allowed"},
		{"", "UTF-8", "source_not_utf8"},
		{"version", "negative", "version_negative"},
		{"", "on top of each other", "metadata_too_deep"},
		{"", "could not read", "damaged"},
	} {
		if strings.HasSuffix(f.Path, c.path) && strings.Contains(f.Message, c.message) {
			return c.code
		}
	}
	component := strings.Contains(f.Path, "components[")
	switch already := strings.Contains(f.Message, "is already"); {
	case component && already:
		return "component_duplicate"
	case component:
		return "component_code_malformed"
	case already:
		return "class_duplicate"
	}
	return "class_code_malformed"
}

func TestValidDocumentsHaveNoFindings(t *testing.T) {
	for _, c := range []Configuration{validCountry(), validRegion()} {
		report := c.Validate()
		assert.Empty(t, report.Errors)
		assert.Empty(t, report.Warnings)
		assert.NoError(t, report.Err())
	}
	report := ValidateCountry([]Configuration{validRegion(), validCountry()})
	assert.Empty(t, report.Errors)
	assert.Empty(t, report.Warnings)
	assert.Empty(t, ValidateCountry(nil))
}

func TestEachFaultOfACountryHasItsPath(t *testing.T) {
	for _, f := range []struct {
		name          string
		spoil         func(c *Configuration)
		path, message string
	}{
		{"no location", func(c *Configuration) { c.Location = Location{} }, "location", "country"},
		{"unknown country", func(c *Configuration) { c.Location.Country = "ZZ" }, "location", "ZZ"},
		{"country not canonical", func(c *Configuration) { c.Location.Country = "CAN" }, "location", "write CA"},
		{"country in lower case", func(c *Configuration) { c.Location.Country = "ca" }, "location", "write CA"},
		{"postal codes", func(c *Configuration) { c.PostalCodes = []PostalRange{{From: "1"}} }, "postalCodes", "on a country"},
		{"region aliases", func(c *Configuration) { c.RegionAliases = []string{"QC"} }, "regionAliases", "on a country"},
		{"region rule", func(c *Configuration) { c.Regions = 3 }, "regions", "no such rule"},
		{"machine's zone", func(c *Configuration) { c.TimeZone = "Local" }, "timeZone", "IANA"},
		{"machine's zone by its file", func(c *Configuration) { c.TimeZone = "localtime" }, "timeZone", "IANA"},
		{"another count of seconds", func(c *Configuration) { c.TimeZone = "right/Europe/Berlin" }, "timeZone", "IANA"},
		{"zone in another case", func(c *Configuration) { c.TimeZone = "europe/berlin" }, "timeZone", "IANA"},
		{"zone is a path", func(c *Configuration) { c.TimeZone = "../../etc/passwd" }, "timeZone", "IANA"},
		{"zone is absolute", func(c *Configuration) { c.TimeZone = "/etc/localtime" }, "timeZone", "IANA"},
		{"zone with a space", func(c *Configuration) { c.TimeZone = "Europe/Berlin " }, "timeZone", "IANA"},
		{"zone too long", func(c *Configuration) { c.TimeZone = strings.Repeat("A", 65) }, "timeZone", "IANA"},
		{"tax without code", func(c *Configuration) { c.Tax.Code = "" }, "tax.code", "missing"},
		{"tax code", func(c *Configuration) { c.Tax.Code = "G S T" }, "tax.code", "not a code"},
		{"tax code too long", func(c *Configuration) { c.Tax.Code = strings.Repeat("X", 65) }, "tax.code", "not a code"},
		{"tax code not ASCII", func(c *Configuration) { c.Tax.Code = "ΦΠΑ" }, "tax.code", "not a code"},
		{"class without code", func(c *Configuration) { c.Classes[1].Code = "" }, "classes[1].code", "not a code"},
		{"class code", func(c *Configuration) { c.Classes[1].Code = "ZERO\n" }, "classes[1].code", "not a code"},
		{"class twice", func(c *Configuration) { c.Classes[1].Code = "STANDARD" }, "classes[1].code", "already classes[0].code"},
		{"class is an alias", func(c *Configuration) { c.Classes[1].Code = "NORMAL" }, "classes[1].code", "already classes[0].aliases[1]"},
		{"alias is a class", func(c *Configuration) { c.Classes[1].Aliases = []string{"STANDARD"} }, "classes[1].aliases[0]", "already classes[0].code"},
		{"alias of itself", func(c *Configuration) { c.Classes[0].Aliases[1] = "STANDARD" }, "classes[0].aliases[1]", "already classes[0].code"},
		{"alias twice", func(c *Configuration) { c.Classes[0].Aliases[1] = "S" }, "classes[0].aliases[1]", "already classes[0].aliases[0]"},
		{"empty alias", func(c *Configuration) { c.Classes[0].Aliases[0] = "" }, "classes[0].aliases[0]", "not a code"},
		{"second default", func(c *Configuration) { c.Classes[2].Default = true }, "classes[2].default", "second default"},
		{"no entries", func(c *Configuration) { c.Classes[1].Rates = nil }, "classes[1].rates", "empty"},
		{"two undated entries", func(c *Configuration) { c.Classes[0].Rates[1].From = Date{} }, "classes[0].rates[1].from", "missing"},
		{"one day twice", func(c *Configuration) { c.Classes[0].Rates[1].From = day("2008-01-01") }, "classes[0].rates[1].from", "newest first"},
		{"oldest first", func(c *Configuration) { c.Classes[0].Rates[1].From = day("2008-01-02") }, "classes[0].rates[1].from", "newest first"},
		{"effect", func(c *Configuration) { c.Classes[0].Rates[0].Effect = 5 }, "classes[0].rates[0].effect", "no such effect"},
		{"add", func(c *Configuration) { c.Classes[0].Rates[0].Effect = Add }, "classes[0].rates[0].effect", "add in a country"},
		{"addCompound", func(c *Configuration) { c.Classes[0].Rates[0].Effect = AddCompound }, "classes[0].rates[0].effect", "addCompound in a country"},
		{"inherit", func(c *Configuration) { c.Classes[1].Rates[0] = Rate{Effect: Inherit} }, "classes[1].rates[0].effect", "inherit in a country"},
		{"treatment", func(c *Configuration) { c.Classes[0].Rates[0].Treatment = 7 }, "classes[0].rates[0].treatment", "no such treatment"},
		{"status", func(c *Configuration) { c.Classes[0].Rates[0].Evidence.Status = 5 }, "classes[0].rates[0].evidence.status", "no such status"},
		{"status of an end", func(c *Configuration) { c.Classes[2].Rates[0].Evidence.Status = 9 }, "classes[2].rates[0].evidence.status", "no such status"},
		{"negative", func(c *Configuration) { c.Classes[0].Rates[1].Percent = decimal.New(-6, 0) }, "classes[0].rates[1].percent", "negative"},
		{"above 1000", func(c *Configuration) { c.Classes[0].Rates[1].Percent = decimal.New(1001, 0) }, "classes[0].rates[1].percent", "at most 1000"},
		{"19 decimals", func(c *Configuration) { c.Classes[0].Rates[1].Percent = decimal.New(1, -19) }, "classes[0].rates[1].percent", "decimals"},
		{"exempt at 5", func(c *Configuration) { c.Classes[0].Rates[0].Treatment = Exempt }, "classes[0].rates[0].percent", "treatment is exempt"},
		{"rate tax", func(c *Configuration) { c.Classes[0].Rates[0].Tax.Code = " " }, "classes[0].rates[0].tax.code", "not a code"},
		{"rate tax without code", func(c *Configuration) { c.Classes[0].Rates[0].Tax.Name = c.Tax.Name }, "classes[0].rates[0].tax.code", "missing"},
		{"components of an exemption", func(c *Configuration) { c.Classes[1].Rates[0].Components = []Component{{Code: "A"}} }, "classes[1].rates[0].components", "only a taxable"},
		{"components of the gross price", func(c *Configuration) { c.Classes[2].Rates[1].OfGross = true }, "classes[2].rates[1].components", "net price"},
		{"components short of the total", func(c *Configuration) { c.Classes[2].Rates[1].Percent = MustPercent("6") }, "classes[2].rates[1].components", "together 5.5, but the percentage is 6"},
		{"components compound", func(c *Configuration) { c.Classes[2].Rates[1].Components[1].Compound = true }, "classes[2].rates[1].components", "together 5.575"},
		{"component code", func(c *Configuration) { c.Classes[2].Rates[1].Components[1].Code = "" }, "classes[2].rates[1].components[1].code", "not a code"},
		{"component twice", func(c *Configuration) { c.Classes[2].Rates[1].Components[1].Code = "A" }, "classes[2].rates[1].components[1].code", "already"},
		{"component negative", func(c *Configuration) { c.Classes[2].Rates[1].Components[1].Percent = decimal.New(-3, 0) }, "classes[2].rates[1].components[1].percent", "negative"},
		{"end with a percentage", func(c *Configuration) { c.Classes[2].Rates[0].Percent = decimal.New(1, 0) }, "classes[2].rates[0]", "no rate of its own"},
		{"end with a treatment", func(c *Configuration) { c.Classes[2].Rates[0].Treatment = Exempt }, "classes[2].rates[0]", "no rate of its own"},
		{"end with a tax", func(c *Configuration) { c.Classes[2].Rates[0].Tax.Code = "GST" }, "classes[2].rates[0]", "no rate of its own"},
		{"end of the gross price", func(c *Configuration) { c.Classes[2].Rates[0].OfGross = true }, "classes[2].rates[0]", "no rate of its own"},
		{"negative version", func(c *Configuration) { c.Metadata.Version = -1 }, "metadata.version", "negative"},
		{"negative version below", func(c *Configuration) { c.Metadata.Base.Version = -1 }, "metadata.base.version", "negative"},
	} {
		t.Run(f.name, func(t *testing.T) {
			c := validCountry()
			f.spoil(&c)
			report := c.Validate()
			only(t, report.Errors, c.Location, f.path, f.message)
			assert.Empty(t, report.Warnings)
			assert.ErrorIs(t, report.Err(), ErrInvalid)
		})
	}
}

func TestEachFaultOfARegionHasItsPath(t *testing.T) {
	two := []Component{{Code: "A", Percent: MustPercent("4")}, {Code: "B", Percent: MustPercent("5")}}
	for _, f := range []struct {
		name          string
		spoil         func(c *Configuration)
		path, message string
	}{
		{"unknown region", func(c *Configuration) { c.Location.Region = "ABCD" }, "location", "ABCD"},
		{"region not canonical", func(c *Configuration) { c.Location.Region = "CA-QC" }, "location", "write CA-QC"},
		{"region in lower case", func(c *Configuration) { c.Location.Region = "qc" }, "location", "write CA-QC"},
		{"region rule", func(c *Configuration) { c.Regions = RegionsListed }, "regions", "on a region"},
		{"postal range", func(c *Configuration) { c.PostalCodes[2].From = "K1A 0B1" }, "postalCodes[2]", "without spaces"},
		{"postal range reversed", func(c *Configuration) { c.PostalCodes[0] = PostalRange{"H", "G"} }, "postalCodes[0]", "before the first"},
		{"postal range uneven", func(c *Configuration) { c.PostalCodes[0] = PostalRange{"G", "H1"} }, "postalCodes[0]", "length"},
		{"no postal code", func(c *Configuration) { c.PostalCodes[1] = PostalRange{} }, "postalCodes[1]", "1 to 10"},
		{"alias malformed", func(c *Configuration) { c.RegionAliases[0] = "QUEBEC" }, "regionAliases[0]", "not a region code"},
		{"alias in lower case", func(c *Configuration) { c.RegionAliases[1] = "x-quebec" }, "regionAliases[1]", "not a region code"},
		{"alias with the country", func(c *Configuration) { c.RegionAliases[0] = "CA-PQ" }, "regionAliases[0]", "not a region code"},
		{"alias empty", func(c *Configuration) { c.RegionAliases[0] = "" }, "regionAliases[0]", "not a region code"},
		{"alias twice", func(c *Configuration) { c.RegionAliases[1] = "PQ" }, "regionAliases[1]", "twice"},
		{"alias is the region", func(c *Configuration) { c.RegionAliases[1] = "QC" }, "regionAliases[1]", "twice"},
		{"exempt on top", func(c *Configuration) {
			c.Classes[0].Rates[0].Percent = decimal.Decimal{}
			c.Classes[0].Rates[0].Treatment = Exempt
		}, "classes[0].rates[0].treatment", "exempt with add"},
		{"gross on top", func(c *Configuration) { c.Classes[0].Rates[0].OfGross = true }, "classes[0].rates[0].ofGross", "with add"},
		{"two parts compound", func(c *Configuration) {
			c.Classes[0].Rates[1].Percent, c.Classes[0].Rates[1].Components = MustPercent("9"), two
		}, "classes[0].rates[1].components", "several with addCompound"},
		{"compound part beside", func(c *Configuration) {
			c.Classes[0].Rates[0].Components = []Component{{Code: "A", Percent: MustPercent("9.975"), Compound: true}}
		}, "classes[0].rates[0].components", "compound with add"},
		{"inherit with a percentage", func(c *Configuration) { c.Classes[0].Rates[2].Percent = decimal.New(1, 0) }, "classes[0].rates[2]", "inherit has no rate"},
	} {
		t.Run(f.name, func(t *testing.T) {
			c := validRegion()
			f.spoil(&c)
			report := c.Validate()
			only(t, report.Errors, c.Location, f.path, f.message)
			assert.Empty(t, report.Warnings)
		})
	}
}

func TestAllFaultsAreReportedAtOnce(t *testing.T) {
	c := validCountry()
	c.Location = Location{Country: "can"}
	c.PostalCodes = []PostalRange{{From: "2", To: "1"}}
	c.RegionAliases = []string{"quebec"}
	c.Regions = 9
	c.TimeZone = "Local"
	c.Tax.Code = ""
	c.Classes[0].Aliases[1] = "S"
	c.Classes[0].Rates[1].From = day("2008-01-01")
	c.Classes[0].Rates[0].Percent = decimal.New(1, 1e8)
	c.Classes[0].Rates[2].Evidence.Status = 77
	c.Classes[1].Code = ""
	c.Classes[1].Default = true
	c.Classes[1].Rates[0].Percent = MustPercent("5")
	c.Classes[2].Rates[0].Effect = 200
	c.Classes[2].Rates[1].Components[0].Percent = decimal.New(1, -1e8)
	c.Metadata.Version = -4
	report := c.Validate()
	var paths []string
	for _, f := range report.Errors {
		paths = append(paths, f.Path)
		assert.NotEmpty(t, f.Message)
		assert.Equal(t, c.Location, f.Location)
	}
	assert.ElementsMatch(t, []string{
		"location", "postalCodes[0]", "postalCodes", "regionAliases", "regions", "regionAliases[0]", "timeZone", "tax.code",
		"classes[0].aliases[1]", "classes[0].rates[0].percent", "classes[0].rates[1].from", "classes[0].rates[2].evidence.status",
		"classes[1].code", "classes[1].default", "classes[1].rates[0].percent", "classes[2].rates[0].effect",
		"classes[2].rates[1].components[0].percent", "metadata.version",
	}, paths)
	var invalid *InvalidError
	require.ErrorAs(t, report.Err(), &invalid)
	assert.Len(t, invalid.Faults, len(report.Errors))
	assert.True(t, strings.HasPrefix(invalid.Error(), "tax: invalid configuration: "), invalid.Error())
	assert.Contains(t, invalid.Error(), "(and 17 more)")
}

func TestHostileDocumentsAreJudgedAtOnce(t *testing.T) {
	for name, d := range hostileDecimals() {
		c := validCountry()
		c.Classes[0].Rates[0].Percent = d
		c.Classes[2].Rates[1].Components[0].Percent = d
		c.Classes[2].Rates[0].Percent = d // of an End entry
		promptly(t, name, func() {
			assert.GreaterOrEqual(t, len(c.Validate().Errors), 2, name)
			assert.Error(t, ValidateCountry([]Configuration{c, validRegion()}).Err(), name)
		})
	}
	// Each part of a compound chain multiplies the digits of the total.
	c := validCountry()
	chain := make([]Component, 4000)
	for i := range chain {
		chain[i] = Component{Code: "C" + itoa(int64(i)), Percent: MustPercent("0.000000000001"), Compound: true}
	}
	c.Classes[2].Rates[1].Components = chain
	promptly(t, "a chain of compound components", func() {
		report := c.Validate()
		require.NotEmpty(t, report.Errors)
		assert.Less(t, len(report.Errors[0].Message), 500, "digits must be counted before they are written")
	})
	// A chain of documents that leads back to itself.
	c = validCountry()
	c.Metadata.Base = &c.Metadata
	promptly(t, "a cycle of documents", func() {
		report := c.Validate()
		if assert.Len(t, report.Errors, 1) {
			assert.Contains(t, report.Errors[0].Message, "more than 32")
		}
	})
}

func TestTrapEqualDecimalsThatAreNotIdentical(t *testing.T) {
	a, b := decimal.New(10, -1), decimal.New(10, -1)
	require.True(t, a.Equal(b))
	require.Len(t, map[decimal.Decimal]bool{a: true, b: true}, 2, "equal decimals are one map key now")
	// Ours compares by value: components 9.50 + 9.5 are a rate of 19.
	c := validCountry()
	c.Classes[2].Rates[1] = Rate{Percent: MustPercent("19"), Components: []Component{
		{Code: "A", Percent: MustPercent("9.50")}, {Code: "B", Percent: MustPercent("9.5")},
	}}
	assert.Empty(t, c.Validate().Errors)
	// The zero value is the number 0, although it is not identical to it.
	c.Classes[1].Rates[0].Percent = decimal.New(0, 0)
	assert.Empty(t, c.Validate().Errors)
}

func TestFaultsOfHostileTextStayShortAndOnOneLine(t *testing.T) {
	for _, junk := range []string{strings.Repeat("A", 1<<20), "C\nA\x00", "\xff\xfe"} {
		c := Configuration{
			Location: Location{junk, junk}, TimeZone: junk, RegionAliases: []string{junk}, PostalCodes: []PostalRange{{junk, junk}},
			Tax: Tax{Code: junk}, Classes: []Class{{Code: junk, Aliases: []string{junk}, Rates: []Rate{{Tax: Tax{Code: junk}}}}},
		}
		report := c.Validate()
		assert.GreaterOrEqual(t, len(report.Errors), 8)
		for _, f := range report.Errors {
			assert.Less(t, len(f.String()), 500, f.Path)
			assert.NotContains(t, f.String(), "\n", f.Path)
			assert.True(t, utf8.ValidString(f.String()), f.Path)
		}
		assert.Less(t, len(report.Err().Error()), 500)
	}
}

func TestWarningsAreApartFromErrors(t *testing.T) {
	for _, f := range []struct {
		name          string
		change        func(c *Configuration)
		path, message string
	}{
		{"19 written as 0.19", func(c *Configuration) {
			c.Classes = []Class{
				{Code: "STANDARD", Rates: []Rate{{From: day("2021-01-01"), Percent: MustPercent("0.19")}, {Percent: MustPercent("0.16")}}},
				{Code: "REDUCED", Rates: []Rate{{Percent: MustPercent("0.07")}}},
				{Code: "ZERO", Rates: []Rate{{Treatment: ZeroRated}}},
			}
		}, "classes", "every percentage is below 1"},
		{"no time zone", func(c *Configuration) { c.TimeZone = "" }, "timeZone", "UTC"},
		{"taxable at 0 %", func(c *Configuration) { c.Classes[1].Rates[0].Treatment = Taxable }, "classes[1].rates[0].percent", "taxable at 0 %"},
	} {
		t.Run(f.name, func(t *testing.T) {
			c := validCountry()
			f.change(&c)
			report := c.Validate()
			assert.Empty(t, report.Errors)
			assert.NoError(t, report.Err())
			only(t, report.Warnings, c.Location, f.path, f.message)
			only(t, ValidateCountry([]Configuration{c}).Warnings, c.Location, f.path, f.message)
		})
	}
	t.Run("one small percentage among others is meant", func(t *testing.T) {
		c := validCountry()
		c.Classes[0].Rates[0].Percent = MustPercent("0.5")
		assert.Empty(t, c.Validate().Warnings)
	})
	t.Run("1 % is not a fraction", func(t *testing.T) {
		c := validCountry()
		c.Classes = []Class{{Code: "STANDARD", Rates: []Rate{{Percent: MustPercent("1")}}}}
		assert.Empty(t, c.Validate().Warnings)
	})
	t.Run("a region without a zone uses its parent's", func(t *testing.T) {
		assert.Empty(t, validRegion().Validate().Warnings)
	})
}

func TestEachFaultOfASetHasItsPlaceAndPath(t *testing.T) {
	region := func(code string, change func(c *Configuration)) Configuration {
		c := Configuration{Location: Location{"CA", code}}
		change(&c)
		return c
	}
	one := func(r Rate) []Class { return []Class{{Code: "STANDARD", Rates: []Rate{r}}} }
	five := MustPercent("5")
	type finding struct{ region, path, message string }
	for _, f := range []struct {
		name string
		set  []Configuration
		want []finding
	}{
		{"postal codes overlap", []Configuration{
			region("QC", func(c *Configuration) { c.PostalCodes = []PostalRange{{"G", "J"}} }),
			region("ON", func(c *Configuration) { c.PostalCodes = []PostalRange{{"A", "A"}, {From: "H1A"}} }),
		}, []finding{{"ON", "postalCodes", "overlap with CA-QC"}, {"QC", "postalCodes", "overlap with CA-ON"}}},
		{"two documents for one region", []Configuration{
			region("QC", func(*Configuration) {}), region("QC", func(*Configuration) {}),
		}, []finding{{"QC", "", "second document"}}},
		{"two documents for the country", []Configuration{validCountry()}, []finding{{"", "", "second document"}}},
		{"one alias, two regions", []Configuration{
			region("QC", func(c *Configuration) { c.RegionAliases = []string{"PQ"} }),
			region("ON", func(c *Configuration) { c.RegionAliases = []string{"PQ"} }),
		}, []finding{{"ON", "regionAliases", "PQ is also claimed by CA-QC"}, {"QC", "regionAliases[0]", "PQ is also claimed by CA-ON"}}},
		{"an alias is another region", []Configuration{
			region("QC", func(*Configuration) {}),
			region("ON", func(c *Configuration) { c.RegionAliases = []string{"X-A", "QC"} }),
		}, []finding{{"ON", "regionAliases[1]", "QC is also claimed by CA-QC"}, {"QC", "regionAliases", "QC is also claimed by CA-ON"}}},
		{"add without the class", []Configuration{
			region("QC", func(c *Configuration) {
				c.Classes = []Class{{Code: "BOOKS", Rates: []Rate{{Effect: Add, Percent: five}}}}
			}),
		}, []finding{{"QC", "classes[0].rates[0].effect", "add, but the parent has no such class"}}},
		{"inherit without the class", []Configuration{
			region("QC", func(c *Configuration) {
				c.Classes = []Class{{Code: "BOOKS", Rates: []Rate{{From: day("2020-01-01"), Percent: five}, {Effect: Inherit}}}}
			}),
		}, []finding{{"QC", "classes[0].rates[1].effect", "inherit, but the parent has no such class"}}},
		{"add to an alias of the parent", []Configuration{
			region("QC", func(c *Configuration) {
				c.Classes = []Class{{Code: "NORMAL", Rates: []Rate{{Effect: AddCompound, Percent: five}}}}
			}),
		}, []finding{{"QC", "classes[0].rates[0].effect", "addCompound, but the parent has no such class"}}},
		{"add to a zero rate", []Configuration{
			region("QC", func(c *Configuration) {
				c.Classes = []Class{{Code: "ZERO", Rates: []Rate{{Effect: Add, Percent: five}}}}
			}),
		}, []finding{{"QC", "classes[0].rates[0].effect", "not a taxable percentage"}}},
		{"a code that the parent has as an alias", []Configuration{
			region("QC", func(c *Configuration) { c.Classes = []Class{{Code: "NORMAL", Rates: []Rate{{Percent: five}}}} }),
		}, []finding{{"QC", "classes", "NORMAL is also one of class NORMAL"}}},
		{"an alias that is a class of the parent", []Configuration{
			region("QC", func(c *Configuration) {
				c.Classes = one(Rate{Percent: five})
				c.Classes[0].Aliases = []string{"ZERO"}
			}),
		}, []finding{{"QC", "classes", "ZERO is also one of class STANDARD"}}},
		{"an error of one document", []Configuration{
			region("QC", func(c *Configuration) { c.Classes = one(Rate{Percent: decimal.New(-1, 0)}) }),
			plainRegion("ON"),
		}, []finding{{"QC", "classes[0].rates[0].percent", "negative"}}},
	} {
		t.Run(f.name, func(t *testing.T) {
			report := ValidateCountry(append([]Configuration{validCountry()}, f.set...))
			assert.Empty(t, report.Warnings)
			if !assert.Len(t, report.Errors, len(f.want), "%v", report.Errors) {
				return
			}
			for i, want := range f.want {
				only(t, report.Errors[i:i+1], Location{"CA", want.region}, want.path, want.message)
			}
		})
	}
}

// plainRegion is a region that only lists postal codes.
func plainRegion(code string) Configuration {
	return Configuration{Location: Location{"CA", code}, PostalCodes: []PostalRange{{"K", "L"}}}
}

func TestASetMayLackTheCountryWithAWarning(t *testing.T) {
	report := ValidateCountry([]Configuration{plainRegion("ON")})
	assert.Empty(t, report.Errors)
	only(t, report.Warnings, Location{Country: "CA"}, "", "no document")
}

func TestADocumentOfAnotherCountryIsAnError(t *testing.T) {
	other := validCountry()
	other.Location.Country = "DE"
	report := ValidateCountry([]Configuration{validCountry(), other})
	only(t, report.Errors, Location{Country: "DE"}, "location", "not in CA")
}

func TestCodesGivenTwiceAreFoundAmongMany(t *testing.T) {
	const many = 40
	country := Configuration{Location: Location{Country: "CA"}, TimeZone: "UTC"}
	region := Configuration{Location: Location{Country: "CA", Region: "QC"}}
	for i := range many {
		code := "C" + strconv.Itoa(i)
		country.Classes = append(country.Classes, Class{Code: code, Rates: []Rate{{}}})
		region.RegionAliases = append(region.RegionAliases, "X-"+code)
	}
	require.Empty(t, country.Validate().Errors)
	require.Empty(t, region.Validate().Errors)
	country.Classes[many-1].Code = "C0"
	country.Classes[many-2].Aliases = []string{"C1"}
	region.RegionAliases[many-1], region.RegionAliases[many-2] = "QC", "X-C0"
	var paths []string
	for _, f := range append(country.Validate().Errors, region.Validate().Errors...) {
		paths = append(paths, f.Path+" "+f.Code)
	}
	assert.Equal(t, []string{
		"classes[38].aliases[0] class_duplicate", "classes[39].code class_duplicate",
		"regionAliases[38] region_alias_duplicate", "regionAliases[39] region_alias_duplicate",
	}, paths)
}
