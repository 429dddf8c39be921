package basket_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

func units(n int64) decimal.Decimal { return decimal.New(n, 0) }

func cents(n int64) decimal.Decimal { return decimal.New(n, -2) }

func TestPriceNamesWhatItRefuses(t *testing.T) {
	place := plainPlace(t)
	line := basket.Line{Class: "STANDARD", Quantity: units(2), Price: cents(1000), IncludesTax: true}
	byLine := basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)}
	byUnit := basket.Policy{Level: basket.ByUnit, Rounding: tax.RoundTo(2, tax.HalfUp)}
	netFirst := basket.Policy{Level: basket.ByUnit, Rounding: tax.RoundTo(2, tax.HalfUp).WithNetFirst(true)}
	wide := decimal.New(1, 41)
	huge := decimal.New(1, 1<<30)
	asserted := tax.Assertion{Treatment: tax.ReverseCharge}

	// Every case changes a valid basket of one line.
	for name, c := range map[string]struct {
		policy basket.Policy
		change func(*basket.Basket)
		field  string
	}{
		"no quantity":                  {byLine, func(b *basket.Basket) { b.Lines[0].Quantity = decimal.Decimal{} }, "lines[0].quantity"},
		"a quantity beyond the bounds": {byLine, func(b *basket.Basket) { b.Lines[0].Quantity = wide }, "lines[0].quantity"},
		"a quantity of much exponent":  {byLine, func(b *basket.Basket) { b.Lines[0].Quantity = huge }, "lines[0].quantity"},
		"two quantities":               {byLine, func(b *basket.Basket) { b.Lines[0].Count = 2 }, "lines[0].count"},
		"two prices":                   {byLine, func(b *basket.Basket) { b.Lines[0].PriceMinor = 1000 }, "lines[0].priceMinor"},
		"a price beyond the bounds":    {byLine, func(b *basket.Basket) { b.Lines[0].Price = wide }, "lines[0].price"},
		"a price of much exponent":     {byLine, func(b *basket.Basket) { b.Lines[0].Price = huge }, "lines[0].price"},
		"a price of small exponent":    {byLine, func(b *basket.Basket) { b.Lines[0].Price = decimal.New(1, -21) }, "lines[0].price"},
		"a price that 64 bits do not hold": {byLine, func(b *basket.Basket) {
			b.Lines[0].Price = decimal.New(math.MaxInt64/2+1, -2)
		}, "lines[0].price"},
		"decimals of a line": {byLine, func(b *basket.Basket) {
			b.Lines[0].Price, b.Lines[0].PriceIsTotal = decimal.New(10001, -3), true
		}, "lines[0].price"},
		"half a unit": {byUnit, func(b *basket.Basket) { b.Lines[0].Quantity = decimal.New(5, -1) }, "lines[0].quantity"},
		"a unit without a net": {netFirst, func(b *basket.Basket) {
			b.Lines[0].Price = decimal.New(10001, -3)
		}, "lines[0].price"},
		"a net that 64 bits do not hold": {byLine, func(b *basket.Basket) {
			b.Lines[0] = basket.Line{Quantity: units(1), PriceMinor: math.MaxInt64}
		}, "lines[0]"},
		"a total that 64 bits do not hold": {byLine, func(b *basket.Basket) {
			for i := range 3 {
				b.Lines = append(b.Lines, basket.Line{Class: []string{"STANDARD", "REDUCED", "BOOKS"}[i], Count: 1, PriceMinor: math.MaxInt64 / 2, IncludesTax: true})
			}
		}, "total"},

		"a discount of the line below 0": {byLine, func(b *basket.Basket) {
			b.Lines[0].Discounts = []basket.Discount{{}, {Percent: units(-1)}}
		}, "lines[0].discounts[1].percent"},
		"a discount of the line above 100": {byLine, func(b *basket.Basket) {
			b.Lines[0].Discounts = []basket.Discount{{Percent: decimal.New(10001, -2)}}
		}, "lines[0].discounts[0].percent"},
		"a discount of the line of much exponent": {byLine, func(b *basket.Basket) {
			b.Lines[0].Discounts = []basket.Discount{{Percent: huge}}
		}, "lines[0].discounts[0].percent"},
		"a negative amount off the line": {byLine, func(b *basket.Basket) {
			b.Lines[0].Discounts = []basket.Discount{{Amount: cents(-1)}}
		}, "lines[0].discounts[0].amount"},
		"decimals off the line": {byLine, func(b *basket.Basket) {
			b.Lines[0].Discounts = []basket.Discount{{Amount: decimal.New(1, -3)}}
		}, "lines[0].discounts[0].amount"},
		"more off the line than it costs": {byLine, func(b *basket.Basket) {
			b.Lines[0].Discounts = []basket.Discount{{Percent: units(50)}, {Amount: cents(1001)}}
		}, "lines[0].discounts[1].amount"},
		"percent and amount off the line": {byLine, func(b *basket.Basket) {
			b.Lines[0].Discounts = []basket.Discount{{Percent: units(5), Amount: cents(1)}}
		}, "lines[0].discounts[0].percent"},
		"a spread of a line's discount": {byLine, func(b *basket.Basket) {
			b.Lines[0].Discounts = []basket.Discount{{Percent: units(5), Spread: basket.HighestRate}}
		}, "lines[0].discounts[0].spread"},

		"a discount below 0": {byLine, func(b *basket.Basket) {
			b.Discounts = []basket.Discount{{Percent: units(-1)}}
		}, "discounts[0].percent"},
		"a negative amount off": {byLine, func(b *basket.Basket) {
			b.Discounts = []basket.Discount{{}, {Amount: cents(-1)}}
		}, "discounts[1].amount"},
		"percent and amount off": {byLine, func(b *basket.Basket) {
			b.Discounts = []basket.Discount{{Percent: units(5), Amount: cents(1)}}
		}, "discounts[0].percent"},
		"decimals off": {byLine, func(b *basket.Basket) {
			b.Discounts = []basket.Discount{{Amount: decimal.New(1, -3)}}
		}, "discounts[0].amount"},
		"more off than there is": {byLine, func(b *basket.Basket) {
			b.Discounts = []basket.Discount{{Amount: cents(2001)}}
		}, "discounts[0].amount"},
		"an amount off two kinds of prices": {byLine, func(b *basket.Basket) {
			b.Lines = append(b.Lines, basket.Line{Class: "BOOKS", Count: 1, PriceMinor: 100})
			b.Discounts = []basket.Discount{{Amount: cents(1)}}
		}, "discounts[0].amount"},
		"no such spread of a discount": {byLine, func(b *basket.Basket) {
			b.Discounts = []basket.Discount{{Percent: units(5), Spread: 4}}
		}, "discounts[0].spread"},
		"a class of a discount that is not for one": {byLine, func(b *basket.Basket) {
			b.Discounts = []basket.Discount{{Percent: units(5), Class: "BOOKS"}}
		}, "discounts[0].class"},

		"decimals of a charge": {byLine, func(b *basket.Basket) {
			b.Charges = []basket.Charge{{Amount: decimal.New(1, -3)}}
		}, "charges[0].amount"},
		"a charge beyond the bounds": {byLine, func(b *basket.Basket) {
			b.Charges = []basket.Charge{{Amount: wide}}
		}, "charges[0].amount"},
		"no such spread of a charge": {byLine, func(b *basket.Basket) {
			b.Charges = []basket.Charge{{}, {Spread: 4}}
		}, "charges[1].spread"},
		"a class of a charge that is spread": {byLine, func(b *basket.Basket) {
			b.Charges = []basket.Charge{{Class: "BOOKS"}}
		}, "charges[0].class"},
		"an assertion of a charge that is spread": {byLine, func(b *basket.Basket) {
			b.Charges = []basket.Charge{{Spread: basket.DominantRate, Assertion: asserted}}
		}, "charges[0].assertion"},
		"a treatment of a line that does not exist": {byLine, func(b *basket.Basket) {
			b.Lines = append(b.Lines, line)
			b.Lines[1].Assertion = tax.Assertion{Treatment: 99, Reason: "certificate 7"}
		}, "lines[1].assertion"},
		"a treatment of the first line that does not exist": {byLine, func(b *basket.Basket) {
			b.Lines[0].Assertion.Treatment = tax.OutsideScope + 1
		}, "lines[0].assertion"},
		"a treatment of a charge that does not exist": {byLine, func(b *basket.Basket) {
			b.Charges = []basket.Charge{{Spread: basket.FixedClass, Assertion: tax.Assertion{Treatment: 255}}}
		}, "charges[0].assertion"},
		"a charge over no lines": {byLine, func(b *basket.Basket) {
			b.Lines, b.Charges = nil, []basket.Charge{{Amount: cents(490)}}
		}, "charges[0].spread"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &basket.Basket{Lines: []basket.Line{line}}
			_, err := basket.Price(place, b, c.policy)
			require.NoError(t, err, "before the change")
			c.change(b)
			priced, err := basket.Price(place, b, c.policy)
			require.Nil(t, priced)
			refusedAt(t, err, c.field)
		})
	}
}

