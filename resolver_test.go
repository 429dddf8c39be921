package tax_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// everyError is a world in which each sentinel of a lookup can be reached.
func everyError() tax.Source {
	documents := taxtest.Fixed(
		taxtest.Doc("DE", taxtest.Class("STANDARD*", "2007-01-01 19"), taxtest.Class("DOUBTED", "2007-01-01 7 disputed")),
		taxtest.Doc("DE-BY", taxtest.Class("STANDARD", "2007-01-01 0 exempt"), tax.Class{Code: "NO RATES"}),
		taxtest.WithPostalCodes(taxtest.Doc("DE-X-HELGOLAND"), "27498"),
		taxtest.With(taxtest.Doc("CA", taxtest.Class("STANDARD*", "2008-01-01 5")), func(c *tax.Configuration) { c.Regions = tax.RegionsRequired }),
		taxtest.Doc("CA-AB"),
		taxtest.Doc("LU", taxtest.Class("STANDARD", "2024-01-01 17")),
	)
	return tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		if key.Country == "FR" {
			return nil, errors.New("tax: the database is down")
		}
		return documents(ctx, key)
	})
}

// errorLookups reach every sentinel but ErrClosed in everyError when disputed
// rates are refused.
var errorLookups = []struct {
	kind      error
	lookup    tax.Lookup
	territory string
}{
	{tax.ErrUnknownCountry, tax.Lookup{Country: "ZZ", Date: errorDay}, ""},
	{tax.ErrUnknownCountry, tax.Lookup{Country: "AT", Date: errorDay}, ""}, // a country, but the source has none
	{tax.ErrUnknownRegion, tax.Lookup{Country: "CA", Region: "ON", Date: errorDay}, ""},
	{tax.ErrUnknownRegion, tax.Lookup{Country: "DE", Region: "Bayern", Date: errorDay}, ""},
	{tax.ErrRegionRequired, tax.Lookup{Country: "CA", Class: "STANDARD", Date: errorDay}, ""},
	{tax.ErrUnknownClass, tax.Lookup{Country: "DE", Class: "BOOKS", Date: errorDay}, "DE"},
	{tax.ErrUnknownClass, tax.Lookup{Country: "CA", Region: "AB", Class: "BOOKS", Date: errorDay}, "CA-AB"},
	{tax.ErrNoDefaultClass, tax.Lookup{Country: "LU", Date: errorDay}, "LU"},
	{tax.ErrNoRate, tax.Lookup{Country: "DE", Class: "STANDARD", Date: tax.MustDate("2006-12-31")}, "DE"},
	{tax.ErrUnverified, tax.Lookup{Country: "DE", Class: "DOUBTED", Date: errorDay}, "DE"},
	{tax.ErrInvalid, tax.Lookup{Country: "DE", Region: "BY", Class: "STANDARD", Date: errorDay}, "DE-BY"},
	{tax.ErrInvalid, tax.Lookup{Country: "DE", PostalCode: "1#3", Class: "STANDARD", Date: errorDay}, ""},
	{tax.ErrUnavailable, tax.Lookup{Country: "FR", Class: "STANDARD", Date: errorDay}, ""},
}

var errorDay = tax.MustDate("2026-11-21")

func TestEverySentinelOfALookupIsReachableAndCarriesTheInput(t *testing.T) {
	r := taxtest.Open(t, everyError(), &tax.Options{Refuse: tax.RefuseDisputed})
	reached := map[error]bool{tax.ErrClosed: true}
	for _, c := range errorLookups {
		_, err := r.Tenant("shop").Lookup(t.Context(), c.lookup)
		require.ErrorIs(t, err, c.kind, "%+v", c.lookup)
		var e *tax.LookupError
		require.ErrorAs(t, err, &e, "%+v", c.lookup)
		assert.Equal(t, c.kind, e.Kind)
		assert.Equal(t, c.lookup, e.Lookup)
		assert.Equal(t, "shop", e.Tenant)
		assert.Equal(t, c.territory, e.Territory.String(), "%+v", c.lookup)
		reached[c.kind] = true
		for _, other := range taxtest.LookupErrors {
			assert.Equal(t, other == c.kind, errors.Is(err, other), "%+v: %v", c.lookup, other)
		}
	}
	for _, kind := range taxtest.LookupErrors {
		assert.True(t, reached[kind], kind.Error())
	}

	r.Close()
	_, err := r.Resolve(t.Context(), "DE", "STANDARD")
	require.ErrorIs(t, err, tax.ErrClosed)
	var e *tax.LookupError
	require.ErrorAs(t, err, &e)
	assert.Equal(t, tax.Lookup{Country: "DE", Class: "STANDARD"}, e.Lookup)
}

