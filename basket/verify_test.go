package basket_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/internal/exact"
)

// draws draws baskets and policies of every kind at random.
type draws struct{ *rand.Rand }

func draw(seed uint64) draws { return draws{rand.New(rand.NewPCG(seed, 4))} }

func (d draws) one(list []string) string { return list[d.IntN(len(list))] }

func (d draws) chance(percent int) bool { return d.IntN(100) < percent }

func (d draws) policy() basket.Policy {
	p := basket.Policy{
		Level:    basket.Level(d.IntN(5)),
		Rounding: tax.RoundTo(d.IntN(4), tax.Mode(d.IntN(5))),
	}
	p.Rounding = p.Rounding.WithNetFirst(p.Level != basket.ByDocument && d.chance(30))
	if d.chance(30) {
		p.Cash = basket.Cash{Step: int64(1 + d.IntN(50)), Mode: tax.Mode(d.IntN(5))}
	}
	return p
}

func (d draws) discount(scale int32) basket.Discount {
	if d.chance(50) {
		return basket.Discount{Percent: decimal.New(d.Int64N(100_00), -2)}
	}
	return basket.Discount{Amount: decimal.New(d.Int64N(300), -scale)}
}

func (d draws) basket(p basket.Policy) *basket.Basket {
	classes := make([]string, 1+d.IntN(4))
	for i := range classes {
		classes[i] = d.one(bazaarClasses)
	}
	scale, mixed, inside := p.Rounding.Scale(), d.chance(30), d.chance(50)
	b := &basket.Basket{Lines: make([]basket.Line, d.IntN(9))}
	for i := range b.Lines {
		l := basket.Line{
			Class: d.one(classes), IncludesTax: inside, PriceIsTotal: d.chance(10),
			Quantity: decimal.New(1+d.Int64N(9), 0), Price: decimal.New(d.Int64N(3000), -scale),
		}
		if d.chance(10) {
			l.Quantity = l.Quantity.Neg()
		}
		if p.Level != basket.ByUnit && d.chance(20) {
			l.Quantity = decimal.New(1+d.Int64N(9999), -3)
		}
		if !l.PriceIsTotal && !p.Rounding.NetFirst() && d.chance(20) {
			l.Price = decimal.New(d.Int64N(900_000), -scale-2)
		}
		if mixed {
			l.IncludesTax = d.chance(50)
		}
		if d.chance(15) {
			l.Assertion = tax.Assertion{Treatment: tax.ReverseCharge, Reason: "VAT ID"}
		}
		for d.chance(25) {
			l.Discounts = append(l.Discounts, d.discount(scale))
		}
		b.Lines[i] = l
	}
	for d.chance(40) {
		off := d.discount(scale)
		if off.Spread = basket.Spread(d.IntN(4)); off.Spread == basket.FixedClass {
			off.Class = d.one(classes)
		}
		b.Discounts = append(b.Discounts, off)
	}
	for d.chance(40) {
		c := basket.Charge{Amount: decimal.New(d.Int64N(2000)-200, -scale), IncludesTax: inside != (mixed && d.chance(50))}
		if c.Spread = basket.Spread(d.IntN(4)); c.Spread == basket.FixedClass {
			c.Class = d.one(classes)
		}
		b.Charges = append(b.Charges, c)
	}
	return b
}

// sale draws a sale. It returns nil if the drawn basket cannot be priced.
func (d draws) sale(t testing.TB, place tax.Place) *basket.Result {
	p := d.policy()
	b := d.basket(p)
	priced, err := basket.Price(place, b, p)
	if err != nil {
		return nil
	}
	sale, err := priced.Result()
	require.NoError(t, err)
	return sale
}

// refunds draws credit notes of a sale, by quantity and by amount. all adds one
// for the rest.
func (d draws) refunds(t testing.TB, sale *basket.Result, all bool) []basket.CreditNote {
	var notes []basket.CreditNote
	refund := func(r ...basket.Return) {
		if note, err := basket.Refund(sale, notes, r...); err == nil {
			notes = append(notes, note)
		}
	}
	for range d.IntN(4) {
		var returns []basket.Return
		for range 1 + d.IntN(2) {
			r := basket.Return{Amount: 1 + d.Int64N(500)}
			if len(sale.Lines) > 0 && d.chance(70) {
				l := sale.Lines[d.IntN(len(sale.Lines))]
				r.ID = l.ID
				if quantity, reason := exact.Parse(l.Quantity); reason == "" && d.chance(60) {
					r = basket.Return{ID: l.ID, Quantity: decimal.New(int64(quantity.Sign()), 0)}
				} else if l.Gross < 0 {
					r.Amount = -r.Amount
				}
			}
			returns = append(returns, r)
		}
		refund(returns...)
	}
	if all {
		refund(basket.Return{All: true})
	}
	return notes
}

// stored returns a value after a round trip through JSON.
func stored[T any](t testing.TB, value T) T {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	var back T
	require.NoError(t, json.Unmarshal(text, &back))
	return back
}

func TestWhatPriceAndRefundMakeKeepsTheLaws(t *testing.T) {
	place := bazaar(t)
	sales := 0
	for seed := range uint64(4000) {
		d := draw(seed)
		sale := d.sale(t, place)
		if sale == nil {
			continue
		}
		sales++
		sale = stored(t, sale)
		require.NoError(t, basket.Verify(sale), "seed %d", seed)
		notes := stored(t, d.refunds(t, sale, d.chance(50)))
		require.NoError(t, basket.Verify(sale, notes...), "seed %d with notes", seed)
	}
	require.Greater(t, sales, 2000)
}

func TestAnEmptyBasketKeepsTheLaws(t *testing.T) {
	resultOf(t, bazaar(t), &basket.Basket{}, basket.Policy{Currency: "EUR"})
	require.NoError(t, basket.Verify(&basket.Result{Format: basket.Format, Policy: basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)}}))
}

func TestLargeNumbersKeepTheLaws(t *testing.T) {
	const most = 1 << 61
	for _, level := range levels {
		t.Run(level.String(), func(t *testing.T) {
			b := &basket.Basket{
				Lines: []basket.Line{
					{Class: "STANDARD", Quantity: one, Price: decimal.New(most/4, -2)},
					{Class: "QUEBEC", Quantity: one, Price: decimal.New(most/4, -2), IncludesTax: true},
					{Class: "ISS", Quantity: one, Price: decimal.New(most/4, -2)},
				},
				Discounts: []basket.Discount{{Percent: decimal.New(333333, -5), Spread: basket.HighestRate}},
				Charges:   []basket.Charge{{Amount: decimal.New(most/64, -2)}},
			}
			resultOf(t, bazaar(t), b, basket.Policy{Level: level, Rounding: tax.RoundTo(2, tax.HalfUp)})
		})
	}
}

func TestManyLinesAreVerifiedAtOnce(t *testing.T) {
	place := shop(t.Context())
	lines := 100_000
	if testing.Short() {
		lines /= 10
	}
	for _, level := range levels {
		t.Run(level.String(), func(t *testing.T) {
			b := mixed(lines)
			b.Discounts = []basket.Discount{{Percent: decimal.New(3, 0)}, {Amount: decimal.New(100, 0), Spread: basket.DominantRate}}
			b.Charges = []basket.Charge{{Amount: decimal.New(5, 0)}}
			sale := resultOf(t, place, b, basket.Policy{Level: level, Rounding: tax.RoundTo(2, tax.HalfUp)})
			note, err := basket.Refund(sale, nil, basket.Return{All: true})
			require.NoError(t, err)
			prompt(t, func() { require.NoError(t, basket.Verify(sale, note)) })
		})
	}
}
