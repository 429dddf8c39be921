package tax_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// overlaid is the one document that an overlay makes of two for one location.
func overlaid(t *testing.T, base, mine tax.Configuration) tax.Configuration {
	t.Helper()
	set, err := tax.Overlay(taxtest.Fixed(base), taxtest.Fixed(mine)).Configurations(t.Context(), tax.Key{Country: base.Location.Country})
	require.NoError(t, err)
	require.Len(t, set, 1)
	return set[0]
}

// rateTexts writes the timeline of a class, newest first, as day and percent.
func rateTexts(c tax.Class) (texts []string) {
	for _, r := range c.Rates {
		texts = append(texts, r.From.String()+" "+taxtest.Percent(r.Percent))
	}
	return texts
}

func TestOverlayReplacesAClassAndKeepsWhatItLeavesOpen(t *testing.T) {
	standard := taxtest.Class("STANDARD*", "- 16; 2007-01-01 19", "STD")
	standard.Name, standard.Description, standard.Order = taxtest.English("Standard rate"), taxtest.English("Most goods"), new(3)
	base := taxtest.Doc("DE", standard, taxtest.Class("REDUCED", "- 7"))

	t.Run("a name of its own", func(t *testing.T) {
		c := overlaid(t, base, taxtest.Doc("DE", tax.Class{Code: "STANDARD", Name: taxtest.English("Normal"), Aliases: []string{"A", "STD"}}))
		require.Len(t, c.Classes, 2)
		got := c.Classes[0]
		assert.Equal(t, []string{"2007-01-01 19", " 16"}, rateTexts(got), "without rates, the timeline of the base")
		assert.True(t, got.Name.Equal(taxtest.English("Normal")))
		assert.True(t, got.Description.Equal(taxtest.English("Most goods")))
		assert.ElementsMatch(t, []string{"STD", "A"}, got.Aliases)
		assert.True(t, got.Default)
		assert.Equal(t, new(3), got.Order)
	})
	t.Run("entries of its own", func(t *testing.T) {
		for mine, want := range map[string][]string{
			"2010-01-01 20":                 {"2010-01-01 20", "2007-01-01 19", " 16"},
			"2007-01-01 20":                 {"2007-01-01 20", " 16"},
			"2000-01-01 17; 2010-01-01 end": {"2010-01-01 0", "2000-01-01 17", " 16"},
			"- 6":                           {" 6"},
			"0001-01-01 6":                  {"0001-01-01 6"},
			"0001-01-01 end; 2010-01-01 6":  {"2010-01-01 6", "0001-01-01 0"},
			"- 6; 2010-01-01 7":             {"2010-01-01 7", " 6"},
		} {
			own := taxtest.Class("STANDARD", mine)
			own.Description = taxtest.English("Mine")
			got := overlaid(t, base, taxtest.Doc("DE", own)).Classes[0]
			assert.Equal(t, want, rateTexts(got), mine)
			assert.True(t, got.Name.Equal(taxtest.English("Standard rate")))
			assert.True(t, got.Description.Equal(taxtest.English("Mine")))
			assert.Equal(t, []string{"STD"}, got.Aliases)
		}
	})
	t.Run("an order of its own", func(t *testing.T) {
		got := overlaid(t, base, taxtest.Doc("DE", tax.Class{Code: "STANDARD", Order: new(0)})).Classes[0]
		assert.Equal(t, new(0), got.Order, "0 is an order")
	})
	t.Run("a new code", func(t *testing.T) {
		c := overlaid(t, base, taxtest.Doc("DE", taxtest.Class("BOOKS", "- 5")))
		require.Len(t, c.Classes, 3)
		assert.Equal(t, "BOOKS", c.Classes[2].Code)
		assert.True(t, c.Classes[0].Default, "the base's default stays")
		assert.False(t, c.Classes[2].Default)
	})
	t.Run("a default of its own", func(t *testing.T) {
		for _, mine := range []tax.Class{taxtest.Class("BOOKS*", "- 5"), {Code: "REDUCED", Default: true}} {
			c := overlaid(t, base, taxtest.Doc("DE", mine))
			var defaults []string
			for _, class := range c.Classes {
				if class.Default {
					defaults = append(defaults, class.Code)
				}
			}
			assert.Equal(t, []string{mine.Code}, defaults)
		}
	})
	t.Run("a new code without rates is nothing", func(t *testing.T) {
		src := tax.Overlay(taxtest.Fixed(base), taxtest.Fixed(taxtest.Doc("DE", tax.Class{Code: "BOOKS"})))
		_, err := taxtest.Open(t, src, nil).Resolve(t.Context(), "DE", "STANDARD")
		assert.ErrorIs(t, err, tax.ErrInvalid, "a mistake in mine is not passed over")
	})
}

