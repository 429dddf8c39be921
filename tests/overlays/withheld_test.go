// Package overlays tests what becomes of overrides on a base that does not carry them.
package overlays

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// over opens a resolver on documents over others. warned gets the locations of warnings.
func over(t *testing.T, base, mine []tax.Configuration, warned *[]string) *tax.Resolver {
	t.Helper()
	return taxtest.Open(t, tax.Overlay(taxtest.Fixed(base...), taxtest.Fixed(mine...)), &tax.Options{OnWarning: func(w tax.Warning) {
		if warned != nil && w.Kind == tax.WarnInvalidDocument {
			*warned = append(*warned, w.Location.String())
		}
	}})
}

// ask returns the answer for an address ("20R" or "20R 1234", "" for the country) and a
// class of the country of the tests.
func ask(t *testing.T, r *tax.Resolver, region, postal, class string) string {
	t.Helper()
	return taxtest.Answer(r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: region, PostalCode: postal, Class: class, Date: taxtest.Day}))
}

var france = []tax.Configuration{
	taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20"), taxtest.Class("REDUCED", "- 5.5")),
	taxtest.WithPostalCodes(taxtest.Doc("FR-20R", taxtest.Class("PETROLEUM", "- 13"), taxtest.Class("REDUCED", "- 2.1")), "20*"),
	taxtest.With(taxtest.WithPostalCodes(taxtest.Doc("FR-972", taxtest.Class("STANDARD", "- 8.5"), taxtest.Class("LOCAL", "- 1", "RUM")), "972*"),
		func(c *tax.Configuration) { c.RegionAliases = []string{"MQ"} }),
}

func TestOverrideThatItsBaseDoesNotCarryIsWithheldAlone(t *testing.T) {
	type want struct{ region, postal, class, answer string }
	untouched := []want{{"20R", "", "PETROLEUM", "13 VAT"}, {"20R", "", "", "20 VAT"}, {"972", "", "", "8.5 VAT"}, {"972", "", "RUM", "1 VAT"},
		{"", "20000", "PETROLEUM", "13 VAT"}, {"", "97200", "STANDARD", "8.5 VAT"}, {"MQ", "", "LOCAL", "1 VAT"}, {"972", "", "NONE", "unknown class"}}
	country := append(slices.Clone(untouched), want{"", "", "STANDARD", "invalid"}, want{"BRE", "", "STANDARD", "invalid"})
	for _, c := range []struct {
		name   string
		mine   tax.Configuration
		warned string
		want   []want
	}{
		{"an alias that a region has as a class", taxtest.Doc("FR", taxtest.Class("PETRO", "- 5", "PETROLEUM")), "FR",
			slices.Concat(country, []want{{"20R", "", "PETRO", "invalid"}, {"972", "", "PETROLEUM", "invalid"}, {"972", "", "REDUCED", "5.5 VAT"}})},
		{"an alias that the base has as a class", taxtest.Doc("FR", taxtest.Class("BOOKS", "- 5", "REDUCED")), "FR",
			slices.Concat(country, []want{{"20R", "", "REDUCED", "2.1 VAT"}, {"972", "", "REDUCED", "invalid"}, {"972", "", "BOOKS", "invalid"}})},
		{"a class that a region has as an alias", taxtest.Doc("FR", taxtest.Class("RUM", "- 5")), "FR", country},
		{"a default that is not valid", taxtest.Doc("FR", taxtest.Class("BOOKS*", "- 3 PART:1")), "FR",
			append(slices.Clone(country[3:4]), want{"20R", "", "", "invalid"}, want{"20R", "", "STANDARD", "20 VAT"})},
		{"a rate of a class", taxtest.Doc("FR", taxtest.Class("STANDARD", "- + 1")), "FR",
			[]want{{"20R", "", "STANDARD", "invalid"}, {"20R", "", "REDUCED", "2.1 VAT"}, {"972", "", "STANDARD", "8.5 VAT"}}},
		{"in a region", taxtest.Doc("FR-20R", taxtest.Class("OWN", "- + 1")), "FR-20R",
			[]want{{"", "", "", "20 VAT"}, {"20R", "", "PETROLEUM", "invalid"}, {"", "20000", "STANDARD", "invalid"}, {"972", "", "", "8.5 VAT"}}},
		{"the postal codes of another region", taxtest.WithPostalCodes(taxtest.Doc("FR-20R"), "20*", "9720*", "98*"), "FR-20R",
			[]want{{"", "", "", "20 VAT"}, {"", "97200", "", "8.5 VAT"}, {"", "98000", "", "invalid"}, {"", "20000", "", "invalid"}}},
		{"a new region with an alias of another one", taxtest.Doc("FR-MQ", taxtest.Class("STANDARD", "- 1")), "FR-MQ",
			[]want{{"", "", "", "20 VAT"}, {"972", "", "", "8.5 VAT"}, {"MQ", "", "", "invalid"}, {"", "97200", "", "8.5 VAT"}}},
		{"an alias of another region", taxtest.With(taxtest.Doc("FR-20R"), func(c *tax.Configuration) { c.RegionAliases = []string{"MQ", "COR"} }), "FR-20R",
			[]want{{"", "", "", "20 VAT"}, {"972", "", "", "8.5 VAT"}, {"MQ", "", "", "8.5 VAT"}, {"COR", "", "", "invalid"}, {"20R", "", "", "invalid"}}},
		{"exclusive under a region that adds", taxtest.With(taxtest.Doc("FR", taxtest.Class("STANDARD", "- 1", "LOCAL")), func(c *tax.Configuration) { c.Exclusive = true }),
			"FR", []want{{"972", "", "STANDARD", "8.5 VAT"}, {"20R", "", "PETROLEUM", "13 VAT"}, {"20R", "", "STANDARD", "invalid"}}},
	} {
		var warned []string
		r := over(t, france, []tax.Configuration{c.mine}, &warned)
		for _, w := range c.want {
			assert.Equal(t, w.answer, ask(t, r, w.region, w.postal, w.class), "%s: %v", c.name, w)
		}
		r.Close()
		assert.Equal(t, []string{c.warned}, warned, c.name)
	}
}

