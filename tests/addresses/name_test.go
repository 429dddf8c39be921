package addresses

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/regions"
)

// spain has documents for two regions; where is asked by names that none of them has.
func spain(rule tax.RegionRule) []tax.Configuration {
	north := taxtest.With(taxtest.Doc("ES-X-NORTH", taxtest.Class("STANDARD", "- 3")), func(c *tax.Configuration) { c.Name = taxtest.English("Gipuzkoa") })
	return []tax.Configuration{
		taxtest.With(taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21")), func(c *tax.Configuration) { c.Regions = rule }),
		taxtest.WithPostalCodes(taxtest.Doc("ES-CN", taxtest.Class("STANDARD", "- 7")), "35*"),
		taxtest.With(taxtest.Doc("ES-CE", taxtest.Class("STANDARD", "- 1")), func(c *tax.Configuration) { c.RegionAliases = []string{"ML"} }),
		north,
	}
}

func named(a tax.Resolution, err error) string {
	if lookup, ok := errors.AsType[*tax.LookupError](err); ok {
		return "error " + lookup.Code() + " " + lookup.Lookup.Region
	}
	if err != nil {
		return err.Error()
	}
	e := a.Explain()
	text := fmt.Sprint(a.Location(), " ", a.Percent(), " ", e.Steps[0], " ", e.Input.Region)
	if e.RegionOverruled {
		text += " overruled"
	}
	if e.RegionUnknown {
		text += " unknown"
	}
	return text
}

func TestNamesWithoutADocumentAreFoundWithTheOption(t *testing.T) {
	for _, c := range []struct {
		rule           tax.RegionRule
		region, postal string
		want           string
	}{
		{tax.RegionsOptional, "Catalonia", "", "ES 21 region name Catalonia"},
		{tax.RegionsOptional, "catalunya", "", "ES 21 region name catalunya"},
		{tax.RegionsOptional, "Islas Canarias", "", "ES-CN 7 region name Islas Canarias"},
		{tax.RegionsOptional, "Las Palmas", "", "ES-CN 7 region name Las Palmas"}, // a province in it
		{tax.RegionsOptional, "Melilla", "", "ES-CE 1 region name Melilla"},       // an alias
		{tax.RegionsOptional, "Catalonia", "35001", "ES-CN 7 postal code Catalonia overruled"},
		{tax.RegionsOptional, "Islas Canarias", "28001", "ES 21 country Islas Canarias overruled"},
		{tax.RegionsOptional, "Cantabria", "", "ES 21 region name Cantabria"},      // the province in it has the same name
		{tax.RegionsOptional, "Gipuzkoa", "", "ES-X-NORTH 3 region name Gipuzkoa"}, // documents come first
		{tax.RegionsOptional, "CT", "", "ES 21 country CT"},
		{tax.RegionsOptional, "Atlantis", "", "error unknown_region Atlantis"},
		{tax.RegionsOptional, "Cata\xfflonia", "", "error unknown_region Cata\xfflonia"},
		{tax.RegionsListed, "Catalonia", "", "error unknown_region Catalonia"},
		{tax.RegionsListed, "Islas Canarias", "", "ES-CN 7 region name Islas Canarias"},
		{tax.RegionsRequired, "Catalonia", "", "error unknown_region Catalonia"},
	} {
		r := taxtest.Open(t, taxtest.Fixed(spain(c.rule)...), &tax.Options{RegionsNamed: regions.Named})
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: c.region, PostalCode: c.postal, Date: taxtest.Day})
		assert.Equal(t, c.want, named(a, err), "%q %s", c.region, c.postal)
		if err != nil {
			continue
		}
		data, err := json.Marshal(a.Explain())
		require.NoError(t, err)
		var stored tax.Explanation
		require.NoError(t, json.Unmarshal(data, &stored))
		again, differences, err := r.Replay(t.Context(), stored)
		require.NoError(t, err)
		assert.Empty(t, differences)
		assert.Equal(t, named(a, nil), named(again, nil))
	}
}

func TestWithoutTheOptionOnlyNamesOfDocumentsAreFound(t *testing.T) {
	r := taxtest.Resolver(t, spain(tax.RegionsOptional)...)
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "Catalonia", Date: taxtest.Day})
	assert.Equal(t, "error unknown_region Catalonia", named(a, err))
}

