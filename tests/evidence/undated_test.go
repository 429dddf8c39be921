// Package evidence tests how well an answer is known on its day.
package evidence

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/rates"
)

// checked returns the document, last checked on a day.
func checked(asOf string, c tax.Configuration) tax.Configuration {
	if asOf != "" {
		c.Metadata.AsOf = tax.MustDate(asOf)
	}
	return c
}

// on returns what a resolver says on days, in a short form: percentage, status, first and
// last day, and since when it was verified.
func on(t *testing.T, r *tax.Resolver, l tax.Lookup, days string) string {
	t.Helper()
	var texts []string
	for day := range strings.FieldsSeq(days) {
		l.Date = tax.MustDate(day)
		a, err := r.Lookup(t.Context(), l)
		if err != nil {
			texts = append(texts, taxtest.Answer(a, err))
			continue
		}
		e := a.Explain()
		assert.Equal(t, e.Status, a.Evidence().Status)
		assert.Equal(t, e.Since, a.Since())
		assert.Equal(t, e.Until, a.Until())
		texts = append(texts, fmt.Sprintf("%s %s [%s,%s) %s", e.Percent, e.Status, e.Since, e.Until, e.VerifiedSince))
	}
	return strings.Join(texts, "; ")
}

func TestEntryWithoutAFirstDayIsUndatedUntilItWasVerified(t *testing.T) {
	const around = "2010-01-01 2026-11-28 2026-11-29 2026-11-30"
	for _, c := range []struct{ name, timeline, asOf, days, want string }{
		{"one entry", "- 18 agreed", "2026-11-29", around,
			"18 undated [,) 2026-11-29; 18 undated [,) 2026-11-29; 18 agreed [,) 2026-11-29; 18 agreed [,) 2026-11-29"},
		{"a later entry", "- 18 single; 2026-11-30 19 agreed", "2026-11-29", around,
			"18 undated [,2026-11-30) 2026-11-29; 18 undated [,2026-11-30) 2026-11-29; 18 single [,2026-11-30) 2026-11-29; 19 agreed [2026-11-30,) "},
		{"an entry from the day itself", "- 18 agreed; 2026-11-29 19 agreed", "2026-11-29", around,
			"18 undated [,2026-11-29) 2026-11-29; 18 undated [,2026-11-29) 2026-11-29; 19 agreed [2026-11-29,) ; 19 agreed [2026-11-29,) "},
		{"over before it was verified", "- 18 agreed; 2014-01-01 19 agreed", "2026-11-29", "2013-12-31 2014-01-01",
			"18 undated [,2014-01-01) 2026-11-29; 19 agreed [2014-01-01,) "},
		{"never verified", "- 18 agreed", "", around,
			"18 undated [,) ; 18 undated [,) ; 18 undated [,) ; 18 undated [,) "},
		{"disputed is weaker", "- 18 disputed", "2026-11-29", "2026-11-28 2026-11-29",
			"18 disputed [,) 2026-11-29; 18 disputed [,) 2026-11-29"},
		{"no statement", "- 18", "2026-11-29", "2026-11-28 2026-11-29",
			"18  [,) 2026-11-29; 18  [,) 2026-11-29"},
		{"said by the document", "2000-01-01 18 undated", "2026-11-29", "2026-11-28 2026-11-29",
			"18 undated [2000-01-01,) ; 18 undated [2000-01-01,) "},
		{"with a first day", "2000-01-01 18 agreed", "2026-11-29", "2000-01-01 2026-11-29",
			"18 agreed [2000-01-01,) ; 18 agreed [2000-01-01,) "},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := taxtest.Resolver(t, checked(c.asOf, taxtest.Doc("DE", taxtest.Class("STANDARD*", c.timeline))))
			assert.Equal(t, c.want, on(t, r, tax.Lookup{Country: "DE"}, c.days))
		})
	}
}

