package basket

import (
	"fmt"
	"slices"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// spreadCharge is a charge with the range of positions that are its parts.
type spreadCharge struct {
	Charge
	amount     int64 // what discounts have left of it
	shared     int64 // what they took off
	listed     ListPrice
	slot       int32 // with FixedClass
	first, end int
}

// readCharges reads the charges, and finds the rates of those that have their own.
func (p *Priced) readCharges() error {
	p.charges = slices.Grow(p.charges, len(p.basket.Charges))
	for i := range p.basket.Charges {
		c := &p.basket.Charges[i]
		amount, f := p.policy.minor("amount", c.Amount)
		if f == nil {
			f = c.fault(p.goods)
		}
		if f != nil {
			return f.at("charges", i)
		}
		if c.Allowance {
			amount = -amount
		}
		spread := spreadCharge{Charge: *c, amount: amount}
		if c.Spread == FixedClass {
			slot, err := p.rates.slot(&p.place, c.Class, &c.Assertion, c.Tax)
			if err != nil {
				return rateError("charges", i, err)
			}
			spread.slot = slot
			if spread.amount, spread.listed, f = p.convertedCharge(c, &p.rates.slots[slot], amount); f != nil {
				return f.at("charges", i)
			}
		}
		p.charges = append(p.charges, spread)
	}
	return nil
}

// spreadCharges adds the parts of the charges to the positions.
func (p *Priced) spreadCharges() error {
	if len(p.charges) == 0 {
		return nil
	}
	nets, err := p.rowNets() // charges are spread over the rows of the lines, not those of other charges
	if err != nil {
		return err
	}
	most := 0 // parts of all charges
	for i := range p.charges {
		if most++; p.charges[i].Spread == ProRata {
			most += len(nets)
		}
	}
	p.positions = slices.Grow(p.positions, most)
	for i := range p.charges {
		c := &p.charges[i]
		for n := range p.coupons {
			if off := p.coupons[n].off; off != nil {
				c.shared += off[i]
			}
		}
		c.first = len(p.positions)
		add := func(slot int32, given int64) {
			p.positions = append(p.positions, position{given: given, slot: slot, gross: c.IncludesTax})
		}
		switch c.Spread {
		case FixedClass:
			add(c.slot, c.amount)
		case ProRata:
			parts, ok := proRata(c.amount, nets)
			if !ok {
				return tooLarge(fmt.Sprintf("charges[%d].amount", i))
			}
			for row, part := range parts {
				if part != 0 {
					add(p.rates.rows[row].slot, part)
				}
			}
			if c.amount == 0 {
				add(p.rates.rows[0].slot, 0)
			}
		default:
			_, row := p.rates.leading(c.Spread, nets)
			add(p.rates.rows[row].slot, c.amount)
		}
		c.end = len(p.positions)
	}
	return nil
}

// fault returns the reason that a charge cannot be spread over the rows of the
// goods.
func (c *Charge) fault(rows int) *fault {
	switch {
	case int(c.Spread) >= len(spreadNames):
		return &fault{"spread", c.Spread.String(), noSuchSpread}
	case c.Percent.Sign() != 0 || !exact.Within(c.Percent):
		return &fault{"percent", exact.Describe(c.Percent), "only a line's own charge can be a percentage: pass the amount"}
	case c.Allowance && c.Amount.Sign() < 0:
		return &fault{"amount", exact.Format(c.Amount), "negative: an allowance takes its amount off"}
	case c.Spread == FixedClass && c.Tax != nil && (!c.Tax.Base.isZero() || c.Tax.SellerBears || len(c.Tax.ClassByPrice) > 0):
		return &fault{"tax", "", "only a line has a base, a class by its price, or a tax that the seller bears"}
	case c.Spread == FixedClass:
		return nil
	case c.Class != "":
		return &fault{"class", c.Class, onlyFixedClass}
	case c.Assertion != (tax.Assertion{}):
		return &fault{"assertion", c.Assertion.Treatment.String(), "only FixedClass has an assertion: other charges have the treatments of the goods"}
	case c.Tax != nil:
		return &fault{"tax", "", "only FixedClass has a tax of its own: other charges are taxed like the goods"}
	case rows == 0:
		return &fault{"spread", c.Spread.String(), "there are no lines to spread it over: use FixedClass"}
	}
	return nil
}

// convertedCharge returns the amount of a charge that includes the tax charged, and what
// it was before; the zero ListPrice if it stays as it is.
func (p *Priced) convertedCharge(c *Charge, s *slot, amount int64) (int64, ListPrice, *fault) {
	included, differs, f := p.included(c.IncludesTax, c.Tax, s)
	if f != nil || !differs {
		return amount, ListPrice{}, f
	}
	price := c.Amount
	if c.Allowance {
		price = price.Neg()
	}
	units, ok := p.policy.convert(price, p.rates.groups[s.group].rate(), included)
	if !ok {
		return 0, ListPrice{}, &fault{"amount", exact.Describe(c.Amount), beyondMinor}
	}
	return units, ListPrice{exact.Format(price), exact.Format(exact.Trim(included.percent)), included.ofGross}, nil
}

// proRata divides an amount in proportion to the net amounts of rows. A net
// amount that is not positive counts as 0; if all are, the first row gets the
// whole amount.
func proRata(amount int64, nets []int64) ([]int64, bool) {
	weights := make([]int64, len(nets))
	value := false
	for i, net := range nets {
		weights[i] = max(net, 0)
		value = value || net > 0
	}
	if !value {
		weights[0] = 1
	}
	return exact.Apportion(amount, weights)
}