func TestOverlayReplacesTheFieldsThatMineGives(t *testing.T) {
	base := aliased(taxtest.WithPostalCodes(taxtest.Doc("ES-CN", taxtest.Class("STANDARD", "- 7")), "35*", "38*"), "GC")
	base.Tax, base.TimeZone = tax.Tax{Code: "IGIC", Name: taxtest.English("Canary tax")}, "Atlantic/Canary"
	base.Exclusive = true
	base.Metadata = tax.Metadata{Version: 3, Source: "world", AsOf: tax.MustDate("2026-11-01")}

	open := taxtest.Doc("ES-CN", taxtest.Class("OWN", "- 1"))
	open.Metadata = tax.Metadata{Version: 8, Source: "shop"}
	c := overlaid(t, base, open)
	assert.Equal(t, "IGIC", c.Tax.Code)
	assert.Equal(t, "Atlantic/Canary", c.TimeZone)
	assert.Equal(t, base.PostalCodes, c.PostalCodes)
	assert.Equal(t, []string{"GC"}, c.RegionAliases)
	assert.True(t, c.Exclusive)
	assert.Equal(t, int64(8), c.Metadata.Version)
	assert.Equal(t, "shop", c.Metadata.Source)
	assert.True(t, c.Metadata.AsOf.IsZero())
	require.NotNil(t, c.Metadata.Base)
	assert.Equal(t, base.Metadata, *c.Metadata.Base)

	given := aliased(taxtest.WithPostalCodes(taxtest.Doc("ES-CN"), "35*"), "TF", "GC")
	given.Tax, given.TimeZone = tax.Tax{Code: "MINE"}, "Europe/Madrid"
	c = overlaid(t, base, given)
	assert.Equal(t, tax.Tax{Code: "MINE"}, c.Tax, "the name goes with the code")
	assert.Equal(t, "Europe/Madrid", c.TimeZone)
	assert.Equal(t, given.PostalCodes, c.PostalCodes)
	assert.ElementsMatch(t, []string{"GC", "TF"}, c.RegionAliases)
	assert.True(t, c.Exclusive)

	base.Exclusive = false
	assert.False(t, overlaid(t, base, given).Exclusive)
	assert.True(t, overlaid(t, base, exclusive(given)).Exclusive)

	country := taxtest.With(taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21")), func(c *tax.Configuration) { c.Regions = tax.RegionsListed })
	assert.Equal(t, tax.RegionsListed, overlaid(t, country, taxtest.Doc("ES")).Regions)
	required := taxtest.With(taxtest.Doc("ES"), func(c *tax.Configuration) { c.Regions = tax.RegionsRequired })
	assert.Equal(t, tax.RegionsRequired, overlaid(t, country, required).Regions)
}

func TestOverlayGoesLocationByLocation(t *testing.T) {
	base := taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), taxtest.Doc("DE-BY", taxtest.Class("STANDARD", "- 18")))
	mine := taxtest.Fixed(taxtest.Doc("DE-BY", taxtest.Class("BOOKS", "- 5")), taxtest.Doc("DE-X-FAIR", taxtest.Class("STANDARD", "- 0 exempt")), taxtest.Doc("AT", taxtest.Class("STANDARD*", "- 20")))
	r := taxtest.Open(t, tax.Overlay(base, mine), nil)
	for _, c := range []struct{ country, region, class, want string }{
		{"DE", "", "STANDARD", "19 VAT"}, {"DE", "", "BOOKS", "unknown class"},
		{"DE", "BY", "STANDARD", "18 VAT"}, {"DE", "BY", "BOOKS", "5 VAT"},
		{"DE", "X-FAIR", "STANDARD", "0 VAT exempt"},
		{"AT", "", "STANDARD", "20 VAT"}, // only mine has it
		{"FR", "", "STANDARD", "unknown country"},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: c.country, Region: c.region, Class: c.class, Date: taxtest.Day})
		assert.Equal(t, c.want, taxtest.Answer(a, err), "%+v", c)
	}
}

