package basket

import (
	"math/big"

	"github.com/taxresolve/tax"
)

// unitDiscounts checks the discounts of each unit of a line. It returns the price less
// these discounts.
func (v *audit) unitDiscounts(l *ResultLine, price number, i int) number {
	for n := range l.Discounts {
		d := &l.Discounts[n]
		if !d.EachUnit {
			break
		}
		if l.PriceIsTotal || l.Per != "" {
			v.unreadable("lines[%d].discounts[%d].eachUnit", i, n)
			break
		}
		units := v.minor(price)
		whole := new(big.Int).Quo(units.num, units.den)
		off := big.NewInt(d.Amount)
		if d.Percent != "" {
			percent, ok := readPortion(d.Percent)
			if !ok {
				v.unreadable("lines[%d].discounts[%d].percent", i, n)
				break
			}
			off = units.product(percent.fraction(-2)).rounded(v.sale.Policy.Rounding.Mode())
			if price.scale <= int(v.sale.Policy.Rounding.Scale()) {
				off = v.portionOff(percent, whole)
			}
			off = within(off, whole)
			v.expect(LawPrice, off, d.Amount, "lines[%d].discounts[%d].amount", i, n)
		} else if most := within(off, whole); most.Cmp(off) != 0 {
			v.expectBig(LawPrice, most, off, "lines[%d].discounts[%d].amount", i, n)
			off = most
		}
		price = price.plus(number{new(big.Int).Neg(off), int(v.sale.Policy.Rounding.Scale())})
	}
	return price
}

// unitPrice returns the price of a unit less the discounts of each unit, as they are in the
// result.
func (v *audit) unitPrice(l *ResultLine, price number) number {
	for _, d := range l.Discounts {
		if d.EachUnit {
			price = price.plus(number{big.NewInt(-d.Amount), int(v.sale.Policy.Rounding.Scale())})
		}
	}
	return price
}

// lineDiscounts takes the right amounts of the other discounts of a line off it.
func (v *audit) lineDiscounts(l *ResultLine, left *big.Int, i int) *big.Int {
	units := true
	for n := range l.Discounts {
		d := &l.Discounts[n]
		if d.EachUnit {
			if !units {
				v.unreadable("lines[%d].discounts[%d].eachUnit", i, n)
			}
			continue
		}
		units = false
		off := big.NewInt(d.Amount)
		if d.Percent != "" {
			if percent, ok := readPortion(d.Percent); ok {
				off = v.portionOff(percent, left)
			} else {
				v.unreadable("lines[%d].discounts[%d].percent", i, n)
			}
			v.expect(LawPrice, off, d.Amount, "lines[%d].discounts[%d].amount", i, n)
		} else if most := within(off, left); most.Cmp(off) != 0 {
			v.expectBig(LawPrice, most, off, "lines[%d].discounts[%d].amount", i, n)
			off = most
		}
		left = new(big.Int).Sub(left, off)
	}
	return left
}

// lineCharges adds the right amounts of the charges of a line to it. They have the sign of
// the line.
func (v *audit) lineCharges(l *ResultLine, left *big.Int, i int) *big.Int {
	sum, back := left, v.isBack(l, left)
	for n := range l.Charges {
		c := &l.Charges[n]
		on := big.NewInt(c.Amount)
		if c.Percent != "" {
			if percent, ok := readPortion(c.Percent); ok {
				on = v.portion(percent, left)
			} else {
				v.unreadable("lines[%d].charges[%d].percent", i, n)
			}
			v.expect(LawPrice, on, c.Amount, "lines[%d].charges[%d].amount", i, n)
		} else if on.Sign() < 0 != back && on.Sign() != 0 {
			v.expectBig(LawPrice, new(big.Int), on, "lines[%d].charges[%d].amount", i, n)
			on = new(big.Int)
		}
		sum = new(big.Int).Add(sum, on)
	}
	return sum
}

// isBack reports whether a line of some price takes goods back.
func (v *audit) isBack(l *ResultLine, price *big.Int) bool {
	if price.Sign() != 0 {
		return price.Sign() < 0
	}
	quantity, ok := readNumber(l.Quantity)
	return ok && quantity.cmp(0) < 0
}

