package tax_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

func TestMessageOfEveryLookupErrorSaysWhatToDo(t *testing.T) {
	r := taxtest.Open(t, everyError(), &tax.Options{Refuse: tax.RefuseDisputed})
	for _, c := range errorLookups {
		t.Run(strings.TrimPrefix(c.kind.Error(), "tax: "), func(t *testing.T) {
			_, err := r.Lookup(t.Context(), c.lookup)
			require.Error(t, err)
			taxtest.AssertAdvises(t, err)
			assert.Contains(t, err.Error(), c.lookup.Country)
			assert.Contains(t, err.Error(), c.lookup.Class)
		})
	}
	t.Run("closed", func(t *testing.T) {
		r.Close()
		_, err := r.Resolve(t.Context(), "DE", "")
		require.Error(t, err)
		taxtest.AssertAdvises(t, err)
	})
}

func TestLookupErrorUnwrapsToKindAndCause(t *testing.T) {
	cause := errors.New("tax: connection refused")
	e := &tax.LookupError{
		Kind: tax.ErrUnavailable, Tenant: "shop", Cause: cause, Detail: "try again",
		Lookup: tax.Lookup{Country: "CA", Region: "QC", PostalCode: "G1A 0A2", Class: "STANDARD", Date: tax.MustDate("2013-01-01")},
	}
	assert.ErrorIs(t, e, tax.ErrUnavailable)
	assert.ErrorIs(t, e, cause)
	assert.NotErrorIs(t, e, tax.ErrInvalid)
	assert.Equal(t, `tax: source unavailable: country "CA" region "QC" postal code "G1A 0A2" class "STANDARD" on 2013-01-01`+
		` of tenant "shop": try again: connection refused`, e.Error())

	e.Cause = nil
	assert.ErrorIs(t, e, tax.ErrUnavailable)
	assert.NotErrorIs(t, e, cause)
	assert.Equal(t, `tax: unknown country: country ""`, (&tax.LookupError{Kind: tax.ErrUnknownCountry}).Error())
}

func TestInputErrorUnwrapsToItsKindOrInvalid(t *testing.T) {
	e := &tax.InputError{Field: "percent", Value: "19 %", Reason: "write digits"}
	assert.ErrorIs(t, e, tax.ErrInvalid)
	assert.Equal(t, `tax: percent "19 %": write digits`, e.Error())
	e.Kind = tax.ErrUnknownRegion
	assert.ErrorIs(t, e, tax.ErrUnknownRegion)
	assert.NotErrorIs(t, e, tax.ErrInvalid)
}

func TestInputErrorAtAPathIsTheSameRefusal(t *testing.T) {
	e := &tax.InputError{Field: "country", Value: "ZZ", Reason: "no such country", Kind: tax.ErrUnknownCountry}
	at := e.At("lines[2].country")
	assert.Equal(t, &tax.InputError{Field: "lines[2].country", Value: "ZZ", Reason: "no such country", Kind: tax.ErrUnknownCountry}, at)
	assert.Equal(t, `tax: lines[2].country "ZZ": no such country`, at.Error())
	assert.ErrorIs(t, at, tax.ErrUnknownCountry)
	assert.Equal(t, "country", e.Field, "the error itself stays as it is")
	assert.Equal(t, "", at.At("").Field)

	_, err := tax.Percent(strings.Repeat("9", 100))
	require.ErrorAs(t, err, &e)
	at = e.At("rate")
	assert.Equal(t, e.Value, at.Value, "as much of the input as before")
	assert.ErrorIs(t, at, tax.ErrInvalid)
}

func TestStoreErrorUnwrapsToKindAndCause(t *testing.T) {
	cause := errors.New("disk full")
	e := &tax.StoreError{Kind: tax.ErrExists, Tenant: "a\nb", Location: tax.Location{Country: "CA", Region: "QC"}}
	assert.ErrorIs(t, e, tax.ErrExists)
	assert.NotErrorIs(t, e, cause)
	assert.Equal(t, `tax: exists already: configuration of "CA-QC" of tenant "a\nb"`, e.Error())
	e.Kind, e.Cause = tax.ErrUnavailable, cause
	assert.ErrorIs(t, e, tax.ErrUnavailable)
	assert.ErrorIs(t, e, cause)
	assert.Contains(t, e.Error(), "disk full")
}