func TestPriceNamesWhatHasNoRate(t *testing.T) {
	place := plainPlace(t)
	goods := basket.Line{Count: 1, PriceMinor: 100}
	unknown := goods
	unknown.Class = "TOYS"
	for text, b := range map[string]*basket.Basket{
		"tax: lines[2]":     {Lines: []basket.Line{goods, goods, unknown}},
		"tax: discounts[1]": {Lines: []basket.Line{goods}, Discounts: []basket.Discount{{}, {Spread: basket.FixedClass, Class: "TOYS"}}},
		"tax: charges[1]":   {Lines: []basket.Line{goods}, Charges: []basket.Charge{{}, {Spread: basket.FixedClass, Class: "TOYS"}}},
	} {
		priced, err := basket.Price(place, b, basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
		require.Nil(t, priced)
		require.ErrorIs(t, err, tax.ErrUnknownClass)
		require.Contains(t, err.Error(), text)
		require.Contains(t, err.Error(), "TOYS")
		var e *basket.RateError
		require.ErrorAs(t, err, &e)
		require.Equal(t, "unknown_class", e.Code())
	}
	require.Equal(t, "error", (&basket.RateError{Err: errors.New("other")}).Code())
	require.Equal(t, "tax: lines[1]: no rate", (&basket.RateError{Path: "lines[1]"}).Error())
	_, err := basket.Price(tax.Place{}, &basket.Basket{Lines: []basket.Line{goods}}, basket.Policy{Currency: "EUR"})
	require.Error(t, err, "the zero place has no rates")
}

// A subtotal in integers is price times count, whatever their size, and a zero that was made
// says as little as one that was left out.
func TestSubtotalsOfIntegersAreProducts(t *testing.T) {
	place := plainPlace(t)
	policy := basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)}
	numbers := []int64{1, -1, 3, 1999, math.MaxInt32 - 1, math.MaxInt32, math.MaxInt32 + 1, math.MinInt32, math.MinInt32 - 1, 1 << 40, -1 << 50, math.MaxInt64, math.MinInt64 + 1}
	for _, price := range numbers {
		for _, count := range numbers {
			want := new(big.Int).Mul(big.NewInt(price), big.NewInt(count))
			for _, zero := range []decimal.Decimal{{}, decimal.New(0, 0), decimal.New(0, -3), decimal.New(0, 1<<30)} {
				line := basket.Line{Class: "STANDARD", Count: count, PriceMinor: price, IncludesTax: true, Quantity: zero, Price: zero, Per: zero}
				p, err := basket.Price(place, &basket.Basket{Lines: []basket.Line{line}}, policy)
				if !want.IsInt64() {
					require.ErrorIs(t, err, tax.ErrInvalid, "%d * %d", price, count)
					continue
				}
				require.NoError(t, err, "%d * %d", price, count)
				require.Equal(t, want.Int64(), p.Total().Gross, "%d * %d with %#v", price, count, zero)
			}
		}
	}
	p, err := basket.Price(place, &basket.Basket{Lines: []basket.Line{{Class: "STANDARD", Count: 30, PriceMinor: 200, Per: units(100), IncludesTax: true}}}, policy)
	require.NoError(t, err)
	require.EqualValues(t, 60, p.Total().Gross)
}

