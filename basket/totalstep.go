package basket

import (
	"fmt"
	"math/big"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// exactRow has the amounts of a row that are not rounded.
type exactRow struct {
	net, tax *big.Rat
	priced   bool // it has prices without tax
}

// roundRows rounds the rows to the step of the totals. The amounts of everything at one rate
// are rounded once, and divided among its rows. Where all prices include tax, the gross
// amount and the tax are rounded; otherwise the net amount and the tax, or with RoundGross
// the net and the gross amount. The third is the rest.
func (p *Priced) roundRows() bool {
	list, ok := p.exactRows()
	rows := p.rates.rows
	p.rounding = make([]Sum, len(rows))
	for g := range p.rates.groups {
		var of []int
		var nets, taxes, grosses []*big.Rat
		priced := false
		for i := range rows {
			if rows[i].group == int32(g) {
				of = append(of, i)
				nets, taxes = append(nets, list[i].net), append(taxes, list[i].tax)
				grosses = append(grosses, new(big.Rat).Add(list[i].net, list[i].tax))
				priced = priced || list[i].priced
			}
		}
		first, second := taxes, nets
		switch {
		case !priced:
			second = grosses
		case p.policy.RoundGross:
			first = grosses
		}
		a, b := p.policy.steps(first), p.policy.steps(second)
		for n, i := range of {
			var s Sum
			switch x, y := a[n].Int64(), b[n].Int64(); {
			case !priced:
				s = Sum{y - x, x, y}
			case p.policy.RoundGross:
				s = Sum{y, x - y, x}
			default:
				s = Sum{y, x, x + y}
			}
			ok = ok && a[n].IsInt64() && b[n].IsInt64() && s.adds()
			p.rounding[i] = s.minus(rows[i].sum.whole())
			rows[i].sum = s
		}
	}
	return ok
}

// exactRows returns the exact amounts of all rows.
func (p *Priced) exactRows() (list []exactRow, ok bool) {
	type sums struct{ given, taxed [2]int64 }
	rows, ok := make([]sums, len(p.rates.rows)), true
	list = make([]exactRow, len(rows))
	for i := range p.positions {
		at := &p.positions[i]
		row, kind := p.rates.slots[at.slot].row, kindOf(at.gross)
		s := &rows[row]
		var ok1, ok2 bool
		s.given[kind], ok1 = exact.Add(s.given[kind], at.given)
		s.taxed[kind], ok2 = exact.Add(s.taxed[kind], p.base(i))
		ok = ok && ok1 && ok2
		list[row].priced = list[row].priced || !at.gross
	}
	for i := range rows {
		g := &p.rates.groups[p.rates.rows[i].group]
		list[i].net, list[i].tax = new(big.Rat), new(big.Rat)
		for kind := range 2 {
			t := g.exactTax(&cell{given: rows[i].taxed[kind]}, kind)
			list[i].tax.Add(list[i].tax, t)
			list[i].net.Add(list[i].net, new(big.Rat).SetInt64(rows[i].given[kind]))
			if kind == 1 {
				list[i].net.Sub(list[i].net, t)
			}
		}
	}
	return list, ok
}

// whole returns a sum of net amount and tax with its gross amount.
func (s Sum) whole() Sum { return Sum{s.Net, s.Tax, s.Net + s.Tax} }

// steps rounds the sum of exact amounts to the step of the totals, and divides it.
func (p *Policy) steps(amounts []*big.Rat) []*big.Int {
	step := new(big.Rat).SetInt64(p.step())
	whole, parts := new(big.Rat), make([]*big.Rat, len(amounts))
	for i, a := range amounts {
		parts[i] = new(big.Rat).Quo(a, step)
		whole.Add(whole, parts[i])
	}
	list := divide(p.mode().Quotient(whole.Num(), whole.Denom()), parts)
	for _, n := range list {
		n.Mul(n, step.Num())
	}
	return list
}

// step returns the smallest amount of the totals.
func (p *Policy) step() int64 { return max(p.TotalStep, 1) }

// toStep rounds an amount to the step of the totals.
func (p *Policy) toStep(amount int64) (int64, bool) {
	steps, ok := p.mode().MulDiv(amount, 1, uint64(p.step()))
	if !ok {
		return 0, false
	}
	return exact.Mul(steps, p.step())
}

const finerThanTotals = "not a multiple of the total step: use no more decimals than totals have"

// minorOfTotal is minor for an amount that must not have more decimals than totals.
func (p *Policy) minorOfTotal(field string, d decimal.Decimal) (int64, *fault) {
	units, f := p.minor(field, d)
	if f == nil && units%p.step() != 0 {
		f = &fault{field, exact.Format(d), finerThanTotals}
	}
	return units, f
}

// portionOfTotal is portion, rounded to the step of the totals.
func (p *Policy) portionOfTotal(amount int64, percent decimal.Decimal) (int64, *fault) {
	units, f := p.portion(amount, percent)
	if f != nil || p.step() == 1 {
		return units, f
	}
	r, step := exact.WidePercent(percent), big.NewInt(p.step())
	steps := p.mode().WideScaled(big.NewInt(amount), 0, r.Num, new(big.Int).Mul(r.Den, step))
	return steps.Mul(steps, step).Int64(), nil // no larger than the amount, which is a multiple
}

// RoundedLines returns the amounts of the lines (BT-106 is the sum of the net amounts) and
// then of the parts of charges, rounded to Policy.TotalStep, for documents that show no more
// decimals than totals have, and the rounding amount that such a document has to state for
// each row of Totals: the row less its rounded lines and parts. Without a TotalStep, amounts
// are as they are and rounding amounts are 0. It returns a [tax.InputError] if a rate has no
// row or does not exist.
func (r *Result) RoundedLines() (lines, rounding []Sum, err error) {
	rows, err := r.rows()
	if err != nil {
		return nil, nil, err
	}
	if err := r.Policy.check(); err != nil {
		return nil, nil, err
	}
	for i := range r.Totals {
		rounding = append(rounding, r.Totals[i].Sum)
	}
	add := func(rate int, s Sum, path string, at ...any) error {
		if uint(rate) >= uint(len(rows)) {
			return inputError(fmt.Sprintf(path, at...)+".rate", itoa(int64(rate)), "the sale has no such rate: pass the Result as it was stored")
		}
		s, ok := r.Policy.rounded(s)
		if !ok {
			return tooLarge(fmt.Sprintf(path, at...))
		}
		lines = append(lines, s)
		rounding[rows[rate]] = rounding[rows[rate]].minus(s)
		return nil
	}
	for i := range r.Lines {
		if err := add(r.Lines[i].Rate, r.Lines[i].Sum, "lines[%d]", i); err != nil {
			return nil, nil, err
		}
	}
	for i := range r.Charges {
		for n, part := range r.Charges[i].Parts {
			if err := add(part.Rate, part.Sum, "charges[%d].parts[%d]", i, n); err != nil {
				return nil, nil, err
			}
		}
	}
	return lines, rounding, nil
}

// rounded rounds the net amount and the tax of a line to the step of the totals.
func (p *Policy) rounded(s Sum) (Sum, bool) {
	net, ok1 := p.toStep(s.Net)
	tax, ok2 := p.toStep(s.Tax)
	sum := Sum{net, tax, net + tax}
	return sum, ok1 && ok2 && sum.adds()
}

// repaidRow returns what the rounded amounts of a row are after some of its amounts were paid
// back: those of the row once all of it is paid back, and until then the gross amount and
// the tax, each rounded half up.
func (r *Result) repaidRow(row int, paid Sum, all bool) (Sum, bool) {
	if all {
		return r.Totals[row].Sum, true
	}
	p := Policy{Rounding: r.Policy.Rounding.WithMode(tax.HalfUp), TotalStep: r.Policy.TotalStep}
	taxed, ok1 := p.toStep(paid.Tax)
	gross, ok2 := p.toStep(paid.Gross)
	net, ok3 := exact.Sub(gross, taxed)
	return Sum{net, taxed, gross}, ok1 && ok2 && ok3
}
