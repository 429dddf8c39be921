package rates_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// TestEveryNameOfTheDataReachesAnAnswer asks the resolver for the name of every
// class in names.csv, in the language of the row, on a day on which the class
// has a rate. It also asks for the short name of every tax.
func TestEveryNameOfTheDataReachesAnAnswer(t *testing.T) {
	r := newResolver(t, nil)

	asked := map[string]int{}
	for _, row := range table(t, "names.csv") {
		country, class, language, want := row[0], row[1], row[2], row[3]
		prefs := tax.MustPreferences(language)
		switch class {
		case "TAX", "GST", "HST", "PST", "QST":
			// The long names of taxes are not used: customers read the short ones.
			asked["long"]++
		case "TAX_SHORT":
			a, err := r.Lookup(ctx, tax.Lookup{Country: country, Date: tax.MustDate("2026-11-21")})
			if assert.NoError(t, err, row) {
				assert.Equal(t, want, a.TaxName(prefs), row)
			}
			asked["tax"]++
		case "FEDERAL_PART", "PROVINCIAL_PART":
			a, err := r.Lookup(ctx, tax.Lookup{Country: country, Region: "ON", Date: tax.MustDate("2026-11-21")})
			require.NoError(t, err, row)
			found := false
			for _, part := range a.Components() {
				found = found || part.Code == class && part.Name.In(prefs).Text == want
			}
			assert.True(t, found, row)
			asked["component"]++
		default:
			region, day := anyRate(t, country, class)
			a, err := r.Lookup(ctx, tax.Lookup{Country: country, Region: region, Class: class, Date: day})
			if assert.NoError(t, err, row) {
				assert.Equal(t, want, a.Name(prefs), row)
			}
			asked["class"]++
		}
	}
	assert.Equal(t, map[string]int{"long": 80, "tax": 72, "component": 4, "class": 258}, asked, "every row is checked")
}

// anyRate returns a region and a day on which the documents have a rate for the
// class.
func anyRate(t *testing.T, country, class string) (region string, day tax.Date) {
	t.Helper()
	for _, c := range configurations(t, country) {
		for _, k := range c.Classes {
			if k.Code != class {
				continue
			}
			for _, rate := range k.Rates {
				if rate.Effect == tax.Replace && (c.Location.Region != "" || c.Regions != tax.RegionsRequired) {
					return c.Location.Region, holds(rate.From)
				}
			}
		}
	}
	for _, c := range configurations(t, country) {
		if c.Location.Region != "" && !c.Exclusive {
			return c.Location.Region, tax.MustDate("2026-11-21") // inherited there
		}
	}
	require.Fail(t, "no rate", "%s %s", country, class)
	return "", tax.Date{}
}

// holds returns a day on which an entry with this From is in force. No day
// means an unknown start.
func holds(d tax.Date) tax.Date {
	if d.IsZero() {
		return tax.MustDate("2000-01-01")
	}
	return d
}
