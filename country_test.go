package tax_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/rates"
)

func ExampleResolver_Country() {
	r, err := tax.NewResolver(rates.World(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for _, code := range []string{"CA", "DE", "SE"} {
		c, err := r.Country(context.Background(), code)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(c, "region:", c.NeedsRegion(), "postal code:", c.NeedsPostalCode())
	}
	// Output:
	// CA region: alwaysNeeded postal code: sometimesNeeded
	// DE region: notNeeded postal code: sometimesNeeded
	// SE region: notNeeded postal code: notNeeded
}

func ExampleCountry_Regions() {
	r, err := tax.NewResolver(rates.World(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	c, err := r.Country(context.Background(), "BR")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, region := range c.Regions(tax.MustPreferences("pt-BR"))[:4] {
		fmt.Println(region.Location.Region, region.Name)
	}
	fmt.Println(c.RegionsByCode(tax.Preferences{})[26])
	// Output:
	// AC Acre
	// AL Alagoas
	// AP Amapá
	// AM Amazonas
	// {BR-TO Tocantins en}
}

// A shop's own documents name their regions, and lookups find them.
func ExampleCountry_Regions_ownSource() {
	percent := func(p string) []tax.Class {
		return []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: tax.MustPercent(p)}}}}
	}
	list := []tax.Configuration{
		{Location: tax.Location{Country: "IT"}, Classes: percent("22"), TimeZone: "Europe/Rome"},
		{Location: tax.Location{Country: "IT", Region: "32"}, Classes: percent("10"),
			Name: tax.MustLocalizedText(map[string]string{"de": "Trentino-Südtirol", "it": "Trentino-Alto Adige"})},
		{Location: tax.Location{Country: "IT", Region: "82"}, Classes: percent("12"), Name: tax.MustLocalizedText(map[string]string{"it": "Sicilia"})},
	}
	r, err := tax.NewResolver(tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		if key.Country != "IT" {
			return nil, nil
		}
		return list, nil
	}), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	c, err := r.Country(context.Background(), "IT")
	fmt.Println(c.Regions(tax.MustPreferences("de", "it")), c.NeedsRegion(), err)

	a, err := r.Lookup(context.Background(), tax.Lookup{Country: "IT", Region: "trentino suedtirol"})
	fmt.Println(a, err)
	a, err = r.Lookup(context.Background(), tax.Lookup{Country: "IT", Region: "trentino sudtirol"})
	fmt.Println(a.Location(), a.Percent(), a.Explain().Steps, err)
	// Output:
	// [{IT-82 Sicilia it} {IT-32 Trentino-Südtirol de}] sometimesNeeded <nil>
	// no resolution tax: unknown region: country "IT" region "trentino suedtirol": did you mean "32"? pass the code or name of a region that has a configuration, or leave the region out if the address is in none of them
	// IT-32 10 [region name default class] <nil>
}