// A region inherits its classes from the country. What an override that is withheld there
// would have changed is not known to what lies in the region, whatever the country has.
func TestClassThatAWithheldOverrideChangesIsNotThatOfTheCountry(t *testing.T) {
	base := append(slices.Clone(france), taxtest.Doc("FR-2A", taxtest.Class("OWN", "- 1")))
	r := over(t, base, []tax.Configuration{taxtest.Doc("FR-20R", taxtest.Class("STANDARD", "- 9"), taxtest.Class("NONE", "- + 1"))}, nil)
	assert.Equal(t, "20 VAT", ask(t, r, "", "", "STANDARD"))
	assert.Equal(t, "invalid", ask(t, r, "20R", "", "STANDARD"))
	assert.Equal(t, "invalid", ask(t, r, "2A", "", "STANDARD"))
	assert.Equal(t, "2.1 VAT", ask(t, r, "2A", "", "REDUCED"))
	assert.Equal(t, "1 VAT", ask(t, r, "2A", "", "OWN"))
}

func TestFaultOfAWithheldOverrideNamesItsPlaceThere(t *testing.T) {
	set, err := tax.Overlay(taxtest.Fixed(france...), taxtest.Fixed(taxtest.Doc("FR", taxtest.Class("PETRO", "- 5", "X", "PETROLEUM")))).
		Configurations(t.Context(), tax.Key{Country: "FR"})
	require.NoError(t, err)
	faults := tax.ValidateCountry(set).Errors
	require.Len(t, faults, 1)
	assert.Equal(t, "FR: classes[2].aliases[1]: does not fit on FR-20R: classes: code or alias PETROLEUM is also one of class PETROLEUM of FR-20R", faults[0].String())
}

