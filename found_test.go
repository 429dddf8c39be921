package tax_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// The tests of this file are the smallest cases of what reviews found.

func TestFoundChildOfARegionWhoseClassesFailTogether(t *testing.T) {
	set := []tax.Configuration{
		docAt("FR", classOf("STANDARD*", "- 20")),
		docAt("FR-20R", classOf("STANDARD", "- 19"), classOf("X", "- inherit")),
		docAt("FR-2A", classOf("STANDARD", "- 18")),
	}
	assert.ErrorIs(t, tax.ValidateCountry(set).Err(), tax.ErrInvalid)
	r := resolverOf(t, set...)
	for region, want := range map[string]string{"": "20 VAT", "20R": "invalid", "2A": "18 VAT"} {
		assert.Equal(t, want, answerText(r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: region, Class: "STANDARD", Date: lookupDay})), region)
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
			r := resolverOf(t, docAt("DE", classOf("STANDARD*", "- 19")), with(docAt("DE-X-ISLE", classOf("STANDARD", "- 0 outsideScope")), c.edit))
			c.lookup.Country, c.lookup.Date = "DE", lookupDay
			assert.Equal(t, "invalid", answerText(r.Lookup(t.Context(), c.lookup)))
			assert.Equal(t, "19 VAT", answerText(r.Lookup(t.Context(), tax.Lookup{Country: "DE", Date: lookupDay})))
		})
	}
}

func TestFoundLettersOfAPostalCodeAreKeptForTheRecord(t *testing.T) {
	country := docAt("CA", classOf("STANDARD*", "- 5"))
	before := resolverOf(t, country)
	a, err := before.Lookup(t.Context(), tax.Lookup{Country: "CA", PostalCode: "G1A 0A2", Date: lookupDay})
	require.NoError(t, err)
	assert.Equal(t, "G1A0A2", a.Explain().Input.PostalCode)

	after := resolverOf(t, country, postalCodes(docAt("CA-QC", classOf("STANDARD", "- 9")), "G*"))
	_, differences, err := after.Replay(t.Context(), a.Explain())
	require.NoError(t, err)
	assert.NotEmpty(t, differences)

	digits := resolverOf(t, docAt("DE", classOf("STANDARD*", "- 19")), postalCodes(docAt("DE-X-ISLE"), "27498"))
	a, err = digits.Lookup(t.Context(), tax.Lookup{Country: "DE", PostalCode: "D-27498", Date: lookupDay})
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
	r := resolverOf(t, docAt("DE", classOf("STANDARD*", "- 19")))
	assert.Panics(t, func() { _, _ = r.Resolve(panicky{t.Context()}, "DE", "") })
	assert.Equal(t, "19 VAT", answerText(r.Resolve(t.Context(), "DE", "")))
	var none context.Context
	_, err := r.Resolve(none, "FR", "")
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

func TestFoundCycleOfMetadataIsRefused(t *testing.T) {
	c := docAt("DE", classOf("STANDARD*", "- 19"))
	c.Metadata.Base = &c.Metadata
	_, err := store.NewMemory(nil).Create(t.Context(), "", c)
	assert.ErrorIs(t, err, tax.ErrInvalid)
	r := openResolver(t, tax.Overlay(fixedSource(c), fixedSource(c)), &tax.Options{MaxDataAge: 1, OnWarning: func(tax.Warning) {}})
	_, err = r.Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

func TestFoundTaxOfTwoDocumentsThatDisagreeIsNotInherited(t *testing.T) {
	named := func(code string) tax.Configuration {
		return with(docAt("CA", classOf("STANDARD*", "- 5")), func(c *tax.Configuration) { c.Tax.Code = code })
	}
	region := with(docAt("CA-QC", classOf("STANDARD", "- 9")), func(c *tax.Configuration) { c.Tax = tax.Tax{} })
	for _, set := range [][]tax.Configuration{{named("GST"), named("VAT"), region}, {named("VAT"), named("GST"), region}} {
		assert.Equal(t, "invalid", answerText(resolverOf(t, set...).Lookup(t.Context(), tax.Lookup{Country: "CA", Region: "QC", Class: "STANDARD", Date: lookupDay})))
	}
}

func TestFoundOverlayKeepsWhatIsWrongInMine(t *testing.T) {
	base := fixedSource(docAt("DE", classOf("A*", "- 19")))
	twice := docAt("DE", classOf("A", "- 7"), classOf("A", "- 8"))
	nameless := with(docAt("DE"), func(c *tax.Configuration) {
		c.Tax = tax.Tax{Name: tax.MustLocalizedText(map[string]string{"en": "a tax without a code"})}
	})
	for _, mine := range []tax.Configuration{twice, nameless} {
		_, err := openResolver(t, tax.Overlay(base, fixedSource(mine)), nil).Resolve(t.Context(), "DE", "A")
		assert.ErrorIs(t, err, tax.ErrInvalid)
	}
}

func TestFoundEveryFaultIsReported(t *testing.T) {
	bad := with(docAt("DE", classOf("A", "- 19")), func(c *tax.Configuration) { c.Classes[0].Code = " " })
	assert.Len(t, tax.ValidateCountry([]tax.Configuration{bad, docAt("FR", classOf("A", "- 1"))}).Errors, 2)
	spelled := with(docAt("GB", classOf("A", "- 20")), func(c *tax.Configuration) { c.Location.Country = "UK" })
	for _, f := range tax.ValidateCountry([]tax.Configuration{spelled, docAt("GB-NIR")}).Errors {
		assert.NotContains(t, f.Message, "not in UK")
	}
}

func TestFoundDefaultThatIsAnAliasHereReplays(t *testing.T) {
	r := resolverOf(t, docAt("DE", classOf("A*", "- 19")), exclusive(docAt("DE-X-ISLE", classOf("B", "- 7", "A"))))
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: "X-ISLE", Date: lookupDay})
	require.NoError(t, err)
	assert.Empty(t, a.Explain().Input.Class)
	_, differences, err := r.Replay(t.Context(), a.Explain())
	require.NoError(t, err)
	assert.Empty(t, differences)
}

