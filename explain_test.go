package tax_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// explained is a country with everything that an explanation can tell.
func explained() []tax.Configuration {
	of := func(version int64, source, asOf string) func(*tax.Configuration) {
		return func(c *tax.Configuration) {
			c.Metadata = tax.Metadata{Version: version, Source: source, AsOf: tax.MustDate(asOf)}
		}
	}
	canada := taxtest.With(taxtest.Doc("CA", taxtest.Class("STANDARD*", "2008-01-01 5 agreed source:cra", "STD"), taxtest.Class("GROSS", "2008-01-01 17.50 ofGross"),
		taxtest.Class("EXEMPT", "- 0 exempt disputed"), taxtest.Class("OLD", "2008-01-01 3; 2010-01-01 end")), of(4, "federal", "2026-11-01"))
	canada.Tax.Code = "GST"
	quebec := taxtest.With(taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "2011-01-01 ^ 9.5 source:rq; 2013-01-01 + 9.975 single source:rq source:cra; 2027-01-01 + 10")),
		of(7, "provincial", "2026-10-01"))
	quebec.Tax.Code = "QST"
	island := exclusive(taxtest.WithPostalCodes(aliased(taxtest.Doc("CA-X-ISLAND", taxtest.Class("STANDARD", "2008-01-01 0 outsideScope")), "X-ISLE"), "A1A1A1"))
	island.Metadata.Version = 1
	return []tax.Configuration{canada, quebec, island}
}