func ExamplePlace_Classes_form() {
	r, err := tax.NewResolver(rates.World(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	p, err := r.Place(context.Background(), tax.Lookup{Country: "DE", Date: tax.MustDate("2026-11-21")})
	if err != nil {
		fmt.Println(err)
		return
	}
	german, english := tax.MustPreferences("de"), tax.MustPreferences("en")
	for _, c := range p.Classes() {
		fmt.Printf("%s %t %q %q\n", c.Class(), c.IsDefault(), c.Name(german), c.Description(english))
	}
	// Output:
	// STANDARD true "Regelsteuersatz" "goods and services that have no rate of their own"
	// REDUCED false "ermäßigter Steuersatz" "goods and services listed for a lower rate, often food, books, medicines or transport"
	// ZERO false "Nullsteuersatz" "goods and services taxed at 0 %; the seller can deduct input tax"
}

// called returns a document of a region with a name.
func called(l, name string, classes ...tax.Class) tax.Configuration {
	return taxtest.With(taxtest.Doc(l, classes...), func(c *tax.Configuration) { c.Name = taxtest.English(name) })
}

func TestRegionsAreFoundByTheirNames(t *testing.T) {
	r := taxtest.Open(t, taxtest.Fixed(
		taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21")),
		taxtest.WithPostalCodes(called("ES-CN", "Canary Islands", taxtest.Class("STANDARD", "- 7")), "35*"),
		called("ES-CE", "Ceuta", taxtest.Class("STANDARD", "- 1")),
		called("ES-ML", "ML", taxtest.Class("STANDARD", "- 2")),
		called("ES-X-NORTH", "Same Name", taxtest.Class("STANDARD", "- 3")),
		called("ES-X-SOUTH", "Same-name", taxtest.Class("STANDARD", "- 4")),
		called("ES-X-GOA", "Goa", taxtest.Class("STANDARD", "- 5")),
		called("ES-X-MADRID", "MD", taxtest.Class("STANDARD", "- 6")), // MD is a code of ISO
		taxtest.With(called("ES-X-ALIAS", "Y", taxtest.Class("STANDARD", "- 8")), func(c *tax.Configuration) { c.RegionAliases = []string{"GOX"} }),
		called("ES-X-GOX", "GOX", taxtest.Class("STANDARD", "- 9")),
	), nil)
	for _, c := range []struct{ region, postal, want string }{
		{"Canary Islands", "", "ES-CN 7 region name"},
		{"canary  islands", "", "ES-CN 7 region name"},
		{"CANARY-ISLANDS!", "", "ES-CN 7 region name"},
		{"Cánary Islands", "35001", "ES-CN 7 postal code"},
		{"Canary Islands", "28001", "ES 21 country overruled"}, // the region has other codes
		{"Ceuta", "35001", "ES-CN 7 postal code overruled"},
		{"Ceuta", "28001", "ES-CE 1 region name"},
		{"CN", "", "ES-CN 7 region"},
		{"ml", "", "ES-ML 2 region"},
		{"goa", "", "ES-X-GOA 5 region name"}, // it has the form of a code, and the country allows unknown ones
		{"gob", "", "ES 21 country unknown"},
		{"MD", "", "ES 21 country"},
		{"GOX", "", "ES-X-ALIAS 8 region alias"},
		{"y", "", "ES-X-ALIAS 8 region name"},
		{"same name", "", "error region_ambiguous "},
		{"Canary Island", "", "error unknown_region CN"},
		{"Cuta", "", "error unknown_region CE"},
		{"Canary", "", "error unknown_region "},
		{"ES-Ceuta", "", "error unknown_region CE"},
		{"!", "", "error unknown_region "},
		{"Ce\xffuta", "", "error unknown_region "},
		{strings.Repeat(" ", 300) + "Ceuta", "", "error unknown_region "},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: c.region, PostalCode: c.postal})
		if lookup, ok := errors.AsType[*tax.LookupError](err); ok {
			assert.Equal(t, c.want, "error "+lookup.Code()+" "+lookup.Suggestion(), "%q %v", c.region, err)
			assert.ErrorIs(t, err, tax.ErrUnknownRegion)
			assert.Equal(t, c.region, lookup.Lookup.Region)
			continue
		}
		require.NoError(t, err)
		e := a.Explain()
		got := fmt.Sprint(a.Location(), " ", a.Percent(), " ", e.Steps[0])
		if e.RegionOverruled {
			got += " overruled"
		}
		if e.RegionUnknown {
			got += " unknown"
		}
		assert.Equal(t, c.want, got, c.region)
		if !strings.Contains(got, "name") && len(c.region) <= 3 {
			continue
		}
		assert.Equal(t, c.region, e.Input.Region, "as it was written")
		data, err := json.Marshal(e)
		require.NoError(t, err)
		var stored tax.Explanation
		require.NoError(t, json.Unmarshal(data, &stored))
		again, differences, err := r.Replay(t.Context(), stored)
		require.NoError(t, err)
		assert.Empty(t, differences)
		assert.Equal(t, a.Location(), again.Location())
	}
	_, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "Same name"})
	assert.ErrorContains(t, err, "several regions have that name: pass the code, such as X-NORTH or X-SOUTH")
	p, err := r.Place(t.Context(), tax.Lookup{Country: "ES", Region: "ceuta"})
	require.NoError(t, err)
	assert.Equal(t, "ES-CE", p.Location().String())
	_, err = p.Rate("NONE")
	assert.ErrorContains(t, err, `region "ceuta"`)
	_, err = r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "ceuta", Class: "NONE"})
	assert.ErrorContains(t, err, `region "ceuta"`)
}

