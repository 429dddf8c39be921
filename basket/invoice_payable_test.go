package basket_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

func TestPrepaidAmountsAreNotRounded(t *testing.T) {
	place := placeOf(t, class("S", plain("0")))
	policy := euro(t)
	policy.Cash = basket.Cash{Step: 5}
	line := basket.Line{Class: "S", Count: 1, PriceMinor: 1213}
	r := soldBasket(t, place, policy, basket.Basket{Lines: []basket.Line{line}, Prepaid: cents(999)})
	require.Equal(t, int64(215), r.Payable, "X05: in cash")
	require.Equal(t, int64(1), r.CashRounding)

	policy.Cash.Step, line.PriceMinor = 100, 1083500
	r = soldBasket(t, place, policy, basket.Basket{Lines: []basket.Line{line}, Prepaid: cents(83490)})
	require.Equal(t, int64(1000000), r.Payable, "X13")
	require.Equal(t, int64(-10), r.CashRounding)
	// Half of it is paid back: of 5,417.50, of which 417.45 was prepaid.
	note, err := basket.Refund(r, nil, basket.Return{Amount: 541750})
	require.NoError(t, err)
	require.Equal(t, int64(500000+41745), note.Payable)
	require.Equal(t, int64(-5), note.CashRounding)
	rest, err := basket.Refund(r, []basket.CreditNote{note}, basket.Return{All: true})
	require.NoError(t, err)
	require.Equal(t, r.Payable+r.Prepaid, note.Payable+rest.Payable)
	require.NoError(t, basket.Verify(r, note, rest))
}

func TestTaxThatTheBuyerWithholds(t *testing.T) {
	place := placeOf(t, class("S", plain("21")))
	line := basket.Line{Class: "S", Count: 1, PriceMinor: 13875}
	r := soldBasket(t, place, euro(t), basket.Basket{Lines: []basket.Line{line}, Withheld: []basket.Withholding{{ID: "IRPF", Percent: units(19)}}})
	require.Equal(t, basket.Sum{Net: 13875, Tax: 2914, Gross: 16789}, r.Total)
	require.Equal(t, []basket.ResultWithholding{{ID: "IRPF", Percent: "19", Amount: 2636}}, r.Withheld)
	require.Equal(t, int64(14153), r.Payable)
	note, err := basket.Refund(r, nil, basket.Return{All: true})
	require.NoError(t, err)
	require.Equal(t, int64(2636), note.Deducted)
	require.Equal(t, r.Payable, note.Payable)
}

func TestTheSellerBearsTheTaxOfAGift(t *testing.T) {
	gift := basket.Line{Class: "S", Count: 1, Tax: &basket.Taxation{Base: basket.TaxBase{Amount: units(100)}, SellerBears: true}}
	r := soldBasket(t, placeOf(t, class("S", plain("18"))), euro(t), basket.Basket{Lines: []basket.Line{gift}})
	require.Equal(t, basket.Sum{Tax: 1800, Gross: 1800}, r.Total)
	require.Equal(t, int64(1800), r.Borne)
	require.Zero(t, r.Payable)
}

func TestDiscountsAfterTax(t *testing.T) {
	place := placeOf(t, class("S", plain("20")))
	line := basket.Line{Class: "S", Count: 1, PriceMinor: 2000}
	coupon := basket.Discount{ID: "maker", Amount: units(10), AfterTax: true}
	r := soldBasket(t, place, euro(t), basket.Basket{Lines: []basket.Line{line}, Discounts: []basket.Discount{coupon}})
	require.Equal(t, basket.Sum{Net: 2000, Tax: 400, Gross: 2400}, r.Total)
	require.Equal(t, int64(1400), r.Payable)

	coupon.Amount = units(30)
	b := basket.Basket{Lines: []basket.Line{line}, Discounts: []basket.Discount{{Percent: units(50), AfterTax: true}, coupon}}
	_, err := basket.Price(place, &b, euro(t))
	refusedAt(t, err, "discounts[1].amount")
	b.Discounts[1].AtMost = true
	r = soldBasket(t, place, euro(t), b)
	require.Zero(t, r.Payable)
	require.Equal(t, int64(1800), r.Discounts[1].Left)
	b.Discounts[0].Charges = true
	_, err = basket.Price(place, &b, euro(t))
	refusedAt(t, err, "discounts[0].afterTax")
}

func TestTheTaxInTheAccountingCurrency(t *testing.T) {
	line := basket.Line{Class: "STANDARD", Count: 1, PriceMinor: 10000}
	b := basket.Basket{Lines: []basket.Line{line}, Accounting: &basket.Accounting{Currency: "nok", Rate: decimalOf(t, "11.50")}}
	r := soldBasket(t, plainPlace(t), euro(t), b)
	require.Equal(t, &basket.ResultAccounting{Currency: "NOK", Rate: "11.50", Rounding: tax.RoundTo(2, tax.HalfUp), Tax: 21850}, r.Accounting)
	// Three lines of 0.09: 0.0171 each, rounded 0.02. Together 0.0513 EUR are 0.58995 NOK.
	line.PriceMinor = 9
	b.Lines = []basket.Line{line, line, line}
	r = soldBasket(t, plainPlace(t), euro(t), b)
	require.Equal(t, int64(6), r.Total.Tax)
	require.Equal(t, int64(59), r.Accounting.Tax)
	b.Accounting.Rate = units(0)
	_, err := basket.Price(plainPlace(t), &b, euro(t))
	refusedAt(t, err, "accounting.rate")
	b.Accounting = &basket.Accounting{Currency: "EURO", Rate: units(1)}
	_, err = basket.Price(plainPlace(t), &b, euro(t))
	refusedAt(t, err, "accounting.currency")
	b = basket.Basket{Lines: []basket.Line{line}, Withheld: []basket.Withholding{{Percent: units(101)}}}
	_, err = basket.Price(plainPlace(t), &b, euro(t))
	refusedAt(t, err, "withheld[0].percent")
	b = basket.Basket{Lines: []basket.Line{line}, Prepaid: decimal.New(1, -3)}
	_, err = basket.Price(plainPlace(t), &b, euro(t))
	refusedAt(t, err, "prepaid")
}
