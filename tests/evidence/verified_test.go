package evidence

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/rates"
)

// since returns the document, whose oldest entry of the first class was first verified on
// a day.
func since(day string, c tax.Configuration) tax.Configuration {
	timeline := c.Classes[0].Rates
	timeline[len(timeline)-1].Evidence.VerifiedSince = tax.MustDate(day)
	return c
}

func TestEntryKeepsTheDayOnWhichItWasFirstVerified(t *testing.T) {
	const around = "2019-12-31 2020-01-01 2026-11-29"
	const want = "18 undated [,) 2020-01-01; 18 agreed [,) 2020-01-01; 18 agreed [,) 2020-01-01"
	for _, asOf := range []string{"", "2019-01-01", "2020-01-01", "2026-11-29", "2030-01-01"} {
		c := since("2020-01-01", checked(asOf, taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 18 agreed"))))
		require.Empty(t, c.Validate().Errors)
		r := taxtest.Resolver(t, c)
		assert.Equal(t, want, on(t, r, tax.Lookup{Country: "DE"}, around), "checked %q", asOf)
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Date: tax.MustDate("2026-11-29")})
		require.NoError(t, err)
		assert.Equal(t, tax.Evidence{Status: tax.Agreed, VerifiedSince: tax.MustDate("2020-01-01")}, a.Evidence())
	}
	r := taxtest.Resolver(t, since("2020-01-01", checked("2026-11-29", taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 18 agreed; 2022-01-01 19 agreed")))))
	assert.Equal(t, "18 agreed [,2022-01-01) 2020-01-01; 19 agreed [2022-01-01,) ", on(t, r, tax.Lookup{Country: "DE"}, "2021-12-31 2022-01-01"))
}

func TestSumIsVerifiedSinceTheLaterDayOfItsEntries(t *testing.T) {
	country := since("2020-01-01", checked("2026-11-29", taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5 agreed"))))
	for day, want := range map[string]string{
		"2001-01-01": "14 agreed [,) 2020-01-01",
		"2021-01-01": "14 undated [,) 2021-01-01",
	} {
		r := taxtest.Resolver(t, country, since(day, checked("2026-11-29", taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "- + 9 agreed")))))
		assert.Equal(t, want, on(t, r, tax.Lookup{Country: "CA", Region: "QC"}, "2020-01-01"), day)
	}
}

func TestEntryUnderAnOverlayKeepsItsOwnDay(t *testing.T) {
	base := since("2019-06-01", checked("2020-01-01", taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 18 agreed"))))
	for mine, want := range map[string]string{
		"":                     "18 agreed [,) 2019-06-01",
		"2030-01-01 19 agreed": "18 agreed [,2030-01-01) 2019-06-01",
		"- 17 agreed":          "17 undated [,) 2026-01-01",
		"- 18 agreed":          "18 undated [,) 2026-01-01", // without the day of the one under it
	} {
		class := tax.Class{Code: "STANDARD", Name: taxtest.English("mine")}
		if mine != "" {
			class.Rates = taxtest.Class("STANDARD", mine).Rates
		}
		over := checked("2026-01-01", tax.Configuration{Location: base.Location, Classes: []tax.Class{class}})
		src := tax.Overlay(taxtest.Fixed(base), taxtest.Fixed(over))
		assert.Equal(t, want, on(t, taxtest.Open(t, src, nil), tax.Lookup{Country: "DE"}, "2019-06-01"), mine)
	}
}

func TestTenantsWithAnotherDayOfAnEntryDoNotShareIt(t *testing.T) {
	src := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		return []tax.Configuration{since(key.Tenant, checked("2026-11-29", taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 18 agreed"))))}, nil
	})
	r := taxtest.Open(t, src, nil)
	assert.Equal(t, "18 agreed [,) 2020-01-01", on(t, r.Tenant("2020-01-01"), tax.Lookup{Country: "DE"}, "2020-01-01"))
	assert.Equal(t, "18 undated [,) 2021-01-01", on(t, r.Tenant("2021-01-01"), tax.Lookup{Country: "DE"}, "2020-01-01"))
}

func TestEntryWithAFirstDayHasNoOtherDay(t *testing.T) {
	c := since("2020-01-01", taxtest.Doc("DE", taxtest.Class("STANDARD*", "2010-01-01 18 agreed")))
	faults := c.Validate().Errors
	require.Len(t, faults, 1)
	assert.Equal(t, "classes[0].rates[0].evidence.verifiedSince", faults[0].Path)
	assert.Equal(t, "verified_since_not_allowed", faults[0].Code)
}

func TestWorldRatesAreVerifiedSinceTheDayOfTheirRows(t *testing.T) {
	undated := 0
	for _, country := range rates.Countries() {
		documents, err := rates.World().Configurations(t.Context(), tax.Key{Country: country})
		require.NoError(t, err)
		for _, d := range documents {
			for _, class := range d.Classes {
				for _, r := range class.Rates {
					without := r.From.IsZero() && r.Effect != tax.End
					assert.Equal(t, without, !r.Evidence.VerifiedSince.IsZero(), "%s %s %s", d.Location, class.Code, r.From)
					if without {
						undated++
					}
				}
			}
		}
	}
	assert.Greater(t, undated, 150)
}
