package tax_test

import (
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