func TestStoreErrorOfAConflictTellsBothVersions(t *testing.T) {
	e := &tax.StoreError{Kind: tax.ErrConflict, Location: tax.Location{Country: "DE"}, Given: 3, Current: 5}
	assert.ErrorIs(t, e, tax.ErrConflict)
	assert.Equal(t, "tax: version conflict: DE is at version 5, not 3: read it again and repeat the change", e.Error())
	e.Tenant = "shop"
	assert.Equal(t, `tax: version conflict: DE of tenant "shop" is at version 5, not 3: read it again and repeat the change`, e.Error())
	e.Given = 5
	assert.Equal(t, `tax: version conflict: DE of tenant "shop" has other contents in version 5: write a new version`, e.Error(), "of a document that is restored")
	taxtest.AssertAdvises(t, e)
}

func TestInvalidErrorTellsTheFirstFaultAndTheNumberOfTheOthers(t *testing.T) {
	where := tax.Location{Country: "DE"}
	e := &tax.InvalidError{Faults: []tax.Fault{
		{Location: where, Path: "classes[0].rates[0].percent", Message: "negative"},
		{Location: where, Message: "other"}, {Location: where, Message: "third"},
	}}
	assert.ErrorIs(t, e, tax.ErrInvalid)
	assert.Equal(t, "tax: invalid configuration: DE: classes[0].rates[0].percent: negative (and 2 more)", e.Error())
	e.Faults = e.Faults[:1]
	assert.Equal(t, "tax: invalid configuration: DE: classes[0].rates[0].percent: negative", e.Error())
}

func TestSentinelsAreDistinct(t *testing.T) {
	all := append([]error{tax.ErrNotFound, tax.ErrExists, tax.ErrConflict}, taxtest.LookupErrors...)
	seen := map[string]bool{}
	for _, e := range all {
		assert.True(t, strings.HasPrefix(e.Error(), "tax: "), e.Error())
		assert.False(t, seen[e.Error()], e.Error())
		seen[e.Error()] = true
		for _, other := range all {
			assert.Equal(t, e == other, errors.Is(fmt.Errorf("wrapped: %w", e), other))
		}
	}
}

