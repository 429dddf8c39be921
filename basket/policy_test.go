package basket_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

func TestProfilesHaveTheDecimalsOfTheCurrency(t *testing.T) {
	for _, c := range []struct {
		currency               string
		scale, scaleOfStandard int
	}{{"EUR", 2, 2}, {"JPY", 0, 0}, {"KWD", 3, 2}, {"chf", 2, 2}, {"CLF", 4, 2}} {
		for _, profile := range []struct {
			make  func(string) (basket.Policy, error)
			level basket.Level
			scale int
		}{
			{basket.EN16931, basket.ByRate, c.scaleOfStandard},
			{basket.LinePolicy, basket.ByLine, c.scale},
			{basket.DocumentPolicy, basket.ByDocument, c.scale},
			{basket.UnitPolicy, basket.ByUnit, c.scale},
			{basket.RunningTotalPolicy, basket.ByRunningTotal, c.scale},
			{basket.ComponentPolicy, basket.ByLine, c.scale},
			{basket.WholeTaxPolicy, basket.ByLine, c.scale},
			{basket.ReducedPricePolicy, basket.ByLine, c.scale},
		} {
			p, err := profile.make(c.currency)
			require.NoError(t, err)
			require.Equal(t, profile.level, p.Level)
			require.Equal(t, tax.RoundTo(profile.scale, tax.HalfUp), p.Rounding, c.currency)
			require.Zero(t, p.Cash)
		}
	}
	p, err := basket.LinePolicy("chf")
	require.NoError(t, err)
	require.Equal(t, "CHF", p.Currency)
}

// Each rule that is not a level has a named policy that sets one field.
func TestNamedPoliciesSetOneRule(t *testing.T) {
	line, err := basket.LinePolicy("INR")
	require.NoError(t, err)
	fine, err := basket.FineLines("INR", 4)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		make func(string) (basket.Policy, error)
		rule func(*basket.Policy)
		from basket.Policy
	}{
		"components each": {basket.ComponentPolicy, func(p *basket.Policy) { p.EachComponent = true }, line},
		"whole rupees":    {basket.WholeTaxPolicy, func(p *basket.Policy) { p.EachComponent, p.TaxStep = true, 100 }, line},
		"reduced price":   {basket.ReducedPricePolicy, func(p *basket.Policy) { p.RoundReduced = true }, line},
		"gross rounded": {
			func(c string) (basket.Policy, error) { return basket.RoundGrossPolicy(c, 4) },
			func(p *basket.Policy) { p.RoundGross = true }, fine,
		},
	} {
		c.rule(&c.from)
		p, err := c.make("INR")
		require.NoError(t, err, name)
		require.Equal(t, c.from, p, name)
		_, err = basket.Price(plainPlace(t), &basket.Basket{}, p)
		require.NoError(t, err, name)
	}
	yen, err := basket.WholeTaxPolicy("JPY")
	require.NoError(t, err)
	require.Zero(t, yen.TaxStep, "prices are whole as well")
}