func TestExplanationIsPlainJSON(t *testing.T) {
	const documentCA = `{"location": {"country": "CA"}, "version": 4, "source": "federal", "asOf": "2026-11-01"}`
	const documentQC = `{"location": {"country": "CA", "region": "QC"}, "version": 7, "source": "provincial", "asOf": "2026-10-01"}`
	// The country takes part: it names the tax, or the default class.
	const documentIsland = `{"location": {"country": "CA", "region": "X-ISLAND"}, "version": 1}`
	on := tax.MustDate("2026-11-21")
	for _, c := range []struct {
		name   string
		lookup tax.Lookup
		then   func(tax.Resolution) tax.Resolution
		want   string
	}{
		{"a country", tax.Lookup{Country: "can", Class: "STANDARD", Date: on}, nil, `{
			"input": {"country": "CA", "class": "STANDARD", "date": "2026-11-21"},
			"territory": {"country": "CA"}, "steps": ["country", "class"], "class": "STANDARD",
			"percent": "5", "treatment": "taxable", "tax": "GST", "since": "2008-01-01",
			"status": "agreed", "sources": ["cra"], "documents": [` + documentCA + `], "postalCodeMatters": true}`},
		{"a sum", tax.Lookup{Country: "CA", Region: "ca-qc", Class: "STD", Date: on}, nil, `{
			"input": {"country": "CA", "region": "QC", "class": "STD", "date": "2026-11-21"},
			"territory": {"country": "CA", "region": "QC"}, "steps": ["region", "class alias"], "class": "STANDARD",
			"percent": "14.975", "components": [{"code": "GST", "percent": "5"}, {"code": "QST", "percent": "9.975"}],
			"treatment": "taxable", "tax": "GST+QST", "since": "2013-01-01", "until": "2027-01-01",
			"status": "single", "sources": ["cra", "rq"], "documents": [` + documentQC + `, ` + documentCA + `]}`},
		{"a sum on top", tax.Lookup{Country: "CA", Region: "QC", Date: tax.MustDate("2012-12-31")}, nil, `{
			"input": {"country": "CA", "region": "QC", "date": "2012-12-31"},
			"territory": {"country": "CA", "region": "QC"}, "steps": ["region", "default class"], "class": "STANDARD",
			"percent": "14.975", "components": [{"code": "GST", "percent": "5"}, {"code": "QST", "percent": "9.5", "compound": true}],
			"treatment": "taxable", "tax": "GST+QST", "since": "2011-01-01", "until": "2013-01-01",
			"status": "agreed", "sources": ["cra", "rq"], "documents": [` + documentQC + `, ` + documentCA + `]}`},
		{"inherited, undated", tax.Lookup{Country: "CA", Region: "QC", Class: "EXEMPT", Date: on}, nil, `{
			"input": {"country": "CA", "region": "QC", "class": "EXEMPT", "date": "2026-11-21"},
			"territory": {"country": "CA", "region": "QC"}, "steps": ["region", "class", "inherited from parent"], "class": "EXEMPT",
			"percent": "0", "treatment": "exempt", "tax": "GST", "status": "disputed", "undated": true,
			"documents": [` + documentQC + `, ` + documentCA + `]}`},
		{"a postal code that overrules the region", tax.Lookup{Country: "CA", Region: "qc", PostalCode: "a1a-1a1", Class: "STANDARD", Date: on}, nil, `{
			"input": {"country": "CA", "region": "QC", "postalCode": "A1A1A1", "class": "STANDARD", "date": "2026-11-21"},
			"territory": {"country": "CA", "region": "X-ISLAND"}, "steps": ["postal code", "class"], "class": "STANDARD",
			"percent": "0", "treatment": "outsideScope", "tax": "GST", "since": "2008-01-01",
			"documents": [` + documentIsland + `, ` + documentCA + `], "regionOverruled": true}`},
		{"an alias of the region", tax.Lookup{Country: "CA", Region: "x-isle", Date: on}, nil, `{
			"input": {"country": "CA", "region": "X-ISLE", "date": "2026-11-21"},
			"territory": {"country": "CA", "region": "X-ISLAND"}, "steps": ["region alias", "default class"], "class": "STANDARD",
			"percent": "0", "treatment": "outsideScope", "tax": "GST", "since": "2008-01-01", "documents": [` + documentIsland + `, ` + documentCA + `]}`},
		{"a region that nobody lists, and a percentage of the gross price", tax.Lookup{Country: "CA", Region: "x-nowhere", PostalCode: "Z9", Class: "GROSS", Date: on}, nil, `{
			"input": {"country": "CA", "region": "X-NOWHERE", "postalCode": "Z9", "class": "GROSS", "date": "2026-11-21"},
			"territory": {"country": "CA"}, "steps": ["country", "class"], "class": "GROSS",
			"percent": "17.50", "ofGross": true, "treatment": "taxable", "tax": "GST", "since": "2008-01-01", "regionUnknown": true, "documents": [` + documentCA + `]}`},
		{"fallback", tax.Lookup{Country: "CA", PostalCode: "Z9", Class: "OLD", Date: on, FallbackToDefault: true}, nil, `{
			"input": {"country": "CA", "postalCode": "Z9", "class": "OLD", "date": "2026-11-21", "fallbackToDefault": true},
			"territory": {"country": "CA"}, "steps": ["country", "fallback to default class"], "class": "STANDARD",
			"percent": "5", "treatment": "taxable", "tax": "GST", "since": "2008-01-01",
			"status": "agreed", "sources": ["cra"], "documents": [` + documentCA + `]}`},
		{"asserted", tax.Lookup{Country: "CA", Region: "QC", Class: "STANDARD", Date: on},
			func(r tax.Resolution) tax.Resolution { return r.As(tax.Export, "bill of lading 17") }, `{
			"input": {"country": "CA", "region": "QC", "class": "STANDARD", "date": "2026-11-21"},
			"territory": {"country": "CA", "region": "QC"}, "steps": ["region", "class"], "class": "STANDARD",
			"percent": "0", "treatment": "export", "tax": "GST+QST", "since": "2013-01-01", "until": "2027-01-01",
			"status": "single", "sources": ["cra", "rq"], "asserted": {"treatment": "export", "reason": "bill of lading 17"},
			"documents": [` + documentQC + `, ` + documentCA + `]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := taxtest.Resolver(t, explained()...).Lookup(t.Context(), c.lookup)
			require.NoError(t, err)
			if c.then != nil {
				a = c.then(a)
			}
			e := a.Explain()
			assert.Equal(t, a.LoadedAt(), e.LoadedAt)
			e.LoadedAt = time.Time{} // the others are the same at any time
			got, err := json.Marshal(e)
			require.NoError(t, err)
			assert.JSONEq(t, c.want, string(got))
		})
	}
}

func TestExplanationSurvivesJSON(t *testing.T) {
	r := taxtest.Open(t, taxtest.Fixed(append(explained(), taxtest.With(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), func(c *tax.Configuration) { c.TimeZone = "Mars/Olympus" }))...),
		&tax.Options{FallbackToDefault: true, Clock: func() time.Time { return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC) }})
	for _, l := range []tax.Lookup{
		{Country: "CA", Region: "QC", Class: "STD"}, {Country: "DE"}, {Country: "CA", Class: "GROSS"},
		{Country: "CA", Region: "QC", PostalCode: "A1A 1A1", Class: "BOOKS"},
		{Country: "CA", Region: "QC", Class: "\u00e4 <\"\\\n", Date: tax.MustDate("0001-01-01"), FallbackToDefault: true},
	} {
		a, err := r.Tenant("shop \u00e4").Lookup(t.Context(), l)
		if l.Date.IsZero() {
			require.NoError(t, err)
		}
		for _, e := range []tax.Explanation{a.Explain(), a.As(tax.ReverseCharge, "DE123").Explain(), {}} {
			data, err := json.Marshal(e)
			require.NoError(t, err)
			var back tax.Explanation
			require.NoError(t, json.Unmarshal(data, &back))
			assert.Equal(t, e, back)
		}
	}
}

func TestExplanationOfTodayTellsThatTheClockDecided(t *testing.T) {
	zoned := taxtest.With(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), func(c *tax.Configuration) { c.TimeZone = "Mars/Olympus" })
	r := taxtest.Open(t, taxtest.Fixed(zoned), &tax.Options{Clock: func() time.Time { return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC) }})
	a, err := r.Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	got, err := json.Marshal(a.Explain())
	require.NoError(t, err)
	assert.JSONEq(t, `{"input": {"country": "DE", "date": "2026-11-21", "today": true}, "territory": {"country": "DE"},
		"steps": ["country", "default class"], "class": "STANDARD", "percent": "19", "treatment": "taxable", "tax": "VAT",
		"undated": true, "documents": [{"location": {"country": "DE"}}], "noTimeZoneData": true, "loadedAt": "2026-11-21T00:00:00Z"}`, string(got))
}

func TestExplanationListsTheDocumentsUnderAnOverlay(t *testing.T) {
	bottom := taxtest.With(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), func(c *tax.Configuration) {
		c.Metadata = tax.Metadata{Version: 1, Source: "world", AsOf: tax.MustDate("2026-11-01")}
	})
	middle := taxtest.With(taxtest.Doc("DE", taxtest.Class("REDUCED", "- 7")), func(c *tax.Configuration) { c.Metadata = tax.Metadata{Version: 5, Source: "group"} })
	top := taxtest.With(taxtest.Doc("DE", taxtest.Class("BOOKS", "- 5")), func(c *tax.Configuration) { c.Metadata = tax.Metadata{Version: 9, Source: "shop"} })
	src := tax.Overlay(tax.Overlay(taxtest.Fixed(bottom), taxtest.Fixed(middle)), taxtest.Fixed(top))
	where := tax.Location{Country: "DE"}
	want := []tax.Document{
		{Location: where, Version: 9, Source: "shop"}, {Location: where, Version: 5, Source: "group"},
		{Location: where, Version: 1, Source: "world", AsOf: tax.MustDate("2026-11-01")},
	}
	for _, class := range []string{"STANDARD", "REDUCED", "BOOKS"} {
		a, err := taxtest.Open(t, src, nil).Resolve(t.Context(), "DE", class)
		require.NoError(t, err)
		assert.Equal(t, want, a.Explain().Documents)
	}
}

func TestPostalCodeMattersWhenOneThatAgreesWouldAnswerOtherwise(t *testing.T) {
	country := taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"), taxtest.Class("REDUCED", "- 7", "RED"), taxtest.Class("LATER", "2030-01-01 1"))
	in := func(c tax.Configuration) tax.Configuration { return taxtest.WithPostalCodes(c, "27498") }
	for _, c := range []struct {
		name   string
		region tax.Configuration
		lookup tax.Lookup
		want   bool
	}{
		{"another percentage", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 20"))), tax.Lookup{Class: "STANDARD"}, true},
		{"another treatment", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 0 exempt"))), tax.Lookup{Class: "STANDARD"}, true},
		{"another tax", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 19 tax:ISLE"))), tax.Lookup{Class: "STANDARD"}, true},
		{"no rate there on the day", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "2030-01-01 19"))), tax.Lookup{Class: "STANDARD"}, true},
		{"no such class there", in(exclusive(taxtest.Doc("DE-X-ISLE"))), tax.Lookup{Class: "STANDARD"}, true},
		{"an invalid document there", in(broken(taxtest.Doc("DE-X-ISLE"))), tax.Lookup{Class: "STANDARD"}, true},
		{"another class is different", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 20"))), tax.Lookup{Class: "REDUCED"}, false},
		{"the same there", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "1990-01-01 19.0"))), tax.Lookup{Class: "STANDARD"}, false},
		{"inherited there", in(taxtest.Doc("DE-X-ISLE")), tax.Lookup{Class: "STANDARD"}, false},
		{"not on this day", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 19; 2027-01-01 20"))), tax.Lookup{Class: "STANDARD"}, false},
		{"given", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 20"))), tax.Lookup{Class: "STANDARD", PostalCode: "10115"}, false},
		{"only separators given", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 20"))), tax.Lookup{Class: "STANDARD", PostalCode: " - "}, true},
		{"no postal codes there", taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 20")), tax.Lookup{Class: "STANDARD"}, false},
		{"the region was given", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 20"))), tax.Lookup{Class: "STANDARD", Region: "X-ISLE"}, false},
		{"another region was given", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 20"))), tax.Lookup{Class: "STANDARD", Region: "BW"}, false},
		{"a region that leads to the country was given", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 20"))), tax.Lookup{Class: "STANDARD", Region: "NW"}, true},
		{"another default there", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("REDUCED*", "- 7"))), tax.Lookup{}, true},
		{"the asked class exists only there", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("BOOKS", "- 5"))), tax.Lookup{Class: "BOOKS", FallbackToDefault: true}, true},
		{"the asked class has a rate only there", in(taxtest.Doc("DE-X-ISLE", taxtest.Class("LATER", "- 5"))), tax.Lookup{Class: "LATER", FallbackToDefault: true}, true},
		{"the fallback is the same there", in(taxtest.Doc("DE-X-ISLE")), tax.Lookup{Class: "BOOKS", FallbackToDefault: true}, false},
		{"the alias is kept there", in(exclusive(taxtest.Doc("DE-X-ISLE", taxtest.Class("REDUCED", "- 7")))), tax.Lookup{Class: "RED"}, false},
		{"the alias is a class there, of the same rate", in(exclusive(taxtest.Doc("DE-X-ISLE", taxtest.Class("RED", "- 7")))), tax.Lookup{Class: "RED"}, false},
		{"the alias is a class there, of another rate", in(exclusive(taxtest.Doc("DE-X-ISLE", taxtest.Class("RED", "- 5")))), tax.Lookup{Class: "RED"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := c.lookup
			l.Country, l.Date = "DE", taxtest.Day
			a, err := taxtest.Resolver(t, country, c.region, taxtest.Doc("DE-BW")).Lookup(t.Context(), l)
			require.NoError(t, err)
			assert.Equal(t, c.want, a.Explain().PostalCodeMatters)
		})
	}
	t.Run("refused there", func(t *testing.T) {
		r := taxtest.Open(t, taxtest.Fixed(country, in(taxtest.Doc("DE-X-ISLE", taxtest.Class("STANDARD", "- 19 disputed")))), &tax.Options{Refuse: tax.RefuseDisputed})
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Date: taxtest.Day})
		require.NoError(t, err)
		assert.True(t, a.Explain().PostalCodeMatters)
	})
}