func TestResolveErrorsNameTheDayThatWasUsed(t *testing.T) {
	r := taxtest.Open(t, everyError(), &tax.Options{
		Clock: func() time.Time { return time.Date(2006, 5, 4, 12, 0, 0, 0, time.UTC) },
	})
	_, err := r.Resolve(t.Context(), "de", "STANDARD")
	var e *tax.LookupError
	require.ErrorAs(t, err, &e)
	assert.Equal(t, tax.MustDate("2006-05-04"), e.Lookup.Date)
	assert.Equal(t, tax.Location{Country: "DE"}, e.Territory)
	assert.Contains(t, err.Error(), "2006-05-04")
	assert.Contains(t, err.Error(), "2007-01-01", "the message tells from when there is a rate")
}

func TestErrorsOfHostileInputStayShortAndOnOneLine(t *testing.T) {
	r := taxtest.Open(t, everyError(), nil)
	hostile := []string{
		"\n\r\t\x00", "\xff\xfe", strings.Repeat("A", 1<<20), strings.Repeat("\u00e9", 100), `"quoted"`, "a\u2028b", "%s%d%!",
	}
	for _, text := range hostile {
		for _, l := range []tax.Lookup{
			{Country: text}, {Country: "DE", Region: text}, {Country: "DE", PostalCode: text}, {Country: "DE", Class: text},
		} {
			_, err := r.Tenant(text).Lookup(t.Context(), l)
			require.Error(t, err)
			message := err.Error()
			assert.Less(t, len(message), 1200)
			assert.True(t, utf8.ValidString(message), "%q", message)
			assert.False(t, strings.ContainsAny(message, "\n\r\x00\u2028"), "%q", message)
		}
	}
}

func TestCountryCodesOfEveryFormFindTheSameCountry(t *testing.T) {
	r := taxtest.Resolver(t,
		taxtest.Doc("GB", taxtest.Class("STANDARD*", "- 20")),
		taxtest.Doc("GB-NIR", taxtest.Class("STANDARD", "- inherit; 2021-01-01 20 tax:XI-VAT")),
		taxtest.Doc("GR", taxtest.Class("STANDARD*", "- 24")), taxtest.Doc("XK", taxtest.Class("STANDARD*", "- 18")))
	for code, want := range map[string]string{
		"GB": "GB", "gb": "GB", "GBR": "GB", "gbr": "GB", "UK": "GB", "uk": "GB",
		"GR": "GR", "EL": "GR", "grc": "GR", "XK": "XK", "xkx": "XK", "XI": "GB-NIR", "xi": "GB-NIR",
	} {
		a, err := r.Resolve(t.Context(), code, "")
		require.NoError(t, err, code)
		assert.Equal(t, want, a.Location().String(), code)
	}
	for _, code := range []string{"", "EU", "AN", "276", "GBRX", "D", "\u00c4\u00d6", "G\x00"} {
		_, err := r.Resolve(t.Context(), code, "")
		assert.ErrorIs(t, err, tax.ErrUnknownCountry, "%q", code)
	}
}

