package tax_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

func TestRegionRuleDecidesWhatARegionMustBe(t *testing.T) {
	const (
		country  = "FR by country"
		unknown  = "unknown region"
		required = "region required"
	)
	rules := []tax.RegionRule{tax.RegionsOptional, tax.RegionsListed, tax.RegionsRequired}
	for region, want := range map[string][3]string{
		"":          {country, country, required},
		"20R":       repeated("FR-20R by region"),
		"fr-20r":    repeated("FR-20R by region"),
		"2A":        repeated("FR-20R by parent region"),
		"FR-2b":     repeated("FR-20R by region alias"),
		"X-CORSE":   repeated("FR-20R by region alias"),
		"X-MONACO":  repeated("FR-X-MONACO by region"),
		"x-monaco":  repeated("FR-X-MONACO by region"),
		"IDF":       {country, unknown, unknown}, // in ISO 3166-2, not configured
		"75C":       {country, unknown, unknown},
		"QQ":        {country, unknown, unknown}, // not in ISO 3166-2
		"X-NOWHERE": {country, unknown, unknown},
		"Corse":     repeated(unknown),
		"2A ":       repeated(unknown),
		" ":         repeated(unknown),
		"ABCD":      repeated(unknown),
		"X-":        repeated(unknown),
		"FR-":       repeated(unknown),
		"-2A":       repeated(unknown),
		"DE-BY":     repeated(unknown), // another country's
		"\u00cele":  repeated(unknown),
	} {
		for i, rule := range rules {
			r := taxtest.Resolver(t,
				taxtest.With(taxtest.Doc("FR", taxtest.Class("STANDARD", "- 20")), func(c *tax.Configuration) { c.Regions = rule }),
				taxtest.With(taxtest.Doc("FR-20R", taxtest.Class("STANDARD", "- 10")), func(c *tax.Configuration) { c.RegionAliases = []string{"2B", "X-CORSE"} }),
				taxtest.Doc("FR-X-MONACO", taxtest.Class("STANDARD", "- 20")))
			a, err := r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: region, Class: "STANDARD", Date: taxtest.Day})
			assert.Equal(t, want[i], taxtest.Territory(a, err), "region %q, regions %v", region, rule)
		}
	}
}

func repeated(s string) [3]string { return [3]string{s, s, s} }

// germany has two territories with postal codes and a region without.
func germany(t *testing.T) *tax.Resolver {
	return taxtest.Resolver(t,
		taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")),
		taxtest.WithPostalCodes(taxtest.Doc("DE-X-HELGOLAND", taxtest.Class("STANDARD", "- 0 outsideScope")), "27498"),
		taxtest.WithPostalCodes(taxtest.Doc("DE-X-BUESINGEN", taxtest.Class("STANDARD", "- 8.1")), "78266", "7827-7828", "9*"),
		taxtest.Doc("DE-BW"))
}

func TestPostalCodeDecidesBeforeRegionBeforeCountry(t *testing.T) {
	r := germany(t)
	for _, c := range []struct{ region, postal, want string }{
		{"", "", "DE by country"},
		{"BW", "", "DE-BW by region"},
		{"", "10115", "DE by country"},
		{"BW", "10115", "DE-BW by region"},
		{"", "27498", "DE-X-HELGOLAND by postal code"},
		{"X-HELGOLAND", "27498", "DE-X-HELGOLAND by postal code"},
		{"X-HELGOLAND", "", "DE-X-HELGOLAND by region"},
		{"BW", "78266", "DE-X-BUESINGEN by postal code, region overruled"},
		{"NW", "78266", "DE-X-BUESINGEN by postal code"}, // not configured: leads to the country, which contains the place
		{"X-HELGOLAND", "78266", "DE-X-BUESINGEN by postal code, region overruled"},
		{"X-HELGOLAND", "10115", "DE by country, region overruled"},
		// the forms in which people write a code
		{"", " 2 74-98 ", "DE-X-HELGOLAND by postal code"},
		{"", "DE-27498", "DE-X-HELGOLAND by postal code"},
		{"", "de-27498", "DE-X-HELGOLAND by postal code"},
		{"", "D-27498", "DE-X-HELGOLAND by postal code"},
		{"", "FRFR-27498", "invalid"},
		{"X-HELGOLAND", " - ", "DE-X-HELGOLAND by region"}, // only separators: not given
		// anchored, whole codes, ranges of prefixes, prefixes
		{"", "127498", "DE by country"},
		{"", "274980", "DE by country"},
		{"", "2749", "DE by country"},
		{"", "7826", "DE by country"},
		{"", "78269", "DE by country"},
		{"", "7827", "DE-X-BUESINGEN by postal code"},
		{"", "78270", "DE-X-BUESINGEN by postal code"},
		{"", "78289", "DE-X-BUESINGEN by postal code"},
		{"", "7828ZZZZZZ", "DE-X-BUESINGEN by postal code"},
		{"", "78290", "DE by country"},
		{"", "9", "DE-X-BUESINGEN by postal code"},
		{"", "9ZZZZZZZZZ", "DE-X-BUESINGEN by postal code"},
		{"", "8ZZZZZZZZZ", "DE by country"},
		{"", "A", "invalid"},
		{"Bayern", "27498", "unknown region"},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: c.region, PostalCode: c.postal, Class: "STANDARD", Date: taxtest.Day})
		assert.Equal(t, c.want, taxtest.Territory(a, err), "region %q postal code %q", c.region, c.postal)
	}
}

