package addresses

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

func referral(location string, regions, codes string) tax.Referral {
	country, region, _ := strings.Cut(location, "-")
	r := tax.Referral{Location: tax.Location{Country: country, Region: region}, Regions: strings.Fields(regions)}
	r.PostalCodes = taxtest.WithPostalCodes(tax.Configuration{}, strings.Fields(codes)...).PostalCodes
	return r
}

func elsewhere(c tax.Configuration, list ...tax.Referral) tax.Configuration {
	c.Elsewhere = append(c.Elsewhere, list...)
	c.Metadata.Version = 7
	return c
}

// atlas has countries that refer addresses to each other.
func atlas() []tax.Configuration {
	return []tax.Configuration{
		elsewhere(taxtest.With(taxtest.Doc("US"), func(c *tax.Configuration) { c.Regions = tax.RegionsRequired }),
			referral("PR", "PR", "006* 007* 009*"), referral("VI", "VI", "008*"), referral("GU", "GU", "969*"), referral("ES-CN", "X-ISLES", "")),
		taxtest.WithPostalCodes(taxtest.Doc("US-NY", taxtest.Class("STANDARD*", "- 4"), taxtest.Class("FOOD", "- 2")), "1*"),
		taxtest.Doc("PR", taxtest.Class("STANDARD*", "- 11.5"), taxtest.Class("FOOD", "- 0 exempt", "MEAL")),
		taxtest.WithPostalCodes(taxtest.Doc("PR-X-SANJUAN", taxtest.Class("STANDARD", "- + 1")), "00901*"),
		elsewhere(taxtest.Doc("GU", taxtest.Class("STANDARD*", "- 5")), referral("MP", "", "96950*")),
		taxtest.Doc("MP", taxtest.Class("STANDARD*", "- 6")),
		taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21")), taxtest.Doc("ES-CN", taxtest.Class("STANDARD*", "- 7")),
		elsewhere(taxtest.Doc("RS", taxtest.Class("STANDARD*", "- 20")), referral("XK", "KM", "")),
		taxtest.Doc("XK", taxtest.Class("STANDARD*", "- 18")),
		elsewhere(taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20")), referral("NC", "NC", "988*")),
		taxtest.Doc("NC", taxtest.Class("STANDARD*", "- 11")),
	}
}

// byCountry is a source of documents of several countries.
func byCountry(docs ...tax.Configuration) tax.SourceFunc {
	return func(_ context.Context, key tax.Key) (set []tax.Configuration, err error) {
		for _, c := range docs {
			if c.Location.Country == key.Country {
				set = append(set, c.Clone())
			}
		}
		return set, nil
	}
}

func TestAnAddressAnswersForThePlaceThatItsCountryRefersItTo(t *testing.T) {
	r := taxtest.Open(t, byCountry(atlas()...), nil)
	for _, c := range []struct{ country, region, postal, class, want string }{
		{"US", "PR", "", "", "PR by referred 11.5"},
		{"USA", "us-pr", "", "FOOD", "PR by referred 0"},
		{"US", "", "00602-1234", "", "PR by referred 11.5"},
		{"US", "PR", "00602", "MEAL", "PR by referred 0"},
		{"US", "", "00901", "", "PR-X-SANJUAN by referred 12.5"},
		{"US", "NY", "00602", "", "PR by referred, region overruled 11.5"},
		{"US", "VI", "00602", "", "PR by referred, region overruled 11.5"},
		{"US", "PR", "10001", "", "US-NY by postal code, region overruled 4"},
		{"US", "PR", "20001", "", "region required"},
		{"US", "VI", "", "", "unknown country"},
		{"US", "", "00801", "", "unknown country"},
		{"US", "GU", "", "", "GU by referred 5"},
		{"US", "", "96910", "", "GU by referred 5"},
		{"US", "GU", "96950", "", "invalid"}, // one step only
		{"US", "X-ISLES", "", "", "ES-CN by referred 7"},
		{"US", "X-ISLES", "00602", "", "PR by referred, region overruled 11.5"},
		{"US", "PR", "", "NOPE", "unknown class"},
		{"RS", "KM", "", "", "XK by referred 18"},
		{"RS", "25", "38000", "", "XK by referred 18"}, // a district in KM
		{"RS", "00", "", "", "RS by country 20"},
		{"FR", "NC", "", "", "NC by referred 11"},
		{"FR", "", "98800", "", "NC by referred 11"},
		{"FR", "NC", "75001", "", "FR by country, region overruled 20"},
		{"FR", "IDF", "98800", "", "NC by referred, region overruled 11"},
	} {
		l := tax.Lookup{Country: c.country, Region: c.region, PostalCode: c.postal, Class: c.class, Date: taxtest.Day}
		a, err := r.Lookup(t.Context(), l)
		got := taxtest.Territory(a, err)
		if err == nil {
			got += " " + a.Percent().String()
		}
		assert.Equal(t, c.want, got, "%+v", l)
		if err != nil {
			var e *tax.LookupError
			require.ErrorAs(t, err, &e)
			assert.Equal(t, l, e.Lookup, "the error carries the lookup as it was given")
			continue
		}
		e := a.Explain()
		assert.Equal(t, strings.ToUpper(c.country)[:2], e.Input.Country)
		assert.Equal(t, strings.TrimPrefix(strings.ToUpper(c.region), "US-"), e.Input.Region)
		assert.Equal(t, strings.ReplaceAll(c.postal, "-", ""), e.Input.PostalCode)
		again, differences, err := r.Replay(t.Context(), e)
		require.NoError(t, err)
		assert.Empty(t, differences)
		assert.Equal(t, e.Steps, again.Explain().Steps)

		l.Class = ""
		p, err := r.Place(t.Context(), l)
		require.NoError(t, err)
		assert.Equal(t, a.Location(), p.Location())
		b, err := p.Rate(c.class)
		require.NoError(t, err)
		assert.Equal(t, e, b.Explain())
		all, err := r.Classes(t.Context(), l)
		require.NoError(t, err)
		assert.Len(t, all, len(p.Classes()))
		_, err = p.Rate("NOPE")
		var missing *tax.LookupError
		require.ErrorAs(t, err, &missing)
		assert.Equal(t, e.Input.Country, missing.Lookup.Country)
	}
}

// The answer names the document that refers to the place, and those of the place.
func TestTheExplanationOfAReferralNamesTheDocumentsOfBothCountries(t *testing.T) {
	r := taxtest.Open(t, byCountry(atlas()...), nil)
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "US", PostalCode: "00602"})
	require.NoError(t, err)
	e := a.Explain()
	assert.Equal(t, tax.Location{Country: "PR"}, e.Territory)
	assert.Equal(t, []tax.DocumentVersion{{Location: tax.Location{Country: "US"}, Version: 7}, {Location: tax.Location{Country: "PR"}}}, e.Documents)
	assert.Equal(t, []tax.Step{tax.StepReferred, tax.StepDefaultClass}, e.Steps)
	assert.True(t, e.Input.Today)
	assert.False(t, e.PostalCodeMatters)
	_, err = r.Lookup(t.Context(), tax.Lookup{Country: "US", PostalCode: "00801"})
	assert.EqualError(t, err, `tax: unknown country: country "US" postal code "00801": the address belongs to VI, which is asked in its place: `+
		"the source has no configuration for it: add one, or pass another country")
	_, err = r.Lookup(t.Context(), tax.Lookup{Country: "US", PostalCode: "00602", Class: "BOOKS"})
	assert.ErrorIs(t, err, tax.ErrUnknownClass)
	assert.ErrorContains(t, err, `country "US" postal code "00602" class "BOOKS"`)
	assert.ErrorContains(t, err, ": the address belongs to PR, which is asked in its place: pass a class that the place has")
	place, err := r.Place(t.Context(), tax.Lookup{Country: "US", PostalCode: "00602"})
	require.NoError(t, err)
	_, err = place.Rate("BOOKS")
	assert.ErrorContains(t, err, "the address belongs to PR")
	_, err = r.Lookup(t.Context(), tax.Lookup{Country: "PR", Class: "BOOKS"})
	assert.NotContains(t, err.Error(), "belongs to")
}