func TestNamesLeadToTombstonesAndReferrals(t *testing.T) {
	broken := called("ES-CE", "Ceuta", taxtest.Class("STANDARD", "- 1"), taxtest.Class("STANDARD", "- 2"))
	spain := taxtest.With(taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21")), func(c *tax.Configuration) {
		c.Elsewhere = []tax.Referral{{Location: tax.Location{Country: "AD"}, Regions: []string{"X-AD"}, PostalCodes: []tax.PostalRange{{From: "AD"}}},
			{Location: tax.Location{Country: "GI"}, Regions: []string{"X-G", "X-GIB"}}}
	})
	second := taxtest.Open(t, taxtest.Fixed(taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21")), called("ES-CE", "One"), called("ES-CE", "Goa"),
		called("ES-ML", "Two"), called("ES-CN", "two")), nil)
	for _, name := range []string{"one", "goa"} {
		_, err := second.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: name})
		assert.ErrorIs(t, err, tax.ErrInvalid, "%s: one document too many", name)
	}
	mine := called("ES-X-GOA", "Goa", taxtest.Class("OTHER", "- 1"))
	mine.Classes[0].Aliases = []string{"STANDARD"}
	withheld := taxtest.Open(t, tax.Overlay(taxtest.Fixed(taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21"))), taxtest.Fixed(mine)), nil)
	_, err := withheld.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "goa"})
	assert.ErrorIs(t, err, tax.ErrInvalid, "never the rate of the base")

	andorra := taxtest.Doc("AD", taxtest.Class("STANDARD*", "- 4.5"))
	ceuta := called("ES-ML", "Melilla")
	r := taxtest.Open(t, tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		if key.Country == "AD" {
			return []tax.Configuration{andorra}, nil
		}
		return []tax.Configuration{spain, broken, ceuta}, nil
	}), nil)
	_, err = r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "ceuta"})
	assert.ErrorIs(t, err, tax.ErrInvalid, "never the rate of the country")
	assert.ErrorContains(t, err, `region "ceuta"`)

	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "melilla", PostalCode: "AD"})
	require.NoError(t, err)
	e := a.Explain()
	assert.Equal(t, tax.StepReferred, e.Steps[0])
	assert.Equal(t, "melilla", e.Input.Region)
	_, differences, err := r.Replay(t.Context(), e)
	require.NoError(t, err)
	assert.Empty(t, differences)

	for written, region := range map[string]string{"Andorra": "X-AD", "gibraltar": "X-G", "France": ""} {
		_, err = r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: written})
		lookup, ok := errors.AsType[*tax.LookupError](err)
		require.True(t, ok, err)
		assert.Equal(t, region, lookup.Suggestion(), written)
	}
}

func TestNamesOfCountriesAreSuggestions(t *testing.T) {
	r := taxtest.Open(t, rates.World(), nil)
	for written, code := range map[string]string{"Germany": "DE", "Deutschland": "DE", "germany": "DE", "Ceska republika": "CZ", "Atlantis": "", "Congo": "", "": ""} {
		_, err := r.Resolve(t.Context(), written, "")
		assert.ErrorIs(t, err, tax.ErrUnknownCountry)
		lookup, ok := errors.AsType[*tax.LookupError](err)
		require.True(t, ok, err)
		assert.Equal(t, code, lookup.Suggestion(), written)
		if code != "" {
			assert.Equal(t, fmt.Sprintf("tax: unknown country: country %q: did you mean %q?", written, code), err.Error())
		}
	}
}