func TestExplanationUnderAWithheldOverrideNamesTheBase(t *testing.T) {
	base := []tax.Configuration{taxtest.With(france[0], func(c *tax.Configuration) { c.Metadata.Version = 3 }), france[1]}
	mine := taxtest.With(taxtest.Doc("FR", taxtest.Class("PETRO", "- 5", "PETROLEUM")), func(c *tax.Configuration) { c.Metadata.Version = 8 })
	r := over(t, base, []tax.Configuration{mine}, nil)
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: "20R", Date: taxtest.Day})
	require.NoError(t, err)
	for _, d := range a.Explain().Documents {
		if d.Location.Region == "" {
			assert.Equal(t, int64(3), d.Version)
			return
		}
	}
	assert.Fail(t, "the document of the country took part")
}

func TestSecondOverrideForALocationCostsThatLocation(t *testing.T) {
	one, two := taxtest.Doc("FR", taxtest.Class("BOOKS", "- 5")), taxtest.Doc("FR", taxtest.Class("STANDARD", "- 6"))
	r := over(t, france, []tax.Configuration{one, two}, nil)
	assert.Equal(t, "invalid", ask(t, r, "", "", "STANDARD"))
	assert.Equal(t, "invalid", ask(t, r, "20R", "", "STANDARD"))
	assert.Equal(t, "13 VAT", ask(t, r, "20R", "", "PETROLEUM"))
}

// places, codes and aliases of random documents.
var (
	places  = []string{"FR", "FR-20R", "FR-972", "FR-MQ", "FR-X-A"}
	codes   = []string{"A", "B", "C", "D"}
	entries = []string{"- 1", "- 2", "2020-01-01 3", "- + 4", "- 0 exempt", "- inherit", "- 3 PART:1"}
)

func someDocs(r *rand.Rand, of []int) (set []tax.Configuration) {
	for _, p := range of {
		c := taxtest.Doc(places[p])
		for _, i := range r.Perm(len(codes))[:r.IntN(3)] {
			class := taxtest.Class(codes[i], entries[r.IntN(len(entries))])
			if r.IntN(3) == 0 {
				class.Aliases = []string{codes[r.IntN(len(codes))]}
			}
			class.Default = r.IntN(4) == 0
			c.Classes = append(c.Classes, class)
		}
		if p > 0 && r.IntN(3) == 0 {
			c.RegionAliases = []string{"MQ"}
		}
		if p > 0 && r.IntN(3) == 0 {
			c = taxtest.WithPostalCodes(c, fmt.Sprint(1+r.IntN(3), "*"))
		}
		set = append(set, c)
	}
	return set
}