func TestOverlayAsksBothForTheSameKey(t *testing.T) {
	var asked []tax.Key
	record := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		asked = append(asked, key)
		return nil, nil
	})
	key := tax.Key{Tenant: "shop", Country: "DE"}
	set, err := tax.Overlay(record, record).Configurations(t.Context(), key)
	assert.NoError(t, err)
	assert.Empty(t, set)
	assert.Equal(t, []tax.Key{key, key}, asked)
}

func TestOverlayFailsWhenEitherFails(t *testing.T) {
	fails := tax.SourceFunc(taxtest.LoadFails)
	good := taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")))
	none := taxtest.Fixed()
	for name, src := range map[string]tax.Source{
		"base": tax.Overlay(fails, good), "mine": tax.Overlay(good, fails), "both": tax.Overlay(fails, fails),
		"base, mine has none": tax.Overlay(fails, none), "mine, base has none": tax.Overlay(none, fails),
		"below": tax.Overlay(tax.Overlay(good, fails), good),
	} {
		set, err := src.Configurations(t.Context(), tax.Key{Country: "DE"})
		assert.ErrorIs(t, err, taxtest.ErrDatabase, name)
		assert.Empty(t, set, name)
		_, err = taxtest.Open(t, src, nil).Resolve(t.Context(), "DE", "")
		assert.ErrorIs(t, err, tax.ErrUnavailable, name)
		assert.ErrorIs(t, err, taxtest.ErrDatabase, name)
	}
}

func TestOverlayChangesNothingOfItsSources(t *testing.T) {
	base := []tax.Configuration{aliased(taxtest.WithPostalCodes(taxtest.Doc("DE-BY", taxtest.Class("STANDARD*", "- 19", "STD"), taxtest.Class("REDUCED", "- 7")), "8*"), "X-B")}
	mine := []tax.Configuration{aliased(taxtest.Doc("DE-BY", taxtest.Class("BOOKS*", "- 5"), tax.Class{Code: "STANDARD", Aliases: []string{"S"}}), "X-M")}
	// Room behind the slices would let an append write into them.
	base[0].RegionAliases = append(make([]string, 0, 8), base[0].RegionAliases...)
	base[0].Classes[0].Aliases = append(make([]string, 0, 8), base[0].Classes[0].Aliases...)
	base[0].Classes = slices.Grow(base[0].Classes, 8)
	base[0].Metadata.Base = &tax.Metadata{Version: 1}
	mine[0].Metadata.Base = &tax.Metadata{Version: 2}
	give := func(set []tax.Configuration) tax.Source {
		return tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { return set, nil })
	}
	before := []tax.Configuration{base[0].Clone(), mine[0].Clone()}
	src := tax.Overlay(give(base), give(mine))
	for range 3 {
		set, err := src.Configurations(t.Context(), tax.Key{Country: "DE"})
		require.NoError(t, err)
		require.Len(t, set, 1)
		assert.Len(t, set[0].Classes, 3)
		depth := 0
		for m := &set[0].Metadata; m != nil; m = m.Base {
			depth++
		}
		assert.Equal(t, 4, depth)
	}
	for i, now := range []tax.Configuration{base[0], mine[0]} {
		want, err := before[i].MarshalJSON()
		require.NoError(t, err)
		got, err := now.MarshalJSON()
		require.NoError(t, err)
		assert.JSONEq(t, string(want), string(got))
	}
	assert.Empty(t, base[0].RegionAliases[:2][1])
	assert.Empty(t, base[0].Classes[0].Aliases[:2][1])
}