// A name is seen as soon as it is written, and by its tenant alone.
func TestChangedNamesAreNotShared(t *testing.T) {
	var name atomic.Pointer[string]
	name.Store(new("First"))
	src := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		n := *name.Load()
		if key.Tenant == "other" {
			n = "Other"
		}
		return []tax.Configuration{taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5")), called("CA-QC", n, taxtest.Class("STANDARD", "- 15"))}, nil
	})
	r := taxtest.Open(t, src, nil)
	finds := func(r *tax.Resolver, name string) bool {
		_, err := r.Lookup(t.Context(), tax.Lookup{Country: "CA", Region: name})
		return err == nil
	}
	for range 2 { // cold and warm
		assert.True(t, finds(r, "first"))
		assert.False(t, finds(r, "other"))
		assert.True(t, finds(r.Tenant("other"), "other"))
		assert.False(t, finds(r.Tenant("other"), "first"))
	}
	before, err := r.Country(t.Context(), "CA")
	require.NoError(t, err)
	name.Store(new("Second"))
	r.InvalidateAll()
	assert.False(t, finds(r, "first"))
	assert.True(t, finds(r, "second"))
	assert.Equal(t, "First", before.Regions(tax.Preferences{})[0].Name, "a snapshot")
	overlaid := taxtest.Open(t, tax.Overlay(src, taxtest.Fixed(called("CA-QC", "Mine"))), nil)
	assert.True(t, finds(overlaid, "mine"))
	assert.False(t, finds(overlaid, "second"), "a name replaces the name in all languages")
	kept := taxtest.Open(t, tax.Overlay(src, taxtest.Fixed(taxtest.Doc("CA-QC", taxtest.Class("FOOD", "- 1")))), nil)
	assert.True(t, finds(kept, "second"))
}

func TestFormsOfACountry(t *testing.T) {
	home := taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))
	own := func(l string) tax.Configuration { return taxtest.Doc(l, taxtest.Class("STANDARD", "- 16")) }
	with := func(c tax.Configuration, change func(*tax.Configuration)) tax.Configuration {
		return taxtest.With(c, change)
	}
	rule := func(r tax.RegionRule) tax.Configuration {
		return with(home, func(c *tax.Configuration) { c.Regions = r })
	}
	shared := func(l string) tax.Configuration {
		return with(own(l), func(c *tax.Configuration) { c.SharedPostalCodes = []tax.PostalRange{{From: "8"}} })
	}
	for name, c := range map[string]struct {
		set            []tax.Configuration
		region, postal tax.Need
	}{
		"the country alone":         {[]tax.Configuration{home}, tax.NotNeeded, tax.NotNeeded},
		"a time zone and a name":    {[]tax.Configuration{home, with(called("DE-BY", "Bavaria"), func(c *tax.Configuration) { c.TimeZone = "Europe/Vienna" })}, tax.NotNeeded, tax.NotNeeded},
		"a region":                  {[]tax.Configuration{home, own("DE-BY")}, tax.SometimesNeeded, tax.NotNeeded},
		"a region in a region":      {[]tax.Configuration{home, taxtest.Doc("DE-BY"), with(own("DE-X-CITY"), func(c *tax.Configuration) { c.Within = "BY" })}, tax.SometimesNeeded, tax.NotNeeded},
		"an exclusive region":       {[]tax.Configuration{home, with(taxtest.Doc("DE-BY"), func(c *tax.Configuration) { c.Exclusive = true })}, tax.SometimesNeeded, tax.NotNeeded},
		"a region with postal code": {[]tax.Configuration{home, taxtest.WithPostalCodes(own("DE-BY"), "8*")}, tax.NotNeeded, tax.SometimesNeeded},
		"postal codes and no rates": {[]tax.Configuration{home, taxtest.WithPostalCodes(taxtest.Doc("DE-BY"), "8*")}, tax.NotNeeded, tax.NotNeeded},
		"shared postal codes":       {[]tax.Configuration{home, shared("DE-BY"), shared("DE-HE")}, tax.SometimesNeeded, tax.SometimesNeeded},
		"the rule listed":           {[]tax.Configuration{rule(tax.RegionsListed), taxtest.Doc("DE-BY")}, tax.NotNeeded, tax.NotNeeded},
		"the rule required":         {[]tax.Configuration{rule(tax.RegionsRequired), own("DE-BY")}, tax.AlwaysNeeded, tax.NotNeeded},
		"required, by postal code":  {[]tax.Configuration{rule(tax.RegionsRequired), taxtest.WithPostalCodes(own("DE-BY"), "8*")}, tax.AlwaysNeeded, tax.SometimesNeeded},
		"regions without a country": {[]tax.Configuration{own("DE-BY")}, tax.AlwaysNeeded, tax.NotNeeded},
		"an invalid region":         {[]tax.Configuration{home, taxtest.Doc("DE-BY", taxtest.Class("A", "- 1"), taxtest.Class("A", "- 1"))}, tax.SometimesNeeded, tax.NotNeeded},
		"codes of a country elsewhere": {[]tax.Configuration{with(home, func(c *tax.Configuration) {
			c.Elsewhere = []tax.Referral{{Location: tax.Location{Country: "CH"}, PostalCodes: []tax.PostalRange{{From: "8238"}}}}
		})}, tax.NotNeeded, tax.SometimesNeeded},
		"a region elsewhere": {[]tax.Configuration{with(home, func(c *tax.Configuration) {
			c.Elsewhere = []tax.Referral{{Location: tax.Location{Country: "CH"}, Regions: []string{"X-CH"}}}
		})}, tax.SometimesNeeded, tax.NotNeeded},
	} {
		r := taxtest.Open(t, taxtest.Fixed(c.set...), nil)
		form, err := r.Country(t.Context(), "deu")
		require.NoError(t, err, name)
		assert.Equal(t, c.region, form.NeedsRegion(), name)
		assert.Equal(t, c.postal, form.NeedsPostalCode(), name)
		assert.Equal(t, "DE", form.Code(), name)
		r.Close()
	}
}