func TestMalformedPostalCodeIsAnErrorOfItsOwn(t *testing.T) {
	r := germany(t)
	for _, postal := range []string{"27498!", "2749\u0668", "12345678901", "DE_27498", "27498\n", strings.Repeat("9", 1<<20)} {
		l := tax.Lookup{Country: "DE", PostalCode: postal, Date: taxtest.Day}
		_, err := r.Lookup(t.Context(), l)
		require.ErrorIs(t, err, tax.ErrInvalid, "%.20q", postal)
		var input *tax.InputError
		require.ErrorAs(t, err, &input)
		assert.Equal(t, "postal code", input.Field)
		_, err = r.Place(t.Context(), l)
		assert.ErrorIs(t, err, tax.ErrInvalid)
		_, err = r.Classes(t.Context(), l)
		assert.ErrorIs(t, err, tax.ErrInvalid)
	}
}

func TestPostalCodeMayBeginWithTheLettersOfItsCountry(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("LV", taxtest.Class("STANDARD*", "- 21")),
		taxtest.WithPostalCodes(taxtest.Doc("LV-RIX", taxtest.Class("STANDARD", "- 5")), "LV10*"),
		taxtest.WithPostalCodes(taxtest.Doc("LV-X-PORT", taxtest.Class("STANDARD", "- 6")), "34*"))
	for code, want := range map[string][2]string{
		"LV1010": {"5 VAT", "LV1010"}, "LV 1010": {"5 VAT", "LV1010"}, "LV-1010": {"5 VAT", "LV1010"}, "lv-1010": {"5 VAT", "LV1010"},
		"LV-3401": {"6 VAT", "3401"}, "3401": {"6 VAT", "3401"}, "LV-2010": {"21 VAT", "2010"}, "1010": {"21 VAT", "1010"},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "LV", PostalCode: code, Date: taxtest.Day})
		require.NoError(t, err, code)
		assert.Equal(t, want, [2]string{taxtest.Answer(a, err), a.Explain().Input.PostalCode}, code)
		again, differences, err := r.Replay(t.Context(), a.Explain())
		require.NoError(t, err, code)
		assert.Empty(t, differences, code)
		assert.Equal(t, want[0], taxtest.Answer(again, err), code)
	}
}

func TestPostalCodeInsideANestedRegionAgreesWithTheRegionAround(t *testing.T) {
	r := taxtest.Resolver(t,
		taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20")), taxtest.Doc("FR-20R", taxtest.Class("STANDARD", "- 10")),
		taxtest.WithPostalCodes(taxtest.Doc("FR-2A", taxtest.Class("STANDARD", "- 5")), "200-201"))
	for _, c := range []struct{ region, postal, want string }{
		{"20R", "20090", "FR-2A by postal code"},
		{"2A", "20090", "FR-2A by postal code"},
		{"2B", "20090", "FR-2A by postal code, region overruled"}, // the two lie beside each other
		{"2B", "20200", "FR-20R by parent region"},
		{"2A", "75001", "FR-20R by parent region, region overruled"},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: c.region, PostalCode: c.postal, Class: "STANDARD", Date: taxtest.Day})
		assert.Equal(t, c.want, taxtest.Territory(a, err), "region %q postal code %q", c.region, c.postal)
	}
}