func TestOverlayDoesNotHideASecondDocumentForOneLocation(t *testing.T) {
	one, two := taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 16"))
	for name, src := range map[string]tax.Source{
		"base":              tax.Overlay(taxtest.Fixed(one, two), taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("BOOKS", "- 5")))),
		"mine":              tax.Overlay(taxtest.Fixed(one), taxtest.Fixed(one, two)),
		"mine without base": tax.Overlay(taxtest.Fixed(), taxtest.Fixed(one, two)),
	} {
		_, err := taxtest.Open(t, src, nil).Resolve(t.Context(), "DE", "STANDARD")
		assert.ErrorIs(t, err, tax.ErrInvalid, name)
	}
}

func TestOverlayNotifiesForBoth(t *testing.T) {
	base, mine := taxtest.NewNotifyingSource("19"), store.NewMemory(nil)
	r := taxtest.Open(t, tax.Overlay(base, mine), nil)
	ask := func() string { return taxtest.Answer(r.Resolve(t.Context(), "DE", "STANDARD")) }
	assert.Equal(t, "19 VAT", ask())
	base.Percent.Store("21")
	base.Tell(tax.Key{Country: "DE"})
	assert.Equal(t, "21 VAT", ask())
	_, err := mine.Create(t.Context(), "", taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 5")))
	require.NoError(t, err)
	assert.Equal(t, "5 VAT", ask())
	r.Close()
	assert.Zero(t, base.Listeners())

	notifier, ok := tax.Overlay(taxtest.Fixed(), base).(tax.Notifier)
	require.True(t, ok)
	var told []tax.Key
	stop := notifier.Notify(func(k tax.Key) { told = append(told, k) })
	base.Tell(tax.Key{Tenant: "a", Country: "FR"})
	stop()
	stop()
	base.Tell(tax.Key{})
	assert.Equal(t, []tax.Key{{Tenant: "a", Country: "FR"}}, told)
	assert.Zero(t, base.Listeners())
}

func TestOverlayOfNothingIsRefused(t *testing.T) {
	for _, src := range []tax.Source{
		tax.Overlay(nil, taxtest.Fixed()), tax.Overlay(taxtest.Fixed(), nil), tax.Overlay(tax.Overlay(taxtest.Fixed(), nil), taxtest.Fixed()),
	} {
		_, err := tax.NewResolver(src, nil)
		assert.ErrorIs(t, err, tax.ErrInvalid)
		assert.ErrorContains(t, err, "pass two sources")
	}
}

func TestCycleOfMetadataIsRefused(t *testing.T) {
	c := taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))
	c.Metadata.Base = &c.Metadata
	_, err := store.NewMemory(nil).Create(t.Context(), "", c)
	assert.ErrorIs(t, err, tax.ErrInvalid)
	r := taxtest.Open(t, tax.Overlay(taxtest.Fixed(c), taxtest.Fixed(c)), &tax.Options{MaxDataAge: 1, OnWarning: func(tax.Warning) {}})
	_, err = r.Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

func TestOverlayKeepsWhatIsWrongInMine(t *testing.T) {
	base := taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("A*", "- 19")))
	twice := taxtest.Doc("DE", taxtest.Class("A", "- 7"), taxtest.Class("A", "- 8"))
	nameless := taxtest.With(taxtest.Doc("DE"), func(c *tax.Configuration) {
		c.Tax = tax.Tax{Name: tax.MustLocalizedText(map[string]string{"en": "a tax without a code"})}
	})
	for _, mine := range []tax.Configuration{twice, nameless} {
		_, err := taxtest.Open(t, tax.Overlay(base, taxtest.Fixed(mine)), nil).Resolve(t.Context(), "DE", "A")
		assert.ErrorIs(t, err, tax.ErrInvalid)
	}
}

