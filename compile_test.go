package tax_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// timelineText writes what a class is charged over all time, as the resolver
// answers it: "- 5 GST; 2013-01-01 14.975 GST+QST [GST 5, QST 9.975]". It asks
// on the first day of every entry of the documents and on the day before, and
// checks on the way that Since and Until of every answer are the ends of its
// span. An answer that rests on an entry without a start says undated.
func timelineText(t *testing.T, set []tax.Configuration, region, class string) string {
	t.Helper()
	r := taxtest.Resolver(t, set...)
	days := []tax.Date{tax.MustDate("0001-01-01"), tax.MustDate("9999-12-31")}
	for _, c := range set {
		for _, class := range c.Classes {
			for _, rate := range class.Rates {
				if !rate.From.IsZero() {
					days = append(days, rate.From, rate.From.AddDays(-1))
				}
			}
		}
	}
	slices.SortFunc(days, tax.Date.Compare)

	type span struct {
		text         string
		since, until tax.Date
		rate         bool
	}
	var spans []span
	for _, on := range days {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: set[0].Location.Country, Region: region, Class: class, Date: on})
		s := span{text: taxtest.Answer(a, err), since: a.Since(), until: a.Until(), rate: err == nil}
		if err != nil && len(spans) > 0 {
			s.since = on
		}
		if err == nil && a.Explain().Undated {
			s.text += " undated"
		}
		last := len(spans) - 1
		if last < 0 || s.text != spans[last].text || s.rate && s.since != spans[last].since {
			spans = append(spans, s)
			require.False(t, s.since.After(on), "%s since %s", on, s.since)
			require.True(t, s.until.IsZero() || s.until.After(on), "%s until %s", on, s.until)
			require.Equal(t, len(spans) == 1, s.since.IsZero(), "only the first span reaches back without bound")
		}
	}
	var texts []string
	for i, s := range spans {
		var end tax.Date
		if i+1 < len(spans) {
			end = spans[i+1].since
		}
		if s.rate {
			require.Equal(t, end, s.until, "until of %q", s.text)
		}
		start := s.since.String()
		if start == "" {
			start = "-"
		}
		texts = append(texts, start+" "+s.text)
	}
	return strings.Join(texts, "; ")
}

