package basket_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/basket"
)

// Baskets use the memory of those before them, whatever their sizes.
func TestBasketsDoNotSeeThoseBefore(t *testing.T) {
	place := shop(t.Context())
	policy := basket.Policy{Currency: "EUR", Level: basket.ByRate}
	discounted := func(d basket.Discount) *basket.Result {
		b := mixed(3)
		for i := range b.Lines {
			b.Lines[i].ID = []string{"a", "b", "c"}[i]
		}
		b.Discounts = []basket.Discount{d}
		return resultOf(t, place, b, policy)
	}
	half := basket.Discount{Percent: decimal.New(50, 0), Only: []string{"b"}}
	want := discounted(half)
	for _, lines := range []int{100, 10} {
		resultOf(t, place, everything(t, lines), policy)
		require.Equal(t, want, discounted(half))
	}
	b, subtotal := 1, want.Lines[1].Subtotal
	require.Equal(t, (subtotal+1)/2, want.Discounts[0].Shares[b], "half up")
	require.Zero(t, want.Discounts[0].Shares[0]+want.Discounts[0].Shares[2])
}
