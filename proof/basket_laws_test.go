package proof_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/proof"
)

// taxed is what the laws need of a line or a part of a charge.
type taxed struct {
	rate     int
	gross    bool // the price includes tax
	discount bool // it has a discount or no unit price
	sum      basket.Sum
	base     basket.ResultBase
}

func (x taxed) given() int64 {
	if x.gross {
		return x.sum.Gross
	}
	return x.sum.Net
}

// taxed returns the amount that is taxed.
func (x taxed) taxed() int64 {
	if x.base != (basket.ResultBase{}) {
		return x.base.Taxed
	}
	return x.given()
}

// exact returns the tax of a position in minor units, not rounded.
func (x taxed) exact(e tax.Explanation) *big.Rat {
	percent, ok := new(big.Rat).SetString(e.Percent)
	if !ok || e.Treatment != tax.Taxable {
		return new(big.Rat)
	}
	base := big.NewRat(100, 1)
	switch {
	case e.OfGross && !x.gross:
		base.Sub(base, percent)
	case !e.OfGross && x.gross:
		base.Add(base, percent)
	}
	exact := new(big.Rat).SetInt64(x.taxed())
	return exact.Quo(exact.Mul(exact, percent), base)
}

// laws checks what must be true of every result, whatever the policy.
func laws(t require.TestingT, d priced) {
	r := d.result
	adds := func(s basket.Sum, at string) { require.Equal(t, s.Gross, s.Net+s.Tax, "net + tax = gross: %s", at) }

	var positions []taxed
	shared := make([]int64, len(r.Lines))
	for i, disc := range r.Discounts {
		var sum int64
		for line, share := range disc.Shares {
			shared[line] += share
			sum += share
		}
		for _, share := range disc.OfCharges {
			sum += share
		}
		if disc.AfterTax {
			sum += disc.Amount
		}
		require.Equal(t, disc.Amount, sum, "the shares of discount %d", i)
		amount := minorUnits(d, d.basket.Discounts[i].Amount)
		switch {
		case amount == 0 || disc.Amount == 0:
		case disc.AmountTax != basket.AsPriced:
			require.Equal(t, amount, disc.Stated)
		case disc.AtMost:
			require.Equal(t, amount, disc.Amount+disc.Left)
		default:
			require.Equal(t, amount, disc.Amount, "discount %d", i)
		}
	}
	for i, l := range r.Lines {
		adds(l.Sum, l.ID)
		left := l.Subtotal
		for _, own := range l.Discounts {
			if !own.EachUnit {
				left -= own.Amount
			}
		}
		for _, own := range l.Charges {
			left += own.Amount
		}
		require.Equal(t, shared[i], l.Shared)
		left -= shared[i]
		x := taxed{l.Rate, l.IncludesTax, left != l.Subtotal || l.PriceIsTotal || l.Per != "" || l.Base != (basket.ResultBase{}), l.Sum, l.Base}
		require.Equal(t, left, x.given(), "the price is not moved: %s", l.ID)
		if left == l.Subtotal && l.PriceIsTotal && len(l.Discounts)+len(l.Charges) == 0 && l.Listed == (basket.ListPrice{}) {
			asked := d.basket.Lines[i].PriceMinor + minorUnits(d, d.basket.Lines[i].Price)
			if d.basket.Lines[i].Quantity.Sign() < 0 || d.basket.Lines[i].Count < 0 {
				asked = -asked
			}
			require.Equal(t, asked, left, "the price is not moved: %s", l.ID)
		}
		positions = append(positions, x)
	}
	for i, c := range r.Charges {
		adds(c.Sum, c.ID)
		var parts basket.Sum
		for _, part := range c.Parts {
			adds(part.Sum, c.ID)
			parts = basket.Sum{Net: parts.Net + part.Net, Tax: parts.Tax + part.Tax, Gross: parts.Gross + part.Gross}
			positions = append(positions, taxed{part.Rate, c.IncludesTax, true, part.Sum, basket.ResultBase{}})
		}
		require.Equal(t, c.Sum, parts, "the parts of charge %d", i)
		if c.Listed == (basket.ListPrice{}) {
			asked := minorUnits(d, d.basket.Charges[i].Amount) - c.Shared
			if c.Allowance {
				asked = -asked
			}
			require.Equal(t, asked, c.Amount)
		}
		require.Equal(t, c.Amount, taxed{gross: c.IncludesTax, sum: c.Sum}.given(), "the price is not moved: %s", c.ID)
	}
	rows(t, r, positions)
	if !r.Policy.EachComponent && r.Policy.TaxStep == 0 {
		groups(t, r, positions)
		ties(t, r, positions)
	}

	due := r.Total.Gross - r.Borne - r.Prepaid
	for _, w := range r.Withheld {
		due -= w.Amount
	}
	for _, disc := range r.Discounts {
		if disc.AfterTax {
			due -= disc.Amount
		}
	}
	require.Equal(t, due+r.CashRounding, r.Payable, "payable")
	if step := r.Policy.Cash.Step; step > 0 {
		require.Zero(t, r.Payable%step, "coins")
		require.Less(t, max(r.CashRounding, -r.CashRounding), step, "coins")
	} else {
		require.Zero(t, r.CashRounding)
	}
}

