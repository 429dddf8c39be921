package rates_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"golang.org/x/text/unicode/norm"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/testfile"
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

// TestPlacesAreFoundByTheirNames asks with names as customers write them.
func TestPlacesAreFoundByTheirNames(t *testing.T) {
	r := newResolver(t, nil)
	lines := 0
	for number, line := range testfile.Lines(t, "testdata/places.txt") {
		lines++
		asked, want, ok := strings.Cut(line, " -> ")
		fields := strings.Split(asked, " | ")
		require.True(t, ok && len(fields) == 3, "line %d", number)
		given := func(field string) string {
			if field == "-" {
				return ""
			}
			return field
		}
		a, err := r.Lookup(ctx, tax.Lookup{Country: given(fields[0]), Region: given(fields[1]), PostalCode: given(fields[2]), Date: tax.MustDate("2026-11-21")})
		var got string
		if lookup, ok := errors.AsType[*tax.LookupError](err); ok {
			got = "error " + lookup.Code() + " " + cmp.Or(lookup.Suggestion(), "-")
		} else {
			require.NoError(t, err)
			e := a.Explain()
			got = fmt.Sprint(a.Location(), " ", a.Percent(), " ", strings.ReplaceAll(string(e.Steps[0]), " ", "-"))
			if e.RegionOverruled {
				got += " overruled"
			}
		}
		assert.Equal(t, want, got, "line %d: %s", number, asked)
	}
	assert.Greater(t, lines, 100)
}

// withoutName are sets of islands that have no name.
var withoutName = map[string]bool{"GR-X-AEGEAN-A": true, "GR-X-AEGEAN-B": true}

// TestEveryNameOfARegionReachesIt asks for every row of regionnames.csv in several
// spellings, which x/text makes, and for the name that a form shows.
func TestEveryNameOfARegionReachesIt(t *testing.T) {
	r := newResolver(t, nil)
	spellings := map[string]func(string) string{
		"as it is": func(s string) string { return s },
		"upper":    strings.ToUpper,
		"lower":    strings.ToLower,
		"in parts": norm.NFD.String,
		"plain": func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.Is(unicode.Mn, r) || strings.ContainsRune("-'’ ", r) {
					return -1
				}
				return r
			}, norm.NFD.String(s))
		},
	}
	named := map[string]bool{}
	for _, row := range table(t, "regionnames.csv") {
		want := tax.Location{Country: row[0], Region: row[1]}
		named[want.String()] = named[want.String()] || row[2] == "en"
		for how, spell := range spellings {
			p, err := r.Place(ctx, tax.Lookup{Country: row[0], Region: spell(row[3])})
			if assert.NoError(t, err, "%s %v", how, row) {
				assert.Equal(t, want, p.Location(), "%s %v", how, row)
			}
		}
		c, err := r.Country(ctx, row[0])
		require.NoError(t, err)
		i := slices.IndexFunc(c.RegionsByCode(tax.MustPreferences(row[2])), func(r tax.Region) bool { return r.Location == want })
		require.GreaterOrEqual(t, i, 0, row)
		assert.Equal(t, tax.Region{Location: want, Name: row[3], Language: row[2]}, c.RegionsByCode(tax.MustPreferences(row[2]))[i])
	}
	everyDocument(t, func(c tax.Configuration) {
		if c.Location.Region != "" {
			assert.NotEqual(t, withoutName[c.Location.String()], named[c.Location.String()], "%s has an English name", c.Location)
		} else {
			assert.True(t, c.Name.IsZero(), c.Location)
		}
	})
}
