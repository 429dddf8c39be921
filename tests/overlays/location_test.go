package overlays

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/rates"
)

// whatever returns a source with the documents for every key.
func whatever(set []tax.Configuration) tax.Source {
	return tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { return set, nil })
}

// A document costs its own location, also when that is wrong.
func TestDocumentWithAWrongLocationCostsThatLocation(t *testing.T) {
	at := func(country, region string) tax.Configuration {
		c := taxtest.WithPostalCodes(taxtest.Doc("XX", taxtest.Class("STANDARD", "- 1"), taxtest.Class("PETROLEUM", "- 1")), "972*", "5*")
		c.Location, c.RegionAliases = tax.Location{Country: country, Region: region}, []string{"MQ", "IDF"}
		return c
	}
	for _, c := range []struct {
		bad    tax.Configuration
		fault  string
		region string // of the tombstone
	}{
		{at("FR", "QQ"), "FR-QQ: location: ", "QQ"},
		{at("FR", "Bretagne"), "FR-Bretagne: location: ", ""},
		{at("DE", "BY"), "DE-BY: location: not in FR", ""},
		{taxtest.Doc("DE"), "DE: location: not in FR", ""},
		{tax.Configuration{}, "location: ", ""},
		{at("??", "BRE"), "??-BRE: location: ", ""},
	} {
		set := append(france[:len(france):len(france)], c.bad)
		var faults []string
		for _, f := range tax.ValidateCountry(set).Errors {
			faults = append(faults, f.String())
			assert.Equal(t, c.bad.Location, f.Location, f)
		}
		require.NotEmpty(t, faults)
		assert.Contains(t, faults[0], c.fault)
		var warned []tax.Warning
		r := taxtest.Open(t, whatever(set), &tax.Options{OnWarning: func(w tax.Warning) { warned = append(warned, w) }})
		for _, want := range [][4]string{{"", "", "STANDARD", "20 VAT"}, {"20R", "", "PETROLEUM", "13 VAT"}, {"", "97200", "STANDARD", "8.5 VAT"},
			{"MQ", "", "STANDARD", "8.5 VAT"}, {"BRE", "", "REDUCED", "5.5 VAT"}, {"972", "", "RUM", "1 VAT"}} {
			assert.Equal(t, want[3], ask(t, r, want[0], want[1], want[2]), "%v beside %v", want, c.bad.Location)
		}
		if c.region != "" {
			assert.Equal(t, "invalid", ask(t, r, c.region, "", "STANDARD"))
			assert.Equal(t, "invalid", ask(t, r, "", "50000", "STANDARD"), "a code that only it claims")
			assert.Equal(t, "invalid", ask(t, r, "IDF", "", "STANDARD"))
		}
		r.Close()
		require.Len(t, warned, 1, "%v", c.bad.Location)
		assert.Equal(t, tax.WarnInvalidDocument, warned[0].Kind)
		assert.ErrorContains(t, warned[0].Cause, c.fault)
	}
}

// The country's own document could be the one that says another country.
func TestDocumentsOfAnotherCountryDoNotMakeACountryUnknown(t *testing.T) {
	stray := taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))
	for _, set := range [][]tax.Configuration{{stray}, {france[1], stray}, {stray, france[1]}} {
		assert.Equal(t, len(set) == 1, len(tax.ValidateCountry(set).Errors) == 0, "alone, it is that of its own country")
		r := taxtest.Open(t, whatever(set), nil)
		assert.Equal(t, "invalid", ask(t, r, "", "", "STANDARD"))
		assert.Equal(t, "invalid", ask(t, r, "BRE", "", "STANDARD"))
		assert.Equal(t, "invalid", ask(t, r, "20R", "", "STANDARD"))
		if len(set) > 1 {
			assert.Equal(t, "invalid", ask(t, r, "20R", "", "PETROLEUM"), "its tax would be that of the country")
		}
		r.Close()
	}
}

func TestOverrideOfARegionThatDoesNotExistCostsNothingElse(t *testing.T) {
	r := taxtest.Open(t, tax.Overlay(rates.World(), tax.SourceFunc(func(_ context.Context, k tax.Key) ([]tax.Configuration, error) {
		return []tax.Configuration{{Location: tax.Location{Country: k.Country, Region: "QQ"}, Classes: []tax.Class{{Code: "S", Rates: []tax.Rate{{}}}}}}, nil
	})), nil)
	defer r.Close()
	world := taxtest.Open(t, rates.World(), nil)
	defer world.Close()
	for _, l := range []tax.Lookup{{Country: "DE"}, {Country: "CA", Region: "ON"}, {Country: "ES", PostalCode: "35001"}, {Country: "DE", Region: "BY"}} {
		l.Date = taxtest.Day
		assert.Equal(t, taxtest.Answer(world.Lookup(t.Context(), l)), taxtest.Answer(r.Lookup(t.Context(), l)), l)
	}
	_, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: "QQ", Date: taxtest.Day})
	assert.ErrorIs(t, err, tax.ErrInvalid)
}
