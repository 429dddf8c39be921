package basket_test

import (
	"context"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// sold prices one line and verifies, stores and refunds it.
func sold(t testing.TB, place tax.Place, policy basket.Policy, lines ...basket.Line) *basket.Result {
	t.Helper()
	return soldBasket(t, place, policy, basket.Basket{Lines: lines})
}

func soldBasket(t testing.TB, place tax.Place, policy basket.Policy, b basket.Basket) *basket.Result {
	t.Helper()
	r := resultOf(t, place, &b, policy)
	require.NoError(t, basket.Verify(r))
	read := stored(t, *r)
	require.Equal(t, *r, read)
	note, err := basket.Refund(&read, nil, basket.Return{All: true})
	require.NoError(t, err)
	require.Equal(t, r.Total, note.Total)
	require.NoError(t, basket.Verify(&read, note))
	return r
}

// decimalOf reads a decimal of a test.
func decimalOf(t testing.TB, text string) decimal.Decimal {
	t.Helper()
	d, err := decimal.NewFromString(text)
	require.NoError(t, err)
	return d
}

func TestLinesHaveAllowancesAndChargesOfTheirOwn(t *testing.T) {
	r := sold(t, plainPlace(t), euro(t), basket.Line{
		Class: "STANDARD", Count: 1, PriceMinor: 127300,
		Discounts: []basket.Discount{{Amount: units(12), Reason: "bonus", Code: "41"}},
		Charges:   []basket.Charge{{Amount: units(12), Reason: "freight", Code: "FC"}},
	})
	l := r.Lines[0]
	require.Equal(t, int64(127300), l.Net)
	require.Equal(t, []basket.LineDiscount{{Reason: "bonus", Code: "41", Amount: 1200}}, l.Discounts)
	require.Equal(t, []basket.LineCharge{{Reason: "freight", Code: "FC", Amount: 1200}}, l.Charges)
	// Taken back, both are negative; a percentage is one of what the discounts have left.
	r = sold(t, plainPlace(t), euro(t), basket.Line{
		Class: "STANDARD", Count: -1, PriceMinor: 10000, Discounts: []basket.Discount{{Percent: units(10)}}, Charges: []basket.Charge{{Percent: units(5)}, {Amount: units(1)}},
	})
	require.Equal(t, int64(-9000-450-100), r.Lines[0].Net)
}

func TestAPriceOfManyUnits(t *testing.T) {
	r := sold(t, plainPlace(t), euro(t), basket.Line{Class: "STANDARD", Count: 365, PriceMinor: 158500, Per: units(365)})
	require.Equal(t, int64(158500), r.Lines[0].Net)
	r = sold(t, plainPlace(t), euro(t), basket.Line{Class: "STANDARD", Quantity: decimal.New(5, -1), PriceMinor: 1000, Per: decimal.New(3, -1)})
	require.Equal(t, int64(1667), r.Lines[0].Net, "10.00 x 0.5 / 0.3 = 16.666")
	// The product of this one needs more than 64 bits.
	r = sold(t, plainPlace(t), euro(t), basket.Line{Class: "STANDARD", Quantity: decimal.New(123456789123, -6), PriceMinor: 123456789012345, Per: decimal.New(10000005, -1)})
	require.Equal(t, int64(15241571146114), r.Lines[0].Net)
}

func TestAPercentageOffEachUnit(t *testing.T) {
	place := placeOf(t, class("S", plain("21")))
	line := basket.Line{Class: "S", Count: 10, PriceMinor: 999, IncludesTax: true, Discounts: []basket.Discount{{Percent: units(10), EachUnit: true}}}
	r := sold(t, place, euro(t), line)
	require.Equal(t, int64(8990), r.Lines[0].Gross)
	line.Discounts[0].EachUnit = false
	require.Equal(t, int64(8991), sold(t, place, euro(t), line).Lines[0].Gross)

	unit := basket.Policy{Currency: "EUR", Level: basket.ByUnit}
	line = basket.Line{Class: "S", Count: 2, PriceMinor: 5605, Discounts: []basket.Discount{{Amount: cents(1010), EachUnit: true}}}
	r = sold(t, place, unit, line)
	require.Equal(t, basket.Sum{Net: 9190, Tax: 1930, Gross: 11120}, r.Lines[0].Sum, "2 x (56.05 - 10.10), and 2 x 9.65 of tax")
}

func TestLinesOfSeveralPlacesAndDays(t *testing.T) {
	vat := placeAt(t, "DE", "2020-06-30")
	july := placeAt(t, "DE", "2020-07-01")
	line := basket.Line{Class: "S", Count: 1, PriceMinor: 10000}
	later := line
	later.Tax = &basket.Taxation{Place: july}
	r := soldBasket(t, vat, euro(t), basket.Basket{Lines: []basket.Line{line, later}, Discounts: []basket.Discount{{Amount: units(10)}}})
	require.Equal(t, basket.Sum{Net: 19000, Tax: 3325, Gross: 22325}, r.Total)
	require.Len(t, r.Totals, 2)

	// Two countries with one rate have two rows.
	de, be := placeAt(t, "NL", "2020-06-01"), placeAt(t, "BE", "2020-06-01")
	line = basket.Line{Class: "S", Count: 1, PriceMinor: 5000}
	other := line
	other.Tax = &basket.Taxation{Place: be}
	r = soldBasket(t, de, euro(t), basket.Basket{Lines: []basket.Line{line, other}, Discounts: []basket.Discount{{Amount: units(10)}}})
	require.Len(t, r.Totals, 2)
	require.Zero(t, r.Totals[0].Location)
	require.Equal(t, "BE", r.Totals[1].Location.Country)
	require.Len(t, r.ByRate(), 2)
}

// placeAt returns a country on a day. It has one class, with 19 % until the end of June of
// 2020, and 16 % from then on.
func placeAt(t testing.TB, country, day string) tax.Place {
	t.Helper()
	c := tax.Configuration{Location: tax.Location{Country: country}, TimeZone: "UTC", Tax: tax.Tax{Code: "VAT"}, Classes: []tax.Class{{
		Code: "S", Default: true, Rates: []tax.Rate{{From: tax.MustDate("2020-07-01"), Percent: tax.MustPercent("16")}, {Percent: tax.MustPercent("19")}},
	}}}
	r, err := tax.NewResolver(tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
		return []tax.Configuration{c}, nil
	}), nil)
	require.NoError(t, err)
	defer r.Close()
	place, err := r.Place(t.Context(), tax.Lookup{Country: country, Date: tax.MustDate(day)})
	require.NoError(t, err)
	return place
}

