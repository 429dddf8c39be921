package proof_test

import (
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/proof/basketmodel"
	"pgregory.net/rapid"
)

// returned draws a return; many are for more than is left.
func returned(t *rapid.T, sale *basket.Result) basket.Return {
	var ids []string
	for _, l := range sale.Lines {
		ids = append(ids, l.ID)
	}
	for _, c := range sale.Charges {
		ids = append(ids, c.ID)
	}
	r := basket.Return{}
	if rapid.IntRange(0, 3).Draw(t, "of one") > 0 && len(ids) > 0 {
		r.ID = rapid.SampledFrom(ids).Draw(t, "id")
	}
	gross := sale.Total.Gross
	for _, l := range sale.Lines {
		if l.ID == r.ID {
			gross = l.Gross
		}
	}
	for _, c := range sale.Charges {
		if c.ID == r.ID {
			gross = c.Gross
		}
	}
	switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
	case kind == 9:
		r.All = true
	case kind == 8:
		r.TaxOnly = rapid.IntRange(0, 2).Draw(t, "tax only") == 0
		r.All = !r.TaxOnly
	case kind == 7:
		r.Net = rapid.Int64Range(1, max(gross/2, 2)).Draw(t, "net")
	case kind < 5 && r.ID != "":
		q := decimal.New(int64(rapid.IntRange(1, 3).Draw(t, "quantity")), int32(-rapid.IntRange(0, 1).Draw(t, "decimals")))
		if gross < 0 {
			q = q.Neg()
		}
		if r.Quantity = q; kind == 0 {
			r.Amount = gross / 3
		}
	default:
		most := max(gross, -gross, 3)
		r.Amount = rapid.Int64Range(1, max(most/2, 2)).Draw(t, "amount")
		if gross < 0 {
			r.Amount = -r.Amount
		}
	}
	return r
}

// tally is what has been paid back so far.
type tally struct {
	total      basket.Sum
	payable    int64
	positions  map[int]basket.Sum
	rows       map[string]basket.Sum
	components map[string]int64
}

func rowKey(r basket.Total) string {
	r.Sum, r.Rounding, r.Components = basket.Sum{}, basket.Sum{}, nil
	return string(mustText(r))
}

func tallyOf(notes []basket.CreditNote) tally {
	y := tally{positions: map[int]basket.Sum{}, rows: map[string]basket.Sum{}, components: map[string]int64{}}
	add := func(a, b basket.Sum) basket.Sum {
		return basket.Sum{Net: a.Net + b.Net, Tax: a.Tax + b.Tax, Gross: a.Gross + b.Gross}
	}
	for _, n := range notes {
		y.total = add(y.total, n.Total)
		y.payable += n.Payable
		for _, l := range n.Lines {
			y.positions[l.Position] = add(y.positions[l.Position], l.Sum)
		}
		for _, row := range n.Totals {
			y.rows[rowKey(row)] = add(y.rows[rowKey(row)], row.Sum)
			for _, c := range row.Components {
				y.components[rowKey(row)+c.Code] += c.Amount
			}
		}
	}
	return y
}

func TestRefundsEqualTheModel(t *testing.T) {
	given, refused := 0, 0
	check(t, 1500, func(t *rapid.T) {
		sale := stored(t, drawn(t).result)
		if large(sale) {
			return // a refund needs room for its sums
		}
		var notes []basket.CreditNote
		for range rapid.IntRange(1, 8).Draw(t, "refunds") {
			var returns []basket.Return
			for range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "returns") {
				returns = append(returns, returned(t, sale))
			}
			want, wantErr := basketmodel.Refund(sale, notes, returns...)
			got, err := basket.Refund(sale, notes, returns...)
			if wantErr != nil {
				refused++
				require.Error(t, err, "the model refuses it: %v", wantErr)
				continue
			}
			given++
			require.NoError(t, err)
			sameNote(t, want, got)
			notes = append(notes, *stored(t, &got))
		}
	})
	if given+refused > 500 {
		require.Greater(t, 2*given, refused, "a third of the random refunds are possible")
	}
}

// sameNote compares credit notes, their quantities as numbers.
func sameNote(t require.TestingT, want, got basket.CreditNote) {
	require.Len(t, got.Lines, len(want.Lines))
	for i, l := range want.Lines {
		if l.Quantity != "" {
			w, _ := new(big.Rat).SetString(l.Quantity)
			g, ok := new(big.Rat).SetString(got.Lines[i].Quantity)
			require.True(t, ok, "quantity %q", got.Lines[i].Quantity)
			require.Zero(t, w.Cmp(g), "quantity %q, not %q", got.Lines[i].Quantity, l.Quantity)
			want.Lines[i].Quantity = got.Lines[i].Quantity
		}
	}
	sameText(t, want, got)
}

func TestRefundsCloseAtTheSale(t *testing.T) {
	check(t, 1500, func(t *rapid.T) {
		sale := stored(t, drawn(t).result)
		if large(sale) {
			return // a refund needs room for its sums
		}
		var notes []basket.CreditNote
		refund := func(returns ...basket.Return) error {
			note, err := basket.Refund(sale, notes, returns...)
			if err == nil {
				notes = append(notes, *stored(t, &note))
				notMore(t, sale, notes)
				require.NoError(t, basket.Verify(sale, notes...))
			}
			return err
		}
		for range rapid.IntRange(0, 6).Draw(t, "refunds") {
			_ = refund(returned(t, sale))
		}
		// There may be nothing left.
		_ = refund(basket.Return{All: true})
		back := tallyOf(notes)
		require.Equal(t, sale.Total, back.total)
		if sale.Total.Gross != 0 { // of nothing, nothing is in proportion
			require.Equal(t, sale.Payable+sale.Prepaid, back.payable)
		}
		for _, row := range sale.Totals {
			require.Equal(t, row.Sum, back.rows[rowKey(row)], "row")
			for _, c := range row.Components {
				require.Equal(t, c.Amount, back.components[rowKey(row)+c.Code], "component %s", c.Code)
			}
		}
		require.Error(t, refund(basket.Return{All: true}), "nothing is left")
		require.Error(t, refund(basket.Return{Amount: 1}), "nothing is left")
		require.Error(t, refund(basket.Return{Amount: -1}), "nothing is left")
	})
}

// notMore checks that no more was paid back for a position than was paid for it.
func notMore(t require.TestingT, sale *basket.Result, notes []basket.CreditNote) {
	var sums []basket.Sum
	for _, l := range sale.Lines {
		sums = append(sums, l.Sum)
	}
	for _, c := range sale.Charges {
		for _, p := range c.Parts {
			sums = append(sums, p.Sum)
		}
	}
	within := func(part, whole int64, at int, what string) {
		if whole < 0 {
			part, whole = -part, -whole
		}
		require.True(t, 0 <= part && part <= whole, "%s of position %d: %d of %d", what, at, part, whole)
	}
	for at, back := range tallyOf(notes).positions {
		within(back.Gross, sums[at].Gross, at, "gross")
		within(back.Tax, sums[at].Tax, at, "tax")
		require.Equal(t, back.Gross, back.Net+back.Tax)
	}
	for _, n := range notes {
		require.Equal(t, n.Payable, n.Total.Gross-n.Deducted+n.CashRounding)
	}
}