func TestTimelineOfARegionIsMergedWithItsParents(t *testing.T) {
	const gst = "1991-01-01 7; 2006-07-01 6; 2008-01-01 5"
	for _, c := range []struct{ name, parent, own, want string }{
		{"not listed", "1991-01-01 7; 2008-01-01 5", "",
			"- no rate on that day; 1991-01-01 7 GST; 2008-01-01 5 GST"},
		{"replace", gst, "2010-07-01 13 tax:HST",
			"- no rate on that day; 2010-07-01 13 HST"},
		{"replace, undated", gst, "- 13 tax:HST; 2016-07-01 15 tax:HST",
			"- 13 HST undated; 2016-07-01 15 HST"},
		{"add follows the parent", gst, "2000-01-01 + 7",
			"- no rate on that day; 2000-01-01 14 GST+QST [GST 7, QST 7]; 2006-07-01 13 GST+QST [GST 6, QST 7]; " +
				"2008-01-01 12 GST+QST [GST 5, QST 7]"},
		{"add, undated", gst, "- + 7; 2007-01-01 + 8",
			"- no rate on that day; 1991-01-01 14 GST+QST [GST 7, QST 7] undated; 2006-07-01 13 GST+QST [GST 6, QST 7] undated; " +
				"2007-01-01 14 GST+QST [GST 6, QST 8]; 2008-01-01 13 GST+QST [GST 5, QST 8]"},
		{"add on an undated parent", "- 7; 2008-01-01 5", "2000-01-01 + 1; 2009-01-01 + 2",
			"- no rate on that day; 2000-01-01 8 GST+QST [GST 7, QST 1] undated; 2008-01-01 6 GST+QST [GST 5, QST 1]; " +
				"2009-01-01 7 GST+QST [GST 5, QST 2]"},
		{"on top, then beside, as in Quebec", gst, "2011-01-01 ^ 8.5; 2012-01-01 ^ 9.5; 2013-01-01 + 9.975",
			"- no rate on that day; 2011-01-01 13.925 GST+QST [GST 5, QST 8.5 compound]; " +
				"2012-01-01 14.975 GST+QST [GST 5, QST 9.5 compound]; 2013-01-01 14.975 GST+QST [GST 5, QST 9.975]"},
		{"harmonized, then beside, as in British Columbia", gst, "2010-07-01 12 tax:HST FED:5 PROV:7; 2013-04-01 + 7 tax:PST",
			"- no rate on that day; 2010-07-01 12 HST [FED 5, PROV 7]; 2013-04-01 12 GST+PST [GST 5, PST 7]"},
		{"parts on top of parts", "2000-01-01 5 A:2 B:3", "2000-01-01 + 7 C:3 D:4; 2001-01-01 ^ 10 C:10; 2002-01-01 ^ 10",
			"- no rate on that day; 2000-01-01 12 GST+QST [A 2, B 3, C 3, D 4]; " +
				"2001-01-01 15.5 GST+QST [A 2, B 3, C 10 compound]; 2002-01-01 15.5 GST+QST [A 2, B 3, QST 10 compound]"},
		{"inherit in the middle", gst, "2000-01-01 13 tax:HST; 2007-01-01 inherit; 2010-01-01 15 tax:HST",
			"- no rate on that day; 2000-01-01 13 HST; 2007-01-01 6 GST; 2008-01-01 5 GST; 2010-01-01 15 HST"},
		{"inherit at both ends", gst, "- inherit; 2007-01-01 13 tax:HST; 2009-01-01 inherit",
			"- no rate on that day; 1991-01-01 7 GST; 2006-07-01 6 GST; 2007-01-01 13 HST; 2009-01-01 5 GST"},
		{"inherit before the parent began", gst, "1980-01-01 inherit",
			"- no rate on that day; 1991-01-01 7 GST; 2006-07-01 6 GST; 2008-01-01 5 GST"},
		{"inherit on the day the parent changes", gst, "2000-01-01 1; 2008-01-01 inherit",
			"- no rate on that day; 2000-01-01 1 QST; 2008-01-01 5 GST"},
		{"end, then again", gst, "2000-01-01 13; 2005-01-01 end; 2010-01-01 15",
			"- no rate on that day; 2000-01-01 13 QST; 2005-01-01 no rate on that day; 2010-01-01 15 QST"},
		{"end, undated", gst, "- end; 2010-01-01 15", "- no rate on that day; 2010-01-01 15 QST"},
		{"inherit the parent's end", "2000-01-01 5; 2005-01-01 end; 2010-01-01 6", "2001-01-01 inherit; 2011-01-01 7",
			"- no rate on that day; 2001-01-01 5 GST; 2005-01-01 no rate on that day; 2010-01-01 6 GST; 2011-01-01 7 QST"},
		{"add to the parent's end", "2000-01-01 5; 2005-01-01 end; 2010-01-01 6", "2001-01-01 + 1",
			"- no rate on that day; 2001-01-01 6 GST+QST [GST 5, QST 1]; 2005-01-01 no rate on that day; 2010-01-01 7 GST+QST [GST 6, QST 1]"},
		{"one day", gst, "2000-01-01 1; 2000-01-02 2; 2000-01-03 inherit",
			"- no rate on that day; 2000-01-01 1 QST; 2000-01-02 2 QST; 2000-01-03 7 GST; 2006-07-01 6 GST; 2008-01-01 5 GST"},
		{"the same tax", gst, "2010-01-01 + 2 tax:GST",
			"- no rate on that day; 2010-01-01 7 GST [GST 5, GST 2]"},
		{"treatments", gst, "2000-01-01 0 zeroRated; 2001-01-01 0 exempt; 2002-01-01 0 outsideScope; 2003-01-01 0",
			"- no rate on that day; 2000-01-01 0 QST zeroRated; 2001-01-01 0 QST exempt; 2002-01-01 0 QST outsideScope; 2003-01-01 0 QST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			quebec := taxtest.With(taxtest.Doc("CA-QC"), func(d *tax.Configuration) { d.Tax.Code = "QST" })
			if c.own != "" {
				quebec.Classes = []tax.Class{taxtest.Class("STANDARD", c.own)}
			}
			set := []tax.Configuration{
				taxtest.With(taxtest.Doc("CA", taxtest.Class("STANDARD*", c.parent)), func(d *tax.Configuration) { d.Tax.Code = "GST" }), quebec,
			}
			require.NoError(t, tax.ValidateCountry(set).Err())
			assert.Equal(t, c.want, timelineText(t, set, "QC", "STANDARD"))
		})
	}
}

func TestTimelineReachesTheEndsOfTheCalendar(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("CA", taxtest.Class("STANDARD", "0001-01-01 5")), taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "0001-01-01 + 1; 9999-12-31 end")))
	for _, on := range []string{"0001-01-01", "9999-12-30"} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "CA", Region: "QC", Class: "STANDARD", Date: tax.MustDate(on)})
		assert.Equal(t, "6 VAT [VAT 5, VAT 1]", taxtest.Answer(a, err))
		assert.Equal(t, tax.MustDate("0001-01-01"), a.Since())
		assert.Equal(t, tax.MustDate("9999-12-31"), a.Until())
	}
	_, err := r.Lookup(t.Context(), tax.Lookup{Country: "CA", Region: "QC", Class: "STANDARD", Date: tax.MustDate("9999-12-31")})
	assert.ErrorIs(t, err, tax.ErrNoRate)
}

