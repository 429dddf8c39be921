package basket_test

import (
	"math"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// fine returns a policy with four decimals on lines.
func fine(t testing.TB) basket.Policy {
	policy, err := basket.FineLines("EUR", 4)
	require.NoError(t, err)
	return policy
}

// Net prices were computed from round gross prices and kept with eight decimals. The gross
// amount leads back to them; in cents, 1,597 of 9,999 are one cent off.
func TestNetPricesLeadBackToTheirGrossPrice(t *testing.T) {
	place, policy := plainPlace(t), fine(t)
	policy.RoundGross = true
	einvoice, err := basket.EN16931("EUR")
	require.NoError(t, err)
	off := 0
	for gross := int64(1); gross < 10_000; gross++ {
		net := decimal.New(gross*100_000_000/119, -8) // cut off
		b := &basket.Basket{Lines: []basket.Line{{Class: "STANDARD", Count: 1, Price: net}}}
		fine, err := basket.Price(place, b, policy)
		require.NoError(t, err)
		require.Equal(t, 100*gross, fine.Total().Gross, gross)
		coarse, err := basket.Price(place, b, einvoice)
		require.NoError(t, err)
		if coarse.Total().Gross != gross {
			off++
		}
	}
	require.Equal(t, 1597, off)
}

func TestLinesFinerThanTotals(t *testing.T) {
	line := basket.Line{Class: "STANDARD", Count: 1, Price: decimal.New(1114, -3)}
	r := sold(t, plainPlace(t), fine(t), line, line, line)
	require.Equal(t, basket.Sum{Net: 33400, Tax: 6300, Gross: 39700}, r.Total)
	require.Equal(t, basket.Sum{Net: -20, Tax: -50, Gross: -70}, r.ByRate()[0].Rounding)

	// A document with two decimals shows three lines of 1.11, and states the cent.
	lines, rounding, err := r.RoundedLines()
	require.NoError(t, err)
	require.Equal(t, []basket.Sum{{Net: 11100, Tax: 2100, Gross: 13200}, {Net: 11100, Tax: 2100, Gross: 13200}, {Net: 11100, Tax: 2100, Gross: 13200}}, lines)
	require.Equal(t, []basket.Sum{{Net: 100, Gross: 100}}, rounding)

	r.Lines[0].Rate = 7
	_, _, err = r.RoundedLines()
	refusedAt(t, err, "lines[0].rate")
	r.Lines[0].Rate, r.Lines[0].Net = 0, math.MaxInt64
	_, _, err = r.RoundedLines()
	refusedAt(t, err, "lines[0]")
	r.Policy.TotalStep = -1
	_, _, err = r.RoundedLines()
	refusedAt(t, err, "policy.totalStep")
}

// Two classes at one rate are rounded together, and each has whole cents.
func TestRowsAtOneRateAreRoundedTogether(t *testing.T) {
	place := placeOf(t, class("A", plain("20")), class("B", plain("20")))
	a := basket.Line{Class: "A", Count: 1, Price: decimal.New(1004, -3)}
	b := a
	b.Class = "B"
	r := sold(t, place, fine(t), a, b)
	require.Equal(t, basket.Sum{Net: 20100, Tax: 4000, Gross: 24100}, r.Total, "2.008 and 0.4016")
	require.Equal(t, basket.Sum{Net: 10100, Tax: 2000, Gross: 12100}, r.Totals[0].Sum, "the first of equal remainders")
	require.Equal(t, basket.Sum{Net: 10000, Tax: 2000, Gross: 12000}, r.Totals[1].Sum)
	components := twoTaxes(t, "5", "9.975")
	r = sold(t, components, fine(t), basket.Line{Class: "S", Count: 1, Price: decimal.New(9999, -2)})
	require.Equal(t, []basket.ComponentSum{{Code: "A", Amount: 50000}, {Code: "B", Amount: 99700}}, r.Totals[0].Components, "in cents")
}

// What is deducted from the total is in cents as well.
func TestDeductionsHaveTheDecimalsOfTotals(t *testing.T) {
	line := basket.Line{Class: "STANDARD", Count: 1, Price: decimal.New(10_005, -3)} // 10.01 + 1.90
	gift := basket.Line{Class: "STANDARD", Count: 1, Tax: &basket.Taxation{SellerBears: true, Base: basket.TaxBase{Amount: decimal.New(1005, -3)}}}
	b := basket.Basket{
		Lines:     []basket.Line{line, gift},
		Discounts: []basket.Discount{{Percent: units(3), AfterTax: true}},
		Withheld:  []basket.Withholding{{Percent: units(7)}},
		Prepaid:   decimal.New(1, 0),
	}
	r := soldBasket(t, plainPlace(t), fine(t), b)
	require.Equal(t, basket.Sum{Net: 100100, Tax: 20900, Gross: 121000}, r.Total)
	require.Equal(t, []int64{3600, 7000, 1900}, []int64{r.Discounts[0].Amount, r.Withheld[0].Amount, r.Borne}, "0.363, 0.7007, 0.19095")
	require.Equal(t, int64(121000-3600-7000-1900-10000), r.Payable)

	b.Prepaid = decimal.New(1001, -3)
	_, err := basket.Price(plainPlace(t), &b, fine(t))
	refusedAt(t, err, "prepaid")
	b.Prepaid, b.Discounts[0] = decimal.Decimal{}, basket.Discount{Amount: decimal.New(1001, -3), AfterTax: true}
	_, err = basket.Price(plainPlace(t), &b, fine(t))
	refusedAt(t, err, "discounts[0].amount")
}

func TestTotalStepsThatAreNone(t *testing.T) {
	for field, change := range map[string]func(*basket.Policy){
		"policy.totalStep":      func(p *basket.Policy) { p.Level = basket.ByLine },
		"policy.roundGross":     func(p *basket.Policy) { p.TotalStep, p.Currency, p.RoundGross = 0, "", true },
		"policy.cash.step":      func(p *basket.Policy) { p.Cash.Step = 150 },
		"policy.rounding.scale": func(p *basket.Policy) { p.TotalStep = 10 },
	} {
		policy := fine(t)
		change(&policy)
		_, err := basket.Price(plainPlace(t), &basket.Basket{}, policy)
		refusedAt(t, err, field)
	}
	for _, step := range []int64{-100, 1, 1_000_000_001} {
		policy := basket.Policy{Rounding: tax.RoundTo(4, tax.HalfUp), Level: basket.ByRate, TotalStep: step}
		_, err := basket.Price(plainPlace(t), &basket.Basket{}, policy)
		refusedAt(t, err, "policy.totalStep")
	}
	for _, decimals := range []int{-1, 2, 12, 13} {
		_, err := basket.FineLines("EUR", decimals)
		refusedAt(t, err, "decimals")
	}
	_, err := basket.FineLines("EURO", 4)
	require.ErrorIs(t, err, tax.ErrInvalid)
}
