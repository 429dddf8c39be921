package basketmodel

import (
	"errors"
	"math/big"

	"github.com/taxresolve/tax/basket"
)

// tax computes the tax of every position.
func (p *pricing) tax() error {
	if !p.policy.EachComponent {
		return p.taxTogether()
	}
	// Every component is a tax of its own.
	most := 1
	for _, s := range p.slots {
		most = max(most, len(s.charged))
	}
	var taxes [][]*big.Rat // by component and position
	for p.component = 1; p.component <= most; p.component++ {
		if err := p.taxTogether(); err != nil {
			return err
		}
		var list []*big.Rat
		for _, x := range p.positions() {
			list = append(list, x.tax)
		}
		taxes = append(taxes, list)
	}
	p.component = 0
	if err := p.taxTogether(); err != nil {
		return err
	}
	for i, x := range p.positions() {
		x.tax, x.parts = zero, nil
		for _, list := range taxes {
			x.tax, x.parts = plus(x.tax, list[i]), append(x.parts, list[i])
		}
	}
	return nil
}

// taxTogether computes the tax of every position, of all components or of one of them.
func (p *pricing) taxTogether() error {
	all := p.positions()
	for _, x := range all {
		x.taxed = x.given
	}
	for i := range p.lines {
		l := &p.lines[i]
		l.taxed = p.base(l.asked, l.given)
	}
	for _, x := range all {
		x.exact = p.exactTax(x.slot, x.gross, x.taxed)
		x.tax = p.lineTax(x.slot, x.gross, x.taxed)
		if step := p.policy.TaxStep; step > 1 {
			x.tax = times(p.round(over(x.exact, whole(step))), whole(step))
		}
	}
	groups := make([][]*position, len(p.groups))
	for _, x := range all {
		groups[p.group(x.slot)] = append(groups[p.group(x.slot)], x)
	}
	switch p.policy.Level {
	case basket.ByUnit:
		for i, l := range p.lines {
			if l.asked.PriceIsTotal || l.asked.Per.Sign() != 0 || l.asked.Tax != nil && (l.asked.Tax.Base != basket.TaxBase{}) || l.given.Cmp(l.subtotal) != 0 {
				continue // there is no price of a unit
			}
			if !l.quantity.IsInt() || l.gross && p.policy.Rounding.NetFirst() && !l.price.IsInt() {
				return errors.New("no whole units, or no net price of a unit")
			}
			p.lines[i].tax = times(l.quantity, p.lineTax(l.slot, l.gross, l.price))
		}
	case basket.ByRate:
		for _, members := range groups {
			p.divide(p.groupTax(members), members)
		}
	case basket.ByRunningTotal:
		for _, members := range groups {
			for i, x := range members {
				x.tax = minus(p.taxUpTo(members[:i+1], x), p.taxUpTo(members[:i], x))
			}
		}
	case basket.ByDocument:
		var taxes []*big.Rat
		for _, members := range groups {
			taxes = append(taxes, exactOf(members))
		}
		for g, t := range settle(p.round(sum(taxes)), taxes) {
			p.divide(t, groups[g])
		}
	}
	return nil
}

// taxUpTo returns the rounded tax of the first of some positions, as far as their prices are
// of the kind of a given one.
func (p *pricing) taxUpTo(members []*position, kind *position) *big.Rat {
	taxed := zero
	for _, x := range members {
		if x.gross == kind.gross {
			taxed = plus(taxed, x.taxed)
		}
	}
	return p.lineTax(kind.slot, kind.gross, taxed)
}

// groupTax returns the tax of everything at one rate.
func (p *pricing) groupTax(members []*position) *big.Rat {
	exact, gross := exactOf(members), zero
	for _, x := range members {
		if !x.gross {
			return p.round(exact)
		}
		gross = plus(gross, x.taxed)
	}
	if p.policy.Rounding.NetFirst() {
		return minus(gross, p.round(minus(gross, exact)))
	}
	return p.round(exact)
}

// divide divides the tax of a group among its positions: first between those whose
// prices include tax and those whose prices do not, then within each of the two.
func (p *pricing) divide(total *big.Rat, members []*position) {
	var kinds [][]*position
	for _, x := range members {
		k := indexOf(kinds, func(kind []*position) bool { return kind[0].gross == x.gross })
		if k == len(kinds) {
			kinds = append(kinds, nil)
		}
		kinds[k] = append(kinds[k], x)
	}
	var ofKinds []*big.Rat
	for _, kind := range kinds {
		ofKinds = append(ofKinds, exactOf(kind))
	}
	for k, t := range settle(total, ofKinds) {
		var ofPositions []*big.Rat
		for _, x := range kinds[k] {
			ofPositions = append(ofPositions, x.exact)
		}
		for i, part := range settle(t, ofPositions) {
			kinds[k][i].tax = part
		}
	}
}

// exactOf returns the tax of positions, not rounded.
func exactOf(members []*position) *big.Rat {
	total := zero
	for _, x := range members {
		total = plus(total, x.exact)
	}
	return total
}