func TestRegionsOfAForm(t *testing.T) {
	english := tax.MustPreferences("en")
	r := taxtest.Open(t, taxtest.Fixed(
		taxtest.With(taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5")), func(c *tax.Configuration) {
			c.Name = tax.MustLocalizedText(map[string]string{"en": "Canada", "fr": "le Canada"})
			c.Elsewhere = []tax.Referral{{Location: tax.Location{Country: "PM"}, Regions: []string{"X-PM"}}}
		}),
		called("CA-BC", "zulu"), called("CA-AB", "Épsilon"), called("CA-ON", "ZULU"), called("CA-QC", "eta"), taxtest.Doc("CA-YT"),
		taxtest.With(taxtest.Doc("CA-NU"), func(c *tax.Configuration) { c.Name = tax.MustLocalizedText(map[string]string{"iu": "ᓄᓇᕗᑦ"}) }),
	), nil)
	c, err := r.Country(t.Context(), "CA")
	require.NoError(t, err)
	text := func(list []tax.Region) (s []string) {
		for _, r := range list {
			s = append(s, r.Location.Region+" "+r.Name+" "+r.Language)
		}
		return s
	}
	assert.Equal(t, []string{"AB Épsilon en", "QC eta en", "NU NU ", "YT YT ", "BC zulu en", "ON ZULU en"}, text(c.Regions(english)))
	assert.Equal(t, []string{"AB Épsilon en", "BC zulu en", "NU NU ", "ON ZULU en", "QC eta en", "YT YT "}, text(c.RegionsByCode(english)))
	assert.Contains(t, text(c.Regions(tax.MustPreferences("iu"))), "NU ᓄᓇᕗᑦ iu")
	assert.Equal(t, "le Canada", c.Name(tax.MustPreferences("fr-CA")))
	assert.Equal(t, "Canada", c.Name(tax.Preferences{}), "the default language")
	c.Regions(english)[0].Name = "changed"
	assert.Equal(t, "Épsilon", c.Regions(english)[0].Name)

	var zero tax.Country
	assert.Empty(t, zero.Code()+zero.Name(english))
	assert.Empty(t, zero.Regions(english))
	assert.Equal(t, tax.NotNeeded, max(zero.NeedsRegion(), zero.NeedsPostalCode()))
	for _, code := range []string{"XX", "Canada", ""} {
		_, err = r.Country(t.Context(), code)
		assert.ErrorIs(t, err, tax.ErrUnknownCountry, code)
	}
	invalid := taxtest.Open(t, taxtest.Fixed(taxtest.Doc("CA", taxtest.Class("A", "- 1"), taxtest.Class("A", "- 1")), called("CA-QC", "Quebec")), nil)
	_, err = invalid.Country(t.Context(), "CA")
	assert.ErrorIs(t, err, tax.ErrInvalid)
	world := taxtest.Open(t, rates.World(), nil)
	ireland, err := world.Country(t.Context(), "XI")
	require.NoError(t, err)
	assert.Equal(t, "GB", ireland.Code())
}