// A region lies in the region that has the code of its parent as an alias, whether or not
// it has a document of its own.
func TestParentsAreFoundByTheirAliasesToo(t *testing.T) {
	doc, class := taxtest.Doc, taxtest.Class
	country := doc("ES", class("STANDARD*", "- 21"), class("BOOKS", "- 4"))
	for _, canary := range []tax.Configuration{
		doc("ES-CN", class("STANDARD", "- 7")),
		aliased(doc("ES-X-CANARY", class("STANDARD", "- 7")), "CN"),
		aliased(doc("ES-Z", class("STANDARD", "- 7")), "CN"),
		aliased(doc("ES-GC", class("STANDARD", "- 7")), "CN"),                        // the capital of the islands stands for all of them
		exclusive(aliased(doc("ES-X-CANARY", class("STANDARD", "- 7")), "CN", "GC")), // and another name for one of them
	} {
		for _, set := range [][]tax.Configuration{{country, canary}, {doc("ES-TF"), canary, country},
			{country, doc("ES-TF", class("BOOKS", "- 0")), canary}, {aliased(doc("ES-TF", class("NEW", "- 1")), "X-TENERIFE"), country, canary}} {
			require.Empty(t, tax.ValidateCountry(set).Errors)
			r := taxtest.Resolver(t, set...)
			for region, want := range map[string]string{"CN": "7 VAT", "TF": "7 VAT", "GC": "7 VAT", "": "21 VAT", "B": "21 VAT"} {
				a, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: region, Class: "STANDARD", Date: taxtest.Day})
				assert.Equal(t, want, taxtest.Answer(a, err), "%s with %s", region, taxtest.Codes(set))
			}
		}
	}
	// An entry that adds to the rate of the parent needs it to be there.
	adding := []tax.Configuration{doc("ES-GC", class("AIEM", "- + 1")), aliased(doc("ES-X-CANARY", class("AIEM", "- 5")), "CN"), country}
	a, err := taxtest.Resolver(t, adding...).Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "GC", Class: "AIEM", Date: taxtest.Day})
	assert.Equal(t, "6 VAT [VAT 5, VAT 1]", taxtest.Answer(a, err))
	// What is below an invalid document stays below it.
	broken := []tax.Configuration{doc("ES-GC"), broken(aliased(doc("ES-X-CANARY", class("STANDARD", "- 5")), "CN")), country}
	a, err = taxtest.Resolver(t, broken...).Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "GC", Class: "STANDARD", Date: taxtest.Day})
	assert.Equal(t, "invalid", taxtest.Answer(a, err))
}

// An empty document changes no rate: the region inherits what it was answered with.
func TestAnEmptyDocumentChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 12))
	regions := []string{"CN", "GC", "TF", "MD", "M", "AN", "AL", "X-ONE", "X-TWO"}
	valid := 0
	for range 3000 {
		codes := slices.Clone(regions)
		rng.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
		set := []tax.Configuration{taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21"))}
		for i := range 1 + rng.IntN(4) {
			set = append(set, taxtest.Doc("ES-"+codes[i], taxtest.Class("STANDARD", "- "+strconv.Itoa(i+1))))
		}
		free := codes[len(set)-1:]
		for i := range rng.IntN(3) {
			at := 1 + rng.IntN(len(set)-1)
			set[at].RegionAliases = append(set[at].RegionAliases, free[i])
		}
		empty := free[3]
		with := append(slices.Clone(set), taxtest.Doc("ES-"+empty))
		if len(tax.ValidateCountry(set).Errors) > 0 || len(tax.ValidateCountry(with).Errors) > 0 {
			continue // regions that lie in each other
		}
		valid++
		// Closed at once: thousands of resolvers that wait for the end of the test take
		// gigabytes under the race detector.
		without, err := tax.NewResolver(taxtest.Fixed(set...), nil)
		require.NoError(t, err)
		withEmpty, err := tax.NewResolver(taxtest.Fixed(with...), nil)
		require.NoError(t, err)
		for _, region := range regions {
			l := tax.Lookup{Country: "ES", Region: region, Class: "STANDARD", Date: taxtest.Day}
			a, err := without.Lookup(t.Context(), l)
			b, errWith := withEmpty.Lookup(t.Context(), l)
			require.Equal(t, taxtest.Answer(a, err), taxtest.Answer(b, errWith), "%s, empty document for %s: %+v", region, empty, set)
		}
		without.Close()
		withEmpty.Close()
	}
	assert.Greater(t, valid, 2000)
}