func TestFoundZerosAtTheEndAreNoDifference(t *testing.T) {
	a, err := resolverOf(t, docAt("DE", classOf("A*", "- 19"))).Lookup(t.Context(), tax.Lookup{Country: "DE", Date: lookupDay})
	require.NoError(t, err)
	_, differences, err := resolverOf(t, docAt("DE", classOf("A*", "- 19.00"))).Replay(t.Context(), a.Explain())
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
	r, err := tax.NewResolver(mute{fixedSource(docAt("DE", classOf("A*", "- 19")))}, nil)
	require.NoError(t, err)
	assert.NotPanics(t, r.Close)
}

func TestFoundAllOfTheGrossPriceIsNoTax(t *testing.T) {
	report := docAt("DE", classOf("A", "- 100 ofGross")).Validate()
	require.Len(t, report.Errors, 1)
	assert.Equal(t, "classes[0].rates[0].percent", report.Errors[0].Path)
}

func TestFoundUnknownRegionIsMarked(t *testing.T) {
	r := resolverOf(t, docAt("DE", classOf("A*", "- 19")))
	for region, want := range map[string]bool{"": false, "BY": false, "QQ": true, "X-ISLE": true} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: region, Date: lookupDay})
		require.NoError(t, err, region)
		assert.Equal(t, want, a.Explain().RegionUnknown, region)
	}
	text, err := json.Marshal(tax.Explanation{RegionUnknown: true})
	require.NoError(t, err)
	assert.Contains(t, string(text), `"regionUnknown":true`)
}

func TestFoundPanicOfASourceIsOneLineAndItsStackAWarning(t *testing.T) {
	var warned []tax.Warning
	r := openResolver(t, tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { panic("out of order") }),
		&tax.Options{OnWarning: func(w tax.Warning) { warned = append(warned, w) }})
	_, err := r.Resolve(t.Context(), "DE", "")
	require.ErrorIs(t, err, tax.ErrUnavailable)
	assert.ErrorContains(t, err, "panicked: out of order")
	assert.NotContains(t, err.Error(), "\n")
	require.Len(t, warned, 1)
	assert.Equal(t, tax.WarnSourcePanicked, warned[0].Kind)
	assert.Contains(t, warned[0].Detail, "found_test.go")
}