// A name leads to the region before anybody asks which day it is: the day, and the zone that
// it depends on, are those of the region and not those of its country.
func TestTodayOfANameIsTheDayOfItsRegion(t *testing.T) {
	now := time.Date(9999, 12, 31, 23, 30, 0, 0, time.UTC)
	for _, zone := range []string{"Europe/Madrid", "no zone"} { // in the year 10000, or broken
		country := taxtest.With(taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21")), func(c *tax.Configuration) { c.TimeZone = zone })
		south := taxtest.With(taxtest.Doc("ES-X-SOUTH", taxtest.Class("STANDARD", "- 3")), func(c *tax.Configuration) {
			c.Name, c.TimeZone = taxtest.English("Sur"), "UTC" // which could be a code
		})
		r := taxtest.Open(t, taxtest.Fixed(country, south), &tax.Options{Clock: func() time.Time { return now }})
		for _, region := range []string{"X-SOUTH", "sur"} {
			a, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: region, Class: "STANDARD"})
			require.NoError(t, err, "%s, %s", region, zone)
			assert.Equal(t, "3 on 9999-12-31", fmt.Sprint(a.Percent(), " on ", a.Date()))
		}
		_, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Class: "STANDARD"})
		require.ErrorIs(t, err, tax.ErrInvalid, zone)
	}
}

// What the option returns is only taken if it is a code, so that no answer of it leads to a
// region that does not exist, or asks again for ever.
func TestTheOptionIsAskedOnceAndMayBeWrong(t *testing.T) {
	for answer, want := range map[string]string{
		"":                           "error unknown_region Place",
		"ZZZ":                        "error unknown_region Place",
		"Place":                      "error unknown_region Place",
		"X-NOWHERE":                  "error unknown_region Place",
		"ES-CT":                      "ES 21 region name Place",
		"ct":                         "ES 21 region name Place",
		"X-NORTH":                    "ES-X-NORTH 3 region name Place",
		"CT ct ES-CT ZZZ":            "ES 21 region name Place",
		"CT MD":                      "error region_ambiguous Place",
		"A B C CA CC CE CN CO CR CS": "error region_ambiguous Place",
	} {
		var asked []string
		r := taxtest.Open(t, taxtest.Fixed(spain(tax.RegionsOptional)...), &tax.Options{RegionsNamed: func(country, name string) ([]string, bool) {
			asked = append(asked, country+" "+name)
			return strings.Split(answer, " "), false
		}})
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "ESP", Region: "Place", Date: taxtest.Day})
		assert.Equal(t, want, named(a, err), answer)
		assert.Equal(t, []string{"ES Place"}, asked, answer)
		_, err = r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "CT", Date: taxtest.Day})
		require.NoError(t, err)
		_, err = r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "Gipuzkoa", Date: taxtest.Day})
		require.NoError(t, err)
		_, err = r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: strings.Repeat("Place", 100), Date: taxtest.Day})
		require.Error(t, err)
		assert.Len(t, asked, 1, "codes, names of documents and what can be no name are not asked for")
	}
}

func TestErrorsSuggestTheRegionWhoseListedNameIsNear(t *testing.T) {
	for _, c := range []struct {
		rule         tax.RegionRule
		region, want string
	}{
		{tax.RegionsOptional, "Catalnia", "CT"},
		{tax.RegionsOptional, "Catolonia", "CT"},
		{tax.RegionsOptional, "catalunyia", "CT"},
		{tax.RegionsOptional, "Andalusea", "AN"},
		{tax.RegionsOptional, "Islas Canaria", "CN"}, // that of the document
		{tax.RegionsOptional, "Asturia", "AS"},       // also the name of the province in it
		{tax.RegionsOptional, "Atlantis", ""},
		{tax.RegionsRequired, "Catolonia", ""}, // CT would be refused
		{tax.RegionsListed, "Catolonia", ""},
	} {
		r := taxtest.Open(t, taxtest.Fixed(spain(c.rule)...), &tax.Options{RegionsNamed: regions.Named})
		_, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: c.region, Date: taxtest.Day})
		refused := (*tax.LookupError)(nil)
		require.ErrorAs(t, err, &refused, c.region)
		require.ErrorIs(t, err, tax.ErrUnknownRegion)
		assert.Equal(t, c.want, refused.Suggestion(), "%v %s", c.rule, c.region)
		if c.want != "" {
			assert.ErrorContains(t, err, "did you mean \""+c.want+"\"?")
		}
	}
}

// A suggestion is only made if the code leads to an answer.
func TestSuggestionsOfTheOptionMayBeWrong(t *testing.T) {
	for answer, want := range map[string]string{"": "", "ZZZ": "", "CT": "CT", "ct": "CT", "CT MD": "", "X-NOWHERE": ""} {
		r := taxtest.Open(t, taxtest.Fixed(spain(tax.RegionsOptional)...), &tax.Options{RegionsNamed: func(string, string) ([]string, bool) {
			return strings.Fields(answer), true
		}})
		_, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "Somewhere", Date: taxtest.Day})
		refused := (*tax.LookupError)(nil)
		require.ErrorAs(t, err, &refused)
		require.ErrorIs(t, err, tax.ErrUnknownRegion)
		assert.Equal(t, want, refused.Suggestion(), answer)
	}
}