func TestTimelineOfACountryStandsForItself(t *testing.T) {
	for _, c := range []struct{ name, timeline, want string }{
		{"undated", "- 19", "- 19 VAT undated"},
		{"dated", "2007-01-01 19", "- no rate on that day; 2007-01-01 19 VAT"},
		{"a pause", "2007-01-01 19; 2020-07-01 end; 2021-01-01 19", "- no rate on that day; 2007-01-01 19 VAT; 2020-07-01 no rate on that day; 2021-01-01 19 VAT"},
		{"the same again is an entry of its own", "- 19; 2020-07-01 19", "- 19 VAT undated; 2020-07-01 19 VAT"},
		{"levies and a tax on top of them, as in Ghana",
			"2018-08-01 18.125 NHIL:2.5 GETFL:2.5 VAT:12.5c; 2021-05-01 19.25 NHIL:2.5 GETFL:2.5 CHRL:1 VAT:12.5c; " +
				"2023-01-01 21.9 NHIL:2.5 GETFL:2.5 CHRL:1 VAT:15c; 2026-01-01 20 NHIL:2.5 GETFL:2.5 VAT:15",
			"- no rate on that day; 2018-08-01 18.125 VAT [NHIL 2.5, GETFL 2.5, VAT 12.5 compound]; " +
				"2021-05-01 19.25 VAT [NHIL 2.5, GETFL 2.5, CHRL 1, VAT 12.5 compound]; " +
				"2023-01-01 21.9 VAT [NHIL 2.5, GETFL 2.5, CHRL 1, VAT 15 compound]; 2026-01-01 20 VAT [NHIL 2.5, GETFL 2.5, VAT 15]"},
		{"a change of the tax", "2000-01-01 13 tax:SALES; 2017-07-01 5 tax:GST", "- no rate on that day; 2000-01-01 13 SALES; 2017-07-01 5 GST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := []tax.Configuration{taxtest.Doc("GH", taxtest.Class("STANDARD*", c.timeline))}
			require.NoError(t, tax.ValidateCountry(set).Err())
			assert.Equal(t, c.want, timelineText(t, set, "", "STANDARD"))
		})
	}
}

func TestThreeLevelsMergeOneAfterTheOther(t *testing.T) {
	coded := func(c tax.Configuration, code string) tax.Configuration {
		c.Tax.Code = code
		return c
	}
	set := []tax.Configuration{
		coded(taxtest.Doc("FR", taxtest.Class("STANDARD*", "2000-01-01 20; 2014-01-01 22")), "A"),
		coded(taxtest.Doc("FR-20R", taxtest.Class("STANDARD", "2005-01-01 + 2; 2010-01-01 inherit; 2015-01-01 10")), "B"),
		coded(taxtest.Doc("FR-2A", taxtest.Class("STANDARD", "2004-01-01 + 1; 2012-01-01 ^ 10; 2016-01-01 inherit")), "C"),
		taxtest.Doc("FR-2B"),
	}
	require.NoError(t, tax.ValidateCountry(set).Err())
	assert.Equal(t, "- no rate on that day; 2005-01-01 22 A+B [A 20, B 2]; 2010-01-01 20 A; 2014-01-01 22 A; 2015-01-01 10 B",
		timelineText(t, set, "20R", "STANDARD"))
	assert.Equal(t, "- no rate on that day; 2005-01-01 23 A+B+C [A 20, B 2, C 1]; 2010-01-01 21 A+C [A 20, C 1]; "+
		"2012-01-01 32 A+C [A 20, C 10 compound]; 2014-01-01 34.2 A+C [A 22, C 10 compound]; "+
		"2015-01-01 21 B+C [B 10, C 10 compound]; 2016-01-01 10 B", timelineText(t, set, "2A", "STANDARD"))
	assert.Equal(t, timelineText(t, set, "20R", "STANDARD"), timelineText(t, set, "2B", "STANDARD"))
	a, err := taxtest.Resolver(t, set...).Lookup(t.Context(), tax.Lookup{Country: "FR", Region: "2B", Date: tax.MustDate("2015-01-01")})
	assert.Equal(t, "STANDARD at FR-2B by region, default class, inherited from parent", taxtest.Steps(a, err))
	assert.Equal(t, "B", a.Tax().Code, "the tax of the nearest document above that names one")
}

func TestTotalsAreExact(t *testing.T) {
	set := []tax.Configuration{
		taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5.123456789012")),
		taxtest.With(taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "- ^ 9.975")), func(c *tax.Configuration) { c.Tax.Code = "QST" }),
	}
	// 5.123456789012 + 9.975 * 1.05123456789012, the zeros at the end dropped
	assert.Equal(t, "- 15.609521603715947 VAT+QST [VAT 5.123456789012, QST 9.975 compound] undated",
		timelineText(t, set, "QC", "STANDARD"))
}

func TestExclusiveTerritoryInheritsOnlyTheDefaultAndWhatItAsksFor(t *testing.T) {
	set := []tax.Configuration{
		taxtest.Doc("ES", taxtest.Class("STANDARD*", "- 21", "STD"), taxtest.Class("REDUCED", "- 10"), taxtest.Class("SUPER", "- 4")),
		taxtest.With(taxtest.Doc("ES-CN", taxtest.Class("STANDARD", "- 7"), taxtest.Class("SUPER", "- inherit")), func(c *tax.Configuration) { c.Exclusive = true }),
		taxtest.With(taxtest.Doc("ES-CE", taxtest.Class("SUPER", "- 0 outsideScope")), func(c *tax.Configuration) { c.Exclusive = true }),
	}
	require.NoError(t, tax.ValidateCountry(set).Err())
	assert.Equal(t, "- 7 VAT undated", timelineText(t, set, "CN", "STANDARD"))
	assert.Equal(t, "- 7 VAT undated", timelineText(t, set, "CN", ""))
	assert.Equal(t, "- 4 VAT undated", timelineText(t, set, "CN", "SUPER"))
	assert.Equal(t, "- unknown class", timelineText(t, set, "CN", "REDUCED"))
	assert.Equal(t, "- 0 VAT outsideScope undated", timelineText(t, set, "CE", "SUPER"))
	assert.Equal(t, "- unknown class", timelineText(t, set, "CE", "STANDARD"))
	a, err := taxtest.Resolver(t, set...).Lookup(t.Context(), tax.Lookup{Country: "ES", Region: "CE", Date: taxtest.Day})
	assert.Equal(t, "no default class", taxtest.Answer(a, err), "the parent's default is no class here")
}