func TestAPriceThatIncludesTheTaxOfAnotherCountry(t *testing.T) {
	home, err := placeOf(t, class("S", plain("19"))).Rate("S")
	require.NoError(t, err)
	place := placeOf(t, class("S", plain("23")))
	line := basket.Line{Class: "S", Count: 1, PriceMinor: 11900, IncludesTax: true, Tax: &basket.Taxation{Included: home}}
	require.Equal(t, int64(12300), sold(t, place, euro(t), line).Total.Gross)
	line.Tax = &basket.Taxation{Included: home, KeepGross: true}
	require.Equal(t, int64(11900), sold(t, place, euro(t), line).Total.Gross)
}

func twoTaxes(t testing.TB, first, second string) tax.Place {
	t.Helper()
	sum := tax.MustPercent(first).Add(tax.MustPercent(second))
	return placeOf(t, class("S", tax.Rate{Percent: sum, Components: []tax.Component{part("A", first, false), part("B", second, false)}}))
}

func TestOneTaxInsideAndOneOnTop(t *testing.T) {
	line := basket.Line{Class: "S", Count: 1, PriceMinor: 10250, IncludesTax: true, Tax: &basket.Taxation{IncludedComponents: []string{"A"}}}
	r := sold(t, twoTaxes(t, "2.5", "12.5"), euro(t), line)
	require.Equal(t, basket.Sum{Net: 10000, Tax: 1500, Gross: 11500}, r.Total)
}

