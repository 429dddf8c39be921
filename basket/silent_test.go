package basket_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

func euro(t testing.TB) basket.Policy {
	t.Helper()
	p, err := basket.LinePolicy("EUR")
	require.NoError(t, err)
	return p
}

func TestADiscountThatFindsNothingIsRefused(t *testing.T) {
	place := plainPlace(t)
	goods := basket.Line{Class: "STANDARD", Count: 1, PriceMinor: 10000}
	back := basket.Line{Class: "BOOKS", Count: -1, PriceMinor: 100}
	for name, d := range map[string]basket.Discount{
		"an amount off a class that is not there":     {Amount: units(10), Spread: basket.FixedClass, Class: "REDUCED"},
		"a percentage off a class that is not there":  {Percent: units(10), Spread: basket.FixedClass, Class: "REDUCED"},
		"a percentage off a class that is taken back": {Percent: units(10), Spread: basket.FixedClass, Class: "BOOKS"},
	} {
		b := &basket.Basket{Lines: []basket.Line{goods, back}, Discounts: []basket.Discount{d}}
		_, err := basket.Price(place, b, euro(t))
		refusedAt(t, err, "discounts[0]")
		require.ErrorContains(t, err, "Optional", name)

		b.Discounts[0].Optional = true
		r := resultOf(t, place, b, euro(t))
		require.Equal(t, int64(10000), r.Lines[0].Net, name)
		require.Zero(t, r.Discounts[0].Amount)
	}
	// A free article is found, and a percentage of its price is nothing.
	free := &basket.Basket{Lines: []basket.Line{{Count: 1}}, Discounts: []basket.Discount{{Percent: units(10)}}}
	require.Zero(t, resultOf(t, place, free, euro(t)).Total)
	free.Discounts[0] = basket.Discount{Amount: units(1)}
	_, err := basket.Price(place, free, euro(t))
	refusedAt(t, err, "discounts[0].amount")
}

func TestAQuantityThatIsTakenBackDecidesTheSignOfItsTotalPrice(t *testing.T) {
	line := basket.Line{Class: "STANDARD", Count: -1, PriceMinor: 2500, PriceIsTotal: true}
	r := resultOf(t, plainPlace(t), &basket.Basket{Lines: []basket.Line{line}}, euro(t))
	require.Equal(t, basket.Sum{Net: -2500, Tax: -475, Gross: -2975}, r.Lines[0].Sum)
	note, err := basket.Refund(r, nil, basket.Return{ID: "line-1", Quantity: units(-1)})
	require.NoError(t, err)
	require.Equal(t, r.Total, note.Total)
}

func TestAPriceThatIncludesATaxWhichIsNotCharged(t *testing.T) {
	place := placeOf(t, class("S", plain("10")))
	export := tax.Assertion{Treatment: tax.Export}
	b := &basket.Basket{Lines: []basket.Line{{Class: "S", Count: 2, PriceMinor: 11000, IncludesTax: true, Assertion: export}}}
	r := resultOf(t, place, b, euro(t))
	require.Equal(t, basket.Sum{Net: 20000, Gross: 20000}, r.Total, "the net is kept")
	require.Equal(t, "100.00", r.Lines[0].Price)
	require.Equal(t, basket.ListPrice{Price: "110.00", Percent: "10"}, r.Lines[0].Listed)

	b.Lines[0].Tax = &basket.Taxation{KeepGross: true}
	require.Equal(t, basket.Sum{Net: 22000, Gross: 22000}, resultOf(t, place, b, euro(t)).Total)

	b.Charges = []basket.Charge{{Amount: units(11), IncludesTax: true, Spread: basket.FixedClass, Class: "S", Assertion: export}}
	require.Equal(t, int64(1000), resultOf(t, place, b, euro(t)).Charges[0].Gross)
}

