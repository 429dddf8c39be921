package basketmodel

import (
	"errors"
	"math/big"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/proof"
)

// markup returns the ratio of a price with a tax to one without.
func markup(percent *big.Rat, ofGross bool) *big.Rat {
	if ofGross {
		return over(hundred, minus(hundred, percent))
	}
	return over(plus(hundred, percent), hundred)
}

// converted replaces the tax that the price of a line includes by the one charged. It
// returns the price before, or nil if it did not change.
func (p *pricing) converted(l *basket.Line, s int) (basket.ListPrice, error) {
	own, err := p.slots[s].place.Rate(p.slots[s].class)
	if err != nil {
		return basket.ListPrice{}, err
	}
	percent, ofGross := proof.Exact(own.Percent()), own.OfGross()
	if t := l.Tax; t != nil {
		other := t.Included != tax.Resolution{}
		switch {
		case !l.IncludesTax && (other || len(t.IncludedComponents) > 0 || t.KeepGross):
			return basket.ListPrice{}, errors.New("no tax is included")
		case other && len(t.IncludedComponents) > 0:
			return basket.ListPrice{}, errors.New("two taxes are included")
		case t.KeepGross:
			return basket.ListPrice{}, nil
		case other:
			percent, ofGross = proof.Exact(t.Included.Percent()), t.Included.OfGross()
		case len(t.IncludedComponents) > 0:
			if ofGross {
				return basket.ListPrice{}, errors.New("components of the gross price")
			}
			percent = zero
			for _, code := range t.IncludedComponents {
				found := false
				for _, part := range proof.Shares(own.Components()) {
					if part.Code == code && !found {
						percent, found = plus(percent, part.Share), true
					}
				}
				if !found {
					return basket.ListPrice{}, errors.New("no such component")
				}
			}
		}
	}
	g := p.groups[p.group(s)]
	from, to := markup(percent, ofGross), markup(g.percent, g.ofGross)
	if !l.IncludesTax || from.Cmp(to) == 0 {
		return basket.ListPrice{}, nil
	}
	listed := basket.ListPrice{Price: text(l.Price), Percent: shortest(percent), OfGross: ofGross}
	units := p.round(over(times(p.units(l.Price), to), from))
	l.Price = decimal.NewFromBigInt(units.Num(), -p.policy.Rounding.Scale())
	return listed, nil
}
