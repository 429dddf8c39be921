package basketmodel

import (
	"math/big"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// stepOf returns the smallest amount of the totals.
func stepOf(policy basket.Policy) *big.Rat { return whole(max(1, policy.TotalStep)) }

// roundTo rounds to a multiple of the smallest amount of the totals.
func roundTo(a *big.Rat, policy basket.Policy, mode tax.Mode) *big.Rat {
	step := stepOf(policy)
	return times(round(over(a, step), mode), step)
}

// roundRows rounds the rows of the totals: what is at one rate together, then divided among
// its rows.
func (p *pricing) roundRows(rows []basket.Total) {
	if p.policy.TotalStep == 0 {
		return
	}
	step := stepOf(p.policy)
	for g := range p.groups {
		var members []int
		var nets, taxes, grosses []*big.Rat
		withTax := true
		for i, row := range p.rows {
			if row.group != g {
				continue
			}
			net, tax := zero, zero
			for _, x := range p.positions() {
				if p.slots[x.slot].row != i {
					continue
				}
				net, tax = plus(net, x.given), plus(tax, x.exact)
				if x.gross {
					net = minus(net, x.exact)
				} else {
					withTax = false
				}
			}
			members = append(members, i)
			nets, taxes, grosses = append(nets, over(net, step)), append(taxes, over(tax, step)), append(grosses, over(plus(net, tax), step))
		}
		divided := func(parts []*big.Rat) []*big.Rat { return settle(p.round(sum(parts)), parts) }
		nets, taxes, grosses = divided(nets), divided(taxes), divided(grosses)
		for n, i := range members {
			net, tax, gross := times(nets[n], step), times(taxes[n], step), times(grosses[n], step)
			switch {
			case withTax:
				net = minus(gross, tax)
			case p.policy.RoundGross:
				tax = minus(gross, net)
			default:
				gross = plus(net, tax)
			}
			rounded := basket.Sum{Net: minor(net), Tax: minor(tax), Gross: minor(gross)}
			rows[i].Rounding = parted(rounded, rows[i].Sum)
			rows[i].Sum = rounded
		}
	}
}

// parted returns the difference of two sums.
func parted(a, b basket.Sum) basket.Sum {
	return basket.Sum{Net: a.Net - b.Net, Tax: a.Tax - b.Tax, Gross: a.Gross - b.Gross}
}

// repaidRow returns what is paid back of a row, rounded, when certain amounts of its
// positions are.
func repaidRow(sale *basket.Result, row int, positions []*sold, of func(*sold) basket.Sum) basket.Sum {
	var paid basket.Sum
	everything := true
	for _, s := range positions {
		if rowOf(sale, s.rate) != row {
			continue
		}
		paid = joined(paid, of(s))
		everything = everything && of(s) == s.sum
	}
	if everything {
		return sale.Totals[row].Sum
	}
	tax, gross := minor(roundTo(whole(paid.Tax), sale.Policy, tax.HalfUp)), minor(roundTo(whole(paid.Gross), sale.Policy, tax.HalfUp))
	return basket.Sum{Net: gross - tax, Tax: tax, Gross: gross}
}

// roundNote rounds the rows of a credit note: everything paid back so far of each row is
// rounded, and the note has the difference from what was paid back before.
func roundNote(sale *basket.Result, n *basket.CreditNote, rows []*basket.Total, positions []*sold) {
	if sale.Policy.TotalStep == 0 {
		return
	}
	n.Total = basket.Sum{}
	for i, row := range rows {
		if row == nil {
			continue
		}
		before := repaidRow(sale, i, positions, func(s *sold) basket.Sum { return s.before })
		now := repaidRow(sale, i, positions, func(s *sold) basket.Sum {
			return basket.Sum{Net: minor(minus(s.gross, s.tax)), Tax: minor(s.tax), Gross: minor(s.gross)}
		})
		rounded := parted(now, before)
		row.Rounding = parted(rounded, row.Sum)
		row.Sum = rounded
		n.Total = joined(n.Total, rounded)
	}
}