func TestErrorsOfOthersDoNotPanic(t *testing.T) {
	for _, err := range []error{&tax.LookupError{}, &tax.StoreError{}, &tax.InvalidError{}, &tax.InputError{}, &tax.StoreError{Kind: tax.ErrConflict}} {
		assert.NotEmpty(t, err.Error())
	}
	_, err := (&tax.Resolver{}).Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

func codeOf(t *testing.T, err error) string {
	t.Helper()
	var coded interface {
		error
		Code() string
	}
	require.ErrorAs(t, err, &coded)
	return coded.Code()
}

func TestLookupErrorsHaveACodeForEachReason(t *testing.T) {
	world := taxtest.Fixed(
		taxtest.Doc("DE", taxtest.Class("STANDARD*", "2007-01-01 19"), taxtest.Class("OLD", "- 7; 2020-01-01 end"), taxtest.Class("DOUBTED", "- 7 disputed"),
			taxtest.Class("ONE", "- 7 single"), taxtest.Class("UNDATED", "- 7 agreed")),
		taxtest.With(taxtest.Doc("DE-X-HELGOLAND"), func(c *tax.Configuration) { c.Exclusive = true }),
		tax.Configuration{Location: tax.Location{Country: "DE", Region: "BY"}, TimeZone: "no zone"},
		taxtest.Doc("LU", taxtest.Class("STANDARD", "- 17")),
		taxtest.With(taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5")), func(c *tax.Configuration) { c.Regions = tax.RegionsRequired }),
		taxtest.WithPostalCodes(taxtest.Doc("CA-QC"), "G*"),
		taxtest.Doc("GB", taxtest.Class("STANDARD*", "- 20")),
	)
	open := func(clock time.Time) *tax.Resolver {
		return taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if key.Country == "FR" {
				return taxtest.LoadFails(ctx, key)
			}
			return world(ctx, key)
		}), &tax.Options{Refuse: tax.RefuseDisputed | tax.RefuseSingle | tax.RefuseUndated, Clock: func() time.Time { return clock }})
	}
	r := open(time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		lookup tax.Lookup
		want   string
	}{
		{tax.Lookup{Country: "ZZ"}, "unknown_country"},
		{tax.Lookup{Country: "AT"}, "country_not_configured"},
		{tax.Lookup{Country: "CA", Region: "ON"}, "unknown_region"},
		{tax.Lookup{Country: "XI", Region: "SCT"}, "region_elsewhere"},
		{tax.Lookup{Country: "CA"}, "region_required"},
		{tax.Lookup{Country: "CA", Region: "QC", PostalCode: "A1A"}, "postal_code_elsewhere"},
		{tax.Lookup{Country: "CA", Region: "QC", PostalCode: "1#3"}, "postal_code_malformed"},
		{tax.Lookup{Country: "DE", Class: "BOOKS"}, "unknown_class"},
		{tax.Lookup{Country: "DE", Region: "NW", Class: "BOOKS"}, "unknown_class"},
		{tax.Lookup{Country: "LU"}, "no_default_class"},
		{tax.Lookup{Country: "DE", Region: "X-HELGOLAND", Class: "STANDARD"}, "tax_not_applied"},
		{tax.Lookup{Country: "DE", Date: tax.MustDate("2006-12-31")}, "class_not_started"},
		{tax.Lookup{Country: "DE", Class: "OLD"}, "class_ended"},
		{tax.Lookup{Country: "DE", Class: "DOUBTED"}, "rate_disputed"},
		{tax.Lookup{Country: "DE", Class: "ONE"}, "rate_of_one_source"},
		{tax.Lookup{Country: "DE", Class: "UNDATED"}, "rate_undated"},
		{tax.Lookup{Country: "DE", Region: "BY"}, "time_zone_invalid"},
		{tax.Lookup{Country: "DE", Region: "BY", Date: taxtest.Day}, "invalid_configuration"},
		{tax.Lookup{Country: "FR"}, "source_unavailable"},
	} {
		_, err := r.Lookup(t.Context(), c.lookup)
		require.Error(t, err, "%+v", c.lookup)
		assert.Equal(t, c.want, codeOf(t, err), "%v", err)
	}
	_, err := open(time.Time{}.AddDate(-5, 0, 0)).Resolve(t.Context(), "GB", "")
	assert.Equal(t, "clock_out_of_range", codeOf(t, err))
	_, err = r.Resolve(t.Context(), "DE", "BOOKS")
	assert.Equal(t, "unknown_class", codeOf(t, err), "the short way")
	r.Close()
	_, err = r.Resolve(t.Context(), "DE", "")
	assert.Equal(t, "resolver_closed", codeOf(t, err))
	for kind, want := range map[error]string{tax.ErrStale: "source_stale", tax.ErrNoRate: "no_rate", tax.ErrUnverified: "unverified_rate", errors.New("other"): "error", nil: "error"} {
		assert.Equal(t, want, (&tax.LookupError{Kind: kind}).Code())
	}
}

// A class that an End keeps from having a rate until a later day, as docs/overrides.md says,
// has not ended: no earlier day has a rate.
func TestAClassThatBeginsAfterAnEndHasNotStarted(t *testing.T) {
	c := tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{
		{Code: "NEW", Rates: []tax.Rate{
			{From: tax.MustDate("2035-01-01"), Effect: tax.End},
			{From: tax.MustDate("2030-01-01"), Percent: tax.MustPercent("9")},
			{From: tax.MustDate("0001-01-01"), Effect: tax.End}}},
		{Code: "NEVER", Rates: []tax.Rate{{From: tax.MustDate("0001-01-01"), Effect: tax.End}}},
	}}
	for _, e := range []struct{ class, day, want string }{
		{"NEW", "0001-01-01", "class_not_started"}, {"NEW", "2029-12-31", "class_not_started"}, {"NEW", "2035-01-01", "class_ended"}, {"NEVER", "2029-12-31", "no_rate"},
	} {
		_, err := c.Resolve(e.class, tax.MustDate(e.day))
		require.Error(t, err)
		assert.Equal(t, e.want, codeOf(t, err), "%v", err)
	}
}