func TestPriceOfNothing(t *testing.T) {
	policy, err := basket.LinePolicy("EUR")
	require.NoError(t, err)
	_, err = basket.Price(plainPlace(t), nil, policy)
	refusedAt(t, err, "basket")

	p, err := basket.Price(plainPlace(t), &basket.Basket{}, policy)
	require.NoError(t, err)
	require.Zero(t, p.Total())
	require.Zero(t, p.Payable())
	r, err := p.Result()
	require.NoError(t, err)
	require.Empty(t, r.Lines)
	require.Empty(t, r.Totals)
	require.NoError(t, basket.Verify(r))
	_, err = basket.Refund(r, nil, basket.Return{All: true})
	refusedAt(t, err, "returns")
}

func TestNamesOfLinesAndCharges(t *testing.T) {
	b := &basket.Basket{
		Lines:   []basket.Line{{ID: "tea", Count: 1}, {Count: 1}},
		Charges: []basket.Charge{{}, {ID: "shipping"}},
	}
	r := resultOf(t, plainPlace(t), b, basket.Policy{Currency: "EUR"})
	require.Equal(t, "tea", r.Lines[0].ID)
	require.Equal(t, "line-2", r.Lines[1].ID)
	require.Equal(t, "charge-1", r.Charges[0].ID)
	require.Equal(t, "shipping", r.Charges[1].ID)
}