// Regions that lie in each other by way of aliases have no parent to inherit from.
func TestRegionsThatLieInEachOtherAreInvalid(t *testing.T) {
	country := taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21"))
	set := []tax.Configuration{country, aliased(taxtest.Doc("ES-GC"), "MD"), aliased(taxtest.Doc("ES-M"), "CN"), taxtest.Doc("ES-TF"), taxtest.Doc("ES-B")}
	var faults []string
	for _, f := range tax.ValidateCountry(set).Errors {
		faults = append(faults, f.String())
	}
	const circle = ": regionAliases: by an alias, the region lies in itself: remove the alias from it or from "
	assert.Equal(t, []string{"ES-GC" + circle + "ES-M", "ES-M" + circle + "ES-GC"}, faults)
	r := taxtest.Resolver(t, set...)
	for region, want := range map[string]string{"GC": "invalid", "M": "invalid", "TF": "invalid", "B": "21 VAT", "": "21 VAT"} {
		assert.Equal(t, want, taxtest.Answer(r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: region, Date: taxtest.Day})), region)
	}
}

// The explanation says of every postal code that leads elsewhere than the region, and only
// of those.
func TestARegionThatAPostalCodeContradictsIsOverruled(t *testing.T) {
	country := taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21"))
	canary := func(location string, aliases ...string) tax.Configuration {
		return aliased(taxtest.WithPostalCodes(taxtest.Doc(location, taxtest.Class("STANDARD", "- 7")), "35*", "38*"), aliases...)
	}
	isle := taxtest.WithPostalCodes(taxtest.Doc("ES-X-ISLE", taxtest.Class("STANDARD", "- 1")), "51*")
	for _, rule := range []tax.RegionRule{tax.RegionsOptional, tax.RegionsListed} {
		country.Regions = rule
		for _, c := range []struct {
			name     string
			canary   tax.Configuration
			region   string
			postal   string
			disagree bool
		}{
			{"beside it", canary("ES-CN"), "MD", "35001", true},
			{"beside it, by an alias", canary("ES-X-CANARY", "CN"), "MD", "35001", true},
			{"beside it, two levels down", canary("ES-CN"), "M", "35001", true},
			{"itself", canary("ES-CN"), "CN", "35001", false},
			{"itself, by an alias", canary("ES-X-CANARY", "CN"), "CN", "35001", false},
			{"a province of it", canary("ES-CN"), "TF", "35001", false},
			{"a province of it, by an alias", canary("ES-X-CANARY", "CN"), "TF", "35001", false},
			{"around it", canary("ES-GC"), "CN", "35001", false},
			{"around it, by an alias", canary("ES-X-GRAN", "GC"), "CN", "35001", false},
			{"around one of several that it consists of", canary("ES-X-BOTH", "ML", "GC"), "CN", "35001", false},
			{"a sister", canary("ES-GC"), "TF", "35001", true},
			{"a sister, by an alias", canary("ES-X-GRAN", "GC"), "TF", "35001", true},
			{"none of several that it consists of", canary("ES-X-BOTH", "ML", "GC"), "TF", "35001", true},
			{"somewhere", isle, "MD", "51001", false},
			{"somewhere, and it has a private alias", aliased(isle, "X-ISLAND"), "MD", "51001", false},
			{"no region", isle, "QQ", "51001", true},
			{"no region", canary("ES-CN"), "QQ", "35001", true},
			{"another private region", isle, "X-NOWHERE", "51001", true},
			{"none", isle, "", "51001", false},
		} {
			l := tax.Lookup{Country: "ES", Region: c.region, PostalCode: c.postal, Date: taxtest.Day}
			a, err := taxtest.Resolver(t, country, c.canary).Lookup(t.Context(), l)
			require.NoError(t, err, c.name)
			assert.Equal(t, tax.StepPostalCode, a.Explain().Steps[0], c.name)
			assert.Equal(t, c.disagree, a.Explain().RegionOverruled, "%s: region %s, regions %v", c.name, c.region, rule)
		}
	}
	// And the other way round.
	country.Regions = tax.RegionsOptional
	for _, region := range []string{"CN", "GC", "TF"} {
		a, err := taxtest.Resolver(t, country, canary("ES-CN")).Lookup(t.Context(), tax.Lookup{Country: "ES", Region: region, PostalCode: "28001", Date: taxtest.Day})
		assert.Equal(t, "ES by country, region overruled", taxtest.Territory(a, err), region)
	}
}