func TestAnExemptionFromOneOfTwoTaxes(t *testing.T) {
	exemption := basket.Exemption{Components: []string{"B"}, Reason: "band council"}
	line := basket.Line{Class: "S", Count: 1, PriceMinor: 10000, Tax: &basket.Taxation{Exemption: exemption}}
	r := sold(t, twoTaxes(t, "5", "8"), euro(t), line, basket.Line{Class: "S", Count: 1, PriceMinor: 10000})
	require.Equal(t, basket.Sum{Net: 10000, Tax: 500, Gross: 10500}, r.Lines[0].Sum)
	require.Equal(t, basket.Sum{Net: 10000, Tax: 1300, Gross: 11300}, r.Lines[1].Sum)
	require.Equal(t, []basket.RateExemption{{Rate: 0, Exemption: exemption}}, r.Exemptions)
	require.Equal(t, "5", r.Totals[0].Percent)
	require.Equal(t, []basket.ComponentSum{{Code: "A", Amount: 500}}, r.Totals[0].Components)

	_, err := basket.Price(twoTaxes(t, "5", "8"), &basket.Basket{Lines: []basket.Line{{Class: "S", Count: 1, Tax: &basket.Taxation{Exemption: basket.Exemption{Components: []string{"C"}}}}}}, euro(t))
	refusedAt(t, err, "lines[0].tax.exemption.components[0]")
	_, err = basket.Price(twoTaxes(t, "5", "8"), &basket.Basket{Lines: []basket.Line{{Class: "S", Count: 1, Tax: &basket.Taxation{Exemption: basket.Exemption{Components: []string{"A", "B"}}}}}}, euro(t))
	refusedAt(t, err, "lines[0].tax.exemption.components")
	_, err = basket.Price(twoTaxes(t, "5", "8"), &basket.Basket{Lines: []basket.Line{{Class: "S", Count: 1, Tax: &basket.Taxation{Exemption: basket.Exemption{Code: "VATEX-EU-IC"}}}}}, euro(t))
	refusedAt(t, err, "lines[0].tax.exemption")

	intra := basket.Line{Class: "S", Count: 1, PriceMinor: 100, Assertion: tax.Assertion{Treatment: tax.IntraCommunity}, Tax: &basket.Taxation{Exemption: basket.Exemption{Code: "VATEX-EU-IC"}}}
	require.Equal(t, "VATEX-EU-IC", sold(t, twoTaxes(t, "5", "8"), euro(t), intra).Exemptions[0].Code)
}

func TestBasesThatAreNotThePrice(t *testing.T) {
	for _, c := range []struct {
		name, percent string
		line          basket.Line
		base          basket.TaxBase
		want          basket.Sum
	}{
		{"P01 margin", "19", basket.Line{PriceMinor: 300000, IncludesTax: true}, basket.TaxBase{Less: units(2000)}, basket.Sum{Net: 284034, Tax: 15966, Gross: 300000}},
		{"a loss", "19", basket.Line{PriceMinor: 300000, IncludesTax: true}, basket.TaxBase{Less: units(4000)}, basket.Sum{Net: 300000, Gross: 300000}},
		{"Q01 gift", "18", basket.Line{}, basket.TaxBase{Amount: units(100)}, basket.Sum{Tax: 1800, Gross: 1800}},
		{"Y06 early payment", "21", basket.Line{PriceMinor: 10000}, basket.TaxBase{LessPercent: units(2)}, basket.Sum{Net: 10000, Tax: 2058, Gross: 12058}},
		{"Y07 up to a cap", "3", basket.Line{PriceMinor: 120000}, basket.TaxBase{UpTo: units(500)}, basket.Sum{Net: 120000, Tax: 1500, Gross: 121500}},
		{"below the cap", "3", basket.Line{PriceMinor: 10000}, basket.TaxBase{UpTo: units(500)}, basket.Sum{Net: 10000, Tax: 300, Gross: 10300}},
	} {
		for _, level := range levels {
			policy := basket.Policy{Currency: "EUR", Level: level}
			c.line.Class, c.line.Count, c.line.Tax = "S", 1, &basket.Taxation{Base: c.base}
			require.Equal(t, c.want, sold(t, placeOf(t, class("S", plain(c.percent))), policy, c.line).Total, "%s %s", c.name, level)
			c.line.Count = -1
			want := basket.Sum{Net: -c.want.Net, Tax: -c.want.Tax, Gross: -c.want.Gross}
			require.Equal(t, want, sold(t, placeOf(t, class("S", plain(c.percent))), policy, c.line).Total, "%s %s, back", c.name, level)
		}
	}
	both := &basket.Taxation{Base: basket.TaxBase{UpTo: units(5), Less: units(5)}}
	_, err := basket.Price(plainPlace(t), &basket.Basket{Lines: []basket.Line{{Class: "BOOKS", Count: 1, Tax: both}}}, euro(t))
	refusedAt(t, err, "lines[0].tax.base.upTo")
}