// Nothing is copied: the other place is asked by its own key, and a change there is seen.
func TestAReferralAsksTheOtherPlaceOfTheSameTenant(t *testing.T) {
	percent := "11.5"
	var asked []tax.Key
	base := byCountry(atlas()...)
	r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		asked = append(asked, key)
		if key.Country == "PR" {
			return []tax.Configuration{taxtest.Doc("PR", taxtest.Class("STANDARD*", "- "+percent))}, nil
		}
		return base(ctx, key)
	}), nil)
	shop := r.Tenant("shop")
	ask := func() string {
		a, err := shop.Lookup(t.Context(), tax.Lookup{Country: "US", Region: "PR", Date: taxtest.Day})
		return taxtest.Answer(a, err)
	}
	assert.Equal(t, "11.5 VAT", ask())
	assert.Equal(t, []tax.Key{{Tenant: "shop", Country: "US"}, {Tenant: "shop", Country: "PR"}}, asked)
	percent = "4"
	assert.Equal(t, "11.5 VAT", ask())
	shop.Invalidate("PR")
	assert.Equal(t, "4 VAT", ask())
	assert.Len(t, asked, 3)
}

func TestReferralsThatCannotBeRightAreFaults(t *testing.T) {
	us := taxtest.Doc("US")
	for _, c := range []struct {
		name string
		set  []tax.Configuration
		want string
	}{
		{"fine", []tax.Configuration{elsewhere(us, referral("PR", "PR", "006*")), taxtest.WithPostalCodes(taxtest.Doc("US-NY"), "1*")}, ""},
		{"no country", []tax.Configuration{elsewhere(us, referral("ZZ", "PR", ""))},
			`US: elsewhere[0].location: country "ZZ": stands for an unknown country: pass the country`},
		{"itself", []tax.Configuration{elsewhere(us, referral("US-NY", "PR", ""))},
			"US: elsewhere[0].location: in the country itself: give that region the codes as regionAliases and postalCodes"},
		{"nothing", []tax.Configuration{elsewhere(us, referral("PR", "", ""))}, "US: elsewhere[0]: neither regions nor postal codes: write those that belong to the place"},
		{"twice", []tax.Configuration{elsewhere(us, referral("PR", "PR", ""), referral("GU", "PR", ""))}, "US: elsewhere[1].regions[0]: given twice"},
		{"a region", []tax.Configuration{us, elsewhere(taxtest.Doc("US-NY"), referral("PR", "PR", ""))},
			"US-NY: elsewhere: on a region: only a country says which of its addresses belong to another one"},
		{"with a document", []tax.Configuration{elsewhere(us, referral("PR", "PR", "")), taxtest.Doc("US-PR")},
			"US: elsewhere[0].regions[0]: PR is also claimed by US-PR; US-PR: location: is also elsewhere[0] of US: remove one of the two"},
		{"with claimed codes", []tax.Configuration{elsewhere(us, referral("PR", "", "006*")), taxtest.WithPostalCodes(taxtest.Doc("US-NY"), "00601")},
			"US: elsewhere[0].postalCodes: overlap with US-NY; US-NY: postalCodes: overlap with PR"},
		{"with shared codes", []tax.Configuration{elsewhere(us, referral("PR", "", "006*")), shared(taxtest.Doc("US-NY"), "00601")},
			"US: elsewhere[0].postalCodes: overlap with US-NY; US-NY: postalCodes: overlap with PR"},
		{"with each other", []tax.Configuration{elsewhere(us, referral("PR", "", "006*"), referral("VI", "", "00601"))},
			"US: elsewhere[0].postalCodes: overlap with VI; US: elsewhere[1].postalCodes: overlap with PR"},
		{"bad codes", []tax.Configuration{elsewhere(us, tax.Referral{Location: tax.Location{Country: "PR"}, Regions: []string{"pr"}, PostalCodes: []tax.PostalRange{{From: "a"}}})},
			"US: elsewhere[0].regions[0]: not a region code: write 1 to 3 upper-case letters and digits, or X- and a name; " +
				"US: elsewhere[0].postalCodes[0]: bounds are 1 to 10 letters A to Z and digits, without spaces and hyphens"},
	} {
		var faults []string
		for _, f := range tax.ValidateCountry(c.set).Errors {
			faults = append(faults, f.String())
		}
		assert.Equal(t, c.want, strings.Join(faults, "; "), c.name)
		for _, f := range faults {
			r := taxtest.Open(t, byCountry(c.set...), nil)
			for _, l := range []tax.Lookup{{Country: "US", Region: "PR"}, {Country: "US", PostalCode: "00601"}, {Country: "US", Region: "VI"}, {Country: "US"}} {
				_, err := r.Lookup(t.Context(), l)
				assert.Error(t, err, "%s %+v", f, l)
			}
		}
	}
}