// rows compares the totals with the positions.
func rows(t require.TestingT, r *basket.Result, positions []taxed) {
	sums := map[string]basket.Sum{}
	without := map[int]string{}
	for _, e := range r.Exemptions {
		without[e.Rate] = strings.Join(slices.Sorted(slices.Values(e.Components)), ", ")
	}
	key := func(without string, place tax.Location, code, class, percent string, ofGross bool, treatment tax.Treatment) string {
		if (place == tax.Location{}) {
			place = r.Location
		}
		return fmt.Sprint(without, " ", place, " ", code, " ", class, " ", percent, " ", ofGross, " ", treatment)
	}
	var total basket.Sum
	add := func(to, s basket.Sum) basket.Sum {
		return basket.Sum{Net: to.Net + s.Net, Tax: to.Tax + s.Tax, Gross: to.Gross + s.Gross}
	}
	for _, x := range positions {
		e := r.Rates[x.rate]
		k := key(without[x.rate], e.Territory, e.Tax, e.Class, e.Percent, e.OfGross, e.Treatment)
		sums[k] = add(sums[k], x.sum)
		total = add(total, x.sum)
		if e.Treatment != tax.Taxable {
			require.Zero(t, x.sum.Tax, "no tax without a taxable treatment")
		}
	}
	require.Len(t, r.Totals, len(sums), "treatments and rates are never merged, and no row occurs twice")
	for _, row := range r.Totals {
		k := key(row.Without, row.Location, row.TaxCode, row.Class, row.Percent, row.OfGross, row.Treatment)
		require.Contains(t, sums, k)
		require.Equal(t, add(sums[k], row.Rounding), row.Sum, k)
		total = add(total, row.Rounding)
		rounding(t, r, row)
		if len(row.Components) > 0 {
			var tax int64
			for _, c := range row.Components {
				tax += c.Amount
			}
			require.Equal(t, row.Tax, tax, "components sum to the tax: %s", k)
		}
	}
	require.Equal(t, total, r.Total)
}

// rounding checks a row that is rounded to the step of the totals.
func rounding(t require.TestingT, r *basket.Result, row basket.Total) {
	step := r.Policy.TotalStep
	if step == 0 {
		require.Zero(t, row.Rounding)
		return
	}
	require.Equal(t, row.Rounding.Gross, row.Rounding.Net+row.Rounding.Tax)
	amounts := []int64{row.Net, row.Tax, row.Gross}
	for _, c := range row.Components {
		amounts = append(amounts, c.Amount)
	}
	for _, amount := range amounts {
		require.Zero(t, amount%step, "whole steps")
	}
	if row.Treatment != tax.Taxable {
		require.Zero(t, row.Tax, "no tax without a taxable treatment")
	}
}

// groups compares the tax of everything at one rate, and of the whole basket, with the
// exact tax.
func groups(t require.TestingT, r *basket.Result, positions []taxed) {
	exact, running, rounded := map[string]*big.Rat{}, map[string]*big.Rat{}, map[string]int64{}
	all, one := new(big.Rat), big.NewRat(1, 1)
	near := func(tax int64, exact *big.Rat, at string) {
		d := new(big.Rat).Sub(new(big.Rat).SetInt64(tax), exact)
		require.Negative(t, d.Abs(d).Cmp(one), "%s: tax %d, exactly %s", at, tax, exact.RatString())
	}
	for i, x := range positions {
		e := r.Rates[x.rate]
		k := fmt.Sprint(e.Territory, " ", e.Tax, " ", e.Percent, " ", e.OfGross, " ", e.Treatment)
		if exact[k] == nil {
			exact[k] = new(big.Rat)
		}
		exact[k].Add(exact[k], x.exact(e))
		all.Add(all, x.exact(e))
		rounded[k] += x.sum.Tax
		if r.Policy.Level == basket.ByRunningTotal {
			kind := fmt.Sprint(k, " ", x.gross)
			if running[kind] == nil {
				running[kind] = new(big.Rat)
			}
			running[kind].Add(running[kind], x.exact(e))
			rounded[kind] += x.sum.Tax
			near(rounded[kind], running[kind], fmt.Sprintf("everything up to position %d", i))
		} else if r.Policy.Level != basket.ByUnit || x.discount {
			near(x.sum.Tax, x.exact(e), fmt.Sprintf("position %d", i))
		}
	}
	switch r.Policy.Level {
	case basket.ByDocument:
		near(r.Total.Tax, all, "document")
		fallthrough
	case basket.ByRate:
		for k := range exact {
			near(rounded[k], exact[k], k)
		}
	}
}

// ties compares equal positions: a unit that cannot be divided goes to the first.
func ties(t require.TestingT, r *basket.Result, positions []taxed) {
	type same struct {
		percent   string
		ofGross   bool
		code      string
		treatment tax.Treatment
		gross     bool
		given     int64
		taxed     int64
		place     tax.Location
	}
	last := map[same]int64{}
	for _, x := range positions {
		if r.Policy.Level == basket.ByUnit && !x.discount || r.Policy.Level == basket.ByRunningTotal {
			continue // its tax is that of a unit, or has the remainder of the line before
		}
		e := r.Rates[x.rate]
		k := same{e.Percent, e.OfGross, e.Tax, e.Treatment, x.gross, x.given(), x.taxed(), e.Territory}
		size := max(x.sum.Tax, -x.sum.Tax)
		if before, ok := last[k]; ok {
			require.LessOrEqual(t, size, before, "among equal positions, the first gets the units left")
			require.LessOrEqual(t, before-size, int64(1))
		}
		last[k] = size
	}
}

// minorUnits returns an amount from the input in minor units.
func minorUnits(d priced, amount decimal.Decimal) int64 {
	return proof.Exact(amount.Shift(d.policy.Rounding.Scale())).Num().Int64()
}
