package basket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/basket"
)

func TestDiscountsOfSomeLinesAndCharges(t *testing.T) {
	place := placeOf(t, class("S", plain("21")), class("FOOD", plain("12")), class("POST", plain("25")))
	ten := basket.Discount{Percent: units(10)}

	// D06: 10 % off all but the fee.
	b := basket.Basket{Lines: []basket.Line{{Class: "S", Count: 1, PriceMinor: 10000}, {ID: "fee", Class: "S", Count: 1, PriceMinor: 1000}}}
	ten.Except = []string{"fee"}
	b.Discounts = []basket.Discount{ten}
	require.Equal(t, int64(12100), soldBasket(t, place, euro(t), b).Total.Gross)

	// E07: 5.00 off the first two lines of three.
	pen := basket.Line{Class: "S", Count: 1, PriceMinor: 1000}
	b = basket.Basket{Lines: []basket.Line{pen, pen, pen}, Discounts: []basket.Discount{{Amount: units(5), Only: []string{"line-1", "line-2"}}}}
	require.Equal(t, []int64{250, 250, 0}, soldBasket(t, place, euro(t), b).Discounts[0].Shares)

	// E05: 10 % off goods and shipping.
	b = basket.Basket{
		Lines:     []basket.Line{{Class: "FOOD", Count: 1, PriceMinor: 5000}},
		Charges:   []basket.Charge{{ID: "shipping", Amount: units(4), Spread: basket.FixedClass, Class: "POST"}},
		Discounts: []basket.Discount{{Percent: units(10), Charges: true}},
	}
	r := soldBasket(t, place, euro(t), b)
	require.Equal(t, int64(5490), r.Total.Gross)
	require.Equal(t, int64(360), r.Charges[0].Amount)
	require.Equal(t, int64(40), r.Charges[0].Shared)
	require.Equal(t, []int64{40}, r.Discounts[0].OfCharges)
	b.Discounts = []basket.Discount{{Percent: units(10), Only: []string{"shipping"}}}
	require.Equal(t, int64(5600+450), soldBasket(t, place, euro(t), b).Total.Gross)
	// Shipping that is taxed like the goods is reduced before it is spread.
	b.Charges[0] = basket.Charge{ID: "shipping", Amount: units(4)}
	require.Equal(t, int64(5600+403), soldBasket(t, place, euro(t), b).Total.Gross)

	for field, d := range map[string]basket.Discount{
		"discounts[0].only[0]":   {Percent: units(10), Only: []string{"letter"}},
		"discounts[0].except":    {Percent: units(10), Only: []string{"shipping"}, Except: []string{"line-1"}},
		"discounts[0].charges":   {Percent: units(10), Charges: true, Spread: basket.HighestRate},
		"discounts[0].only":      {Percent: units(10), Only: []string{"shipping"}, Spread: basket.HighestRate},
		"discounts[0].atMost":    {Percent: units(10), AtMost: true},
		"discounts[0].amountTax": {Percent: units(10), AmountTax: basket.WithTax},
	} {
		b.Discounts = []basket.Discount{d}
		_, err := basket.Price(place, &b, euro(t))
		refusedAt(t, err, field)
	}
}

func TestACouponIsLargerThanTheGoods(t *testing.T) {
	line := basket.Line{Class: "STANDARD", Count: 1, PriceMinor: 2000, IncludesTax: true}
	b := basket.Basket{Lines: []basket.Line{line}, Discounts: []basket.Discount{{Amount: units(30), AtMost: true}}}
	r := resultOf(t, plainPlace(t), &b, euro(t))
	require.NoError(t, basket.Verify(r))
	require.Zero(t, r.Total)
	require.Equal(t, int64(3000), r.Discounts[0].Stated)
	require.Equal(t, int64(1000), r.Discounts[0].Left)
	b.Discounts[0].Amount = units(15)
	require.Zero(t, soldBasket(t, plainPlace(t), euro(t), b).Discounts[0].Left)
}

func TestACouponWithTaxOffPricesWithout(t *testing.T) {
	net := basket.Line{Class: "STANDARD", Count: 1, PriceMinor: 10000}
	b := basket.Basket{Lines: []basket.Line{net}, Discounts: []basket.Discount{{Amount: cents(1190), AmountTax: basket.WithTax}}}
	r := soldBasket(t, plainPlace(t), euro(t), b)
	require.Equal(t, basket.Sum{Net: 9000, Tax: 1710, Gross: 10710}, r.Total)
	require.Equal(t, int64(1190), r.Discounts[0].Stated)
	// Off prices of both kinds, in proportion to what they are with tax.
	gross := net
	gross.IncludesTax, gross.PriceMinor = true, 11900
	b.Lines = []basket.Line{net, gross}
	r = soldBasket(t, plainPlace(t), euro(t), b)
	require.Equal(t, []int64{500, 595}, r.Discounts[0].Shares)
	require.Equal(t, int64(2*11900-1190), r.Total.Gross)
	// 10.00 without tax is 11.90 off a price with tax.
	b.Lines, b.Discounts[0] = []basket.Line{gross}, basket.Discount{Amount: units(10), AmountTax: basket.WithoutTax}
	require.Equal(t, int64(10710), soldBasket(t, plainPlace(t), euro(t), b).Total.Gross)
	// A charge that is taxed like the goods has no kind of its own.
	b.Charges = []basket.Charge{{Amount: units(1), IncludesTax: true}}
	b.Discounts[0].Charges = true
	_, err := basket.Price(plainPlace(t), &b, euro(t))
	refusedAt(t, err, "discounts[0].amountTax")
}

// A line without an ID is named by its position, and never by an empty ID.
func TestLinesWithoutAnIDAreNamedByTheirPosition(t *testing.T) {
	line := basket.Line{Class: "STANDARD", Count: 1, PriceMinor: 1000}
	b := basket.Basket{Lines: []basket.Line{line, line}, Discounts: []basket.Discount{{Percent: units(10), Only: []string{"line-2"}}}}
	require.Equal(t, []int64{0, 100}, soldBasket(t, plainPlace(t), euro(t), b).Discounts[0].Shares)
	b.Discounts[0].Only = []string{""}
	_, err := basket.Price(plainPlace(t), &b, euro(t))
	refusedAt(t, err, "discounts[0].only[0]")
}
