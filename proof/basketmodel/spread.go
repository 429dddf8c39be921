package basketmodel

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

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

// reduced is a line or a charge that a discount reduces.
type reduced struct {
	id    string
	gross bool
	given *big.Rat
	slot  int   // -1 for a charge that is taxed like the goods
	line  *line // nil for a charge
}

// reducibles returns the lines, then the charges.
func (p *pricing) reducibles() []*reduced {
	var list []*reduced
	for i := range p.lines {
		l := &p.lines[i]
		list = append(list, &reduced{l.id, l.gross, l.given, l.slot, l})
	}
	for _, c := range p.charges {
		list = append(list, &reduced{c.echo.ID, c.echo.IncludesTax, c.amount, c.slot, nil})
	}
	return list
}

// discount takes a discount of the basket off its lines and charges.
func (p *pricing) discount(d basket.Discount) (basket.ResultDiscount, error) {
	echo := basket.ResultDiscount{
		ID: d.ID, Reason: d.Reason, Code: d.Code, Spread: d.Spread, Shares: make([]int64, len(p.lines)),
		Only: d.Only, Except: d.Except, Charges: d.Charges, AmountTax: d.AmountTax, AtMost: d.AtMost, AfterTax: d.AfterTax,
	}
	amount := d.Amount.Sign() != 0
	if !amount {
		echo.Percent = text(d.Percent)
	}
	units, err := p.amount(d.Amount)
	switch {
	case err != nil:
		return echo, err
	case fit(d) != nil, d.EachUnit, len(d.Only) > 0 && len(d.Except) > 0:
		return echo, errors.New("no such discount")
	case !amount && (d.AtMost || d.AmountTax != basket.AsPriced):
		return echo, errors.New("what only an amount has")
	case d.Spread != basket.ProRata && d.Charges:
		return echo, errors.New("charges of a rate")
	case d.AfterTax && (d.Spread != basket.ProRata || d.Charges || len(d.Only)+len(d.Except) > 0 || d.AmountTax != basket.AsPriced || d.Optional):
		return echo, errors.New("after tax, for a part")
	case d.AfterTax:
		return echo, nil
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
	all := p.reducibles()
	for _, id := range slices.Concat(d.Only, d.Except) {
		if !slices.ContainsFunc(all, func(r *reduced) bool { return r.id == id }) {
			return echo, errors.New("no such line")
		}
	}
	var chosen []int
	for i, r := range all {
		in := r.line != nil || d.Charges
		if len(d.Only) > 0 {
			in = slices.Contains(d.Only, r.id)
		}
		in = in && !slices.Contains(d.Except, r.id) && r.given.Sign() >= 0
		switch {
		case in && r.line == nil && d.Spread != basket.ProRata:
			return echo, errors.New("charges of a rate")
		case in && (r.line == nil || eligible(*r.line)):
			chosen = append(chosen, i)
		}
	}
	if len(chosen) == 0 && !d.Optional {
		return echo, errors.New("nothing to reduce")
	}
	offs, err := p.offs(d, units, all, chosen, &echo)
	if err != nil {
		return echo, err
	}
	var ofCharges []int64
	for i, r := range all {
		off := zero
		if k := slices.Index(chosen, i); k >= 0 {
			off = offs[k]
		}
		echo.Amount += minor(off)
		if r.line != nil {
			r.line.given, r.line.shared = minus(r.given, off), plus(r.line.shared, off)
			echo.Shares[i] = minor(off)
			continue
		}
		c := p.charges[i-len(p.lines)]
		c.amount, c.shared = minus(r.given, off), plus(c.shared, off)
		ofCharges = append(ofCharges, minor(off))
	}
	if slices.ContainsFunc(chosen, func(i int) bool { return all[i].line == nil }) {
		echo.OfCharges = ofCharges
	}
	return echo, nil
}

// offs returns what a discount takes off each of the chosen.
func (p *pricing) offs(d basket.Discount, units *big.Rat, all []*reduced, chosen []int, echo *basket.ResultDiscount) ([]*big.Rat, error) {
	offs := make([]*big.Rat, len(chosen))
	for k := range offs {
		offs[k] = zero
	}
	if d.Amount.Sign() == 0 {
		for _, gross := range []bool{true, false} {
			var prices []*big.Rat
			for _, i := range chosen {
				price := zero
				if all[i].gross == gross {
					price = all[i].given
				}
				prices = append(prices, price)
			}
			if sum(prices).Sign() == 0 {
				continue
			}
			for k, part := range allocate(p.percentOff(sum(prices), proof.Exact(d.Percent)), prices) {
				offs[k] = plus(offs[k], part)
			}
		}
		return offs, nil
	}
	// An amount is divided by what the prices are in its kind.
	kind := func(r *reduced) bool { return r.gross }
	switch d.AmountTax {
	case basket.WithTax:
		kind = func(*reduced) bool { return true }
	case basket.WithoutTax:
		kind = func(*reduced) bool { return false }
	}
	prices, kinds := []*big.Rat{}, map[bool]bool{}
	for _, i := range chosen {
		r := all[i]
		price, err := p.inKind(r, r.given, r.gross, kind(r))
		if err != nil {
			return nil, err
		}
		prices = append(prices, price)
		if price.Sign() != 0 {
			kinds[kind(r)] = true
		}
	}
	off, most := units, sum(prices)
	switch {
	case len(kinds) == 2:
		return nil, errors.New("an amount off prices with and without tax")
	case d.AtMost && less(most, units):
		off = most
	case most.Sign() == 0 && d.Optional:
		off = zero
	case less(most, units):
		return nil, errors.New("discount larger than the lines")
	}
	if d.AtMost {
		echo.Left = minor(minus(units, off))
	}
	if d.AtMost || d.AmountTax != basket.AsPriced {
		echo.Stated = minor(units)
	}
	if d.AmountTax != basket.AsPriced && !d.AtMost && off.Sign() == 0 {
		echo.Stated = 0
	}
	if off.Sign() == 0 {
		return offs, nil
	}
	if d.AmountTax != basket.AsPriced {
		echo.Parts = make([]int64, len(all))
	}
	for k, part := range allocate(off, prices) {
		r := all[chosen[k]]
		if echo.Parts != nil {
			echo.Parts[chosen[k]] = minor(part)
		}
		switch {
		case part.Sign() == 0:
		case part.Cmp(prices[k]) == 0:
			offs[k] = r.given
		default:
			share, err := p.inKind(r, part, kind(r), r.gross)
			if err != nil {
				return nil, err
			}
			if less(r.given, share) {
				share = r.given
			}
			offs[k] = share
		}
	}
	return offs, nil
}

// percentOff returns the amount that a percentage takes off a price.
func (p *pricing) percentOff(price, percent *big.Rat) *big.Rat {
	if p.policy.RoundReduced {
		return minus(price, p.round(over(times(price, minus(hundred, percent)), hundred)))
	}
	return p.round(over(times(price, percent), hundred))
}

// inKind returns an amount that includes tax or not as one that does or does not.
func (p *pricing) inKind(r *reduced, amount *big.Rat, from, to bool) (*big.Rat, error) {
	switch {
	case from == to:
		return amount, nil
	case r.slot < 0:
		return nil, errors.New("a charge without a rate of its own")
	case to:
		return plus(amount, p.round(p.exactTax(r.slot, false, amount))), nil
	}
	return minus(amount, p.round(p.exactTax(r.slot, true, amount))), nil
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

// asked is a charge while discounts reduce it.
type asked struct {
	echo           basket.ResultCharge
	slot           int // with a class of its own; otherwise -1
	amount, shared *big.Rat
}

// charge reads a charge.
func (p *pricing) charge(i int, c basket.Charge) error {
	echo := basket.ResultCharge{ID: c.ID, Reason: c.Reason, Code: c.Code, Allowance: c.Allowance, IncludesTax: c.IncludesTax, Spread: c.Spread}
	if c.ID == "" {
		echo.ID = fmt.Sprintf("charge-%d", i+1)
	}
	amount, err := p.amount(c.Amount)
	switch t := c.Tax; {
	case err != nil:
		return err
	case c.Percent.Sign() != 0 || c.Allowance && amount.Sign() < 0:
		return errors.New("no such charge")
	case t != nil && (t.Base != basket.TaxBase{} || len(t.ClassByPrice) > 0 || t.SellerBears):
		return errors.New("a base of a charge")
	case c.Spread != basket.FixedClass && (t != nil || c.Assertion != (tax.Assertion{})):
		return errors.New("a tax of a charge that follows the goods")
	case c.Spread != basket.FixedClass && len(p.lines) == 0:
		return errors.New("a charge that follows the goods, and no goods")
	}
	if c.Allowance {
		amount, c.Amount = minus(zero, amount), c.Amount.Neg()
	}
	s := -1
	if c.Spread == basket.FixedClass {
		if s, err = p.use(c.Class, c.Assertion, c.Tax); err != nil {
			return err
		}
		l := basket.Line{Price: c.Amount, IncludesTax: c.IncludesTax, Tax: c.Tax}
		if echo.Listed, err = p.converted(&l, s); err != nil {
			return err
		}
		amount = p.units(l.Price)
	}
	p.charges = append(p.charges, &asked{echo, s, amount, zero})
	return nil
}

// divideCharge divides a charge among rates.
func (p *pricing) divideCharge(c *asked) {
	c.echo.Amount, c.echo.Shared = minor(c.amount), minor(c.shared)
	part := func(slot int, given *big.Rat) {
		p.parts = append(p.parts, position{slot: slot, gross: c.echo.IncludesTax, given: given})
		c.echo.Parts = append(c.echo.Parts, basket.ChargePart{Rate: slot})
	}
	if c.slot >= 0 {
		part(c.slot, c.amount)
		return
	}
	nets := p.nets(func(l line) int { return p.slots[l.slot].row }, len(p.rows))
	if c.echo.Spread != basket.ProRata {
		g, best := p.chosen(c.echo.Spread), -1
		for r, net := range nets {
			if net != nil && p.rows[r].group == g && (best < 0 || less(nets[best], net)) {
				best = r
			}
		}
		part(p.rows[best].slot, c.amount)
		return
	}
	// Rows whose goods are taken back get nothing.
	weights := make([]*big.Rat, len(nets))
	for r, net := range nets {
		weights[r] = zero
		if net != nil && net.Sign() > 0 {
			weights[r] = net
		}
	}
	if c.amount.Sign() == 0 || sum(weights).Sign() == 0 {
		part(p.rows[0].slot, c.amount)
		return
	}
	for r, share := range allocate(c.amount, weights) {
		if share.Sign() != 0 {
			part(p.rows[r].slot, share)
		}
	}
}