func TestXIMeansNorthernIrelandAndNothingElse(t *testing.T) {
	r := taxtest.Resolver(t,
		taxtest.Doc("GB", taxtest.Class("STANDARD*", "- 20")), taxtest.Doc("GB-NIR", taxtest.Class("STANDARD", "- 21")), taxtest.Doc("GB-SCT", taxtest.Class("STANDARD", "- 22")))
	on := tax.MustDate("2026-11-21")
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "XI", Date: on})
	assert.Equal(t, "STANDARD at GB-NIR by region, default class", taxtest.Steps(a, err))
	assert.Equal(t, tax.LookupInput{Country: "GB", Region: "NIR", Date: on}, a.Explain().Input)

	a, err = r.Lookup(t.Context(), tax.Lookup{Country: "XI", Region: "nir", Class: "STANDARD", Date: on})
	assert.Equal(t, "STANDARD at GB-NIR by region, class", taxtest.Steps(a, err))

	for _, region := range []string{"SCT", "X-NIR", "DE-BY", "!"} {
		_, err = r.Lookup(t.Context(), tax.Lookup{Country: "XI", Region: region, Date: on})
		require.ErrorIs(t, err, tax.ErrUnknownRegion, region)
		taxtest.AssertAdvises(t, err)
	}
}

func TestRefusedEvidenceIsAnErrorAndLeavesTheTimelineAlone(t *testing.T) {
	set := []tax.Configuration{
		taxtest.Doc("DE",
			taxtest.Class("STANDARD*", "- 16 agreed; 2007-01-01 19 disputed; 2020-07-01 16 single; 2021-01-01 19"),
			taxtest.Class("OTHER", "2007-01-01 7")),
		taxtest.Doc("DE-BY", taxtest.Class("OTHER", "2010-01-01 + 1 disputed")),
	}
	for _, c := range []struct {
		refuse tax.Refusal
		want   string // on the first day of each entry, the oldest on the day before the second
	}{
		{0, "16 VAT, 19 VAT, 16 VAT, 19 VAT"},
		{tax.RefuseUndated, "unverified rate, 19 VAT, 16 VAT, 19 VAT"},
		{tax.RefuseDisputed, "16 VAT, unverified rate, 16 VAT, 19 VAT"},
		{tax.RefuseSingle, "16 VAT, 19 VAT, unverified rate, 19 VAT"},
		{tax.RefuseUndated | tax.RefuseDisputed | tax.RefuseSingle, "unverified rate, unverified rate, unverified rate, 19 VAT"},
	} {
		r := taxtest.Open(t, taxtest.Fixed(set...), &tax.Options{Refuse: c.refuse})
		var got []string
		for _, on := range []string{"2006-12-31", "2007-01-01", "2020-07-01", "2021-01-01"} {
			// Fallback must not turn a refused rate into another one.
			a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Class: "STANDARD", Date: tax.MustDate(on), FallbackToDefault: true})
			got = append(got, taxtest.Answer(a, err))
		}
		assert.Equal(t, c.want, strings.Join(got, ", "), "refusing %d", c.refuse)
	}

	r := taxtest.Open(t, taxtest.Fixed(set...), &tax.Options{Refuse: tax.RefuseDisputed})
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Class: "STANDARD", Date: tax.MustDate("2006-12-31")})
	require.NoError(t, err)
	assert.Equal(t, tax.MustDate("2007-01-01"), a.Until(), "the refused entry still ends the one before")
	_, err = r.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: "BY", Class: "OTHER", Date: tax.MustDate("2010-01-01")})
	assert.ErrorIs(t, err, tax.ErrUnverified, "a sum is as weak as its weakest part")
	list, err := r.Classes(t.Context(), tax.Lookup{Country: "DE", Date: tax.MustDate("2010-01-01")})
	require.NoError(t, err)
	require.Len(t, list, 1, "Classes leaves refused rates out")
	assert.Equal(t, "OTHER", list[0].Class())
}

