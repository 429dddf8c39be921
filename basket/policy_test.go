package basket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

func TestProfilesHaveTheDecimalsOfTheCurrency(t *testing.T) {
	for _, c := range []struct {
		currency               string
		scale, scaleOfStandard int32
	}{{"EUR", 2, 2}, {"JPY", 0, 0}, {"KWD", 3, 2}, {"chf", 2, 2}, {"CLF", 4, 2}} {
		for _, profile := range []struct {
			make  func(string) (basket.Policy, error)
			level basket.Level
			scale int32
		}{
			{basket.EN16931, basket.ByRate, c.scaleOfStandard},
			{basket.PerLine, basket.ByLine, c.scale},
			{basket.PerDocument, basket.ByDocument, c.scale},
		} {
			p, err := profile.make(c.currency)
			require.NoError(t, err)
			require.Equal(t, profile.level, p.Level)
			require.Equal(t, tax.Rounding{Mode: tax.HalfUp, Scale: profile.scale}, p.Rounding, c.currency)
			require.Zero(t, p.Cash)
		}
	}
	p, err := basket.PerLine("chf")
	require.NoError(t, err)
	require.Equal(t, "CHF", p.Currency)
}

func TestProfilesOfNoCurrency(t *testing.T) {
	for _, profile := range []func(string) (basket.Policy, error){basket.EN16931, basket.PerLine, basket.PerDocument} {
		for _, currency := range []string{"", "EU", "EURO", "€", "ZZZ"} {
			_, want := tax.RoundingFor(currency)
			p, err := profile(currency)
			require.Equal(t, want, err)
			require.Error(t, err)
			require.Zero(t, p)
		}
	}
}

func TestPoliciesThatAreNone(t *testing.T) {
	place := plainPlace(t)
	cents := tax.Rounding{Scale: 2}
	for field, p := range map[string]basket.Policy{
		"policy.level":             {Level: 4, Rounding: cents},
		"policy.rounding.netFirst": {Level: basket.ByDocument, Rounding: tax.Rounding{Scale: 2, NetFirst: true}},
		"policy.cash.step":         {Rounding: cents, Cash: basket.Cash{Step: -5}},
		"policy.rounding.scale":    {Rounding: tax.Rounding{Scale: 13}},
		"policy.rounding.mode":     {Rounding: tax.Rounding{Mode: 5}},
		"policy.cash.mode":         {Rounding: cents, Cash: basket.Cash{Step: 5, Mode: 5}},
	} {
		priced, err := basket.Price(place, &basket.Basket{}, p)
		require.Nil(t, priced)
		refusedAt(t, err, field)
	}
	_, err := basket.Price(place, &basket.Basket{}, basket.Policy{Rounding: cents, Cash: basket.Cash{Step: 1_000_000_001}})
	refusedAt(t, err, "policy.cash.step")
}