func TestListedClassKeepsWhatItLeavesOpenOfTheParents(t *testing.T) {
	standard := taxtest.Class("STANDARD*", "- 21", "STD")
	standard.Name = tax.MustLocalizedText(map[string]string{"en": "Standard rate"})
	standard.Description = tax.MustLocalizedText(map[string]string{"en": "Most goods"})
	own := taxtest.Class("STANDARD", "- 7", "GENERAL")
	own.Description = tax.MustLocalizedText(map[string]string{"en": "Here"})
	r := taxtest.Resolver(t, taxtest.Doc("ES", standard), taxtest.Doc("ES-CN", own), taxtest.Doc("ES-GC"))
	for _, region := range []string{"CN", "GC"} {
		for _, class := range []string{"STANDARD", "STD", "GENERAL", ""} {
			a, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Region: region, Class: class, Date: taxtest.Day})
			require.NoError(t, err, class)
			assert.Equal(t, "Standard rate, Here", a.Name(tax.Preferences{})+", "+a.Description(tax.Preferences{}))
			assert.Equal(t, "7", taxtest.Percent(a.Percent()))
		}
	}
	_, err := r.Lookup(t.Context(), tax.Lookup{Country: "ES", Class: "GENERAL", Date: taxtest.Day})
	assert.ErrorIs(t, err, tax.ErrUnknownClass, "the parent learns nothing")
}

func TestOrderOfTheDocumentsDoesNotMatter(t *testing.T) {
	set := []tax.Configuration{
		taxtest.Doc("FR", taxtest.Class("STANDARD*", "2014-01-01 20"), taxtest.Class("REDUCED", "2014-01-01 10")),
		taxtest.Doc("FR-20R", taxtest.Class("STANDARD", "2014-01-01 + 1")),
		taxtest.Doc("FR-2A", taxtest.Class("REDUCED", "2014-01-01 + 2")),
		taxtest.Doc("FR-ARA", taxtest.Class("STANDARD", "2014-01-01 + 3")), taxtest.Doc("FR-01", taxtest.Class("STANDARD", "2014-01-01 + 1")), // the parent's code sorts later
		taxtest.WithPostalCodes(taxtest.Doc("FR-971", taxtest.Class("STANDARD", "2014-01-01 8.5")), "97100-97132"),
		taxtest.WithPostalCodes(taxtest.Doc("FR-BL"), "97133"), taxtest.WithPostalCodes(taxtest.Doc("FR-MF"), "97133"), // overlap: both invalid
		taxtest.With(taxtest.Doc("FR-X-ONE"), func(c *tax.Configuration) { c.RegionAliases = []string{"X-BOTH"} }),
		taxtest.With(taxtest.Doc("FR-X-TWO"), func(c *tax.Configuration) { c.RegionAliases = []string{"X-BOTH"} }),
		taxtest.Doc("FR-IDF", taxtest.Class("NEW", "2014-01-01 inherit")), // invalid: the parent has no such class
		taxtest.Doc("FR-75", taxtest.Class("NEW", "2014-01-01 1")),
	}
	var lookups []tax.Lookup
	for _, region := range []string{"", "20R", "2A", "2B", "ARA", "01", "971", "BL", "MF", "X-ONE", "X-TWO", "X-BOTH", "IDF", "75"} {
		for _, class := range []string{"", "REDUCED", "NEW"} {
			lookups = append(lookups, tax.Lookup{Country: "FR", Region: region, Class: class, Date: taxtest.Day})
		}
	}
	lookups = append(lookups, tax.Lookup{Country: "FR", PostalCode: "97133", Date: taxtest.Day}, tax.Lookup{Country: "FR", PostalCode: "97110", Date: taxtest.Day})
	answers := func() (list []string) {
		r := taxtest.Resolver(t, set...)
		for _, l := range lookups {
			a, err := r.Lookup(t.Context(), l)
			list = append(list, l.Region+l.PostalCode+" "+l.Class+" -> "+taxtest.Answer(a, err)+", "+taxtest.Steps(a, err))
		}
		return list
	}
	want := answers()
	assert.Contains(t, want, "2A  -> 21 VAT [VAT 20, VAT 1], STANDARD at FR-2A by region, default class, inherited from parent")
	assert.Contains(t, want, "01  -> 24 VAT [VAT 20, VAT 3, VAT 1], STANDARD at FR-01 by region, default class")
	assert.Contains(t, want, "97133  -> invalid, invalid")
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		random.Shuffle(len(set), func(i, j int) { set[i], set[j] = set[j], set[i] })
		require.Equal(t, want, answers())
	}
}