func TestContradictionInACountryThatRequiresRegionsAsksForTheRegion(t *testing.T) {
	r := taxtest.Resolver(t,
		taxtest.With(taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5")), func(c *tax.Configuration) { c.Regions = tax.RegionsRequired }),
		taxtest.WithPostalCodes(taxtest.Doc("CA-ON", taxtest.Class("STANDARD", "- 13")), "K*", "L*", "M*"), taxtest.Doc("CA-AB"))
	for _, c := range []struct{ region, postal, want string }{
		{"", "M5V 2T6", "13 VAT"},
		{"AB", "M5V 2T6", "13 VAT"},
		{"QC", "M5V 2T6", "13 VAT"}, // unknown, and the postal code decides
		{"ON", "T5J 0N3", "region required"},
		{"", "T5J 0N3", "region required"},
		{"QC", "T5J 0N3", "unknown region"},
		{"AB", "T5J 0N3", "5 VAT"},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "CA", Region: c.region, PostalCode: c.postal, Date: taxtest.Day})
		assert.Equal(t, c.want, taxtest.Answer(a, err), "region %q postal code %q", c.region, c.postal)
	}
}

func TestEveryStepToAClass(t *testing.T) {
	set := []tax.Configuration{
		taxtest.Doc("ES",
			taxtest.Class("STANDARD*", "2012-09-01 21", "STD", "NORMAL"), taxtest.Class("REDUCED", "2012-09-01 10", "RED"),
			taxtest.Class("ENDED", "2012-09-01 4; 2020-01-01 end", "OLD")),
		taxtest.Doc("ES-MD", taxtest.Class("REDUCED", "2012-09-01 9")),
		taxtest.With(taxtest.Doc("ES-CN", taxtest.Class("STANDARD", "2012-07-01 7"), taxtest.Class("LUXURY", "2012-07-01 15")), func(c *tax.Configuration) { c.Exclusive = true }),
		taxtest.Doc("ES-CT", taxtest.Class("LUXURY*", "2012-07-01 33")),
	}
	const fallback = true
	for _, c := range []struct {
		region, class string
		fallback      bool
		want          string
	}{
		{"", "STANDARD", false, "STANDARD at ES by country, class"},
		{"", "STD", false, "STANDARD at ES by country, class alias"},
		{"", "NORMAL", fallback, "STANDARD at ES by country, class alias"},
		{"", "", false, "STANDARD at ES by country, default class"},
		{"", "standard", false, "unknown class"}, // compared exactly
		{"", "standard", fallback, "STANDARD at ES by country, fallback to default class"},
		{"", "ENDED", false, "no rate on that day"},
		{"", "OLD", false, "no rate on that day"},
		{"", "OLD", fallback, "STANDARD at ES by country, fallback to default class"},
		{"MD", "STANDARD", false, "STANDARD at ES-MD by region, class, inherited from parent"},
		{"MD", "REDUCED", false, "REDUCED at ES-MD by region, class"},
		{"MD", "RED", false, "REDUCED at ES-MD by region, class alias"}, // keeps the parent's aliases
		{"MD", "STD", false, "STANDARD at ES-MD by region, class alias, inherited from parent"},
		{"MD", "", false, "STANDARD at ES-MD by region, default class, inherited from parent"},
		{"MD", "BOOKS", fallback, "STANDARD at ES-MD by region, fallback to default class, inherited from parent"},
		{"CN", "", false, "STANDARD at ES-CN by region, default class"}, // the parent's default, its own class
		{"CN", "REDUCED", false, "unknown class"},
		{"CN", "REDUCED", fallback, "STANDARD at ES-CN by region, fallback to default class"},
		{"CT", "", false, "LUXURY at ES-CT by region, default class"}, // the territory's own default first
		{"CT", "BOOKS", fallback, "LUXURY at ES-CT by region, fallback to default class"},
		{"GC", "BOOKS", fallback, "STANDARD at ES-CN by parent region, fallback to default class"},
	} {
		l := tax.Lookup{Country: "ES", Region: c.region, Class: c.class, Date: taxtest.Day, FallbackToDefault: c.fallback}
		a, err := taxtest.Resolver(t, set...).Lookup(t.Context(), l)
		assert.Equal(t, c.want, taxtest.Steps(a, err), "%+v", l)
		if c.fallback {
			l.FallbackToDefault = false
			a, err = taxtest.Open(t, taxtest.Fixed(set...), &tax.Options{FallbackToDefault: true}).Lookup(t.Context(), l)
			assert.Equal(t, c.want, taxtest.Steps(a, err), "by option: %+v", l)
		}
	}
}

