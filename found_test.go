package tax_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// The tests of this file are the smallest cases of what reviews found.

func TestFoundChildOfARegionWhoseClassesFailTogether(t *testing.T) {
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

func TestFoundCodesWrittenWronglyLeadToTheTombstone(t *testing.T) {
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

func TestFoundLettersOfAPostalCodeAreKeptForTheRecord(t *testing.T) {
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

// panicky is a context whose Err panics.
type panicky struct{ context.Context }

func (panicky) Err() error { panic("a context of somebody else") }

func TestFoundContextThatPanicsLeavesTheResolverUsable(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")))
	assert.Panics(t, func() { _, _ = r.Resolve(panicky{t.Context()}, "DE", "") })
	assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
	var none context.Context
	_, err := r.Resolve(none, "FR", "")
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

func TestFoundCycleOfMetadataIsRefused(t *testing.T) {
	c := taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))
	c.Metadata.Base = &c.Metadata
	_, err := store.NewMemory(nil).Create(t.Context(), "", c)
	assert.ErrorIs(t, err, tax.ErrInvalid)
	r := taxtest.Open(t, tax.Overlay(taxtest.Fixed(c), taxtest.Fixed(c)), &tax.Options{MaxDataAge: 1, OnWarning: func(tax.Warning) {}})
	_, err = r.Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

func TestFoundTaxOfTwoDocumentsThatDisagreeIsNotInherited(t *testing.T) {
	named := func(code string) tax.Configuration {
		return taxtest.With(taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5")), func(c *tax.Configuration) { c.Tax.Code = code })
	}
	region := taxtest.With(taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "- 9")), func(c *tax.Configuration) { c.Tax = tax.Tax{} })
	for _, set := range [][]tax.Configuration{{named("GST"), named("VAT"), region}, {named("VAT"), named("GST"), region}} {
		assert.Equal(t, "invalid", taxtest.Answer(taxtest.Resolver(t, set...).Lookup(t.Context(), tax.Lookup{Country: "CA", Region: "QC", Class: "STANDARD", Date: taxtest.Day})))
	}
}

func TestFoundOverlayKeepsWhatIsWrongInMine(t *testing.T) {
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

func TestFoundEveryFaultIsReported(t *testing.T) {
	bad := taxtest.With(taxtest.Doc("DE", taxtest.Class("A", "- 19")), func(c *tax.Configuration) { c.Classes[0].Code = " " })
	assert.Len(t, tax.ValidateCountry([]tax.Configuration{bad, taxtest.Doc("FR", taxtest.Class("A", "- 1"))}).Errors, 2)
	spelled := taxtest.With(taxtest.Doc("GB", taxtest.Class("A", "- 20")), func(c *tax.Configuration) { c.Location.Country = "UK" })
	for _, f := range tax.ValidateCountry([]tax.Configuration{spelled, taxtest.Doc("GB-NIR")}).Errors {
		assert.NotContains(t, f.Message, "not in UK")
	}
}

func TestFoundDefaultThatIsAnAliasHereReplays(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("A*", "- 19")), exclusive(taxtest.Doc("DE-X-ISLE", taxtest.Class("B", "- 7", "A"))))
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: "X-ISLE", Date: taxtest.Day})
	require.NoError(t, err)
	assert.Empty(t, a.Explain().Input.Class)
	_, differences, err := r.Replay(t.Context(), a.Explain())
	require.NoError(t, err)
	assert.Empty(t, differences)
}

func TestFoundZerosAtTheEndAreNoDifference(t *testing.T) {
	a, err := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("A*", "- 19"))).Lookup(t.Context(), tax.Lookup{Country: "DE", Date: taxtest.Day})
	require.NoError(t, err)
	_, differences, err := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("A*", "- 19.00"))).Replay(t.Context(), a.Explain())
	require.NoError(t, err)
	assert.Empty(t, differences)
}

func TestFoundErrorsOfOthersDoNotPanic(t *testing.T) {
	for _, err := range []error{&tax.LookupError{}, &tax.StoreError{}, &tax.InvalidError{}, &tax.InputError{}, &tax.ConflictError{}} {
		assert.NotEmpty(t, err.Error())
	}
	_, err := (&tax.Resolver{}).Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

// mute is a Notifier that gives no way to stop.
type mute struct{ tax.Source }

func (mute) Notify(func(tax.Key)) (stop func()) { return nil }

func TestFoundNotifierWithoutStop(t *testing.T) {
	r, err := tax.NewResolver(mute{taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("A*", "- 19")))}, nil)
	require.NoError(t, err)
	assert.NotPanics(t, r.Close)
}

func TestFoundAllOfTheGrossPriceIsNoTax(t *testing.T) {
	report := taxtest.Doc("DE", taxtest.Class("A", "- 100 ofGross")).Validate()
	require.Len(t, report.Errors, 1)
	assert.Equal(t, "classes[0].rates[0].percent", report.Errors[0].Path)
}

func TestFoundUnknownRegionIsMarked(t *testing.T) {
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

func TestFoundPanicOfASourceIsOneLineAndItsStackAWarning(t *testing.T) {
	var warned []tax.Warning
	r := taxtest.Open(t, tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { panic("out of order") }),
		&tax.Options{OnWarning: func(w tax.Warning) { warned = append(warned, w) }})
	_, err := r.Resolve(t.Context(), "DE", "")
	require.ErrorIs(t, err, tax.ErrUnavailable)
	assert.ErrorContains(t, err, "panicked: out of order")
	assert.NotContains(t, err.Error(), "\n")
	require.Len(t, warned, 1)
	assert.Equal(t, tax.WarnSourcePanicked, warned[0].Kind)
	assert.Contains(t, warned[0].Detail, "found_test.go")
}