// broken makes a document invalid by itself without touching anything that
// another document looks at.
func broken(c tax.Configuration) tax.Configuration {
	c.Classes = append(c.Classes, tax.Class{Code: "NO RATES"})
	return c
}

func aliased(c tax.Configuration, aliases ...string) tax.Configuration {
	c.RegionAliases = aliases
	return c
}

func exclusive(c tax.Configuration) tax.Configuration {
	c.Exclusive = true
	return c
}

// question is a lookup in the country of a set, and its answer.
type question struct{ region, postal, class, want string }

func TestQuarantine(t *testing.T) {
	doc, class, codes := taxtest.Doc, taxtest.Class, taxtest.WithPostalCodes
	country := doc("FR", class("STANDARD*", "2014-01-01 20", "STD"), class("REDUCED", "2014-01-01 10"), class("GROSS", "- 5 ofGross"),
		class("EXEMPT", "2000-01-01 4; 2014-01-01 0 exempt"))
	const invalid, unknown = "invalid", "unknown region"
	for _, c := range []struct {
		name      string
		set       []tax.Configuration
		questions []question
	}{
		{"an invalid region costs itself", []tax.Configuration{country, broken(codes(doc("FR-971", class("STANDARD", "- 8.5")), "97100-97132")), doc("FR-972")},
			[]question{{"971", "", "STANDARD", invalid}, {"971", "", "REDUCED", invalid}, {"971", "", "", invalid}, {"", "97110", "STANDARD", invalid},
				{"972", "", "STANDARD", "20 VAT"}, {"", "", "STANDARD", "20 VAT"}}},
		{"an invalid country costs what comes from it", []tax.Configuration{broken(country),
			doc("FR-20R", class("STANDARD", "2014-01-01 9; 2020-01-01 10"), class("ENDED", "2014-01-01 2; 2020-01-01 end"),
				class("SUM", "2014-01-01 + 1"), class("MIXED", "2014-01-01 inherit; 2020-01-01 3"))},
			[]question{{"", "", "STANDARD", invalid}, {"20R", "", "STANDARD", "10 VAT"}, {"20R", "", "ENDED", "no rate on that day"},
				{"20R", "", "SUM", invalid}, {"20R", "", "MIXED", "3 VAT"}, {"20R", "", "REDUCED", invalid}, {"20R", "", "STD", invalid}, {"20R", "", "", invalid}}},
		{"an exclusive region under an invalid country", []tax.Configuration{broken(country), exclusive(doc("FR-971", class("STANDARD", "- 8.5")))},
			[]question{{"971", "", "STANDARD", "8.5 VAT"}, {"971", "", "REDUCED", "unknown class"}, {"971", "", "", invalid}}},
		{"a region with a default of its own under an invalid country", []tax.Configuration{broken(country), doc("FR-971", class("STANDARD*", "- 8.5"))},
			[]question{{"971", "", "", "8.5 VAT"}, {"", "", "", invalid}}},
		{"a region two levels below an invalid country", []tax.Configuration{broken(country),
			doc("FR-20R", class("STANDARD", "2014-01-01 10")), doc("FR-2A", class("OWN", "2014-01-01 1"))},
			[]question{{"2A", "", "STANDARD", "10 VAT"}, {"2A", "", "OWN", "1 VAT"}, {"2A", "", "REDUCED", invalid}, {"2A", "", "", invalid}}},
		{"own entries two levels below an invalid country beside inherited ones", []tax.Configuration{broken(country),
			doc("FR-20R", class("STANDARD", "2014-01-01 10")), doc("FR-2A", class("OWN", "2014-01-01 1"), class("REDUCED", "2014-01-01 + 1"))},
			[]question{{"2A", "", "OWN", "1 VAT"}, {"2A", "", "REDUCED", invalid}}},
		{"two documents for one region", []tax.Configuration{country, doc("FR-971", class("STANDARD", "- 8.5")), doc("FR-971", class("STANDARD", "- 8.5")), doc("FR-972")},
			[]question{{"971", "", "STANDARD", invalid}, {"972", "", "STANDARD", "20 VAT"}, {"", "", "STANDARD", "20 VAT"}}},
		{"two documents for one region, of which one has postal codes and aliases", []tax.Configuration{country, doc("FR-971"),
			aliased(codes(doc("FR-971", class("STANDARD", "- 8.5")), "97100-97132"), "X-ISLE")},
			[]question{{"971", "", "STANDARD", invalid}, {"", "97110", "STANDARD", invalid}, {"X-ISLE", "", "STANDARD", invalid}}},
		{"two documents for the country", []tax.Configuration{country, country, doc("FR-971", class("STANDARD", "- 8.5"))},
			[]question{{"", "", "STANDARD", invalid}, {"971", "", "STANDARD", "8.5 VAT"}, {"971", "", "REDUCED", invalid}}},
		{"overlapping postal codes", []tax.Configuration{country, codes(doc("FR-971"), "971*"), codes(doc("FR-BL"), "97133"), codes(doc("FR-972"), "972*")},
			[]question{{"971", "", "STANDARD", invalid}, {"BL", "", "STANDARD", invalid}, {"", "97133", "STANDARD", invalid}, {"", "97110", "STANDARD", invalid},
				{"", "97210", "STANDARD", "20 VAT"}, {"972", "", "STANDARD", "20 VAT"}, {"", "75001", "STANDARD", "20 VAT"}}},
		{"an alias that is another region", []tax.Configuration{country, aliased(doc("FR-20R"), "2A"), doc("FR-2A"), doc("FR-971")},
			[]question{{"20R", "", "STANDARD", invalid}, {"2A", "", "STANDARD", invalid}, {"971", "", "STANDARD", "20 VAT"}}},
		{"an alias that two regions claim", []tax.Configuration{country, aliased(doc("FR-971"), "X-ISLES"), aliased(doc("FR-972"), "X-ISLES"), aliased(doc("FR-974"), "X-ISLES")},
			[]question{{"971", "", "", invalid}, {"972", "", "", invalid}, {"974", "", "", invalid}, {"X-ISLES", "", "", invalid}, {"", "", "", "20 VAT"}}},
		{"a document whose location cannot be read", []tax.Configuration{country, doc("FR-Paris")}, []question{{"", "", "STANDARD", "20 VAT"}, {"Paris", "", "", invalid}}},
		{"only a document without location", []tax.Configuration{{}, doc("FR-971", class("OWN", "- 1 tax:T"))},
			[]question{{"", "", "STANDARD", invalid}, {"971", "", "STANDARD", invalid}, {"971", "", "OWN", "1 T"}}},
		{"a location that is not canonical", []tax.Configuration{country, doc("FR-971"), doc("FR-972", class("STANDARD", "- 8.5")), {Location: tax.Location{Country: "FR", Region: "fr-974"}}},
			[]question{{"974", "", "STANDARD", invalid}, {"971", "", "STANDARD", "20 VAT"}}},
		{"add to a class the parent does not have", []tax.Configuration{country, doc("FR-971", class("NEW", "- + 1"), class("STANDARD", "- 8.5")), doc("FR-972", class("NEW", "- inherit")), doc("FR-974", class("NEW", "- ^ 1"))},
			[]question{{"971", "", "NEW", invalid}, {"971", "", "STANDARD", invalid}, {"972", "", "NEW", invalid}, {"974", "", "", invalid}}},
		{"add to an alias of the parent", []tax.Configuration{country, doc("FR-971", class("STD", "- + 1"))}, []question{{"971", "", "STD", invalid}}},
		{"add to what is not taxable", []tax.Configuration{country, doc("FR-971", class("EXEMPT", "2020-01-01 + 1")), doc("FR-972", class("EXEMPT", "2010-01-01 + 1; 2014-01-01 0 exempt"))},
			[]question{{"971", "", "EXEMPT", invalid}, {"972", "", "EXEMPT", "0 VAT exempt"}}},
		{"add to a percentage of the gross price", []tax.Configuration{country, doc("FR-971", class("GROSS", "- + 1")), doc("FR-972", class("GROSS", "- inherit"))},
			[]question{{"971", "", "GROSS", invalid}, {"972", "", "GROSS", "5 VAT"}}},
		{"a code that is an inherited alias", []tax.Configuration{country, doc("FR-971", class("STD", "- 1"))}, []question{{"971", "", "STD", invalid}, {"971", "", "STANDARD", invalid}}},
		{"an alias that is an inherited code", []tax.Configuration{country, doc("FR-971", class("NEW", "- 1", "REDUCED"))}, []question{{"971", "", "NEW", invalid}}},
		{"an alias that is an inherited alias", []tax.Configuration{country, doc("FR-971", class("NEW", "- 1", "STD"))}, []question{{"971", "", "NEW", invalid}}},
		{"an alias that is an inherited alias of the same class", []tax.Configuration{country, doc("FR-971", class("STANDARD", "- 1", "STD"))}, []question{{"971", "", "STD", "1 VAT"}}},
		{"colliding codes do not matter where nothing is inherited", []tax.Configuration{country, exclusive(doc("FR-971", class("STD", "- 1", "REDUCED")))},
			[]question{{"971", "", "STD", "1 VAT"}, {"971", "", "REDUCED", "1 VAT"}}},
		{"no document for the country", []tax.Configuration{codes(doc("FR-971", class("STANDARD*", "- 8.5")), "971*"), doc("FR-2A", class("STANDARD", "- 1"))},
			[]question{{"", "", "STANDARD", "region required"}, {"971", "", "", "8.5 "}, {"", "97110", "STANDARD", "8.5 "}, {"20R", "", "STANDARD", unknown},
				{"X-NOWHERE", "", "STANDARD", unknown}, {"971", "", "REDUCED", "unknown class"}, {"2A", "", "", "no default class"}, {"", "75001", "STANDARD", "region required"},
				{"971", "75001", "STANDARD", "region required"}}},
		{"no document for the country, and a region that needs one", []tax.Configuration{doc("FR-971", class("STANDARD", "- + 1")), doc("FR-972", class("STANDARD", "- 1"))},
			[]question{{"971", "", "STANDARD", invalid}, {"972", "", "STANDARD", "1 "}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Unlike fixedSource, this one also gives what is not of the country.
			r := taxtest.Open(t, tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
				var set []tax.Configuration
				for _, document := range c.set {
					set = append(set, document.Clone())
				}
				return set, nil
			}), nil)
			for _, q := range c.questions {
				a, err := r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: q.region, PostalCode: q.postal, Class: q.class, Date: taxtest.Day})
				if !assert.Equal(t, q.want, taxtest.Answer(a, err), "%+v", q) || q.want != invalid {
					continue
				}
				var cause *tax.InvalidError
				assert.ErrorAs(t, err, &cause, "%+v: the answer names the faults", q)
			}
			report := tax.ValidateCountry(c.set)
			wantInvalid := false
			for _, q := range c.questions {
				wantInvalid = wantInvalid || q.want == invalid
			}
			if wantInvalid {
				require.ErrorIs(t, report.Err(), tax.ErrInvalid, "validation tells what the resolver refuses")
			} else {
				require.NoError(t, report.Err())
			}
		})
	}
}

