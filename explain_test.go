package tax_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
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
			"percent": "0", "treatment": "exempt", "tax": "GST", "status": "disputed", "undated": true, "verifiedSince": "2026-11-01",
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
	want := []tax.DocumentVersion{
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

func TestReplayOfUnchangedDataFindsNoDifference(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	r := taxtest.Open(t, taxtest.Fixed(explained()...), &tax.Options{Clock: func() time.Time { return now }})
	var answers []tax.Resolution
	for _, l := range []tax.Lookup{
		{Country: "CA"}, {Country: "CA", Region: "QC", Class: "STD"}, {Country: "CA", Region: "X-ISLE"},
		{Country: "CA", Region: "QC", PostalCode: "A1A 1A1"}, {Country: "CA", Class: "OLD", FallbackToDefault: true},
		{Country: "CA", Class: "GROSS", Region: "X-NOWHERE"}, {Country: "CA", Region: "QC", Date: tax.MustDate("2012-12-31")},
		{Country: "CA", Region: "QC", Class: "EXEMPT"},
	} {
		a, err := r.Tenant("shop").Lookup(t.Context(), l)
		require.NoError(t, err)
		answers = append(answers, a, a.As(tax.ReverseCharge, "DE123"), a.As(tax.Taxable, "private buyer"))
	}
	p, err := r.Tenant("shop").Place(t.Context(), tax.Lookup{Country: "CA", Region: "QC", FallbackToDefault: true})
	require.NoError(t, err)
	answers = append(answers, p.Classes()...)

	now = now.AddDate(3, 0, 0) // a stored order is read years later
	for _, a := range answers {
		data, err := json.Marshal(a.Explain())
		require.NoError(t, err)
		var stored tax.Explanation
		require.NoError(t, json.Unmarshal(data, &stored))
		again, differences, err := r.Tenant("another").Replay(t.Context(), stored)
		require.NoError(t, err)
		assert.Empty(t, differences)
		assert.Equal(t, taxtest.Answer(a, nil), taxtest.Answer(again, nil))
		assert.Equal(t, taxtest.Steps(a, nil), taxtest.Steps(again, nil))
		want := a.Explain()
		want.Input.Today, want.NoTimeZoneData = false, false // the day is given now
		assert.Equal(t, want, again.Explain())
	}
}

func TestReplayTellsWhatChanged(t *testing.T) {
	m := store.NewMemory(nil)
	r := taxtest.Open(t, m, nil)
	old, err := m.Create(t.Context(), "shop", taxtest.With(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19 agreed source:a"), taxtest.Class("REDUCED", "- 7")),
		func(c *tax.Configuration) { c.Metadata.Source, c.Metadata.AsOf = "pack", tax.MustDate("2026-11-01") }))
	require.NoError(t, err)
	a, err := r.Tenant("shop").Lookup(t.Context(), tax.Lookup{Country: "DE", Class: "STANDARD", Date: tax.MustDate("2026-11-21")})
	require.NoError(t, err)
	stored := a.Explain()

	changed := taxtest.With(taxtest.Doc("DE", taxtest.Class("STANDARD*", "2026-01-01 16 single source:b tax:MWST X:10 Y:6; 2027-01-01 19"), taxtest.Class("REDUCED", "- 7")),
		func(c *tax.Configuration) { c.Metadata = old.Metadata })
	_, err = m.Update(t.Context(), "shop", changed)
	require.NoError(t, err)
	now, differences, err := r.Replay(t.Context(), stored)
	require.NoError(t, err)
	assert.Equal(t, "16 MWST [X 10, Y 6]", taxtest.Answer(now, nil))
	assert.Equal(t, []tax.ReplayDifference{
		{Field: "percent", Then: "19", Now: "16"},
		{Field: "components", Then: "", Now: "X 10, Y 6"},
		{Field: "tax", Then: "VAT", Now: "MWST"},
		{Field: "since", Then: "", Now: "2026-01-01"},
		{Field: "until", Then: "", Now: "2027-01-01"},
		{Field: "status", Then: "agreed", Now: "single"},
		{Field: "sources", Then: "a", Now: "b"},
		{Field: "undated", Then: "yes", Now: "no"},
		{Field: "verifiedSince", Then: "2026-11-01", Now: ""},
		{Field: "documents", Then: "DE pack version 1 2026-11-01", Now: "DE pack version 2 2026-11-01"},
	}, differences)

	// The class is found by another way, elsewhere.
	region, err := m.Create(t.Context(), "shop", taxtest.WithPostalCodes(taxtest.Doc("DE-X-ISLE", taxtest.Class("OWN*", "- 0 exempt", "SPECIAL")), "27498"))
	require.NoError(t, err)
	a, err = r.Tenant("shop").Lookup(t.Context(), tax.Lookup{Country: "DE", PostalCode: "27498", Class: "SPECIAL", Date: tax.MustDate("2026-11-21"), FallbackToDefault: true})
	require.NoError(t, err)
	require.NoError(t, m.Delete(t.Context(), "shop", region.Location))
	_, differences, err = r.Replay(t.Context(), a.Explain())
	require.NoError(t, err)
	fields := map[string][2]string{}
	for _, d := range differences {
		fields[d.Field] = [2]string{d.Then, d.Now}
	}
	assert.Equal(t, [2]string{"DE-X-ISLE", "DE"}, fields["territory"])
	assert.Equal(t, [2]string{"postal code, class alias", "country, fallback to default class"}, fields["steps"])
	assert.Equal(t, [2]string{"OWN", "STANDARD"}, fields["class"])
	assert.Equal(t, [2]string{"exempt", "taxable"}, fields["treatment"])
	assert.Equal(t, [2]string{"0", "16"}, fields["percent"])

	data, err := json.Marshal(tax.ReplayDifference{Field: "percent", Then: "19", Now: "16"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"field": "percent", "then": "19", "now": "16"}`, string(data))
}

func TestReplayTellsThatTheRegionIsOverruledNow(t *testing.T) {
	before := []tax.Configuration{taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), taxtest.Doc("DE-BW"), taxtest.WithPostalCodes(taxtest.Doc("DE-X-ISLE"), "27498")}
	a, err := taxtest.Resolver(t, before...).Lookup(t.Context(), tax.Lookup{Country: "DE", Region: "NW", PostalCode: "27498", Date: taxtest.Day})
	require.NoError(t, err)
	require.False(t, a.Explain().RegionOverruled)
	after := append(before, taxtest.Doc("DE-NW"))
	_, differences, err := taxtest.Resolver(t, after...).Replay(t.Context(), a.Explain())
	require.NoError(t, err)
	assert.Equal(t, []tax.ReplayDifference{{Field: "regionOverruled", Then: "no", Now: "yes"}}, differences)
}

func TestReplayOfAnAnswerThatVanishedIsTheErrorOfTheLookup(t *testing.T) {
	all := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		switch key.Tenant {
		case "gone":
			return nil, nil
		case "ended":
			return []tax.Configuration{taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19; 2020-01-01 end"))}, nil
		case "renamed":
			return []tax.Configuration{taxtest.Doc("DE", taxtest.Class("NORMAL*", "- 19"))}, nil
		case "down":
			return nil, taxtest.ErrDatabase
		}
		return taxtest.LoadNineteen(ctx, key)
	}), nil)
	a, err := all.Lookup(t.Context(), tax.Lookup{Country: "DE", Class: "STANDARD", Date: taxtest.Day})
	require.NoError(t, err)
	for tenant, want := range map[string]error{
		"gone": tax.ErrUnknownCountry, "ended": tax.ErrNoRate, "renamed": tax.ErrUnknownClass, "down": tax.ErrUnavailable,
	} {
		e := a.Explain()
		e.Input.Tenant = tenant
		got, differences, err := all.Replay(t.Context(), e)
		require.ErrorIs(t, err, want, tenant)
		assert.Empty(t, differences)
		assert.Equal(t, tax.Resolution{}, got)
	}
	_, _, err = all.Replay(t.Context(), tax.Explanation{})
	assert.ErrorIs(t, err, tax.ErrInvalid, "an explanation of nothing, for no day")
}

func TestReplayUsesTheTenantOfTheExplanation(t *testing.T) {
	r := taxtest.Open(t, tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		percent := map[string]string{"": "1", "a": "2", "b": "3"}[key.Tenant]
		return []tax.Configuration{taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- "+percent))}, nil
	}), nil)
	a, err := r.Tenant("a").Lookup(t.Context(), tax.Lookup{Country: "DE", Date: taxtest.Day})
	require.NoError(t, err)
	again, differences, err := r.Tenant("b").Replay(t.Context(), a.Explain())
	require.NoError(t, err)
	assert.Empty(t, differences)
	assert.Equal(t, "2 VAT", taxtest.Answer(again, nil))
	assert.Equal(t, "a", again.Explain().Input.Tenant)
}

func TestReplayAssertsTheTreatmentAgain(t *testing.T) {
	a, err := taxtest.Resolver(t, explained()...).Lookup(t.Context(), tax.Lookup{Country: "CA", Region: "QC", Date: taxtest.Day})
	require.NoError(t, err)
	again, differences, err := taxtest.Resolver(t, explained()...).Replay(t.Context(), a.As(tax.IntraCommunity, "FR99").Explain())
	require.NoError(t, err)
	assert.Empty(t, differences)
	assert.Equal(t, tax.IntraCommunity, again.Treatment())
	assert.Equal(t, &tax.Assertion{Treatment: tax.IntraCommunity, Reason: "FR99"}, again.Explain().Asserted)
}

func TestReplayRefusesATreatmentThatDoesNotExist(t *testing.T) {
	r := taxtest.Resolver(t, explained()...)
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "CA", Region: "QC", Date: taxtest.Day})
	require.NoError(t, err)
	e := a.As(tax.Export, "shipped").Explain()
	e.Asserted.Treatment = 99
	again, _, err := r.Replay(t.Context(), e)
	var input *tax.InputError
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "asserted.treatment", input.Field)
	assert.Zero(t, again)
}

func TestLettersOfAPostalCodeAreKeptForTheRecord(t *testing.T) {
	country := taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5"))
	before := taxtest.Resolver(t, country)
	a, err := before.Lookup(t.Context(), tax.Lookup{Country: "CA", PostalCode: "G1A 0A2", Date: taxtest.Day})
	require.NoError(t, err)
	assert.Equal(t, "G1A0A2", a.Explain().Input.PostalCode)

	after := taxtest.Resolver(t, country, taxtest.WithPostalCodes(taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "- 9")), "G*"))
	_, differences, err := after.Replay(t.Context(), a.Explain())
	require.NoError(t, err)
	assert.NotEmpty(t, differences)

	digits := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), taxtest.WithPostalCodes(taxtest.Doc("DE-X-ISLE"), "27498"))
	a, err = digits.Lookup(t.Context(), tax.Lookup{Country: "DE", PostalCode: "D-27498", Date: taxtest.Day})
	require.NoError(t, err)
	assert.Equal(t, "X-ISLE", a.Location().Region)
	assert.Equal(t, "D27498", a.Explain().Input.PostalCode)
	again, differences, err := digits.Replay(t.Context(), a.Explain())
	require.NoError(t, err)
	assert.Empty(t, differences)
	assert.Equal(t, a.Location(), again.Location())
}

func TestDefaultThatIsAnAliasHereReplays(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("A*", "- 19")), exclusive(taxtest.Doc("DE-X-ISLE", taxtest.Class("B", "- 7", "A"))))
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: "X-ISLE", Date: taxtest.Day})
	require.NoError(t, err)
	assert.Empty(t, a.Explain().Input.Class)
	_, differences, err := r.Replay(t.Context(), a.Explain())
	require.NoError(t, err)
	assert.Empty(t, differences)
}

func TestZerosAtTheEndAreNoDifference(t *testing.T) {
	a, err := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("A*", "- 19"))).Lookup(t.Context(), tax.Lookup{Country: "DE", Date: taxtest.Day})
	require.NoError(t, err)
	_, differences, err := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("A*", "- 19.00"))).Replay(t.Context(), a.Explain())
	require.NoError(t, err)
	assert.Empty(t, differences)
}

func TestUnknownRegionIsMarked(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("A*", "- 19")))
	for region, want := range map[string]bool{"": false, "BY": false, "QQ": true, "X-ISLE": true} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: region, Date: taxtest.Day})
		require.NoError(t, err, region)
		assert.Equal(t, want, a.Explain().RegionUnknown, region)
	}
	text, err := json.Marshal(tax.Explanation{RegionUnknown: true})
	require.NoError(t, err)
	assert.Contains(t, string(text), `"regionUnknown":true`)
}