// classByPrice checks that the rule of a line chose the class of its rate. price is what
// the line costs after its own discounts and charges.
func (v *audit) classByPrice(l *ResultLine, price *big.Int, i int) {
	quantity, ok := readNumber(l.Quantity)
	if len(l.ClassByPrice) == 0 || !ok {
		return
	}
	if l.Listed != (ListPrice{}) {
		return // the rule looked at the price that was listed
	}
	for n, step := range l.ClassByPrice {
		last := n == len(l.ClassByPrice)-1
		upTo, ok := readNumber(step.UpTo)
		if ok == last || ok && upTo.cmp(0) == 0 {
			v.unreadable("lines[%d].classByPrice[%d].upTo", i, n)
			return
		}
		paid := fraction{new(big.Int).Abs(price), bigOne}
		if last || paid.cmp(v.limit(upTo, quantity)) <= 0 {
			if e := v.sale.Rates[l.Rate]; step.Class != e.Class && step.Class != e.Input.Class {
				v.expectCount(LawPrice, 1, 0, "lines[%d].classByPrice[%d].class", i, n)
			}
			return
		}
	}
}

// limit returns the price of a quantity at a price of each, in minor units.
func (v *audit) limit(price, quantity number) fraction {
	f := fraction{new(big.Int).Abs(quantity.coefficient), bigOne}.shifted(-quantity.scale)
	return f.times(price.coefficient).shifted(int(v.sale.Policy.Rounding.Scale()) - price.scale)
}

// base returns the amount of an item that is taxed.
func (v *audit) base(it *item) *big.Int {
	if it.charge >= 0 {
		return it.given
	}
	l := &v.sale.Lines[it.part]
	rule := l.Base
	if rule.Taxed = 0; rule == (ResultBase{}) {
		return it.given
	}
	size := new(big.Int).Abs(it.given)
	amount := func(text string) *big.Int {
		n, ok := readNumber(text)
		if !ok || n.cmp(0) < 0 || n.scale > int(v.sale.Policy.Rounding.Scale()) {
			return nil
		}
		return v.minor(n).rounded(tax.Down)
	}
	switch {
	case rule.Less != "":
		if off := amount(rule.Less); off != nil {
			size = new(big.Int).Sub(size, within(off, size))
		}
	case rule.LessPercent != "":
		if percent, ok := readPortion(rule.LessPercent); ok {
			size = new(big.Int).Sub(size, v.portion(percent, size))
		}
	case rule.UpTo != "":
		if most := amount(rule.UpTo); most != nil {
			size = within(size, most)
		}
	default:
		if of := amount(rule.Amount); of != nil {
			size = of
		}
	}
	if v.isBack(l, it.given) {
		return size.Neg(new(big.Int).Set(size))
	}
	return size
}

// bases checks what the bases of the lines came to.
func (v *audit) bases() {
	for i := range v.sale.Lines {
		l := &v.sale.Lines[i]
		if l.Base == (ResultBase{}) {
			continue
		}
		set := 0
		for _, text := range []string{l.Base.Less, l.Base.LessPercent, l.Base.UpTo, l.Base.Amount} {
			if n, ok := readNumber(text); text != "" && (!ok || n.cmp(0) <= 0) {
				v.unreadable("lines[%d].base", i)
			} else if text != "" {
				set++
			}
		}
		if set != 1 || l.Base.Amount != "" && l.IncludesTax {
			v.unreadable("lines[%d].base", i)
			continue
		}
		v.expect(LawTax, v.base(&v.items[i]), l.Base.Taxed, "lines[%d].base.taxed", i)
	}
}

// exemptions checks that exempt components are not charged.
func (v *audit) exemptions() {
	for n := range v.sale.Exemptions {
		e := &v.sale.Exemptions[n]
		if uint(e.Rate) >= uint(len(v.sale.Rates)) || e.isZero() {
			v.unreadable("exemptions[%d]", n)
			continue
		}
		rate := &v.sale.Rates[e.Rate]
		if len(e.Components) == 0 && rate.Treatment == tax.Taxable {
			v.expectCount(LawTreatments, 0, 1, "exemptions[%d]", n)
		}
		for k, code := range e.Components {
			for _, c := range rate.Components {
				if c.Code == code {
					v.expectCount(LawComponents, 0, 1, "exemptions[%d].components[%d]", n, k)
				}
			}
		}
	}
}