func TestInvalidParentIsNotCoveredByTheFallback(t *testing.T) {
	r := taxtest.Open(t, taxtest.Fixed(broken(taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20"))), taxtest.Doc("FR-971", taxtest.Class("OWN*", "- 1"))),
		&tax.Options{FallbackToDefault: true})
	_, err := r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: "971", Class: "STANDARD", Date: taxtest.Day})
	assert.ErrorIs(t, err, tax.ErrInvalid, "the class may exist in the document that cannot be read")
}

func TestClassesBelowATombstoneAreNotListedInPart(t *testing.T) {
	r := taxtest.Resolver(t, broken(taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20"))),
		taxtest.Doc("FR-971", taxtest.Class("OWN", "- 1"), taxtest.Class("STANDARD", "- inherit")),
		exclusive(taxtest.Doc("FR-972", taxtest.Class("OWN", "- 1"))))
	_, err := r.Classes(t.Context(), tax.Lookup{Country: "FR", Region: "971", Date: taxtest.Day})
	assert.ErrorIs(t, err, tax.ErrInvalid, "the list would lack what cannot be read")
	list, err := r.Classes(t.Context(), tax.Lookup{Country: "FR", Region: "972", Date: taxtest.Day})
	require.NoError(t, err, "nothing is inherited here")
	require.Len(t, list, 1)
	assert.Equal(t, "OWN", list[0].Class())
}

func TestCodeShorterThanTheBoundsAroundItIsNoOverlap(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")),
		taxtest.WithPostalCodes(taxtest.Doc("DE-X-WIDE", taxtest.Class("STANDARD", "- 1")), "10-30"),
		taxtest.WithPostalCodes(taxtest.Doc("DE-X-ONE", taxtest.Class("STANDARD", "- 2")), "2"),
		taxtest.WithPostalCodes(taxtest.Doc("DE-X-TWO", taxtest.Class("STANDARD", "- 3")), "3"))
	for code, want := range map[string]string{
		"1": "19 VAT", "10": "1 VAT", "1999": "1 VAT", "2": "2 VAT", "20": "1 VAT", "2000": "1 VAT", "29": "1 VAT", "3": "3 VAT", "30": "1 VAT", "31": "19 VAT", "4": "19 VAT",
	} {
		assert.Equal(t, want, taxtest.Answer(r.Lookup(t.Context(), tax.Lookup{Country: "DE", PostalCode: code, Class: "STANDARD", Date: taxtest.Day})), code)
	}
	overlapping := tax.ValidateCountry([]tax.Configuration{taxtest.Doc("DE"), taxtest.WithPostalCodes(taxtest.Doc("DE-X-WIDE"), "10-30"), taxtest.WithPostalCodes(taxtest.Doc("DE-X-ONE"), "25")})
	assert.NotEmpty(t, overlapping.Errors)
	// What surrounds them does not hide that two regions claim one short code.
	hidden := tax.ValidateCountry([]tax.Configuration{taxtest.Doc("DE"), taxtest.WithPostalCodes(taxtest.Doc("DE-X-WIDE"), "111-199"),
		taxtest.WithPostalCodes(taxtest.Doc("DE-X-ONE"), "12"), taxtest.WithPostalCodes(taxtest.Doc("DE-X-TWO"), "12")})
	var faults []string
	for _, f := range hidden.Errors {
		faults = append(faults, f.String())
	}
	assert.Equal(t, []string{"DE-X-ONE: postalCodes: overlap with DE-X-TWO", "DE-X-TWO: postalCodes: overlap with DE-X-ONE"}, faults)
}