func TestFallbackNeedsADefaultWithARate(t *testing.T) {
	r := taxtest.Open(t, taxtest.Fixed(
		taxtest.Doc("LU", taxtest.Class("STANDARD", "2024-01-01 17")),
		taxtest.Doc("BE", taxtest.Class("STANDARD*", "1996-01-01 21")),
	), &tax.Options{FallbackToDefault: true})
	_, err := r.Lookup(t.Context(), tax.Lookup{Country: "LU", Class: "BOOKS", Date: taxtest.Day})
	assert.ErrorIs(t, err, tax.ErrUnknownClass, "there is no default to fall back to")
	_, err = r.Lookup(t.Context(), tax.Lookup{Country: "LU", Date: taxtest.Day})
	assert.ErrorIs(t, err, tax.ErrNoDefaultClass)
	_, err = r.Lookup(t.Context(), tax.Lookup{Country: "BE", Class: "BOOKS", Date: tax.MustDate("1995-12-31")})
	assert.ErrorIs(t, err, tax.ErrNoRate, "the default has no rate on that day either")
}

func TestTodayIsTheDayAtThePlace(t *testing.T) {
	for _, zone := range []string{"Asia/Tokyo", "America/Los_Angeles"} {
		if _, err := time.LoadLocation(zone); err != nil {
			t.Skipf("no time zone data on this system: %v", err)
		}
	}
	inZone := func(zone string) func(*tax.Configuration) {
		return func(c *tax.Configuration) { c.TimeZone = zone }
	}
	set := taxtest.Fixed(
		taxtest.With(taxtest.Doc("JP", taxtest.Class("STANDARD*", "- 8; 2026-11-21 10")), inZone("Asia/Tokyo")),
		taxtest.With(taxtest.Doc("US", taxtest.Class("STANDARD*", "- 8; 2026-11-21 10")), inZone("America/Los_Angeles")),
		taxtest.Doc("US-CA"),
		taxtest.With(taxtest.Doc("US-X-KIRITIMATI"), inZone("Pacific/Kiritimati")),
		taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 8; 2026-11-21 10")))
	for _, c := range []struct{ now, country, region, want string }{
		{"2026-11-20T14:59:59Z", "JP", "", "2026-11-20 8"},
		{"2026-11-20T15:00:00Z", "JP", "", "2026-11-21 10"},
		{"2026-11-21T07:59:59Z", "US", "", "2026-11-20 8"},
		{"2026-11-21T08:00:00Z", "US", "", "2026-11-21 10"},
		{"2026-11-21T07:59:59Z", "US", "CA", "2026-11-20 8"}, // the parent's zone
		{"2026-11-20T09:59:59Z", "US", "X-KIRITIMATI", "2026-11-20 8"},
		{"2026-11-20T10:00:00Z", "US", "X-KIRITIMATI", "2026-11-21 10"},
		{"2026-11-20T23:59:59Z", "FR", "", "2026-11-20 8"}, // none given: UTC
		{"2026-11-21T00:00:00Z", "FR", "", "2026-11-21 10"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		require.NoError(t, err)
		// The zone of the clock itself must not matter.
		for _, clockZone := range []*time.Location{time.UTC, time.FixedZone("", 14*3600), time.FixedZone("", -12*3600)} {
			r := taxtest.Open(t, set, &tax.Options{Clock: func() time.Time { return now.In(clockZone) }})
			l := tax.Lookup{Country: c.country, Region: c.region}
			a, err := r.Lookup(t.Context(), l)
			require.NoError(t, err)
			assert.Equal(t, c.want, a.Date().String()+" "+taxtest.Percent(a.Percent()), "%+v", c)
			assert.True(t, a.Explain().Input.Today)
			assert.False(t, a.Explain().NoTimeZoneData)
			p, err := r.Place(t.Context(), l)
			require.NoError(t, err)
			assert.Equal(t, a.Date(), p.Date())
		}
	}
}

func TestZoneThatTheSystemDoesNotKnowMeansUTCAndWarns(t *testing.T) {
	var warnings []tax.Warning
	r := taxtest.Open(t, taxtest.Fixed(
		taxtest.With(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), func(c *tax.Configuration) { c.TimeZone = "Mars/Olympus" }),
		taxtest.Doc("DE-BY"),
	), &tax.Options{
		Clock:     func() time.Time { return time.Date(2026, 11, 20, 23, 59, 59, 0, time.UTC) },
		OnWarning: func(w tax.Warning) { warnings = append(warnings, w) },
	})
	for _, region := range []string{"", "BY"} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: region})
		require.NoError(t, err)
		assert.Equal(t, tax.MustDate("2026-11-20"), a.Date())
		assert.True(t, a.Explain().NoTimeZoneData)
		a, err = r.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: region, Date: taxtest.Day})
		require.NoError(t, err)
		assert.False(t, a.Explain().NoTimeZoneData, "a day that was given needs no zone")
	}
	require.Len(t, warnings, 1)
	assert.Equal(t, tax.WarnNoTimeZoneData, warnings[0].Kind)
	assert.Contains(t, warnings[0].Detail, "Mars/Olympus")
	assert.Contains(t, warnings[0].Detail, "time/tzdata")
}