// A document of one's own for a region takes it back from where the base refers it to.
func TestAnOverlayKeepsReferralsAndTakesRegionsBack(t *testing.T) {
	base := byCountry(atlas()...)
	for _, c := range []struct {
		name string
		mine []tax.Configuration
		want map[string]string // by region or postal code
	}{
		{"nothing of the country", []tax.Configuration{taxtest.Doc("US-NY", taxtest.Class("STANDARD", "- 5"))}, map[string]string{"PR": "11.5 VAT", "NY": "5"}},
		{"the country", []tax.Configuration{taxtest.Doc("US", taxtest.Class("STANDARD", "- 5"))}, map[string]string{"PR": "11.5 VAT"}},
		{"the region", []tax.Configuration{taxtest.Doc("US-PR", taxtest.Class("STANDARD*", "- 5"))}, map[string]string{"PR": "5", "X-ISLES": "7"}},
		{"an alias", []tax.Configuration{taxtest.With(taxtest.Doc("US-X-RICO", taxtest.Class("STANDARD*", "- 5")), func(c *tax.Configuration) { c.RegionAliases = []string{"PR"} })},
			map[string]string{"PR": "5", "X-ISLES": "7"}},
		{"all of its postal codes", []tax.Configuration{taxtest.WithPostalCodes(taxtest.Doc("US-X-MINE", taxtest.Class("STANDARD*", "- 5")), "968-969")},
			map[string]string{"96910": "5", "GU": "5 VAT", "00801": "unknown country"}},
		{"codes around all of them", []tax.Configuration{taxtest.WithPostalCodes(taxtest.Doc("US-X-MINE", taxtest.Class("STANDARD*", "- 5")), "0*")},
			map[string]string{"00602": "5", "00801": "5", "96910": "5 VAT"}},
		// It does not fit on the base, so it is withheld, and the base answers alone.
		{"some of its postal codes", []tax.Configuration{taxtest.WithPostalCodes(taxtest.Doc("US-X-MINE", taxtest.Class("STANDARD*", "- 5")), "9691*")},
			map[string]string{"96910": "5 VAT", "96999": "5 VAT", "X-MINE": "invalid"}},
		{"referrals", []tax.Configuration{elsewhere(taxtest.Doc("US"), referral("GU", "PR", ""))}, map[string]string{"PR": "5 VAT", "X-ISLES": "unknown region"}},
	} {
		r := taxtest.Open(t, tax.Overlay(base, byCountry(c.mine...)), nil)
		for region, want := range c.want {
			l := tax.Lookup{Country: "US", Region: region, Date: taxtest.Day}
			if region[0] < 'A' {
				l.Region, l.PostalCode = "", region
			}
			got := taxtest.Answer(r.Lookup(t.Context(), l))
			assert.True(t, got == want || strings.HasPrefix(got, want+" "), "%s: %s: %s", c.name, region, got)
		}
	}
	wrong, err := tax.Overlay(base, byCountry(elsewhere(taxtest.Doc("US"), referral("GU", "PR", "")), taxtest.Doc("US-PR"))).Configurations(t.Context(), tax.Key{Country: "US"})
	require.NoError(t, err)
	assert.Len(t, tax.ValidateCountry(wrong).Errors, 2, "what is wrong in mine stays wrong")
	set, err := base(t.Context(), tax.Key{Country: "US"})
	require.NoError(t, err)
	assert.Len(t, set[0].Elsewhere, 4, "the base is not changed")
}

