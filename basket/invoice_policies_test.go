package basket_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

func TestComponentsAreRoundedEachByItself(t *testing.T) {
	place := twoTaxes(t, "9", "9")
	line := basket.Line{Class: "S", Count: 1, PriceMinor: 42193}
	for _, level := range levels {
		each := basket.Policy{Currency: "INR", Level: level, EachComponent: true}
		r := sold(t, place, each, line)
		require.Equal(t, int64(7594), r.Total.Tax, "B01 %s: 37.97 + 37.97", level)
		require.Equal(t, []basket.ComponentSum{{Code: "A", Amount: 3797}, {Code: "B", Amount: 3797}}, r.Totals[0].Components)
		each.EachComponent = false
		require.Equal(t, int64(7595), sold(t, place, each, line).Total.Tax, level)
	}
	// Two lines: 0.045 of each tax and line. By line 0.05 each, by rate 0.09.
	line.PriceMinor = 50
	r := sold(t, place, basket.Policy{Currency: "INR", EachComponent: true}, line, line)
	require.Equal(t, []basket.ComponentSum{{Code: "A", Amount: 10}, {Code: "B", Amount: 10}}, r.Totals[0].Components)
	r = sold(t, place, basket.Policy{Currency: "INR", EachComponent: true, Level: basket.ByRate}, line, line)
	require.Equal(t, []basket.ComponentSum{{Code: "A", Amount: 9}, {Code: "B", Amount: 9}}, r.Totals[0].Components)
	require.Equal(t, []int64{10, 8}, []int64{r.Lines[0].Tax, r.Lines[1].Tax})

	r.Totals[0].Components[0].Amount, r.Totals[0].Components[1].Amount = 10, 8
	require.Error(t, basket.Verify(r))

	// Ten lines: 0.025 and 0.045 of each, so 0.30 and 0.50, which is not 0.80 in proportion.
	r = sold(t, twoTaxes(t, "5", "9"), basket.Policy{Currency: "INR", EachComponent: true}, slices.Repeat([]basket.Line{line}, 10)...)
	require.Equal(t, []basket.ComponentSum{{Code: "A", Amount: 30}, {Code: "B", Amount: 50}}, r.Totals[0].Components)
	require.NoError(t, basket.Verify(r))
}

// Each of two taxes is half a unit without tax and half a unit inside a price.
func TestOfEqualRemaindersTheKindThatOccursFirstGetsTheUnit(t *testing.T) {
	policy := basket.Policy{Rounding: tax.RoundTo(0, tax.HalfUp), Level: basket.ByRate, EachComponent: true}
	net, gross := basket.Line{Class: "S", Count: 1, PriceMinor: 1}, basket.Line{Class: "S", Count: 1, PriceMinor: 2, IncludesTax: true}
	for _, lines := range [][]basket.Line{{net, gross}, {gross, net}} {
		r := sold(t, twoTaxes(t, "50", "50"), policy, lines...)
		require.Equal(t, []int64{2, 0}, []int64{r.Lines[0].Tax, r.Lines[1].Tax})
	}
}

func TestTaxesInWholeRupees(t *testing.T) {
	policy := basket.Policy{Currency: "INR", EachComponent: true, TaxStep: 100}
	r := sold(t, twoTaxes(t, "9", "9"), policy, basket.Line{Class: "S", Count: 1, PriceMinor: 21644})
	require.Equal(t, basket.Sum{Net: 21644, Tax: 3800, Gross: 25444}, r.Total, "B02")
	require.Equal(t, []basket.ComponentSum{{Code: "A", Amount: 1900}, {Code: "B", Amount: 1900}}, r.Totals[0].Components)
	for field, change := range map[string]func(*basket.Policy){
		"policy.taxStep":       func(p *basket.Policy) { p.Level = basket.ByRate },
		"policy.eachComponent": func(p *basket.Policy) { p.Rounding = tax.RoundTo(2, tax.HalfUp).WithNetFirst(true) },
	} {
		wrong := policy
		change(&wrong)
		_, err := basket.Price(plainPlace(t), &basket.Basket{}, wrong)
		refusedAt(t, err, field)
	}
	policy.TaxStep = -1
	_, err := basket.Price(plainPlace(t), &basket.Basket{}, policy)
	refusedAt(t, err, "policy.taxStep")
}

func TestTheReducedPriceIsRounded(t *testing.T) {
	half := []basket.Discount{{Percent: units(50)}}
	policy := basket.Policy{Currency: "EUR"}
	for reduced, want := range map[bool]int64{false: 4166, true: 4167} {
		policy.RoundReduced = reduced
		require.Equal(t, want, sold(t, plainPlace(t), policy, basket.Line{Class: "STANDARD", Count: 1, PriceMinor: 8333, Discounts: half}).Total.Net)
		b := basket.Basket{Lines: []basket.Line{{Class: "STANDARD", Count: 1, PriceMinor: 8333}}, Discounts: half}
		require.Equal(t, want, soldBasket(t, plainPlace(t), policy, b).Total.Net)
		unit := []basket.Discount{{Percent: units(50), EachUnit: true}}
		require.Equal(t, 2*want, sold(t, plainPlace(t), policy, basket.Line{Class: "STANDARD", Count: 2, PriceMinor: 8333, Discounts: unit}).Total.Net)
	}
}

// The example of the standard for HUF has whole forints, though ISO 4217 has two decimals.
func TestInvoicesInWholeForints(t *testing.T) {
	policy := basket.Policy{Currency: "HUF", Level: basket.ByRate, Rounding: tax.RoundTo(0, tax.HalfUp)}
	r := sold(t, placeOf(t, class("S", plain("27"))), policy, basket.Line{Class: "S", Count: 1, PriceMinor: 1001})
	require.Equal(t, basket.Sum{Net: 1001, Tax: 270, Gross: 1271}, r.Total)
}