func TestSumIsVerifiedWhenAllOfItIs(t *testing.T) {
	const around = "2001-01-01 2019-12-31 2020-01-01 2025-12-31 2026-01-01"
	for _, c := range []struct{ name, asOf, timeline, want string }{
		{"the region later", "2026-01-01", "- + 9 agreed",
			"14 undated [,) 2026-01-01; 14 undated [,) 2026-01-01; 14 undated [,) 2026-01-01; 14 undated [,) 2026-01-01; 14 agreed [,) 2026-01-01"},
		{"the country later", "2001-01-01", "- + 9 agreed",
			"14 undated [,) 2020-01-01; 14 undated [,) 2020-01-01; 14 agreed [,) 2020-01-01; 14 agreed [,) 2020-01-01; 14 agreed [,) 2020-01-01"},
		{"the region never", "", "- + 9 agreed",
			"14 undated [,) ; 14 undated [,) ; 14 undated [,) ; 14 undated [,) ; 14 undated [,) "},
		{"only the country is undated", "", "2001-01-01 + 9 agreed",
			"14 undated [2001-01-01,) 2020-01-01; 14 undated [2001-01-01,) 2020-01-01; 14 agreed [2001-01-01,) 2020-01-01; 14 agreed [2001-01-01,) 2020-01-01; 14 agreed [2001-01-01,) 2020-01-01"},
		{"inherited", "2026-01-01", "- inherit",
			"5 undated [,) 2020-01-01; 5 undated [,) 2020-01-01; 5 agreed [,) 2020-01-01; 5 agreed [,) 2020-01-01; 5 agreed [,) 2020-01-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := taxtest.Resolver(t, checked("2020-01-01", taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5 agreed"))),
				checked(c.asOf, taxtest.Doc("CA-QC", taxtest.Class("STANDARD", c.timeline))))
			assert.Equal(t, c.want, on(t, r, tax.Lookup{Country: "CA", Region: "QC"}, around))
		})
	}
}

func TestRefusingWhatIsUndatedRefusesTheDaysBeforeItWasVerified(t *testing.T) {
	const around = "2010-01-01 2026-11-28 2026-11-29 2026-11-30"
	const refused, answered = "unverified rate; unverified rate; ", "18 %[1]s [,) 2026-11-29; 18 %[1]s [,) 2026-11-29"
	for _, c := range []struct {
		timeline, asOf string
		refuse         tax.Refusal
		want           string
	}{
		{"- 18 agreed", "2026-11-29", tax.RefuseUndated, refused + fmt.Sprintf(answered, "agreed")},
		{"- 18 disputed", "2026-11-29", tax.RefuseUndated, refused + fmt.Sprintf(answered, "disputed")},
		{"- 18", "2026-11-29", tax.RefuseUndated, refused + fmt.Sprintf(answered, "")},
		{"- 18 agreed", "", tax.RefuseUndated, refused + strings.TrimSuffix(refused, "; ")},
		{"2000-01-01 18 undated", "2026-11-29", tax.RefuseUndated, refused + strings.TrimSuffix(refused, "; ")},
		// What one source states is not better known where it is undated as well.
		{"- 18 single", "2026-11-29", tax.RefuseSingle, refused + strings.TrimSuffix(refused, "; ")},
		{"- 18 agreed", "2026-11-29", tax.RefuseSingle | tax.RefuseDisputed, "18 undated [,) 2026-11-29; 18 undated [,) 2026-11-29; " + fmt.Sprintf(answered, "agreed")},
	} {
		r := taxtest.Open(t, taxtest.Fixed(checked(c.asOf, taxtest.Doc("DE", taxtest.Class("STANDARD*", c.timeline)))), &tax.Options{Refuse: c.refuse})
		assert.Equal(t, c.want, on(t, r, tax.Lookup{Country: "DE"}, around), "%s as of %s, refused %b", c.timeline, c.asOf, c.refuse)
		p, err := r.Place(t.Context(), tax.Lookup{Country: "DE", Date: tax.MustDate("2026-11-28")})
		require.NoError(t, err)
		_, err = p.Rate("STANDARD")
		assert.Equal(t, strings.HasPrefix(c.want, "unverified"), err != nil, "places as well")
	}
}