// What a document takes back is answered by that document, or is an error: never by the
// country, and the rest of the referral stays.
func TestPlacesThatAreTakenBackKeepTheirPostalCodes(t *testing.T) {
	base := byCountry(
		elsewhere(taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20")),
			referral("NC", "NC", "98800-98899"), referral("PF", "PF X-ISLES", "987*")),
		taxtest.Doc("NC", taxtest.Class("STANDARD*", "- 11")), taxtest.Doc("PF", taxtest.Class("STANDARD*", "- 16")))
	nc := func(codes ...string) tax.Configuration {
		return taxtest.WithPostalCodes(taxtest.Doc("FR-NC", taxtest.Class("STANDARD*", "- 5")), codes...)
	}
	for _, c := range []struct {
		name string
		mine tax.Configuration
		want map[string]string // by region or postal code
	}{
		{"its postal codes too", nc(), map[string]string{"NC": "5 VAT", "98800": "5 VAT", "98801": "5 VAT", "NC 98801": "5 VAT", "98700": "16 VAT"}},
		{"an alias", taxtest.With(taxtest.Doc("FR-X-MINE", taxtest.Class("STANDARD*", "- 5")), func(c *tax.Configuration) { c.RegionAliases = []string{"NC"} }),
			map[string]string{"NC": "5 VAT", "98801": "5 VAT"}},
		{"invalid", taxtest.With(nc(), func(c *tax.Configuration) { c.Metadata.Version = -1 }),
			map[string]string{"NC": "invalid", "98800": "invalid", "98700": "16 VAT", "75001": "20 VAT"}},
		{"ranges of its own around them", nc("9880-9884", "9885-9889"), map[string]string{"NC": "5 VAT", "98800": "5 VAT", "98899": "5 VAT"}},
		{"some of them", nc("98800"), map[string]string{"NC": "invalid", "98800": "11 VAT", "98801": "11 VAT"}},
		{"others", nc("989*"), map[string]string{"NC": "5 VAT", "98900": "5 VAT", "98800": "11 VAT"}},
		{"one of two regions", taxtest.Doc("FR-PF", taxtest.Class("STANDARD*", "- 5")),
			map[string]string{"PF": "5 VAT", "X-ISLES": "16 VAT", "98700": "16 VAT", "98800": "11 VAT"}},
	} {
		r := taxtest.Open(t, tax.Overlay(base, byCountry(c.mine)), nil)
		for address, want := range c.want {
			region, code, both := strings.Cut(address, " ")
			if region[0] < 'A' && !both {
				region, code = "", region
			}
			a, err := r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: region, PostalCode: code, Date: taxtest.Day})
			assert.Equal(t, want, taxtest.Answer(a, err), "%s: %s", c.name, address)
		}
	}
}

