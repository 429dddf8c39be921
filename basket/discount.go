package basket

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// spreadDiscount is a discount of the basket with the amounts it took off the
// lines.
type spreadDiscount struct {
	Discount
	class  string // the class to reduce, with FixedClass
	amount int64
	shares []int64
}

// lineDiscount returns the amount that a line's own discount takes off the
// amount left of the line.
func (p *Policy) lineDiscount(d *Discount, left int64) (int64, *fault) {
	off, percent, f := p.own(d)
	switch {
	case d.EachUnit:
		return 0, &fault{"eachUnit", "true", "not allowed after a discount of the line: list the discounts of each unit first"}
	case f != nil:
		return 0, f
	case percent:
		return p.portion(left, d.Percent)
	case left < 0:
		off = -off
	}
	if exact.Magnitude(off) > exact.Magnitude(left) {
		return 0, &fault{"amount", itoa(off), "larger than the " + itoa(left) + " minor units that it reduces"}
	}
	return off, nil
}

// own returns the amount of a line's own discount, or reports that it is a percentage.
func (p *Policy) own(d *Discount) (amount int64, percent bool, f *fault) {
	if d.Spread != ProRata || d.Class != "" {
		return 0, false, &fault{"spread", d.Spread.String(), "a line's own discount cannot be spread: make it a discount of the basket"}
	}
	if d.Optional {
		return 0, false, &fault{"optional", "true", "a line's own discount always finds its line: leave it out"}
	}
	return p.amountOrPercent(d.Amount, d.Percent)
}

// amountOrPercent returns an amount in minor units, or reports that a discount or charge
// is a percentage.
func (p *Policy) amountOrPercent(given, percentage decimal.Decimal) (amount int64, percent bool, f *fault) {
	if !exact.Within(given) {
		return 0, false, &fault{"amount", exact.Describe(given), exact.Bounds}
	}
	if given.Sign() == 0 {
		_, f := p.portion(0, percentage)
		return 0, true, f
	}
	if !exact.Within(percentage) || percentage.Sign() != 0 {
		return 0, false, &fault{"percent", exact.Describe(percentage), "given together with an amount: use one of them"}
	}
	if given.Sign() < 0 {
		return 0, false, &fault{"amount", exact.Format(given), "negative: a discount takes it off, and a charge adds it"}
	}
	amount, f = p.minor("amount", given)
	return amount, false, f
}

// discount applies a discount of the basket to the lines.
func (p *Priced) discount(d *Discount, i int) error {
	refuse := func(f *fault) error { return f.at("discounts", i) }
	if d.EachUnit {
		return refuse(&fault{"eachUnit", "true", "only a line's own discount can be taken off each unit"})
	}
	amount, percent, f := p.policy.amountOrPercent(d.Amount, d.Percent)
	if f != nil {
		return refuse(f)
	}
	spread := spreadDiscount{Discount: *d, shares: make([]int64, p.lines)}
	eligible, err := p.eligible(&spread, i)
	if err != nil {
		return err
	}
	sums, found, ok := p.reducible(eligible)
	switch {
	case !ok:
		return refuse(&fault{field: "amount", reason: beyondMinor})
	case d.Optional:
	case !found:
		return refuse(&fault{reason: "there is nothing to reduce: leave it out, or set Optional"})
	case amount != 0 && sums == [2]int64{}:
		return refuse(&fault{"amount", exact.Format(d.Amount), "there is nothing to reduce, as the lines cost nothing: leave it out, or set Optional"})
	}
	for kind, sum := range sums {
		off := amount
		switch {
		case percent:
			if off, f = p.policy.portion(sum, d.Percent); f != nil {
				return refuse(f)
			}
		case sums[0] != 0 && sums[1] != 0:
			return refuse(&fault{"amount", exact.Format(d.Amount), "it reduces prices with and without tax: use a percentage, or prices of one kind"})
		case sum == 0:
			continue
		case off > sum:
			return refuse(&fault{"amount", exact.Format(d.Amount), "larger than the " + itoa(sum) + " minor units that it reduces"})
		}
		if off == 0 {
			continue
		}
		weights := make([]int64, p.lines)
		for n := range weights {
			if at := &p.positions[n]; kindOf(at.gross) == kind && eligible(at) {
				weights[n] = at.given
			}
		}
		parts, _ := exact.Apportion(off, weights) // cannot overflow: the sum was checked above
		for n, part := range parts {
			spread.shares[n] += part
		}
		spread.amount += off
	}
	for n, share := range spread.shares {
		p.positions[n].given -= share
	}
	p.discounts = append(p.discounts, spread)
	return nil
}

