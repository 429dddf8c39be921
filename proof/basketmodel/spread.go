package basketmodel

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/proof"
)

// fit returns an error for a discount that is not possible.
func fit(d basket.Discount) error {
	percent := proof.Exact(d.Percent)
	if d.Percent.Sign() != 0 && d.Amount.Sign() != 0 || d.Amount.Sign() < 0 || percent.Sign() < 0 || less(hundred, percent) {
		return errors.New("no such discount")
	}
	return nil
}

// discount takes a discount of the basket off its lines.
func (p *pricing) discount(d basket.Discount) (basket.ResultDiscount, error) {
	echo := basket.ResultDiscount{ID: d.ID, Reason: d.Reason, Code: d.Code, Spread: d.Spread, Shares: make([]int64, len(p.lines))}
	if err := fit(d); err != nil {
		return echo, err
	}
	eligible, err := p.eligible(d)
	if err != nil {
		return echo, err
	}
	if d.Spread == basket.FixedClass {
		rate, err := p.place.Rate(d.Class)
		if err != nil {
			return echo, err
		}
		echo.Class = rate.Class()
	}
	// Prices that include tax, and prices that do not.
	kinds := [2][]int{}
	found := false
	for i, l := range p.lines {
		found = found || eligible(l) && l.given.Sign() >= 0
		switch {
		case !eligible(l) || l.given.Sign() <= 0:
		case l.gross:
			kinds[0] = append(kinds[0], i)
		default:
			kinds[1] = append(kinds[1], i)
		}
	}
	amount := d.Amount.Sign() != 0
	if !amount {
		echo.Percent = text(d.Percent)
	}
	units, err := p.amount(d.Amount)
	switch {
	case err != nil:
		return echo, err
	case !d.Optional && !found:
		return echo, errors.New("no line to reduce")
	case !d.Optional && amount && len(kinds[0])+len(kinds[1]) == 0:
		return echo, errors.New("no price to reduce")
	case amount && len(kinds[0]) > 0 && len(kinds[1]) > 0:
		return echo, errors.New("an amount off prices with and without tax")
	}
	for _, kind := range kinds {
		if len(kind) == 0 {
			continue
		}
		var givens []*big.Rat
		for _, i := range kind {
			givens = append(givens, p.lines[i].given)
		}
		off := units
		if !amount {
			off = p.round(over(times(sum(givens), proof.Exact(d.Percent)), hundred))
		}
		if less(sum(givens), off) {
			return echo, errors.New("discount larger than the lines")
		}
		echo.Amount += minor(off)
		for j, share := range allocate(off, givens) {
			l := &p.lines[kind[j]]
			l.given = minus(l.given, share)
			l.shared = plus(l.shared, share)
			echo.Shares[kind[j]] = minor(share)
		}
	}
	return echo, nil
}

// eligible returns which lines a discount of the basket applies to.
func (p *pricing) eligible(d basket.Discount) (func(line) bool, error) {
	switch d.Spread {
	case basket.FixedClass:
		rate, err := p.place.Rate(d.Class)
		if err != nil {
			return nil, err
		}
		return func(l line) bool { return p.slots[l.slot].rate.Class() == rate.Class() }, nil
	case basket.DominantRate, basket.HighestRate:
		g := p.chosen(d.Spread)
		return func(l line) bool { return p.group(l.slot) == g }, nil
	}
	return func(line) bool { return true }, nil
}

// chosen returns the number of the group of lines with the largest net amount, or with
// the highest rate; among equal ones, the first.
func (p *pricing) chosen(spread basket.Spread) int {
	nets := p.nets(func(l line) int { return p.group(l.slot) }, len(p.groups))
	value := func(g int) *big.Rat {
		if spread == basket.HighestRate {
			return p.height(g)
		}
		return nets[g]
	}
	best := -1
	for g := range p.groups {
		// A group that only has charges is not one of the goods.
		if nets[g] != nil && (best < 0 || less(value(best), value(g))) {
			best = g
		}
	}
	return best
}

// height returns the tax of a group in percent of the net price.
func (p *pricing) height(g int) *big.Rat {
	percent := p.groups[g].percent
	if p.groups[g].ofGross {
		return over(times(percent, hundred), minus(hundred, percent))
	}
	return percent
}

// nets returns the sums of the net amounts of lines, by the number that of returns for
// each; nil for a number without lines.
func (p *pricing) nets(of func(line) int, n int) []*big.Rat {
	list := make([]*big.Rat, n)
	for _, l := range p.lines {
		i := of(l)
		if list[i] == nil {
			list[i] = zero
		}
		list[i] = plus(list[i], p.lineNet(l))
	}
	return list
}

// charge divides a charge among rates.
func (p *pricing) charge(i int, c basket.Charge) (basket.ResultCharge, error) {
	echo := basket.ResultCharge{ID: c.ID, Reason: c.Reason, Code: c.Code, Allowance: c.Allowance, IncludesTax: c.IncludesTax, Spread: c.Spread}
	if c.ID == "" {
		echo.ID = fmt.Sprintf("charge-%d", i+1)
	}
	amount, err := p.amount(c.Amount)
	if err != nil {
		return echo, err
	}
	if c.Percent.Sign() != 0 || c.Allowance && amount.Sign() < 0 {
		return echo, errors.New("no such charge")
	}
	if c.Allowance {
		amount, c.Amount = minus(zero, amount), c.Amount.Neg()
	}
	if t := c.Tax; t != nil && (t.Base != basket.TaxBase{} || len(t.ClassByPrice) > 0) {
		return echo, errors.New("a base of a charge")
	}
	echo.Amount = minor(amount)
	if c.Spread != basket.FixedClass && c.Tax != nil {
		return echo, errors.New("a tax of a charge that follows the goods")
	}
	part := func(slot int, given *big.Rat) {
		p.parts = append(p.parts, position{slot: slot, gross: c.IncludesTax, given: given})
		echo.Parts = append(echo.Parts, basket.ChargePart{Rate: slot})
	}
	if c.Spread == basket.FixedClass {
		s, err := p.use(c.Class, c.Assertion, c.Tax)
		if err != nil {
			return echo, err
		}
		l := basket.Line{Price: c.Amount, IncludesTax: c.IncludesTax, Tax: c.Tax}
		if echo.Listed, err = p.converted(&l, s); err != nil {
			return echo, err
		}
		amount = p.units(l.Price)
		echo.Amount = minor(amount)
		part(s, amount)
		return echo, nil
	}
	if c.Assertion != (tax.Assertion{}) {
		return echo, errors.New("an assertion of a charge that follows the goods")
	}
	if len(p.lines) == 0 {
		return echo, errors.New("a charge that follows the goods, and no goods")
	}
	nets := p.nets(func(l line) int { return p.slots[l.slot].row }, len(p.rows))
	if c.Spread != basket.ProRata {
		g, best := p.chosen(c.Spread), -1
		for r, net := range nets {
			if net != nil && p.rows[r].group == g && (best < 0 || less(nets[best], net)) {
				best = r
			}
		}
		part(p.rows[best].slot, amount)
		return echo, nil
	}
	// Rows whose goods are taken back get nothing.
	weights := make([]*big.Rat, len(nets))
	for r, net := range nets {
		weights[r] = zero
		if net != nil && net.Sign() > 0 {
			weights[r] = net
		}
	}
	if amount.Sign() == 0 || sum(weights).Sign() == 0 {
		part(p.rows[0].slot, amount)
		return echo, nil
	}
	for r, share := range allocate(amount, weights) {
		if share.Sign() != 0 {
			part(p.rows[r].slot, share)
		}
	}
	return echo, nil
}