func TestChildOfARegionWhoseClassesFailTogether(t *testing.T) {
	set := []tax.Configuration{
		taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20")),
		taxtest.Doc("FR-20R", taxtest.Class("STANDARD", "- 19"), taxtest.Class("X", "- inherit")),
		taxtest.Doc("FR-2A", taxtest.Class("STANDARD", "- 18")),
	}
	assert.ErrorIs(t, tax.ValidateCountry(set).Err(), tax.ErrInvalid)
	r := taxtest.Resolver(t, set...)
	for region, want := range map[string]string{"": "20 VAT", "20R": "invalid", "2A": "18 VAT"} {
		assert.Equal(t, want, taxtest.Answer(r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: region, Class: "STANDARD", Date: taxtest.Day})), region)
	}
}

func TestCodesWrittenWronglyLeadToTheTombstone(t *testing.T) {
	for _, c := range []struct {
		name   string
		edit   func(*tax.Configuration)
		lookup tax.Lookup
	}{
		{"alias in lower case", func(c *tax.Configuration) { c.RegionAliases = []string{"bue"} }, tax.Lookup{Region: "BUE"}},
		{"alias with the country", func(c *tax.Configuration) { c.RegionAliases = []string{"DE-BUE"} }, tax.Lookup{Region: "BUE"}},
		{"range with a space", func(c *tax.Configuration) { c.PostalCodes = []tax.PostalRange{{From: "27 498"}} }, tax.Lookup{PostalCode: "27498"}},
		{"range in lower case", func(c *tax.Configuration) { c.PostalCodes = []tax.PostalRange{{From: "bt", To: "bt"}} }, tax.Lookup{PostalCode: "BT1"}},
		{"bounds swapped", func(c *tax.Configuration) { c.PostalCodes = []tax.PostalRange{{From: "300", To: "200"}} }, tax.Lookup{PostalCode: "27498"}},
		{"bounds of two lengths", func(c *tax.Configuration) { c.PostalCodes = []tax.PostalRange{{From: "27", To: "27498"}} }, tax.Lookup{PostalCode: "27498"}},
		{"unreadable range", func(c *tax.Configuration) { c.PostalCodes = []tax.PostalRange{{From: "27.498"}} }, tax.Lookup{PostalCode: "27498"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), taxtest.With(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 0 outsideScope")), c.edit))
			c.lookup.Country, c.lookup.Date = "DE", taxtest.Day
			assert.Equal(t, "invalid", taxtest.Answer(r.Lookup(t.Context(), c.lookup)))
			assert.Equal(t, "19 VAT", taxtest.Answer(r.Lookup(t.Context(), tax.Lookup{Country: "DE", Date: taxtest.Day})))
		})
	}
}

