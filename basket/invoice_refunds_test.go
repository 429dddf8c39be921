package basket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/basket"
)

func TestAPieceComesBackWorn(t *testing.T) {
	sale := sold(t, plainPlace(t), euro(t), basket.Line{ID: "coat", Class: "STANDARD", Count: 2, PriceMinor: 1000, IncludesTax: true})
	worn, err := basket.Refund(sale, nil, basket.Return{ID: "coat", Quantity: units(1), Amount: 800})
	require.NoError(t, err)
	require.Equal(t, "1", worn.Lines[0].Quantity)
	require.True(t, worn.Lines[0].Agreed)
	require.Equal(t, basket.Sum{Net: 672, Tax: 128, Gross: 800}, worn.Total)
	// The other piece costs what it costs; the 2.00 stay with the seller until all is paid back.
	other, err := basket.Refund(sale, []basket.CreditNote{worn}, basket.Return{ID: "coat", Quantity: units(1)})
	require.NoError(t, err)
	require.Equal(t, int64(1000), other.Total.Gross)
	require.NoError(t, basket.Verify(sale, worn, other))
	rest, err := basket.Refund(sale, []basket.CreditNote{worn, other}, basket.Return{All: true})
	require.NoError(t, err)
	require.Equal(t, int64(200), rest.Total.Gross)
	require.Equal(t, sale.Total.Tax, worn.Total.Tax+other.Total.Tax+rest.Total.Tax)
	require.NoError(t, basket.Verify(sale, worn, other, rest))

	_, err = basket.Refund(sale, nil, basket.Return{ID: "coat", Quantity: units(1), Amount: 2001})
	refusedAt(t, err, "returns[0].amount")
	_, err = basket.Refund(sale, nil, basket.Return{ID: "coat", Quantity: units(1), Amount: -1})
	refusedAt(t, err, "returns[0].amount")
}

func TestOnlyTheTaxIsPaidBack(t *testing.T) {
	place := placeOf(t, class("S", plain("20")))
	sale := sold(t, place, euro(t), basket.Line{ID: "pc", Class: "S", Count: 2, PriceMinor: 6000, IncludesTax: true})
	tax, err := basket.Refund(sale, nil, basket.Return{TaxOnly: true})
	require.NoError(t, err)
	require.Equal(t, basket.Sum{Tax: 2000, Gross: 2000}, tax.Total)
	require.NoError(t, basket.Verify(sale, tax))
	_, err = basket.Refund(sale, []basket.CreditNote{tax}, basket.Return{TaxOnly: true})
	refusedAt(t, err, "returns")
	piece, err := basket.Refund(sale, []basket.CreditNote{tax}, basket.Return{ID: "pc", Quantity: units(1)})
	require.NoError(t, err)
	require.Equal(t, basket.Sum{Net: 5000, Gross: 5000}, piece.Total)
	rest, err := basket.Refund(sale, []basket.CreditNote{piece, tax}, basket.Return{All: true})
	require.NoError(t, err)
	require.Equal(t, sale.Total.Gross, tax.Total.Gross+piece.Total.Gross+rest.Total.Gross)
	require.NoError(t, basket.Verify(sale, tax, piece, rest))
	tax.Lines[0].TaxOnly = false
	require.Error(t, basket.Verify(sale, tax))
}

func TestANetAmountIsPaidBackOverTwoRates(t *testing.T) {
	place := placeOf(t, class("HIGH", plain("22")), class("LOW", plain("10")))
	sale := sold(t, place, euro(t), basket.Line{Class: "HIGH", Count: 1, PriceMinor: 10000}, basket.Line{Class: "LOW", Count: 1, PriceMinor: 10000})
	note, err := basket.Refund(sale, nil, basket.Return{Net: 5000})
	require.NoError(t, err)
	require.Equal(t, basket.Sum{Net: 5000, Tax: 800, Gross: 5800}, note.Total)
	require.NoError(t, basket.Verify(sale, note))
	_, err = basket.Refund(sale, []basket.CreditNote{note}, basket.Return{Net: 15001})
	refusedAt(t, err, "returns[0].net")
	require.ErrorContains(t, err, "150.00 is left")
	rest, err := basket.Refund(sale, []basket.CreditNote{note}, basket.Return{Net: 15000})
	require.NoError(t, err)
	require.Equal(t, sale.Total.Tax, note.Total.Tax+rest.Total.Tax)
	require.NoError(t, basket.Verify(sale, note, rest))
}