func TestOtherErrorsHaveACode(t *testing.T) {
	input := func(_ any, err error) error { return err }
	for want, err := range map[string]error{
		"negative":              input(tax.Percent("-1")),
		"too_many_decimals":     input(tax.Percent("1.1234567890123456789")),
		"out_of_range":          input(tax.Percent("1001")),
		"malformed":             input(tax.Percent("19 %")),
		"too_long":              input(tax.NewPreferences(strings.Repeat("a", 36))),
		"unknown":               new(tax.Treatment).UnmarshalText([]byte("none")),
		"not_utf8":              input(tax.NewLocalizedText(map[string]string{"en": "\xff"})),
		"duplicate":             input(tax.NewLocalizedText(map[string]string{"iw": "a", "he": "b"})),
		"missing":               input(tax.NewResolver(nil, nil)),
		"conflicting":           input(tax.NewResolver(everyError(), &tax.Options{MaxStale: time.Hour})),
		"wrong_type":            new(tax.Configuration).UnmarshalJSON([]byte(`[]`)),
		"malformed_json":        new(tax.Configuration).UnmarshalJSON([]byte(`{]`)),
		"not_json":              input(tax.Resolution{}.MarshalJSON()),
		"mismatch":              input(tax.Select(slices.Values([]*tax.Configuration{}), tax.Query{Cursor: "x", PageSize: 1})),
		"unknown_country":       input(tax.ParseLocation("ZZ", "")),
		"unknown_region":        input(tax.ParseLocation("DE", "Bayern")),
		"invalid":               &tax.InputError{Reason: "reasons of others are not known"},
		"not_found":             &tax.StoreError{Kind: tax.ErrNotFound},
		"exists":                &tax.StoreError{Kind: tax.ErrExists},
		"version_conflict":      &tax.StoreError{Kind: tax.ErrConflict},
		"invalid_configuration": &tax.InvalidError{},
	} {
		require.Error(t, err, want)
		assert.Equal(t, want, codeOf(t, err), "%v", err)
		assert.Equal(t, want, codeOf(t, fmt.Errorf("wrapped: %w", err)))
	}
}