func TestTaxOfTwoDocumentsThatDisagreeIsNotInherited(t *testing.T) {
	named := func(code string) tax.Configuration {
		return taxtest.With(taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5")), func(c *tax.Configuration) { c.Tax.Code = code })
	}
	region := taxtest.With(taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "- 9")), func(c *tax.Configuration) { c.Tax = tax.Tax{} })
	for _, set := range [][]tax.Configuration{{named("GST"), named("VAT"), region}, {named("VAT"), named("GST"), region}} {
		assert.Equal(t, "invalid", taxtest.Answer(taxtest.Resolver(t, set...).Lookup(t.Context(), tax.Lookup{Country: "CA", Region: "QC", Class: "STANDARD", Date: taxtest.Day})))
	}
}

func TestEveryFaultIsReported(t *testing.T) {
	bad := taxtest.With(taxtest.Doc("DE", taxtest.Class("A", "- 19")), func(c *tax.Configuration) { c.Classes[0].Code = " " })
	assert.Len(t, tax.ValidateCountry([]tax.Configuration{bad, taxtest.Doc("FR", taxtest.Class("A", "- 1"))}).Errors, 2)
	spelled := taxtest.With(taxtest.Doc("GB", taxtest.Class("A", "- 20")), func(c *tax.Configuration) { c.Location.Country = "UK" })
	for _, f := range tax.ValidateCountry([]tax.Configuration{spelled, taxtest.Doc("GB-NIR")}).Errors {
		assert.NotContains(t, f.Message, "not in UK")
	}
}

func TestAllOfTheGrossPriceIsNoTax(t *testing.T) {
	report := taxtest.Doc("DE", taxtest.Class("A", "- 100 ofGross")).Validate()
	require.Len(t, report.Errors, 1)
	assert.Equal(t, "classes[0].rates[0].percent", report.Errors[0].Path)
}

// The faulty document alone pays for its fault.
func TestFaultyClaimsDoNotMakeANeighbourInvalid(t *testing.T) {
	neighbour := aliased(taxtest.WithPostalCodes(taxtest.Doc("AT-6", taxtest.Class("STANDARD", "- 19")), "80*"), "X-N")
	faulty := taxtest.With(taxtest.Doc("AT-7", taxtest.Class("STANDARD", "- 18")), func(c *tax.Configuration) {
		c.PostalCodes = []tax.PostalRange{{From: "81", To: "79"}, {From: "69-91"}}
		c.RegionAliases = []string{"x-n", "x-f"}
	})
	set := []tax.Configuration{taxtest.Doc("AT", taxtest.Class("STANDARD*", "- 20")), neighbour, faulty}
	for _, f := range tax.ValidateCountry(set).Errors {
		assert.Equal(t, "7", f.Location.Region, f)
	}
	r := taxtest.Resolver(t, set...)
	for _, c := range []struct{ region, code, want string }{
		{"", "8000", "19 VAT"}, {"X-N", "", "19 VAT"}, {"6", "", "19 VAT"},
		{"", "7900", "invalid"}, {"", "8100", "invalid"}, {"", "6991", "invalid"}, {"7", "", "invalid"}, {"X-F", "", "invalid"},
		{"", "5000", "20 VAT"}, {"", "", "20 VAT"},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "AT", Region: c.region, PostalCode: c.code, Date: taxtest.Day})
		assert.Equal(t, c.want, taxtest.Answer(a, err), "%+v", c)
	}
}