// A region that leads to a withheld document is not answered by the place around a code of
// others: what that document says of the address is not known.
func TestARegionOfAWithheldDocumentIsNotOverruled(t *testing.T) {
	base := byCountry(
		taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 18")),
		shared(taxtest.Doc("FR-20R", taxtest.Class("STANDARD", "- + 1")), "988*"),
		taxtest.WithPostalCodes(taxtest.Doc("FR-IDF", taxtest.Class("STANDARD", "- + 2")), "75*"))
	mine := taxtest.With(taxtest.Doc("FR-X-MINE", taxtest.Class("STANDARD", "- 7")), func(c *tax.Configuration) {
		c.RegionAliases, c.Within = []string{"2A", "75C"}, "X-NONE"
	})
	r := taxtest.Open(t, tax.Overlay(base, byCountry(mine)), nil)
	for _, c := range []struct{ region, postal, want string }{
		{"2A", "", "invalid"}, {"2A", "98800", "invalid"}, {"X-MINE", "98800", "invalid"},
		{"2B", "98800", "FR-20R by parent region"}, {"", "98800", "FR by country"},
		{"75C", "75001", "FR-IDF by postal code, region overruled"}, {"75C", "10000", "invalid"},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: c.region, PostalCode: c.postal, Date: taxtest.Day})
		assert.Equal(t, c.want, taxtest.Territory(a, err), "%+v", c)
	}
}

