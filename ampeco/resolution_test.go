package ampeco_test

import (
	"context"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
)

func TestResolutionsOfFlatTaxesAreExact(t *testing.T) {
	on := tax.MustDate("2026-03-31")
	for _, c := range []struct{ percent, net, tax, gross string }{
		{"20", "100.00", "20.00", "120.00"},
		{"9.975", "19.99", "1.99", "21.98"},        // 1.994…
		{"7.7", "0.65", "0.05", "0.70"},            // 0.05005
		{"0", "12.34", "0.00", "12.34"},            //
		{"0.000000000001", "1.00", "0.00", "1.00"}, //
		{"1000", "0.01", "0.10", "0.11"},
		{"33.333333333333", "3.00", "1.00", "4.00"}, // 0.99999…
	} {
		x := vat(t)
		x.Percentage = tax.MustPercent(c.percent)
		r, err := x.Resolution(on)
		require.NoError(t, err)
		assert.True(t, r.Percent().Equal(x.Percentage), "%v", r.Percent())
		a, err := r.FromNet(amount(c.net), tax.RoundTo(2, tax.HalfUp))
		require.NoError(t, err)
		assert.True(t, a.Tax().Equal(amount(c.tax)), "%s: %v", c.percent, a.Tax())
		assert.True(t, a.Gross().Equal(amount(c.gross)), "%s: %v", c.percent, a.Gross())
	}
}

// amount reads an amount with two decimals.
func amount(s string) decimal.Decimal {
	units := int64(0)
	for _, c := range s {
		if c != '.' {
			units = 10*units + int64(c-'0')
		}
	}
	return decimal.New(units, -2)
}

func TestResolutionsOfFlatTaxesSayWhatTheyAre(t *testing.T) {
	on := tax.MustDate("2026-03-31")
	r, err := vat(t).Resolution(on)
	require.NoError(t, err)
	assert.Equal(t, "7", r.Class())
	assert.Equal(t, "7", r.Tax().Code)
	assert.Equal(t, tax.Taxable, r.Treatment())
	assert.False(t, r.OfGross())
	assert.Zero(t, r.Location())
	assert.Equal(t, on, r.Date())
	assert.True(t, r.Since().IsZero())
	assert.True(t, r.Until().IsZero())
	assert.Zero(t, r.Evidence())
	assert.Nil(t, r.Components())

	e := r.Explain()
	assert.Equal(t, "20", e.Percent)
	assert.Equal(t, "7", e.Class)
	assert.Equal(t, "7", e.Tax)
	assert.Equal(t, on, e.Input.Date)
	assert.Equal(t, "7", e.Input.Class)
	assert.Zero(t, e.Territory)
	assert.Empty(t, e.Input.Country)
	assert.Contains(t, e.Steps, tax.StepClass)
}

func TestNamesAreInTheLanguageOfTheCustomer(t *testing.T) {
	on := tax.MustDate("2026-03-31")
	withFallback, err := tax.MustPreferences("ja").WithFallback("bg")
	require.NoError(t, err)
	for _, c := range []struct {
		preferences  tax.Preferences
		in, resolved string
	}{
		{tax.MustPreferences("bg"), "ДДС", "ДДС"},
		{tax.MustPreferences("bg-BG", "en"), "ДДС", "ДДС"},
		{tax.MustPreferences("en-GB"), "VAT", "VAT"},
		{tax.MustPreferences("ja", "bg"), "ДДС", "ДДС"},
		{withFallback, "ДДС", "ДДС"},
		// Without a match, In returns the internal name, and a resolution the name in
		// the default language of package tax.
		{tax.MustPreferences("ja"), "VAT 20", "VAT"},
		{tax.Preferences{}, "VAT 20", "VAT"},
	} {
		x := vat(t)
		assert.Equal(t, c.in, x.In(c.preferences))
		r, err := x.Resolution(on)
		require.NoError(t, err)
		assert.Equal(t, c.resolved, r.Name(c.preferences))
		assert.Equal(t, c.resolved, r.TaxName(c.preferences))
	}
	bare := ampeco.Tax{ID: 3, Name: "Internal"}
	assert.Equal(t, "Internal", bare.In(tax.MustPreferences("en")))
	r, err := bare.Resolution(on)
	require.NoError(t, err)
	assert.Equal(t, "3", r.Name(tax.MustPreferences("en")), "the internal name is not for customers")
	assert.Equal(t, "Internal", ampeco.Tax{Name: "Internal", DisplayName: []tax.Translation{{Language: "?"}}}.In(tax.MustPreferences("en")))
}

func TestAFlatTaxIsNoPlace(t *testing.T) {
	on := tax.MustDate("2026-03-31")
	flat, err := vat(t).Resolution(on)
	require.NoError(t, err)
	place, err := tax.Configuration{
		Location: tax.Location{Country: "BG"},
		Classes:  []tax.Class{{Code: "7", Rates: []tax.Rate{{Percent: tax.MustPercent("20")}}}},
	}.Resolve("7", on)
	require.NoError(t, err)
	assert.NotEqual(t, place.Location(), flat.Location())
	assert.False(t, place == flat)
	other := vat(t)
	other.ID = 8
	second, err := other.Resolution(on)
	require.NoError(t, err)
	assert.NotEqual(t, second.Class(), flat.Class())
}

func TestMemoryResolvesWhatWasWrittenLast(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 3, 31, 23, 59, 59, 0, time.UTC)
	m := ampeco.NewMemory(func() time.Time { return now })
	_, err := m.Create(ctx, ampeco.Draft{Name: "x", Percentage: tax.MustPercent("20")})
	require.NoError(t, err)
	resolved := func(on tax.Date) (string, string) {
		r, err := m.Resolve(ctx, 1, on)
		require.NoError(t, err)
		return r.Explain().Percent, r.Date().String()
	}
	check := func(percent, day string, on tax.Date) {
		t.Helper()
		p, d := resolved(on)
		assert.Equal(t, []string{percent, day}, []string{p, d})
	}
	check("20", "2026-03-31", tax.Date{})
	now = now.Add(time.Second)
	check("20", "2026-04-01", tax.Date{})
	check("20", "1999-12-31", tax.MustDate("1999-12-31"))
	check("20", "2026-04-01", tax.Date{})
	kept, err := m.Resolve(ctx, 1, tax.Date{})
	require.NoError(t, err)

	_, err = m.Update(ctx, 1, ampeco.Patch{Percentage: ampeco.Set(tax.MustPercent("21.5"))})
	require.NoError(t, err)
	check("21.5", "2026-04-01", tax.Date{})
	check("21.5", "1999-12-31", tax.MustDate("1999-12-31"))
	assert.Equal(t, "20", kept.Explain().Percent, "an earlier answer has changed")

	require.NoError(t, m.Delete(ctx, 1))
	_, err = m.Resolve(ctx, 1, tax.Date{})
	assert.ErrorIs(t, err, tax.ErrNotFound)
	now = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err = m.Resolve(ctx, 1, tax.Date{})
	assert.ErrorIs(t, err, tax.ErrNotFound)
}

func TestResolvingAgainAllocatesNothing(t *testing.T) {
	ctx := context.Background()
	_, m := shop(t)
	for _, on := range []tax.Date{{}, tax.MustDate("2020-02-29")} {
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			if r, err := m.Resolve(ctx, 7, on); err != nil || r.Percent().IsZero() {
				t.Error(r, err)
			}
		}))
	}
}