func TestOptionsThatContradictThemselvesAreRefused(t *testing.T) {
	for name, o := range map[string]tax.Options{
		"Capacity":    {Capacity: -1},
		"LoadTimeout": {LoadTimeout: -time.Second},
		"MaxDataAge":  {MaxDataAge: -1},
		"Refuse":      {Refuse: 8},
		"language":    {DefaultLanguage: "en_US.UTF-8"},
	} {
		r, err := tax.NewResolver(taxtest.Fixed(), &o)
		assert.Nil(t, r, name)
		var e *tax.InputError
		require.ErrorAs(t, err, &e, name)
		require.ErrorIs(t, err, tax.ErrInvalid, name)
		assert.Contains(t, err.Error(), name)
		taxtest.AssertAdvises(t, err)
	}
	_, err := tax.NewResolver(nil, nil)
	require.ErrorIs(t, err, tax.ErrInvalid)
	taxtest.AssertAdvises(t, err)

	var missing tax.SourceFunc
	r := taxtest.Open(t, missing, nil)
	_, err = r.Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, tax.ErrUnavailable, "a nil function is a source that fails, not a crash")
}

func TestOptionsAreReadOnce(t *testing.T) {
	o := tax.Options{DefaultLanguage: "de", FallbackToDefault: true}
	c := taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))
	c.Classes[0].Name = tax.MustLocalizedText(map[string]string{"de": "Regelsatz", "en": "Standard rate"})
	r := taxtest.Open(t, taxtest.Fixed(c), &o)
	o = tax.Options{DefaultLanguage: "en", Clock: func() time.Time { panic("not ours") }}
	a, err := r.Resolve(t.Context(), "DE", "UNKNOWN")
	require.NoError(t, err)
	assert.Equal(t, "Regelsatz", a.Name(tax.Preferences{}))
}

func TestZeroResolutionAndZeroPlaceAnswerEverythingWithoutPanic(t *testing.T) {
	var r tax.Resolution
	var p tax.Place
	preferences := tax.MustPreferences("de", "en")
	assert.NotPanics(t, func() {
		assert.Empty(t, r.Class())
		assert.True(t, r.Percent().IsZero())
		assert.False(t, r.OfGross())
		assert.Empty(t, r.Components())
		assert.Equal(t, tax.Taxable, r.Treatment())
		assert.Equal(t, tax.Tax{}, r.Tax())
		assert.Equal(t, tax.Location{}, r.Location())
		assert.Equal(t, tax.Date{}, r.Date())
		assert.Equal(t, tax.Date{}, r.Since())
		assert.Equal(t, tax.Date{}, r.Until())
		assert.Equal(t, tax.Evidence{}, r.Evidence())
		assert.Empty(t, r.Name(preferences)+r.Description(preferences)+r.TaxName(preferences))
		assert.Equal(t, tax.Explanation{}, r.Explain())
		assert.Equal(t, tax.Resolution{}, r.As(tax.Export, "proof"))
		_, err := r.FromNet(decimal.New(100, 0), tax.RoundTo(2, tax.HalfUp))
		assert.ErrorIs(t, err, tax.ErrInvalid)
		_, err = r.FromGross(decimal.New(100, 0), tax.RoundTo(2, tax.HalfUp))
		assert.ErrorIs(t, err, tax.ErrInvalid)

		_, err = p.Rate("STANDARD")
		assert.ErrorIs(t, err, tax.ErrInvalid)
		taxtest.AssertAdvises(t, err)
		assert.Empty(t, p.Classes())
		assert.Equal(t, tax.Location{}, p.Location())
		assert.Equal(t, tax.Date{}, p.Date())
	})
	assert.LessOrEqual(t, unsafe.Sizeof(r), unsafe.Sizeof(uintptr(0))+16, "a resolution is a pointer and two numbers")
}