// A document by itself answers for its own place.
func TestADocumentAloneRefersNobody(t *testing.T) {
	c := elsewhere(taxtest.Doc("US", taxtest.Class("STANDARD*", "- 3")), referral("PR", "PR", "006*"))
	a, err := c.Resolve("", taxtest.Day)
	assert.Equal(t, "3 VAT", taxtest.Answer(a, err))
	a, err = within("NY", shared(taxtest.Doc("US-X-CITY", taxtest.Class("STANDARD*", "- 3")), "1")).Resolve("", taxtest.Day)
	assert.Equal(t, "US-X-CITY by region", taxtest.Territory(a, err))
}

func TestLocalTaxesThatAreMissingAreMarked(t *testing.T) {
	r := taxtest.Resolver(t,
		taxtest.With(taxtest.Doc("US"), func(c *tax.Configuration) { c.Regions = tax.RegionsRequired }),
		taxtest.With(taxtest.Doc("US-NY", taxtest.Class("STANDARD*", "- 4"), taxtest.Class("FOOD", "- 2")), func(c *tax.Configuration) { c.LocalTaxesMissing = true }),
		within("NY", taxtest.Doc("US-X-CITY", taxtest.Class("STANDARD", "- + 4.5"))),
		taxtest.Doc("US-NJ", taxtest.Class("STANDARD*", "- 7")),
	)
	for _, c := range []struct {
		region, class string
		want          bool
	}{
		{"NY", "STANDARD", true}, {"NY", "FOOD", true}, {"X-CITY", "STANDARD", false}, {"X-CITY", "FOOD", true}, {"NJ", "STANDARD", false},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "US", Region: c.region, Class: c.class, Date: taxtest.Day})
		require.NoError(t, err)
		assert.Equal(t, c.want, a.LocalTaxesMissing(), "%+v", c)
		assert.Equal(t, c.want, a.Explain().LocalTaxesMissing, "%+v", c)
	}
	assert.False(t, tax.Resolution{}.LocalTaxesMissing())
}

// The other place reads the postal code as the country does that refers to it, so the answer
// is the one that Replay gets.
func TestThePlaceElsewhereReadsThePostalCodeWithoutThePrefixOfTheCountry(t *testing.T) {
	r := taxtest.Open(t, byCountry(
		elsewhere(taxtest.Doc("GB", taxtest.Class("STANDARD*", "- 20")), referral("JE", "", "JE*")),
		taxtest.Doc("JE", taxtest.Class("STANDARD*", "- 5")),
		taxtest.WithPostalCodes(taxtest.Doc("JE-X-PORT", taxtest.Class("STANDARD", "- 6")), "JE2*"),
	), nil)
	for _, code := range []string{"JE2 3AB", "GB-JE2 3AB", "UK JE2 3AB"} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "GB", PostalCode: code, Date: taxtest.Day})
		require.NoError(t, err)
		assert.Equal(t, "JE-X-PORT by referred", taxtest.Territory(a, err), code)
		_, differences, err := r.Replay(t.Context(), a.Explain())
		require.NoError(t, err)
		assert.Empty(t, differences, code)
	}
}

// The regions of the other country are no suggestion for a region of this one.
func TestNoRegionOfAnotherCountryIsSuggested(t *testing.T) {
	r := taxtest.Open(t, byCountry(
		elsewhere(taxtest.Doc("US", taxtest.Class("STANDARD*", "- 3")), referral("ES-CN", "X-CANARI", "")),
		taxtest.With(taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21")), func(c *tax.Configuration) { c.Regions = tax.RegionsListed }),
		taxtest.Doc("ES-X-CANARY", taxtest.Class("STANDARD*", "- 7")),
	), nil)
	_, err := r.Lookup(t.Context(), tax.Lookup{Country: "US", Region: "X-CANARI", Date: taxtest.Day})
	require.ErrorIs(t, err, tax.ErrUnknownRegion)
	var e *tax.LookupError
	require.ErrorAs(t, err, &e)
	assert.Empty(t, e.Suggestion())
}