func TestAFaultOfTheBaseIsReportedOnce(t *testing.T) {
	base := taxtest.Fixed(taxtest.Doc("FR", taxtest.Class("no code", "- 20"), taxtest.Class("A*", "- 20")))
	set, err := tax.Overlay(base, taxtest.Fixed(taxtest.Doc("FR", taxtest.Class("B", "- 5")))).
		Configurations(t.Context(), tax.Key{Country: "FR"})
	require.NoError(t, err)
	var paths []string
	for _, f := range tax.ValidateCountry(set).Errors {
		paths = append(paths, f.Path)
	}
	assert.Equal(t, []string{"classes[0].code"}, paths)
}

// On every day a merged timeline has the entry of mine that holds then, and that of the
// base before mine begins.
func TestOverlaidTimelineIsThatOfMineFromItsOldestDayOn(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	day := func(n int) tax.Date { return tax.MustDate("2020-01-01").AddDays(n) }
	some := func(first int) (list []tax.Rate) {
		for n := 9; n > 0; n-- {
			if random.IntN(3) == 0 {
				list = append(list, tax.Rate{From: day(n), Percent: decimal.New(int64(first+n), 0)})
			}
		}
		if random.IntN(3) == 0 || len(list) == 0 {
			list = append(list, tax.Rate{Percent: decimal.New(int64(first), 0)})
		}
		return list
	}
	on := func(list []tax.Rate, n int) string { // the newest entry that has begun
		for _, r := range list {
			if !r.From.After(day(n)) {
				return r.Percent.String()
			}
		}
		return "none"
	}
	for range 300 {
		base, mine := some(100), some(200)
		c := overlaid(t, taxtest.Doc("DE", tax.Class{Code: "A", Rates: base}), taxtest.Doc("DE", tax.Class{Code: "A", Rates: mine}))
		require.Empty(t, c.Validate().Errors)
		for n := range 11 {
			want := on(mine, n)
			if want == "none" {
				want = on(base, n)
			}
			require.Equal(t, want, on(c.Classes[0].Rates, n), "day %d\nbase %v\nmine %v", n, base, mine)
		}
	}
}

func TestOverlaidEntriesHaveTheEvidenceAndEffectOfTheirDocument(t *testing.T) {
	base := []tax.Configuration{taxtest.Doc("CA", taxtest.Class("STANDARD*", "2000-01-01 7 agreed source:law; 2008-01-01 5 agreed source:law")),
		taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "2000-01-01 + 9 tax:QST single source:paper"))}
	base[1].Metadata.Version = 3
	mine := taxtest.With(taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "2020-01-01 + 1 tax:QST; 2021-01-01 inherit; 2022-01-01 end")),
		func(c *tax.Configuration) { c.Metadata.Version = 8 })
	r := taxtest.Open(t, tax.Overlay(taxtest.Fixed(base...), taxtest.Fixed(mine)), nil)
	for _, c := range []struct {
		day, want string
		sources   []string
	}{
		{"2019-12-31", "14 VAT+QST [VAT 5, QST 9]", []string{"law", "paper"}},
		{"2020-01-01", "6 VAT+QST [VAT 5, QST 1]", []string{"law"}},
		{"2021-01-01", "5 VAT", []string{"law"}},
		{"2022-01-01", "no rate on that day", nil},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "CA", Region: "QC", Date: tax.MustDate(c.day)})
		assert.Equal(t, c.want, taxtest.Answer(a, err), c.day)
		if err != nil {
			continue
		}
		x := a.Explain()
		assert.Equal(t, c.sources, x.Sources, c.day)
		var versions []int64
		for _, d := range x.Documents {
			if d.Location.Region == "QC" {
				versions = append(versions, d.Version)
			}
		}
		assert.Equal(t, []int64{8, 3}, versions, c.day)
	}
}