func TestAClassChosenByThePriceOfAPiece(t *testing.T) {
	place := placeOf(t, class("LOW", plain("5")), class("HIGH", plain("18")))
	rule := &basket.Taxation{ClassByPrice: []basket.ClassUpTo{{UpTo: units(1000), Class: "LOW"}, {Class: "HIGH"}}}
	line := basket.Line{Count: 1, PriceMinor: 105000, Discounts: []basket.Discount{{Percent: units(10)}}, Tax: rule}
	r := sold(t, place, euro(t), line)
	require.Equal(t, basket.Sum{Net: 94500, Tax: 4725, Gross: 99225}, r.Total)
	line.Discounts, line.Count = nil, 2
	require.Equal(t, "18", sold(t, place, euro(t), line).Rates[0].Percent)
	line.PriceMinor = 100000
	require.Equal(t, "5", sold(t, place, euro(t), line).Rates[0].Percent, "the price of a piece counts, up to and with 1,000")
	line.Tax = &basket.Taxation{ClassByPrice: []basket.ClassUpTo{{Class: "LOW"}, {Class: "HIGH"}}}
	_, err := basket.Price(place, &basket.Basket{Lines: []basket.Line{line}}, euro(t))
	refusedAt(t, err, "lines[0].tax.classByPrice[0].upTo")
	// A rule is right or wrong whatever the price is: 1,000 here.
	for _, c := range []struct {
		steps []basket.ClassUpTo
		at    string
	}{
		{[]basket.ClassUpTo{{UpTo: units(9000), Class: "LOW"}, {UpTo: units(9500), Class: "HIGH"}}, "[1].upTo"},
		{[]basket.ClassUpTo{{UpTo: units(9000), Class: "LOW"}, {UpTo: units(8000), Class: "LOW"}, {Class: "HIGH"}}, "[1].upTo"},
		{[]basket.ClassUpTo{{UpTo: units(9000), Class: "LOW"}, {UpTo: units(9000), Class: "LOW"}, {Class: "HIGH"}}, "[1].upTo"},
		{[]basket.ClassUpTo{{UpTo: units(9000), Class: "LOW"}, {UpTo: decimal.New(1, 400), Class: "LOW"}, {Class: "HIGH"}}, "[1].upTo"},
		{[]basket.ClassUpTo{{UpTo: units(-1), Class: "LOW"}, {Class: "HIGH"}}, "[0].upTo"},
	} {
		line.Tax = &basket.Taxation{ClassByPrice: c.steps}
		_, err := basket.Price(place, &basket.Basket{Lines: []basket.Line{line}}, euro(t))
		refusedAt(t, err, "lines[0].tax.classByPrice"+c.at)
	}

	require.NoError(t, basket.Verify(r))
	r.Lines[0].ClassByPrice[0].UpTo = "944.99"
	require.Error(t, basket.Verify(r), "another class than the rule says")
}

func TestAllowancesOfTheDocumentHaveARateOfTheirOwn(t *testing.T) {
	allowance := basket.Charge{ID: "voucher", Reason: "voucher", Code: "95", Allowance: true, Amount: units(10), Spread: basket.FixedClass, Class: "REDUCED"}
	r := soldBasket(t, plainPlace(t), euro(t), basket.Basket{Lines: []basket.Line{{Class: "STANDARD", Count: 1, PriceMinor: 10000}}, Charges: []basket.Charge{allowance}})
	require.Equal(t, int64(11900), r.Lines[0].Gross)
	require.Equal(t, basket.Sum{Net: -1000, Tax: -70, Gross: -1070}, r.Totals[1].Sum)
	require.Equal(t, int64(10830), r.Total.Gross)
}
