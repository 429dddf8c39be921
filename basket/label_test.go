package basket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

func TestAResultHasTheNamesOfTheLanguagesAskedFor(t *testing.T) {
	named := class("S", tax.Rate{Percent: tax.MustPercent("14.975"), Components: []tax.Component{part("GST", "5", false), part("QST", "9.975", false)}})
	named.Name = tax.MustLocalizedText(map[string]string{"en": "Standard", "fr": "Normal"})
	named.Rates[0].Components[1].Name = tax.MustLocalizedText(map[string]string{"fr": "TVQ"})
	named.Rates[0].Tax = tax.Tax{Code: "TAX", Name: tax.MustLocalizedText(map[string]string{"en": "Sales taxes", "fr": "Taxes de vente"})}
	b := basket.Basket{Lines: []basket.Line{{Class: "S", Count: 1, PriceMinor: 100}}, Languages: []string{"fr-CA", "en"}}
	r := soldBasket(t, placeOf(t, named), euro(t), b)
	require.Equal(t, basket.Format, r.Format)
	require.Equal(t, []basket.Label{
		{Language: "fr-CA", Class: "Normal", Tax: "Taxes de vente", Components: []string{"GST", "TVQ"}},
		{Language: "en", Class: "Standard", Tax: "Sales taxes", Components: []string{"GST", "QST"}},
	}, r.Labels)
	// The document is printed from what was stored, without a resolver.
	r = stored(t, r)
	require.Equal(t, basket.Format, r.Format)
	require.Equal(t, "Taxes de vente", r.Labels[r.Lines[0].Rate].Tax)
	require.Equal(t, []string{"GST", "TVQ"}, r.Labels[r.Lines[0].Rate].Components)
	require.NoError(t, basket.Verify(r))
	r.Labels[0].Rate = 1
	require.Error(t, basket.Verify(r))
	r.Labels, r.Format = nil, 2
	require.EqualError(t, basket.Verify(r), "tax: readable: format")

	b.Languages[1] = "?"
	p, err := basket.Price(placeOf(t, named), &b, euro(t))
	require.NoError(t, err)
	_, err = p.Result()
	refusedAt(t, err, "languages[1]")
}