func TestTheDayOfTheClockDecides(t *testing.T) {
	src := taxtest.Fixed(checked("2026-11-29", taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 18 agreed"))))
	for day, want := range map[string]tax.Status{"2026-11-28": tax.Undated, "2026-11-29": tax.Agreed} {
		clock, err := time.Parse(time.RFC3339, day+"T12:00:00Z")
		require.NoError(t, err)
		r := taxtest.Open(t, src, &tax.Options{Clock: func() time.Time { return clock }})
		a, err := r.Resolve(t.Context(), "DE", "STANDARD")
		require.NoError(t, err)
		assert.Equal(t, want, a.Evidence().Status, day)
	}
}

// Tenants share a compiled country, and a class, only if no answer can differ.
func TestTenantsWithAnotherDayOfChecksDoNotShareIt(t *testing.T) {
	src := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		set := []tax.Configuration{checked(key.Tenant, taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 18 agreed")))}
		if key.Country == "FR" { // a country with regions is shared as a whole
			set = append(set, taxtest.Doc("FR-X-1"))
		}
		return set, nil
	})
	r := taxtest.Open(t, src, nil)
	for _, country := range []string{"DE", "FR", "DE", "FR"} {
		for _, asOf := range []string{"2020-01-01", "2026-11-29"} {
			got := on(t, r.Tenant(asOf), tax.Lookup{Country: country}, "2026-11-28")
			assert.Equal(t, asOf == "2026-11-29", strings.HasPrefix(got, "18 undated"), "%s, %s: %s", country, asOf, got)
		}
	}
}

func TestEntryUnderAnOverlayIsVerifiedOnTheDayOfItsOwnDocument(t *testing.T) {
	base := checked("2020-01-01", taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 18 agreed"), taxtest.Class("REDUCED", "- 7 agreed")))
	for _, c := range []struct{ name, asOf, mine, want string }{
		{"another class", "2026-01-01", "OTHER: - 1 agreed", "18 agreed [,) 2020-01-01"},
		{"a name alone", "2026-01-01", "STANDARD:", "18 agreed [,) 2020-01-01"},
		{"a later entry", "", "STANDARD: 2030-01-01 19 agreed", "18 agreed [,2030-01-01) 2020-01-01"},
		{"a timeline of its own", "2026-01-01", "STANDARD: - 17 agreed", "17 undated [,) 2026-01-01"},
		{"a timeline that nobody verified", "", "STANDARD: - 17 agreed", "17 undated [,) "},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, timeline, _ := strings.Cut(c.mine, ":")
			class := tax.Class{Code: code, Name: taxtest.English("mine")}
			if timeline != "" {
				class.Rates = taxtest.Class(code, strings.TrimSpace(timeline)).Rates
			}
			mine := checked(c.asOf, tax.Configuration{Location: base.Location, Classes: []tax.Class{class}})
			src := tax.Overlay(taxtest.Fixed(base), taxtest.Fixed(mine))
			src = tax.Overlay(src, taxtest.Fixed(tax.Configuration{Location: base.Location, TimeZone: "Europe/Berlin"}))
			assert.Equal(t, c.want, on(t, taxtest.Open(t, src, nil), tax.Lookup{Country: "DE", Class: "STANDARD"}, "2025-06-01"))
		})
	}
}

func TestReplayTellsThatAnAnswerWasVerified(t *testing.T) {
	l := tax.Lookup{Country: "DE", Date: tax.MustDate("2025-06-01")}
	class := taxtest.Class("STANDARD*", "- 18 agreed")
	a, err := taxtest.Resolver(t, checked("2026-01-01", taxtest.Doc("DE", class))).Lookup(t.Context(), l)
	require.NoError(t, err)
	_, differences, err := taxtest.Resolver(t, checked("2025-01-01", taxtest.Doc("DE", class))).Replay(t.Context(), a.Explain())
	require.NoError(t, err)
	assert.Equal(t, []tax.ReplayDifference{
		{Field: "status", Then: "undated", Now: "agreed"},
		{Field: "verifiedSince", Then: "2026-01-01", Now: "2025-01-01"},
		{Field: "documents", Then: "DE  version 0 2026-01-01", Now: "DE  version 0 2025-01-01"},
	}, differences)
}

func TestWorldRatesAreUndatedBeforeTheDayOfTheirFacts(t *testing.T) {
	strict := taxtest.Open(t, rates.World(), &tax.Options{Refuse: tax.RefuseUndated})
	for _, day := range []string{"2026-11-28", rates.AsOf().String()} {
		l := tax.Lookup{Country: "AL", Class: "STANDARD", Date: tax.MustDate(day)}
		_, err := strict.Lookup(t.Context(), l)
		if day == "2026-11-28" {
			require.ErrorIs(t, err, tax.ErrUnverified)
			var refused *tax.LookupError
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, "rate_undated", refused.Code())
			continue
		}
		assert.NoError(t, err)
	}
}

// A place answers for its classes without looking at their rates again, so it must know
// which of them are refused.
func TestPlaceRefusesWhatItsResolverRefuses(t *testing.T) {
	r := taxtest.Open(t, taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"), taxtest.Class("REDUCED", "- 7 single"))), &tax.Options{Refuse: tax.RefuseSingle})
	p, err := r.Place(t.Context(), tax.Lookup{Country: "DE"})
	require.NoError(t, err)
	for range 2 {
		for class, want := range map[string]string{"STANDARD": "19 VAT", "REDUCED": "unverified"} {
			assert.Contains(t, taxtest.Answer(p.Rate(class)), want)
			assert.Contains(t, taxtest.Answer(r.Resolve(t.Context(), "DE", class)), want)
		}
	}
}
