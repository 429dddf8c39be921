package addresses

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// What an error tells people to do leads to an answer.
func TestErrorsOfAddressesSayWhatHelps(t *testing.T) {
	home := taxtest.Doc("US", taxtest.Class("STANDARD*", "- 0"))
	required := taxtest.With(home, func(c *tax.Configuration) { c.Regions = tax.RegionsRequired })
	listed := taxtest.With(home, func(c *tax.Configuration) { c.Regions = tax.RegionsListed })
	ny, nj := taxtest.Doc("US-NY", taxtest.Class("STANDARD", "- 4")), taxtest.Doc("US-NJ", taxtest.Class("STANDARD", "- 6"))
	shared := func(c *tax.Configuration) { c.SharedPostalCodes = []tax.PostalRange{{From: "10004"}} }
	const (
		orNone   = "pass the code or name of a region that has a configuration, or leave the region out if the address is in none of them"
		must     = "pass the code or name of a region that has a configuration"
		region   = "pass the region of the address"
		orPostal = "pass the region of the address, or a postal code that one of the regions claims"
		between  = "several regions share the postal code: pass the region of the address"
	)
	for _, c := range []struct {
		set            []tax.Configuration
		region, postal string
		want           string
	}{
		{[]tax.Configuration{home}, "Atlantis", "", orNone},
		{[]tax.Configuration{home, ny}, "Atlantis", "", orNone},
		{[]tax.Configuration{listed, ny}, "NJ", "", orNone},
		{[]tax.Configuration{required, ny}, "Atlantis", "", must},
		{[]tax.Configuration{ny}, "Atlantis", "", must}, // nothing for the country itself
		{[]tax.Configuration{required, ny}, "", "", region},
		{[]tax.Configuration{required, ny}, "", "10004", region},
		{[]tax.Configuration{required, taxtest.WithPostalCodes(ny, "12*")}, "", "", orPostal},
		{[]tax.Configuration{required, taxtest.WithPostalCodes(ny, "12*")}, "", "13", orPostal},
		{[]tax.Configuration{required, taxtest.With(ny, shared), taxtest.With(nj, shared)}, "", "", orPostal},
		{[]tax.Configuration{required, taxtest.With(ny, shared), taxtest.With(nj, shared)}, "", "US-10004", between},
	} {
		_, err := taxtest.Resolver(t, c.set...).Lookup(t.Context(), tax.Lookup{Country: "US", Region: c.region, PostalCode: c.postal, Date: taxtest.Day})
		if lookup, ok := errors.AsType[*tax.LookupError](err); assert.True(t, ok, err) {
			assert.Equal(t, c.want, lookup.Detail, "%v", err)
		}
	}
}

// Codes are compared as they are, but what people write around one is no reason to leave
// them without a hint.
func TestACodeWithPointsOrSpacesIsSuggested(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.With(taxtest.Doc("US", taxtest.Class("STANDARD*", "- 0")), func(c *tax.Configuration) { c.Regions = tax.RegionsRequired }),
		taxtest.Doc("US-NY", taxtest.Class("STANDARD", "- 4")), taxtest.Doc("US-CA", taxtest.Class("STANDARD", "- 7")))
	optional := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")))
	for written, code := range map[string]string{"N.Y.": "NY", "n. y.": "NY", "ＣＡ": "CA", "CA ": "CA", "US CA": "", "Z.Z.": "", strings.Repeat(" ", 1<<20) + "CA": ""} {
		_, err := r.Lookup(t.Context(), tax.Lookup{Country: "US", Region: written, Date: taxtest.Day})
		if lookup, ok := errors.AsType[*tax.LookupError](err); assert.True(t, ok, "%.20q %v", written, err) {
			assert.Equal(t, code, lookup.Suggestion(), "%.20q", written)
		}
	}
	_, err := optional.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: "BY ", Date: taxtest.Day})
	assert.ErrorContains(t, err, `did you mean "BY"?`, "a code of ISO 3166-2 that has no configuration")
}

func TestShortTextsSuggestNothingElse(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.With(taxtest.Doc("BR", taxtest.Class("STANDARD*", "- 17")), func(c *tax.Configuration) { c.Regions = tax.RegionsRequired }),
		taxtest.Doc("BR-RO", taxtest.Class("STANDARD", "- 19")), taxtest.Doc("BR-PE", taxtest.Class("STANDARD", "- 20")),
		taxtest.With(taxtest.Doc("BR-X-LONG", taxtest.Class("STANDARD", "- 20")), func(c *tax.Configuration) { c.Name = taxtest.English("Rios") }))
	for text, want := range map[string]string{"Rio": "", "PQ": "", "P.Q.": "", "R.O.": "RO", "R O": "RO", "ROO": "", "ＲＯ.": "RO", "Riso": "X-LONG"} {
		_, err := r.Lookup(t.Context(), tax.Lookup{Country: "BR", Region: text, Date: taxtest.Day})
		if lookup, ok := errors.AsType[*tax.LookupError](err); assert.True(t, ok, "%s %v", text, err) {
			assert.Equal(t, want, lookup.Suggestion(), text)
		}
	}
}
