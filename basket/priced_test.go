package basket_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

func TestResultRefusesLinesThatChanged(t *testing.T) {
	place := shop(t.Context())
	for name, change := range map[string]func(*basket.Basket){
		"price":          func(b *basket.Basket) { b.Lines[1].Price = decimal.New(201, -2) },
		"quantity":       func(b *basket.Basket) { b.Lines[1].Quantity = decimal.New(7, 0) },
		"class":          func(b *basket.Basket) { b.Lines[1].Class = "LOCAL" },
		"tax inside":     func(b *basket.Basket) { b.Lines[1].IncludesTax = true },
		"assertion":      func(b *basket.Basket) { b.Lines[1].Assertion.Treatment = tax.Export },
		"discount":       func(b *basket.Basket) { b.Lines[1].Discounts = []basket.Discount{{Percent: decimal.New(10, 0)}} },
		"line more":      func(b *basket.Basket) { b.Lines = append(b.Lines, b.Lines[0]) },
		"line less":      func(b *basket.Basket) { b.Lines = b.Lines[:1] },
		"not a quantity": func(b *basket.Basket) { b.Lines[1].Quantity = decimal.Decimal{} },
	} {
		b := mixed(2)
		p, err := basket.Price(place, b, basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
		require.NoError(t, err)
		before, err := p.Result()
		require.NoError(t, err)
		change(b)
		_, err = p.Result()
		var input *tax.InputError
		if assert.ErrorAs(t, err, &input, name) {
			assert.Contains(t, input.Field, "lines", name)
		}
		assert.NoError(t, basket.Verify(before), name)
	}
}

func TestResultKeepsDiscountsAndChargesAsTheyWerePriced(t *testing.T) {
	b := mixed(3)
	b.Discounts = []basket.Discount{{ID: "ten", Percent: decimal.New(10, 0)}}
	b.Charges = []basket.Charge{{ID: "post", Amount: decimal.New(490, -2)}}
	p, err := basket.Price(shop(t.Context()), b, basket.Policy{Level: basket.ByRate, Rounding: tax.RoundTo(2, tax.HalfUp)})
	require.NoError(t, err)
	b.Discounts[0] = basket.Discount{ID: "twenty", Percent: decimal.New(20, 0)}
	b.Charges = nil
	r, err := p.Result()
	require.NoError(t, err)
	assert.Equal(t, "ten", r.Discounts[0].ID)
	assert.Equal(t, "post", r.Charges[0].ID)
	require.NoError(t, basket.Verify(r))

	// A change of a returned result does not change the next one.
	r.Discounts[0].Shares[0] = 0
	again, err := p.Result()
	require.NoError(t, err)
	require.NoError(t, basket.Verify(again))
}

func TestLinesInIntegersArePricedAsThoseInDecimals(t *testing.T) {
	place := shop(t.Context())
	for _, level := range levels {
		policy := basket.Policy{Level: level, Rounding: tax.RoundTo(2, tax.HalfUp)}
		assert.Equal(t, resultOf(t, place, mixed(50), policy), resultOf(t, place, mixedMinor(50), policy), level)
	}
	_, err := basket.Price(place, &basket.Basket{Lines: []basket.Line{{Count: 1, Quantity: one}}}, basket.Policy{Currency: "EUR"})
	assert.ErrorContains(t, err, "lines[0].count")
	_, err = basket.Price(place, &basket.Basket{Lines: []basket.Line{{Count: 1, Price: one, PriceMinor: 1}}}, basket.Policy{Currency: "EUR"})
	assert.ErrorContains(t, err, "lines[0].priceMinor")
}

func TestPricingAllocatesForTheBasketNotForItsLines(t *testing.T) {
	place := shop(t.Context())
	for _, level := range []basket.Level{basket.ByLine, basket.ByRate} {
		policy := basket.Policy{Level: level, Rounding: tax.RoundTo(2, tax.HalfUp)}
		count := func(n int) float64 {
			b := mixed(n)
			return testing.AllocsPerRun(20, func() {
				if _, err := basket.Price(place, b, policy); err != nil {
					t.Fatal(err)
				}
			})
		}
		assert.LessOrEqual(t, count(1000), count(10)+1, level)
		assert.LessOrEqual(t, count(1000), 12.0, level)
	}
}

func TestCertificatesOfOneLengthAreExplainedEach(t *testing.T) {
	b := mixed(3)
	for i, reason := range []string{"A-1", "A-2", "A-1"} {
		b.Lines[i].Class = "STANDARD"
		b.Lines[i].Assertion = tax.Assertion{Treatment: tax.Exempt, Reason: reason}
	}
	r := resultOf(t, shop(t.Context()), b, basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
	require.Len(t, r.Rates, 2)
	assert.Equal(t, "A-1", r.Rates[r.Lines[2].Rate].Asserted.Reason)
	assert.Equal(t, "A-2", r.Rates[r.Lines[1].Rate].Asserted.Reason)
	assert.Len(t, r.Totals, 1)
}

func TestLineOutsideTheBasketIsZero(t *testing.T) {
	p, err := basket.Price(shop(t.Context()), mixed(2), basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
	require.NoError(t, err)
	assert.NotZero(t, p.Line(1))
	assert.Zero(t, p.Line(2))
	assert.Zero(t, p.Line(-1))
}

func TestResultRefusesTextsThatAreNotUTF8(t *testing.T) {
	const text = "a\xff"
	for path, change := range map[string]func(*basket.Basket){
		"lines[1].id": func(b *basket.Basket) { b.Lines[1].ID = text },
		"lines[1].discounts[0].id": func(b *basket.Basket) {
			b.Lines[1].Discounts = []basket.Discount{{ID: text, Percent: decimal.New(10, 0)}}
		},
		"discounts[0].id":          func(b *basket.Basket) { b.Discounts = []basket.Discount{{ID: text, Percent: decimal.New(10, 0)}} },
		"charges[0].id":            func(b *basket.Basket) { b.Charges = []basket.Charge{{ID: text, Amount: decimal.New(490, -2)}} },
		"rates[0].asserted.reason": func(b *basket.Basket) { b.Lines[0].Assertion = tax.Assertion{Treatment: tax.Export, Reason: text} },
	} {
		b := mixed(2)
		change(b)
		p, err := basket.Price(shop(t.Context()), b, basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
		require.NoError(t, err)
		_, err = p.Result()
		var input *tax.InputError
		if assert.ErrorAs(t, err, &input, path) {
			assert.Equal(t, path, input.Field)
			assert.Equal(t, text, input.Value)
		}
	}
}