func TestInvalidDocumentWarnsAndLeavesATombstone(t *testing.T) {
	var warnings []tax.Warning
	r := taxtest.Open(t, everyError(), &tax.Options{OnWarning: func(w tax.Warning) { warnings = append(warnings, w) }})
	_, err := r.Tenant("shop").Lookup(t.Context(), tax.Lookup{Country: "DE", Region: "BY", Class: "STANDARD"})
	require.ErrorIs(t, err, tax.ErrInvalid)
	var invalid *tax.InvalidError
	require.ErrorAs(t, err, &invalid)
	assert.Equal(t, tax.Location{Country: "DE", Region: "BY"}, invalid.Faults[0].Location)
	_, err = r.Tenant("shop").Place(t.Context(), tax.Lookup{Country: "DE", Region: "BY"})
	assert.ErrorIs(t, err, tax.ErrInvalid)
	_, err = r.Tenant("shop").Classes(t.Context(), tax.Lookup{Country: "DE", Region: "BY"})
	assert.ErrorIs(t, err, tax.ErrInvalid)
	a, err := r.Tenant("shop").Resolve(t.Context(), "DE", "STANDARD")
	assert.Equal(t, "19 VAT", taxtest.Answer(a, err), "the others still answer")

	require.Len(t, warnings, 1, "once per load")
	assert.Equal(t, tax.WarnInvalidDocument, warnings[0].Kind)
	assert.Equal(t, tax.Key{Tenant: "shop", Country: "DE"}, warnings[0].Key)
	assert.Equal(t, tax.Location{Country: "DE", Region: "BY"}, warnings[0].Location)
	assert.ErrorIs(t, warnings[0].Cause, tax.ErrInvalid)
	assert.NotEmpty(t, warnings[0].Detail)
	assert.Equal(t, "invalid document", fmt.Sprint(warnings[0].Kind))
}

func TestOldDataWarns(t *testing.T) {
	noon := func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }
	asOf := func(day string) func(*tax.Configuration) {
		return func(c *tax.Configuration) { c.Metadata.AsOf = tax.MustDate(day) }
	}
	old := taxtest.With(taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), asOf("2026-10-21"))
	fresh := taxtest.With(taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20")), asOf("2026-10-22"))
	unknown := taxtest.Doc("AT", taxtest.Class("STANDARD*", "- 20"))
	for _, c := range []struct {
		name   string
		source tax.Source
		age    time.Duration
		want   []string
	}{
		{"older than allowed", taxtest.Fixed(old, fresh, unknown), 30 * 24 * time.Hour, []string{"DE"}},
		{"no age is too old", taxtest.Fixed(old, fresh, unknown), 0, nil},
		{"young enough", taxtest.Fixed(old, fresh, unknown), 31 * 24 * time.Hour, nil},
		{"under an overlay", tax.Overlay(taxtest.Fixed(old), taxtest.Fixed(taxtest.Doc("DE", tax.Class{Code: "STANDARD", Order: new(1)}))),
			30 * 24 * time.Hour, []string{"DE"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			r := taxtest.Open(t, c.source, &tax.Options{Clock: noon, MaxDataAge: c.age, OnWarning: func(w tax.Warning) {
				assert.Equal(t, tax.WarnOldData, w.Kind)
				assert.Contains(t, w.Detail, "2026-10-21")
				got = append(got, w.Location.String())
			}})
			for _, country := range []string{"DE", "FR", "AT", "DE"} {
				_, err := r.Resolve(t.Context(), country, "")
				if country == "DE" {
					require.NoError(t, err, "old data still answers")
				}
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// panicky is a context whose Err panics.
type panicky struct{ context.Context }

func (panicky) Err() error { panic("a context of somebody else") }

func TestContextThatPanicsLeavesTheResolverUsable(t *testing.T) {
	r := taxtest.Resolver(t, taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")))
	assert.Panics(t, func() { _, _ = r.Resolve(panicky{t.Context()}, "DE", "") })
	assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
	var none context.Context
	_, err := r.Resolve(none, "FR", "")
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

// mute is a Notifier that gives no way to stop.
type mute struct{ tax.Source }

func (mute) Notify(func(tax.Key)) (stop func()) { return nil }

func TestNotifierWithoutStop(t *testing.T) {
	r, err := tax.NewResolver(mute{taxtest.Fixed(taxtest.Doc("DE", taxtest.Class("A*", "- 19")))}, nil)
	require.NoError(t, err)
	assert.NotPanics(t, r.Close)
}
