package basket

import (
	"math/big"

	"github.com/taxresolve/tax"
)

// step returns the smallest amount of the totals.
func (v *audit) step() *big.Int { return big.NewInt(max(v.sale.Policy.TotalStep, 1)) }

// toStep rounds an amount to the step of the totals.
func (v *audit) toStep(f fraction, mode tax.Mode) *big.Int {
	steps := fraction{f.num, new(big.Int).Mul(f.den, v.step())}.rounded(mode)
	return steps.Mul(steps, v.step())
}

// settleSteps divides an amount, rounded to the step of the totals, among parts.
func (v *audit) settleSteps(parts []fraction) []*big.Int {
	steps := make([]fraction, len(parts))
	for i, f := range parts {
		steps[i] = fraction{f.num, new(big.Int).Mul(f.den, v.step())}
	}
	list := settle(sumOf(steps).rounded(v.sale.Policy.Rounding.Mode()), steps)
	for _, n := range list {
		n.Mul(n, v.step())
	}
	return list
}

// portionOfTotal returns a percentage of the total, rounded to the step of the totals.
func (v *audit) portionOfTotal(percent number, amount *big.Int) *big.Int {
	return v.toStep(percent.fraction(-2).times(amount), v.sale.Policy.Rounding.Mode())
}

// proportionOfTotal is proportion, rounded to the step of the totals.
func (v *audit) proportionOfTotal(amount, part, whole *big.Int) *big.Int {
	if whole.Sign() == 0 {
		return new(big.Int)
	}
	product := new(big.Int).Mul(amount, part)
	if whole.Sign() < 0 {
		product.Neg(product)
	}
	return v.toStep(fraction{product, new(big.Int).Abs(whole)}, tax.HalfUp)
}

// roundedRows returns the right amounts of the rows: those of their items, or those rounded
// to the step of the totals.
func (v *audit) roundedRows(sums []bigSum) []bigSum {
	if v.sale.Policy.TotalStep <= 1 {
		return sums
	}
	nets, taxes := make([]fraction, len(sums)), make([]fraction, len(sums))
	netOf, taxOf := make([][]fraction, len(sums)), make([][]fraction, len(sums))
	priced := make([]bool, len(v.groups)) // without tax
	for i := range v.items {
		it := &v.items[i]
		row := v.rates[it.rate].row
		tax, net := v.share(it).times(v.base(it)), fraction{it.given, bigOne}
		if it.gross {
			net = net.plus(fraction{new(big.Int).Neg(tax.num), tax.den})
		} else {
			priced[v.rates[it.rate].group] = true
		}
		netOf[row], taxOf[row] = append(netOf[row], net), append(taxOf[row], tax)
	}
	rowsOf := make([][]int, len(v.groups))
	for row := range sums {
		nets[row], taxes[row] = sumOf(netOf[row]), sumOf(taxOf[row])
		g := v.rates[v.first[row]].group
		rowsOf[g] = append(rowsOf[g], row)
	}
	list := make([]bigSum, len(sums))
	for g, rows := range rowsOf {
		var of [3][]fraction // net, tax, gross
		for _, row := range rows {
			of[0], of[1], of[2] = append(of[0], nets[row]), append(of[1], taxes[row]), append(of[2], nets[row].plus(taxes[row]))
		}
		rounded := [3][]*big.Int{v.settleSteps(of[0]), v.settleSteps(of[1]), v.settleSteps(of[2])}
		for n, row := range rows {
			s := &list[row]
			s.net.Set(rounded[0][n])
			s.tax.Set(rounded[1][n])
			s.gross.Set(rounded[2][n])
			switch {
			case !priced[g]:
				s.net.Sub(&s.gross, &s.tax)
			case v.sale.Policy.RoundGross:
				s.tax.Sub(&s.gross, &s.net)
			default:
				s.gross.Add(&s.net, &s.tax)
			}
		}
	}
	return list
}

// minus returns the difference of two sums.
func (b *bigSum) minus(o *bigSum) *bigSum {
	d := new(bigSum)
	d.net.Sub(&b.net, &o.net)
	d.tax.Sub(&b.tax, &o.tax)
	d.gross.Sub(&b.gross, &o.gross)
	return d
}

// rowBack is what was paid back of a row so far, with the number of its items of which
// something is left.
type rowBack struct {
	gross, tax big.Int
	open       int
}

// book adds what a line of a note pays back to its row.
func (r *refunds) book(position int, gross, tax *big.Int, open int) {
	row := r.rates[r.items[position].rate].row
	b := &r.rowsBack[row]
	b.gross.Add(&b.gross, gross)
	b.tax.Add(&b.tax, tax)
	b.open += open
}

// isOpen returns 1 if something is left of an item, and otherwise 0.
func (r *refunds) isOpen(position int) int {
	whole, paid := r.items[position].sum, &r.back[position]
	if paid.gross.Cmp(big.NewInt(whole.Gross)) == 0 && paid.tax.Cmp(big.NewInt(whole.Tax)) == 0 {
		return 0
	}
	return 1
}

// rounded returns what was paid back of a row so far, rounded to the step of the totals.
func (r *refunds) rounded(row int) *bigSum {
	b, s := &r.rowsBack[row], new(bigSum)
	if at := r.rowAt[row]; b.open == 0 && at >= 0 {
		s.add(r.sale.Totals[at].Sum)
		return s
	}
	s.gross.Set(r.toStep(fraction{&b.gross, bigOne}, tax.HalfUp))
	s.tax.Set(r.toStep(fraction{&b.tax, bigOne}, tax.HalfUp))
	s.net.Sub(&s.gross, &s.tax)
	return s
}

// apportionSteps divides an amount by weights, in steps of the totals.
func (v *audit) apportionSteps(amount *big.Int, weights []*big.Int) []*big.Int {
	list := apportion(new(big.Int).Quo(amount, v.step()), weights)
	for _, n := range list {
		n.Mul(n, v.step())
	}
	return list
}