// Whatever overrides lie on a valid base, an answer is one that the base gives with some
// of them, or the error that says that one is invalid; and it is that of the base where no
// override at the place or above it has anything to do with the class.
func TestAnswersOverRandomOverridesAreThoseOfSomeOfThem(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 2))
	broken, kept, alone := 0, 0, 0
	for range 3000 {
		// The base has the country, so that it says which tax is charged.
		base := someDocs(random, append([]int{0}, others(random)...))
		mine := someDocs(random, random.Perm(len(places))[:1+random.IntN(2)])
		if len(tax.ValidateCountry(base).Errors) > 0 {
			continue
		}
		merged, err := tax.Overlay(taxtest.Fixed(base...), taxtest.Fixed(mine...)).Configurations(t.Context(), tax.Key{Country: "FR"})
		require.NoError(t, err)
		if len(tax.ValidateCountry(merged).Errors) == 0 {
			continue
		}
		broken++
		if broken > 150 {
			break
		}
		var some []*tax.Resolver // with each part of the overrides
		for part := range 1 << len(mine) {
			var docs []tax.Configuration
			for i := range mine {
				if part>>i&1 == 1 {
					docs = append(docs, mine[i])
				}
			}
			set, _ := tax.Overlay(taxtest.Fixed(base...), taxtest.Fixed(docs...)).Configurations(t.Context(), tax.Key{Country: "FR"})
			for i := range set {
				set[i] = set[i].Clone() // documents like any other: an invalid one is a tombstone
			}
			some = append(some, taxtest.Resolver(t, set...))
		}
		r := over(t, base, mine, nil)
		for _, region := range []string{"", "20R", "972", "MQ", "X-A"} {
			for _, postal := range []string{"", "15"} {
				for _, class := range append(codes, "", "NONE") {
					got := ask(t, r, region, postal, class)
					if unconcerned(t, some[0], base, mine, region, postal, class) {
						require.Equal(t, ask(t, some[0], region, postal, class), got, "%q %q %q\nbase %+v\nmine %+v", region, postal, class, base, mine)
						alone++
					}
					if got == "invalid" {
						continue
					}
					kept++
					allowed := map[string]bool{}
					for _, s := range some {
						allowed[ask(t, s, region, postal, class)] = true
					}
					require.True(t, allowed[got], "%q %q %q: %s, not one of %v\nbase %+v\nmine %+v", region, postal, class, got, allowed, base, mine)
				}
			}
		}
		r.Close()
		for _, s := range some {
			s.Close()
		}
	}
	assert.Greater(t, broken, 100)
	assert.Greater(t, kept, 1000)
	assert.Greater(t, alone, 50)
}

// unconcerned reports whether no override has anything to do with a lookup that has an
// answer in the base.
func unconcerned(t *testing.T, r *tax.Resolver, base, mine []tax.Configuration, region, postal, class string) bool {
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: region, PostalCode: postal, Class: class, Date: taxtest.Day})
	if err != nil || class == "" {
		return false
	}
	same := []string{class, a.Class()} // and everything that is the class by an alias
	for _, b := range base {
		for _, c := range b.Classes {
			if slices.Contains(same, c.Code) || slices.ContainsFunc(c.Aliases, func(alias string) bool { return slices.Contains(same, alias) }) {
				same = append(append(same, c.Code), c.Aliases...)
			}
		}
	}
	for _, m := range mine {
		if m.Location == a.Location() || m.Location.Region == region || m.Location.Region == "MQ" && region == "972" || len(m.RegionAliases)+len(m.PostalCodes) > 0 {
			return false
		}
		for _, c := range m.Classes {
			if slices.ContainsFunc(append(c.Aliases, c.Code), func(code string) bool { return slices.Contains(same, code) }) {
				return false
			}
		}
	}
	return true
}

// others returns the indexes of some places that are not the country.
func others(r *rand.Rand) []int {
	list := r.Perm(len(places) - 1)[:r.IntN(4)]
	for i := range list {
		list[i]++
	}
	return list
}

func TestLayersAreWithheldOneByOne(t *testing.T) {
	first, second := taxtest.Doc("FR", taxtest.Class("PETRO", "- 5", "PETROLEUM")), taxtest.Doc("FR", taxtest.Class("BOOKS", "- 5", "REDUCED"))
	good := taxtest.Doc("FR", taxtest.Class("WINE", "- 9")) // under both, and nothing is wrong with it
	src := tax.Overlay(tax.Overlay(tax.Overlay(taxtest.Fixed(france...), taxtest.Fixed(good)), taxtest.Fixed(first)), taxtest.Fixed(second))
	r := taxtest.Open(t, src, nil)
	for _, want := range [][3]string{{"", "STANDARD", "invalid"}, {"20R", "STANDARD", "20 VAT"}, {"20R", "PETROLEUM", "13 VAT"}, {"20R", "WINE", "9 VAT"},
		{"20R", "PETRO", "invalid"}, {"972", "BOOKS", "invalid"}, {"972", "STANDARD", "8.5 VAT"}} {
		assert.Equal(t, want[2], ask(t, r, want[0], "", want[1]), want)
	}
}