// reducible adds up the prices without tax and those with tax, which are two different
// things, and reports whether there are any.
func (p *Priced) reducible(eligible func(*position) bool) (sums [2]int64, found, ok bool) {
	for n := range p.positions {
		if at := &p.positions[n]; eligible(at) {
			found = true
			sum, ok := exact.Add(sums[kindOf(at.gross)], at.given)
			if !ok {
				return sums, found, false
			}
			sums[kindOf(at.gross)] = sum
		}
	}
	return sums, found, true
}

// eligible returns a predicate for the lines that a discount reduces. Lines
// that take goods back are never reduced.
func (p *Priced) eligible(d *spreadDiscount, i int) (func(*position) bool, error) {
	if d.Spread != FixedClass && d.Class != "" {
		return nil, inputError(fmt.Sprintf("discounts[%d].class", i), d.Class, onlyFixedClass)
	}
	switch d.Spread {
	case ProRata:
		return func(at *position) bool { return at.given >= 0 }, nil
	case FixedClass:
		rate, err := p.place.Rate(d.Class)
		if err != nil {
			return nil, rateError("discounts", i, err)
		}
		d.class = rate.Class()
		return func(at *position) bool {
			return at.given >= 0 && p.rates.rows[p.rates.slots[at.slot].row].class == d.class
		}, nil
	case DominantRate, HighestRate:
		nets, err := p.rowNets()
		if err != nil {
			return nil, err
		}
		group, _ := p.rates.leading(d.Spread, nets)
		return func(at *position) bool { return at.given >= 0 && p.rates.groupOf(at) == group }, nil
	}
	return nil, inputError(fmt.Sprintf("discounts[%d].spread", i), d.Spread.String(), noSuchSpread)
}

// rowNets returns the net amounts of the lines by row. The tax is rounded by
// line whatever the policy says, so that the result can be checked by hand.
func (p *Priced) rowNets() ([]int64, error) {
	nets := make([]int64, len(p.rates.rows))
	for i := range p.positions[:p.lines] {
		at := p.positions[i]
		row := p.rates.slots[at.slot].row
		if at.gross {
			var ok bool
			if at.tax, ok = p.lineTax(&at, p.base(i)); !ok {
				return nil, tooLarge(fmt.Sprintf("lines[%d]", i))
			}
		}
		net, ok := exact.Add(nets[row], at.sum().Net)
		if !ok {
			return nil, tooLarge("total")
		}
		nets[row] = net
	}
	return nets, nil
}

// leading returns the group that a spread selects, and the row of that group
// with the largest net amount; the first of equals wins. It considers the rows
// that nets has; there is at least one unless the basket has no lines.
func (r *rates) leading(spread Spread, nets []int64) (group, row int32) {
	sums := make([]decimal.Decimal, len(r.groups)) // 64 bits may be too few
	for i, net := range nets {
		g := r.rows[i].group
		sums[g] = sums[g].Add(decimal.New(net, 0))
	}
	row = -1
	for i := range nets {
		g := r.rows[i].group
		var better bool
		switch {
		case row < 0:
			better = true
		case g == group:
			better = nets[i] > nets[row]
		case spread == HighestRate:
			better = r.groups[g].higher(&r.groups[group])
		default:
			better = sums[g].GreaterThan(sums[group])
		}
		if better {
			group, row = g, int32(i)
		}
	}
	return group, row
}