func TestRatesAreExplainedOncePerClassAndAssertion(t *testing.T) {
	exempt := tax.Assertion{Treatment: tax.Exempt, Reason: "certificate 7"}
	b := &basket.Basket{Lines: []basket.Line{
		{Class: "BOOKS", Count: 1}, {Class: "BUCH", Count: 1}, {Class: "BOOKS", Count: 1},
		{Class: "BOOKS", Count: 1, Assertion: exempt}, {Class: "BOOKS", Count: 1, Assertion: exempt},
		{Class: "REDUCED", Count: 1},
	}}
	r := resultOf(t, plainPlace(t), b, basket.Policy{Currency: "EUR"})
	var used []int
	for _, l := range r.Lines {
		used = append(used, l.Rate)
	}
	require.Equal(t, []int{0, 1, 0, 2, 2, 3}, used)
	require.Len(t, r.Rates, 4)
	require.Equal(t, "BUCH", r.Rates[1].Input.Class)
	require.Equal(t, "BOOKS", r.Rates[1].Class)
	require.Equal(t, &exempt, r.Rates[2].Asserted)
	require.Len(t, r.Totals, 3, "an alias shares the row of its class; an exemption and another class have their own")

	byRate := r.ByRate()
	require.Len(t, byRate, 2, "books and other goods at 7 % are merged, the exempt ones are not")
	for _, row := range byRate {
		require.Empty(t, row.Class)
	}
}

func TestPricingIsLinear(t *testing.T) {
	place := plainPlace(t)
	allocated := func(lines int) float64 {
		b := &basket.Basket{Discounts: []basket.Discount{{Percent: units(10)}}, Charges: []basket.Charge{{Amount: cents(490), IncludesTax: true}}}
		for i := range lines {
			b.Lines = append(b.Lines, basket.Line{Class: []string{"STANDARD", "REDUCED"}[i%2], Count: 1, PriceMinor: int64(100 + i%977), IncludesTax: true})
		}
		policy, err := basket.EN16931("EUR")
		require.NoError(t, err)
		return testing.AllocsPerRun(1, func() {
			_, err := basket.Price(place, b, policy)
			require.NoError(t, err)
		})
	}
	// The number of allocations does not depend on the number of lines: no decimal
	// or big integer is made for a line.
	require.InDelta(t, allocated(100), allocated(100_000), 40)
}