func TestNeedHasItsNameAsText(t *testing.T) {
	for need, name := range map[tax.Need]string{tax.NotNeeded: "notNeeded", tax.SometimesNeeded: "sometimesNeeded", tax.AlwaysNeeded: "alwaysNeeded"} {
		text, err := need.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, name, string(text))
		var read tax.Need
		require.NoError(t, read.UnmarshalText(text))
		assert.Equal(t, need, read)
	}
	_, err := tax.Need(3).MarshalText()
	assert.ErrorIs(t, err, tax.ErrInvalid)
	assert.ErrorIs(t, new(tax.Need).UnmarshalText([]byte("NotNeeded")), tax.ErrInvalid)
}

// Names cost lookups by code nothing, and what is found by name allocates a bounded amount.
func TestLookupsByCodeDoNotPayForNames(t *testing.T) {
	r := taxtest.Open(t, rates.World(), nil)
	lookup := func(l tax.Lookup) float64 {
		return testing.AllocsPerRun(100, func() {
			if _, err := r.Lookup(t.Context(), l); err != nil {
				t.Error(err)
			}
		})
	}
	day := tax.MustDate("2026-11-21")
	for _, l := range []tax.Lookup{
		{Country: "CA", Region: "QC", Date: day}, {Country: "US", Region: "us-ca", Date: day}, {Country: "US", PostalCode: "10001", Date: day},
		{Country: "FR", Region: "2A", Date: day}, {Country: "DE", Date: day},
	} {
		assert.Zero(t, lookup(l), "%+v", l)
	}
	assert.LessOrEqual(t, lookup(tax.Lookup{Country: "US", Region: "New Hampshire", Date: day}), 8.0)
}

// A code that ISO 3166-2 has is a code, even where the country does not know it.
func TestNamesDoNotReplaceCodes(t *testing.T) {
	r := taxtest.Open(t, taxtest.Fixed(
		taxtest.With(taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21")), func(c *tax.Configuration) { c.Regions = tax.RegionsListed }),
		called("ES-CE", "MD", taxtest.Class("STANDARD", "- 1")), called("ES-ML", "ZZ", taxtest.Class("STANDARD", "- 2")),
	), nil)
	_, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "MD"})
	assert.ErrorIs(t, err, tax.ErrUnknownRegion, "Madrid")
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "zz"})
	require.NoError(t, err)
	assert.Equal(t, "ES-ML", a.Location().String())
}

// Thousands of regions may have one name, and none of the answers takes time in proportion
// to their square.
func TestManyRegionsOfOneName(t *testing.T) {
	const regions = 5_000
	home := taxtest.Doc("US", taxtest.Class("STANDARD*", "- 0"))
	home.Regions = tax.RegionsRequired
	set := []tax.Configuration{home}
	for i := range regions {
		c := called(fmt.Sprintf("US-X-C%05d", i), "Springfield")
		c.SharedPostalCodes = []tax.PostalRange{{From: fmt.Sprintf("%05d", i/20)}}
		set = append(set, c)
	}
	set[regions].Name = taxtest.English("Shelbyville")
	r := taxtest.Open(t, taxtest.Fixed(set...), nil)
	_, err := r.Lookup(t.Context(), tax.Lookup{Country: "US", Region: "springfield"})
	assert.ErrorContains(t, err, "pass the code, such as X-C00000 or X-C00001 or X-C00002 or X-C00003 or X-C00004")
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "US", Region: "shelbyville"})
	require.NoError(t, err)
	assert.Equal(t, "US-X-C04999", a.Location().String())
	one := taxtest.Fastest(5, func() { _, _ = r.Lookup(t.Context(), tax.Lookup{Country: "US", Region: "shelbyvill"}) })
	assert.Less(t, one, 20*time.Millisecond, "a name that no region has")
	c, err := r.Country(t.Context(), "US")
	require.NoError(t, err)
	assert.Len(t, c.Regions(tax.MustPreferences("en")), regions)
	assert.Equal(t, tax.AlwaysNeeded, c.NeedsRegion())
	t.Logf("%v for a name that none of %d regions has", one, regions)
}