func TestLessIsLeftThanAPieceCosts(t *testing.T) {
	b := &basket.Basket{Lines: []basket.Line{{ID: "pen", Class: "STANDARD", Count: 3, PriceMinor: 1000, IncludesTax: true}}}
	sale := resultOf(t, plainPlace(t), b, euro(t))
	first, err := basket.Refund(sale, nil, basket.Return{ID: "pen", Amount: 2500})
	require.NoError(t, err)
	notes := []basket.CreditNote{first}
	_, err = basket.Refund(sale, notes, basket.Return{ID: "pen", Quantity: units(1)})
	refusedAt(t, err, "returns[0].quantity")
	require.ErrorContains(t, err, "5.00 is left")
	rest, err := basket.Refund(sale, notes, basket.Return{ID: "pen", All: true})
	require.NoError(t, err)
	require.Equal(t, int64(500), rest.Total.Gross)
	require.Equal(t, "3", rest.Lines[0].Quantity)
	require.NoError(t, basket.Verify(sale, first, rest))
}

func TestAmountsOfASaleWithLinesOfBothSigns(t *testing.T) {
	place := plainPlace(t)
	sale := resultOf(t, place, &basket.Basket{Lines: []basket.Line{
		{Class: "STANDARD", Count: 1, PriceMinor: 10000, IncludesTax: true},
		{Class: "STANDARD", Count: -1, PriceMinor: 2000, IncludesTax: true},
	}}, euro(t))
	_, err := basket.Refund(sale, nil, basket.Return{Amount: 10000})
	refusedAt(t, err, "returns[0].amount")
	require.ErrorContains(t, err, "80.00 is left")
	_, err = basket.Refund(sale, nil, basket.Return{Amount: -1})
	refusedAt(t, err, "returns[0].amount")

	// A note that pays back more than was paid is noticed.
	note, err := basket.Refund(sale, nil, basket.Return{Amount: 8000})
	require.NoError(t, err)
	require.Equal(t, sale.Total, note.Total)
	require.NoError(t, basket.Verify(sale, note))
	note.Lines, note.Amount = note.Lines[:1], 10000
	note.Total, note.Totals[0].Sum, note.Payable = note.Lines[0].Sum, note.Lines[0].Sum, 10000
	require.ErrorContains(t, basket.Verify(sale, note), "refund <= sale: notes[0].amount: want 8000, got 10000")

	// 100.00 at 19 %, and 50.00 less 20.00 at 7 %: all of it is 130.00 with a tax of 17.93.
	sale = resultOf(t, place, &basket.Basket{Lines: []basket.Line{
		{Class: "STANDARD", Count: 1, PriceMinor: 10000, IncludesTax: true},
		{Class: "REDUCED", Count: 1, PriceMinor: 5000, IncludesTax: true},
		{Class: "REDUCED", Count: -1, PriceMinor: 2000, IncludesTax: true},
	}}, euro(t))
	all, err := basket.Refund(sale, nil, basket.Return{Amount: 13000})
	require.NoError(t, err)
	require.Equal(t, int64(1793), all.Total.Tax)
	require.Equal(t, sale.Total, all.Total)
	rest, err := basket.Refund(sale, []basket.CreditNote{all}, basket.Return{All: true})
	require.NoError(t, err)
	require.Zero(t, rest.Total, "only goods are left")
	require.NoError(t, basket.Verify(sale, all, rest))
}

func TestAPolicyWithoutARoundingHasThatOfItsCurrency(t *testing.T) {
	b := &basket.Basket{Lines: []basket.Line{{Class: "STANDARD", Count: 1, Price: cents(999), IncludesTax: true}}}
	r := resultOf(t, plainPlace(t), b, basket.Policy{Currency: "EUR"})
	require.Equal(t, basket.Sum{Net: 839, Tax: 160, Gross: 999}, r.Total)
	_, err := basket.Price(plainPlace(t), b, basket.Policy{})
	refusedAt(t, err, "policy.rounding")
}

func TestAConvertedPriceHasTheDecimalsOfTheCurrency(t *testing.T) {
	place := placeOf(t, class("S", plain("10")))
	for price, want := range map[int64]string{0: "0.00", 11: "0.10", 11000: "100.00", 110000000: "1000000.00"} {
		line := basket.Line{Class: "S", Count: 1, Price: decimal.New(price, -2), IncludesTax: true, Assertion: tax.Assertion{Treatment: tax.Export}}
		require.Equal(t, want, sold(t, place, euro(t), line).Lines[0].Price)
	}
}
