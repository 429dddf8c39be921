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
	assert.Equal(t, []tax.Difference{
		{Field: "percent", Then: "19", Now: "16"},
		{Field: "components", Then: "", Now: "X 10, Y 6"},
		{Field: "tax", Then: "VAT", Now: "MWST"},
		{Field: "since", Then: "", Now: "2026-01-01"},
		{Field: "until", Then: "", Now: "2027-01-01"},
		{Field: "status", Then: "agreed", Now: "single"},
		{Field: "sources", Then: "a", Now: "b"},
		{Field: "undated", Then: "yes", Now: "no"},
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

	data, err := json.Marshal(tax.Difference{Field: "percent", Then: "19", Now: "16"})
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
	assert.Equal(t, []tax.Difference{{Field: "regionOverruled", Then: "no", Now: "yes"}}, differences)
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