func TestErrorsAskWhetherASimilarCodeWasMeant(t *testing.T) {
	r := taxtest.Resolver(t,
		taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19", "NORMAL"), taxtest.Class("REDUCED", "- 7"), taxtest.Class("ZERO_1", "- 0 zeroRated"), taxtest.Class("ZERO_2", "- 0 zeroRated")),
		taxtest.Doc("DE-BY", taxtest.Class("BEER", "- 5")),
		taxtest.With(taxtest.Doc("DE-X-HELGOLAND", taxtest.Class("IMPORT", "- 1")), func(c *tax.Configuration) { c.Exclusive = true }),
		taxtest.With(taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 5")), func(c *tax.Configuration) { c.Regions = tax.RegionsListed }),
		taxtest.With(taxtest.Doc("CA-QC"), func(c *tax.Configuration) { c.RegionAliases = []string{"X-QUEBEC"} }),
	)
	for _, c := range []struct {
		lookup tax.Lookup
		want   string
	}{
		{tax.Lookup{Country: "DE", Class: "standard"}, "STANDARD"},
		{tax.Lookup{Country: "DE", Class: "Reduced"}, "REDUCED"},
		{tax.Lookup{Country: "DE", Class: "REDUCDE"}, "REDUCED"},
		{tax.Lookup{Country: "DE", Class: "NORMALE"}, "NORMAL"},
		{tax.Lookup{Country: "DE", Region: "BY", Class: "standart"}, "STANDARD"}, // inherited
		{tax.Lookup{Country: "DE", Region: "BY", Class: "BEERS"}, "BEER"},
		{tax.Lookup{Country: "DE", Class: "BEERS"}, ""}, // of another place
		{tax.Lookup{Country: "DE", Region: "X-HELGOLAND", Class: "standard"}, ""},
		{tax.Lookup{Country: "DE", Region: "X-HELGOLAND", Class: "Import"}, "IMPORT"},
		{tax.Lookup{Country: "DE", Class: "ZERO"}, ""}, // two of them
		{tax.Lookup{Country: "DE", Class: "BOOKS"}, ""},
		{tax.Lookup{Country: "CA", Region: "QB"}, ""},
		{tax.Lookup{Country: "CA", Region: "CA-QB"}, ""},
		{tax.Lookup{Country: "CA", Region: "X-QUEBECK"}, "X-QUEBEC"},
		{tax.Lookup{Country: "CA", Region: "X-BAVARIA"}, ""},
	} {
		_, err := r.Lookup(t.Context(), c.lookup)
		var e *tax.LookupError
		require.ErrorAs(t, err, &e, "%+v", c.lookup)
		assert.Equal(t, c.want, e.Suggestion(), "%+v", c.lookup)
		if question := "did you mean"; c.want == "" {
			assert.NotContains(t, err.Error(), question)
		} else {
			assert.Contains(t, err.Error(), ": "+question+` "`+c.want+`"? pass `)
		}
	}
	p, err := r.Place(t.Context(), tax.Lookup{Country: "DE"})
	require.NoError(t, err)
	_, err = p.Rate("reduced")
	assert.EqualError(t, err, `tax: unknown class: country "DE" class "reduced" on `+p.Date().String()+
		`: did you mean "REDUCED"? pass a class that the place has, see Resolver.Classes, or set FallbackToDefault`)

	e := err.(*tax.LookupError)
	e.Territory = tax.Location{Country: "CA", Region: "QC"} // the caller may change everything
	e.Kind = tax.ErrUnknownRegion
	assert.NotPanics(t, func() { _ = e.Error() })
	assert.Empty(t, (&tax.LookupError{Kind: tax.ErrUnknownClass, Lookup: tax.Lookup{Class: "standard"}}).Suggestion())
}

// Resolve refuses a class without the steps of Lookup, and nobody must see that.
func TestAnUnknownClassIsOneErrorHoweverItIsAskedFor(t *testing.T) {
	day := taxtest.Day
	noon := time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, time.UTC)
	r := taxtest.Open(t, taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19", "NORMAL"), taxtest.Class("RED", "- 7"))),
		&tax.Options{Clock: func() time.Time { return noon }})
	for _, view := range []*tax.Resolver{r, r.Tenant("shop")} {
		for _, country := range []string{"DE", "de", "DEU"} {
			for _, class := range []string{"X", "NORMAL ", "standard", "A_CLASS_OF_20_LETTERS", "STANDRAD"} {
				_, quick := view.Resolve(t.Context(), country, class)
				_, other := view.Lookup(t.Context(), tax.Lookup{Country: country, Class: class, Date: day})
				var e *tax.LookupError
				require.ErrorAs(t, quick, &e)
				assert.Equal(t, other, quick)
				assert.Equal(t, other.Error(), quick.Error())
				assert.Equal(t, tax.ErrUnknownClass, e.Kind)
				assert.Equal(t, tax.Lookup{Country: country, Class: class, Date: day}, e.Lookup)
				assert.Equal(t, tax.Location{Country: "DE"}, e.Territory)
			}
		}
	}
	_, err := r.Tenant("shop").Resolve(t.Context(), "DE", "STANDRAD")
	assert.EqualError(t, err, `tax: unknown class: country "DE" class "STANDRAD" on 2026-11-21 of tenant "shop": did you mean "STANDARD"? `+
		`pass a class that the place has, see Resolver.Classes, or set FallbackToDefault`)
}

// A suggestion costs more than a valid question, so it must not be searched for before
// somebody wants to read it.
func TestRefusingAClassDoesNotLookForASuggestion(t *testing.T) {
	classes := []tax.Class{taxtest.Class("STANDARD*", "- 19")}
	for i := range 900 {
		classes = append(classes, taxtest.Class(fmt.Sprintf("CLASS_%03d", i), "- 7"))
	}
	r := taxtest.Resolver(t, taxtest.Doc("DE", classes...))
	_, err := r.Resolve(t.Context(), "DE", "STANDRAD")
	require.ErrorIs(t, err, tax.ErrUnknownClass)
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { _, err = r.Resolve(t.Context(), "DE", "STANDRAD") }), 2.0)
	refusing := taxtest.Fastest(200, func() { _, err = r.Resolve(t.Context(), "DE", "STANDRAD") })
	suggesting := taxtest.Fastest(20, func() { assert.Equal(t, "STANDARD", err.(*tax.LookupError).Suggestion()) })
	assert.Less(t, 5*refusing, suggesting)
	assert.Less(t, suggesting, 100*time.Millisecond)
}