func TestProfilesOfNoCurrency(t *testing.T) {
	for _, profile := range []func(string) (basket.Policy, error){
		basket.EN16931, basket.LinePolicy, basket.DocumentPolicy, basket.UnitPolicy, basket.RunningTotalPolicy, basket.ComponentPolicy,
		basket.WholeTaxPolicy, basket.ReducedPricePolicy, func(c string) (basket.Policy, error) { return basket.RoundGrossPolicy(c, 4) },
	} {
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
	cents := tax.RoundTo(2, tax.HalfUp)
	for field, policies := range map[string][]basket.Policy{
		"policy.level":             {{Level: 5, Rounding: cents}},
		"policy.rounding":          {{}, {Cash: basket.Cash{Step: 5}}, {Currency: "EUR", Rounding: tax.Rounding{}.WithMode(tax.Up)}},
		"policy.rounding.netFirst": {{Level: basket.ByDocument, Rounding: cents.WithNetFirst(true)}},
		"policy.rounding.scale": {
			{Rounding: tax.RoundTo(13, tax.HalfUp)}, {Rounding: tax.RoundTo(-1, tax.HalfUp), Currency: "EUR"}, {Rounding: tax.RoundTo(13, tax.HalfUp), Currency: "EUR"},
			{Rounding: cents, Currency: "JPY"}, {Rounding: cents, Currency: "jpy"}, {Rounding: tax.RoundTo(3, tax.HalfUp), Currency: "EUR"}, {Rounding: tax.RoundTo(4, tax.Up), Currency: "KWD"},
		},
		"policy.rounding.mode": {{Rounding: tax.RoundTo(0, 5)}, {Rounding: tax.RoundTo(2, 5), Currency: "EUR"}},
		"policy.currency":      {{Currency: "ZZZ"}, {Currency: "XAU"}, {Currency: "EURO"}, {Currency: " EUR"}, {Currency: "978"}},
		"policy.cash.mode":     {{Rounding: cents, Cash: basket.Cash{Step: 5, Mode: 5}}, {Rounding: cents, Cash: basket.Cash{Mode: 5}}},
		"policy.cash.step": {
			{Rounding: cents, Cash: basket.Cash{Step: -5}}, {Rounding: cents, Cash: basket.Cash{Step: 1_000_000_001}},
			{Rounding: cents, Cash: basket.Cash{Mode: tax.Down}}, // rounds nothing
		},
	} {
		for _, p := range policies {
			priced, err := basket.Price(place, &basket.Basket{}, p)
			require.Nil(t, priced, "%+v", p)
			refusedAt(t, err, field)
		}
	}
}

func TestRoundingOfAPolicyFollowsFromItsCurrency(t *testing.T) {
	place := plainPlace(t)
	for _, c := range []struct {
		policy basket.Policy
		want   tax.Rounding
	}{
		{basket.Policy{Currency: "EUR"}, tax.RoundTo(2, tax.HalfUp)},
		{basket.Policy{Currency: "jpy"}, tax.RoundTo(0, tax.HalfUp)},
		{basket.Policy{Currency: "KWD", Level: basket.ByRate}, tax.RoundTo(3, tax.HalfUp)},
		{basket.Policy{Currency: "KWD", Rounding: tax.RoundTo(2, tax.Up)}, tax.RoundTo(2, tax.Up)},
		{basket.Policy{Currency: "HUF", Rounding: tax.RoundTo(0, tax.HalfUp)}, tax.RoundTo(0, tax.HalfUp)},
		{basket.Policy{Currency: "XAU", Rounding: tax.RoundTo(8, tax.HalfUp)}, tax.RoundTo(8, tax.HalfUp)},
		{basket.Policy{Currency: "points", Rounding: tax.RoundTo(4, tax.HalfEven)}, tax.RoundTo(4, tax.HalfEven)},
		{basket.Policy{Rounding: tax.RoundTo(12, tax.Down)}, tax.RoundTo(12, tax.Down)},
	} {
		b := &basket.Basket{Lines: []basket.Line{{Count: 1, Price: decimal.New(9, 0)}}}
		r := resultOf(t, place, b, c.policy)
		require.Equal(t, c.want, r.Policy.Rounding, "%+v", c.policy)
		require.Equal(t, c.policy.Currency, r.Policy.Currency)
		require.Equal(t, decimal.New(9, c.want.Scale()).IntPart(), r.Lines[0].Subtotal)
		require.NoError(t, basket.Verify(r))
		_, err := basket.Refund(r, nil, basket.Return{All: true})
		require.NoError(t, err)
	}
}

// The table of currencies can change after a sale.
func TestAStoredSaleKeepsItsRounding(t *testing.T) {
	b := &basket.Basket{Lines: []basket.Line{{Count: 1, Price: decimal.New(999, -2)}}}
	r := resultOf(t, plainPlace(t), b, basket.Policy{Currency: "EUR"})
	r.Policy.Currency = "JPY"
	require.NoError(t, basket.Verify(r))
	_, err := basket.Refund(r, nil, basket.Return{All: true})
	require.NoError(t, err)

	r.Policy.Rounding = tax.Rounding{}
	require.Equal(t, basket.Violations{{Law: basket.LawReadable, At: "policy.rounding"}}, basket.Verify(r))
	_, err = basket.Refund(r, nil, basket.Return{All: true})
	refusedAt(t, err, "policy.rounding")
}
