package proof_test

import (
	"context"
	"encoding/json"
	"reflect"
	"sync"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/proof"
	"github.com/taxresolve/tax/proof/basketmodel"
	"pgregory.net/rapid"
)

// shopPlaces returns the made-up country of the random baskets on two days, and another
// country with the same rates. They are snapshots and outlive their resolver.
var shopPlaces = sync.OnceValue(func() []tax.Place {
	r, err := tax.NewResolver(tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		c := proof.Shop()
		c.Location.Country = key.Country
		return []tax.Configuration{c}, nil
	}), nil)
	if err != nil {
		panic(err)
	}
	defer r.Close()
	var places []tax.Place
	for _, l := range []tax.Lookup{
		{Country: "DE", Date: tax.MustDate("2026-03-01")}, {Country: "DE", Date: tax.MustDate("2026-04-01")}, {Country: "AT", Date: tax.MustDate("2026-03-01")},
	} {
		place, err := r.Place(ctx, l)
		if err != nil {
			panic(err)
		}
		places = append(places, place)
	}
	return places
})

func shopPlace() tax.Place { return shopPlaces()[0] }

// priced is a basket and its result.
type priced struct {
	policy basket.Policy
	basket basket.Basket
	result *basket.Result
}

// drawn draws a basket that can be priced.
func drawn(t *rapid.T) priced {
	for range 20 {
		policy := proof.PolicyOf().Draw(t, "policy")
		b := proof.BasketOf(policy, shopPlaces()...).Draw(t, "basket")
		if p, err := basket.Price(shopPlace(), &b, policy); err == nil {
			r, err := p.Result()
			require.NoError(t, err)
			return priced{policy, b, r}
		}
	}
	t.Skip("no basket that can be priced")
	panic("unreachable")
}

func TestBasketEqualsTheModel(t *testing.T) {
	answers, errors := 0, 0
	check(t, 3000, func(t *rapid.T) {
		policy := proof.PolicyOf().Draw(t, "policy")
		b := proof.BasketOf(policy, shopPlaces()...).Draw(t, "basket")
		want, wantErr := basketmodel.Price(shopPlace(), &b, policy)
		p, err := basket.Price(shopPlace(), &b, policy)
		if wantErr != nil {
			errors++
			require.Error(t, err, "the model refuses it: %v", wantErr)
			return
		}
		answers++
		if err != nil && (large(want) || enormous(b)) {
			return // an intermediate amount may be larger than the total
		}
		require.NoError(t, err)
		got, err := p.Result()
		require.NoError(t, err)
		sameText(t, want, got)

		require.Equal(t, want.Total, p.Total(), "the total without a result")
		require.Equal(t, want.Payable, p.Payable(), "the payable amount without a result")
		for i, l := range want.Lines {
			require.Equal(t, l.Sum, p.Line(i), "line %d without a result", i)
		}
	})
	if answers+errors > 500 {
		require.Greater(t, answers, 2*errors, "most of the random baskets can be priced")
	}
}

// enormous reports whether a price of a basket is near the bounds of 64 bits.
func enormous(b basket.Basket) bool {
	for _, l := range b.Lines {
		if l.Price.Abs().GreaterThan(decimal.New(1, 12)) || l.PriceMinor > 1e14 || l.PriceMinor < -1e14 {
			return true
		}
	}
	return false
}

// large reports whether an amount of a result is near the bounds of 64 bits.
func large(r *basket.Result) bool {
	for _, n := range numbers(reflect.ValueOf(r), "", reflect.Int64) {
		if v := n.value.Int(); v > 1<<60 || v < -1<<60 {
			return true
		}
	}
	return false
}

// sameText compares two values in JSON, which is everything that is stored.
func sameText(t require.TestingT, want, got any) {
	w, err := json.MarshalIndent(want, "", " ")
	require.NoError(t, err)
	g, err := json.MarshalIndent(got, "", " ")
	require.NoError(t, err)
	if string(w) != string(g) {
		require.Equal(t, string(w), string(g))
	}
}

func TestBasketKeepsTheLaws(t *testing.T) {
	check(t, 3000, func(t *rapid.T) {
		d := drawn(t)
		laws(t, d)
		require.NoError(t, basket.Verify(d.result))
	})
}

func TestBasketIsStoredWithoutLoss(t *testing.T) {
	check(t, 500, func(t *rapid.T) {
		d := drawn(t)
		read := stored(t, d.result)
		require.Equal(t, *d.result, *read)
		note, err := basket.Refund(read, nil, basket.Return{All: true})
		if err != nil {
			return
		}
		require.Equal(t, note, *stored(t, &note))
	})
}

// stored writes a value as JSON and reads it back.
func stored[E any](t require.TestingT, value *E) *E {
	text, err := json.Marshal(value)
	require.NoError(t, err)
	read := new(E)
	require.NoError(t, json.Unmarshal(text, read))
	return read
}

func TestBasketTakenBackMirrorsItsSale(t *testing.T) {
	check(t, 1500, func(t *rapid.T) {
		policy := proof.PolicyOf().Draw(t, "policy")
		b := proof.BasketOf(policy, shopPlaces()...).Draw(t, "basket")
		// Discounts of the basket do not reduce goods that are taken back, and
		// charges do not follow them.
		b.Discounts, b.Prepaid = nil, decimal.Decimal{}
		for i := range b.Charges {
			c := &b.Charges[i]
			if c.Spread != basket.FixedClass {
				c.Spread, c.Class, c.Assertion = basket.FixedClass, "", tax.Assertion{}
			}
		}
		mirrored := basket.Basket{Withheld: b.Withheld, Accounting: b.Accounting}
		for _, l := range b.Lines {
			l.Quantity, l.Count = l.Quantity.Neg(), -l.Count
			mirrored.Lines = append(mirrored.Lines, l)
		}
		for _, c := range b.Charges {
			if c.Allowance {
				c.Allowance = false
			} else {
				c.Amount = c.Amount.Neg()
			}
			mirrored.Charges = append(mirrored.Charges, c)
		}
		p, err := basket.Price(shopPlace(), &b, policy)
		q, mirrorErr := basket.Price(shopPlace(), &mirrored, policy)
		if err != nil {
			require.Error(t, mirrorErr)
			return
		}
		require.NoError(t, mirrorErr)
		sale, err := p.Result()
		require.NoError(t, err)
		back, err := q.Result()
		require.NoError(t, err)
		require.Len(t, back.Lines, len(sale.Lines))
		for i, l := range sale.Lines {
			m := back.Lines[i]
			require.Equal(t, -l.Subtotal, m.Subtotal)
			require.Equal(t, negative(l.Sum), m.Sum, "line %d", i)
			for j, d := range l.Discounts {
				if d.EachUnit {
					require.Equal(t, d.Amount, m.Discounts[j].Amount, "the price of a unit is the same")
					continue
				}
				require.Equal(t, -d.Amount, m.Discounts[j].Amount)
			}
		}
		for i, c := range sale.Charges {
			require.Equal(t, negative(c.Sum), back.Charges[i].Sum, "charge %d", i)
		}
		for i, row := range sale.Totals {
			require.Equal(t, negative(row.Sum), back.Totals[i].Sum, "row %d", i)
			for j, c := range row.Components {
				require.Equal(t, -c.Amount, back.Totals[i].Components[j].Amount)
			}
		}
		require.Equal(t, negative(sale.Total), back.Total)
		require.Equal(t, -sale.Payable, back.Payable)
	})
}

func negative(s basket.Sum) basket.Sum {
	return basket.Sum{Net: -s.Net, Tax: -s.Tax, Gross: -s.Gross}
}

func mustText(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