func TestClockOutsideTheCalendarIsAnError(t *testing.T) {
	for _, now := range []time.Time{{}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(-1<<62, 0), time.Unix(1<<62, 0)} {
		if now.IsZero() {
			now = now.Add(-time.Second)
		}
		r := taxtest.Open(t, taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))), &tax.Options{Clock: func() time.Time { return now }})
		_, err := r.Resolve(t.Context(), "DE", "")
		assert.ErrorIs(t, err, tax.ErrInvalid, "%v", now)
		_, err = r.Lookup(t.Context(), tax.Lookup{Country: "DE", Date: taxtest.Day})
		assert.NoError(t, err, "a day that was given needs no clock")
	}
}

func TestPlaceIsOneSnapshot(t *testing.T) {
	m := store.NewMemory(nil)
	r := taxtest.Open(t, m, nil)
	de, err := m.Create(t.Context(), "", taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"), taxtest.Class("REDUCED", "- 7", "RED")))
	require.NoError(t, err)
	p, err := r.Place(t.Context(), tax.Lookup{Country: "DE", Class: "IGNORED", Date: taxtest.Day})
	require.NoError(t, err)
	assert.Equal(t, "19 VAT", taxtest.Answer(p.Rate("STANDARD")))

	de.Classes = []tax.Class{taxtest.Class("STANDARD*", "- 16"), taxtest.Class("REDUCED", "- 5")}
	_, err = m.Update(t.Context(), "", de)
	require.NoError(t, err)
	assert.Equal(t, "7 VAT", taxtest.Answer(p.Rate("RED")), "an update in the middle does not mix")
	assert.Equal(t, "19 VAT", taxtest.Answer(p.Rate("")))
	assert.Equal(t, "5 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "REDUCED")))
	require.NoError(t, m.Delete(t.Context(), "", tax.Location{Country: "DE"}))
	r.Close()
	assert.Equal(t, "7 VAT", taxtest.Answer(p.Rate("REDUCED")), "nor does the end of the country or of the resolver")
	assert.Equal(t, "DE", p.Location().String())
	assert.Equal(t, taxtest.Day, p.Date())

	_, err = p.Rate("BOOKS")
	require.ErrorIs(t, err, tax.ErrUnknownClass)
	var e *tax.LookupError
	require.ErrorAs(t, err, &e)
	assert.Equal(t, tax.Lookup{Country: "DE", Class: "BOOKS", Date: taxtest.Day}, e.Lookup)
}

func TestPlaceAnswersAsLookupDoes(t *testing.T) {
	r := germany(t)
	for _, l := range []tax.Lookup{
		{Country: "DE", Region: "bw", PostalCode: "78266", Date: taxtest.Day},
		{Country: "DEU", Region: "X-HELGOLAND", PostalCode: "10115", Date: taxtest.Day},
		{Country: "DE", Region: "NW", Date: taxtest.Day, FallbackToDefault: true},
		{Country: "DE", Region: "X-NOWHERE", Date: taxtest.Day},
	} {
		p, err := r.Place(t.Context(), l)
		require.NoError(t, err)
		for _, class := range []string{"", "STANDARD", "BOOKS"} {
			l.Class = class
			want, wantErr := r.Lookup(t.Context(), l)
			got, gotErr := p.Rate(class)
			assert.Equal(t, taxtest.Answer(want, wantErr), taxtest.Answer(got, gotErr), "%+v", l)
			assert.Equal(t, want.Explain(), got.Explain(), "%+v", l)
		}
	}
}

func TestClassesAreSortedByOrderAsGivenAndLeaveOutWhatHasNoRate(t *testing.T) {
	ordered := func(c tax.Class, order int) tax.Class {
		c.Order = new(order)
		return c
	}
	r := taxtest.Resolver(t,
		taxtest.Doc("DE", ordered(taxtest.Class("ZERO", "- 0 zeroRated"), 1), ordered(taxtest.Class("B", "- 7"), 2), ordered(taxtest.Class("A*", "- 19"), 2),
			taxtest.Class("ENDED", "- 5; 2020-01-01 end"), taxtest.Class("LATER", "2027-01-01 3"), taxtest.Class("FIRST", "- 1")),
		taxtest.Doc("DE-BY", ordered(taxtest.Class("OWN", "- 4"), -1), taxtest.Class("B", "- 8")))
	codes := func(region, on string) (text string) {
		list, err := r.Classes(t.Context(), tax.Lookup{Country: "DE", Region: region, Class: "IGNORED", Date: tax.MustDate(on), FallbackToDefault: true})
		require.NoError(t, err)
		for _, a := range list {
			text += a.Class() + " " + taxtest.Percent(a.Percent()) + " "
		}
		return strings.TrimSpace(text)
	}
	assert.Equal(t, "FIRST 1 ZERO 0 B 7 A 19", codes("", "2026-11-21"))
	assert.Equal(t, "ENDED 5 FIRST 1 ZERO 0 B 7 A 19", codes("", "2019-12-31"))
	assert.Equal(t, "LATER 3 FIRST 1 ZERO 0 B 7 A 19", codes("", "2027-01-01"))
	assert.Equal(t, "OWN 4 FIRST 1 B 8 ZERO 0 A 19", codes("BY", "2026-11-21"))
}

func TestMessageAboutAnEndedClassNamesADayWithoutARate(t *testing.T) {
	country := taxtest.Doc("FR", taxtest.Class("OLD", "2000-01-01 5; 2010-01-01 end"))
	region := taxtest.Doc("FR-20R", taxtest.Class("OLD", "2005-01-01 1; 2020-01-01 inherit"))
	_, err := taxtest.Resolver(t, country, region).Lookup(t.Context(), tax.Lookup{Country: "FR", Region: "20R", Class: "OLD", Date: tax.MustDate("2026-11-21")})
	assert.ErrorIs(t, err, tax.ErrNoRate)
	assert.ErrorContains(t, err, "class OLD has ended: there is no rate from 2020-01-01 on")
}

func TestMessageAboutAClassThatNeverHadARateSaysWhatToDo(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("AQ", taxtest.Class("STANDARD*", "- end")))
	for _, class := range []string{"", "STANDARD"} {
		_, err := r.Resolve(t.Context(), "AQ", class)
		assert.ErrorIs(t, err, tax.ErrNoRate)
		assert.ErrorContains(t, err, "no rate of class STANDARD is known there: add one, for instance with Overlay")
	}
}

func TestMessageAboutAMalformedPostalCodeIsAboutTheAddress(t *testing.T) {
	_, err := taxtest.Resolver(t, taxtest.Doc("FR", taxtest.Class("OLD", "2000-01-01 5")), taxtest.WithPostalCodes(taxtest.Doc("FR-20R"), "20*")).
		Lookup(t.Context(), tax.Lookup{Country: "FR", PostalCode: "75/1"})
	assert.ErrorIs(t, err, tax.ErrInvalid)
	assert.ErrorContains(t, err, "correct the address: pass at most 10 digits")
}

func TestRegionBesideACodeThatMeansARegionIsTheBareSuffix(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("GB", taxtest.Class("STANDARD*", "- 20")), taxtest.Doc("GB-NIR"))
	for _, region := range []string{"", "NIR", "nir"} {
		p, err := r.Place(t.Context(), tax.Lookup{Country: "XI", Region: region})
		assert.NoError(t, err, region)
		assert.Equal(t, "NIR", p.Location().Region, region)
	}
	for _, region := range []string{"GB-NIR", "XI-NIR", "SCT", "X-NIR", "?"} {
		_, err := r.Place(t.Context(), tax.Lookup{Country: "XI", Region: region})
		assert.ErrorIs(t, err, tax.ErrUnknownRegion, region)
	}
}
