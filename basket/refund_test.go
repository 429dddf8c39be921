package basket_test

import (
	"math"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// lampAndBook is a sale of three lamps for 60.00 and a book for 10.70, with
// 5.00 of shipping for both.
func lampAndBook(t testing.TB) *basket.Result {
	b := &basket.Basket{
		Lines: []basket.Line{
			{ID: "lamp", Class: "STANDARD", Count: 3, PriceMinor: 2000, IncludesTax: true},
			{ID: "book", Class: "BOOKS", Count: 1, PriceMinor: 1070, IncludesTax: true},
		},
		Charges: []basket.Charge{{ID: "shipping", Amount: cents(500), IncludesTax: true}},
	}
	return resultOf(t, plainPlace(t), b, basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
}

func TestRefundNamesWhatItRefuses(t *testing.T) {
	sale := lampAndBook(t)
	for name, c := range map[string]struct {
		returns []basket.Return
		field   string
	}{
		"nothing":                    {nil, "returns"},
		"no kind of return":          {[]basket.Return{{ID: "lamp"}}, "returns[0]"},
		"two kinds":                  {[]basket.Return{{All: true}, {ID: "lamp", Amount: 1, All: true}}, "returns[1]"},
		"an unknown line":            {[]basket.Return{{ID: "chair", All: true}}, "returns[0].id"},
		"more lamps than were sold":  {[]basket.Return{{ID: "lamp", Quantity: units(4)}}, "returns[0].quantity"},
		"more lamps than are left":   {[]basket.Return{{ID: "lamp", Quantity: units(2)}, {ID: "lamp", Quantity: units(2)}}, "returns[1].quantity"},
		"lamps of the other sign":    {[]basket.Return{{ID: "lamp", Quantity: units(-1)}}, "returns[0].quantity"},
		"a quantity out of bounds":   {[]basket.Return{{ID: "lamp", Quantity: decimal.New(1, 1<<30)}}, "returns[0].quantity"},
		"a quantity of a charge":     {[]basket.Return{{ID: "shipping", Quantity: units(1)}}, "returns[0].quantity"},
		"a quantity of everything":   {[]basket.Return{{Quantity: units(1)}}, "returns[0].quantity"},
		"more money than was paid":   {[]basket.Return{{Amount: 7571}}, "returns[0].amount"},
		"more than a line was":       {[]basket.Return{{ID: "book", Amount: 1071}}, "returns[0].amount"},
		"money of the other sign":    {[]basket.Return{{ID: "book", Amount: -1}}, "returns[0].amount"},
		"the least amount":           {[]basket.Return{{Amount: math.MinInt64}}, "returns[0].amount"},
		"money when nothing is left": {[]basket.Return{{All: true}, {Amount: 1}}, "returns[1].amount"},
	} {
		t.Run(name, func(t *testing.T) {
			note, err := basket.Refund(sale, nil, c.returns...)
			require.Zero(t, note)
			refusedAt(t, err, c.field)
		})
	}
}

func TestRefundOfWhatIsReturnedAlready(t *testing.T) {
	sale := lampAndBook(t)
	note, err := basket.Refund(sale, nil, basket.Return{ID: "book", All: true})
	require.NoError(t, err)
	_, err = basket.Refund(sale, []basket.CreditNote{note}, basket.Return{ID: "book", All: true})
	refusedAt(t, err, "returns")
	_, err = basket.Refund(sale, []basket.CreditNote{note}, basket.Return{ID: "book", Quantity: units(1)})
	refusedAt(t, err, "returns[0].quantity")

	rest, err := basket.Refund(sale, []basket.CreditNote{note}, basket.Return{All: true})
	require.NoError(t, err)
	require.Equal(t, sale.Total.Gross, note.Total.Gross+rest.Total.Gross)
	require.NoError(t, basket.Verify(sale, note, rest))
	require.NoError(t, basket.Verify(sale, rest, note), "in any order")
	require.Error(t, basket.Verify(sale, note, rest, rest), "paid back twice")
}

func TestLinesOfOneNameCannotBeNamed(t *testing.T) {
	b := &basket.Basket{Lines: []basket.Line{
		{ID: "tea", Count: 1, PriceMinor: 100}, {ID: "tea", Count: 2, PriceMinor: 100},
	}}
	sale := resultOf(t, plainPlace(t), b, basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
	_, err := basket.Refund(sale, nil, basket.Return{ID: "tea", All: true})
	refusedAt(t, err, "returns[0].id")
	part, err := basket.Refund(sale, nil, basket.Return{Amount: 7})
	require.NoError(t, err)
	rest, err := basket.Refund(sale, []basket.CreditNote{part}, basket.Return{All: true})
	require.NoError(t, err)
	require.Equal(t, sale.Payable, part.Payable+rest.Payable)
	require.NoError(t, basket.Verify(sale, part, rest))
}

func TestReturnsAreAppliedInTheirOrder(t *testing.T) {
	sale := lampAndBook(t)
	// One lamp, then half of the rest: 20.00 + 20.00.
	note, err := basket.Refund(sale, nil, basket.Return{ID: "lamp", Quantity: units(1)}, basket.Return{ID: "lamp", Amount: 2000})
	require.NoError(t, err)
	require.Len(t, note.Lines, 1)
	require.Equal(t, "1", note.Lines[0].Quantity)
	require.Equal(t, int64(4000), note.Total.Gross)
	require.Equal(t, int64(639), note.Total.Tax, "9.58 x 4000/6000 = 6.387")
}

func TestRefundLeavesItsInputAlone(t *testing.T) {
	sale := lampAndBook(t)
	first, err := basket.Refund(sale, nil, basket.Return{Amount: 1234})
	require.NoError(t, err)
	before, beforeNote := stored(t, *sale), stored(t, first)
	_, err = basket.Refund(sale, []basket.CreditNote{first}, basket.Return{All: true})
	require.NoError(t, err)
	require.Equal(t, before, *sale)
	require.Equal(t, beforeNote, first)
}

// Every basket that can be priced can be refunded.
func TestRefundOfAmountsNearTheBounds(t *testing.T) {
	for _, price := range []int64{2307200000000000000, 7e18, -7e18} {
		sale := resultOf(t, shop(t.Context()), &basket.Basket{Lines: []basket.Line{
			{Class: "STANDARD", Count: 3, PriceMinor: price, PriceIsTotal: true, IncludesTax: true},
		}}, basket.Policy{Rounding: tax.RoundTo(2, tax.HalfUp)})
		first, err := basket.Refund(sale, nil, basket.Return{ID: "line-1", Quantity: one})
		require.NoError(t, err)
		rest, err := basket.Refund(sale, []basket.CreditNote{first}, basket.Return{All: true})
		require.NoError(t, err)
		require.Equal(t, sale.Total.Tax, first.Total.Tax+rest.Total.Tax)
		require.Equal(t, sale.Total.Gross, first.Total.Gross+rest.Total.Gross)
		require.NoError(t, basket.Verify(sale, first, rest))
	}
}

// What is left of the sale when an amount is asked for depends on what the same note has
// returned before.
func TestAnAmountAfterAQuantityInOneNoteKeepsTheLaws(t *testing.T) {
	new, old := basket.Line{ID: "new", Count: 1, PriceMinor: 1000, IncludesTax: true}, basket.Line{ID: "old", Count: -1, PriceMinor: 2000, IncludesTax: true}
	sale := sold(t, plainPlace(t), euro(t), new, old)
	back := basket.Return{ID: "old", Quantity: units(-1)}
	note, err := basket.Refund(sale, nil, back, basket.Return{Amount: 500})
	require.NoError(t, err)
	require.Equal(t, int64(-1500), note.Total.Gross)
	require.NoError(t, basket.Verify(sale, note))
	_, err = basket.Refund(sale, nil, basket.Return{Amount: 500}, back)
	refusedAt(t, err, "returns[0].amount")
	_, err = basket.Refund(sale, nil, back, basket.Return{Amount: 1001})
	refusedAt(t, err, "returns[1].amount")
	note.Amount, note.Lines[0].Shared, note.Lines[0].Gross = 1001, 1001, 1001
	require.Contains(t, basket.Verify(sale, note), basket.Violation{Law: basket.LawRefund, At: "notes[0].amount", Want: 1000, Got: 1001})
}

// Two components of a row, each rounded by itself, can have other signs: 1.68 and 0.416 are
// charged twice and taken back once as 3.36 and 0.832.
func TestComponentsOfOtherSignsArePaidBackInFull(t *testing.T) {
	policy := basket.Policy{Rounding: tax.RoundTo(0, tax.HalfUp), EachComponent: true}
	line := basket.Line{Class: "S", Count: 1, PriceMinor: 8}
	back := basket.Line{Class: "S", Count: -1, PriceMinor: 16}
	sale := sold(t, twoTaxes(t, "21", "5.2"), policy, line, line, back)
	require.Equal(t, []basket.ComponentSum{{Code: "A", Amount: 1}, {Code: "B", Amount: -1}}, sale.Totals[0].Components)
	for _, returns := range [][]basket.Return{
		{{All: true}}, {{ID: "line-1", All: true}, {ID: "line-3", All: true}, {All: true}}, {{ID: "line-3", Amount: -5}, {All: true}},
	} {
		var notes []basket.CreditNote
		sums := []int64{0, 0}
		for _, r := range returns {
			note, err := basket.Refund(sale, notes, r)
			require.NoError(t, err)
			notes = append(notes, note)
			for k, c := range note.Totals[0].Components {
				sums[k] += c.Amount
			}
			require.NoError(t, basket.Verify(sale, notes...))
		}
		require.Equal(t, []int64{1, -1}, sums)
		last := &notes[len(notes)-1].Totals[0]
		last.Components[0].Amount++
		last.Components[1].Amount--
		require.Error(t, basket.Verify(sale, notes...))
	}
}
