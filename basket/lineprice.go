package basket

import (
	"fmt"
	"math"
	"math/big"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// isPlain reports whether the price of a line is just a price: nothing is converted or
// taken off each unit before it is multiplied by the quantity.
func (l *Line) isPlain(s *slot) bool {
	return (l.Tax == nil || !l.Tax.isOfList()) && !s.differs && !l.reducesUnit()
}

// reducesUnit reports whether discounts are taken off each unit.
func (l *Line) reducesUnit() bool { return len(l.Discounts) > 0 && l.Discounts[0].EachUnit }

// subtotal returns price times quantity of a line, with the tax of its slot if the price
// includes tax, and less the discounts of each unit.
func (p *Priced) subtotal(l *Line, s *slot) (int64, *fault) {
	if l.isPlain(s) {
		return p.policy.subtotal(l)
	}
	return p.rareSubtotal(l, s)
}

// rareSubtotal is subtotal for a price that is not just a price. It has the copy of the line,
// which would make subtotal slow for all others.
func (p *Priced) rareSubtotal(l *Line, s *slot) (int64, *fault) {
	changed := *l
	if f := p.convertLine(&changed, s); f != nil {
		return 0, f
	}
	if f := p.policy.reduceUnit(&changed, nil); f != nil {
		return 0, f
	}
	return p.policy.subtotal(&changed)
}

// reduceUnit takes the discounts of each unit off the price of a line. It appends their
// amounts to offs, if that is not nil.
func (p *Policy) reduceUnit(l *Line, offs *[]int64) *fault {
	for i := range l.Discounts {
		d := &l.Discounts[i]
		if !d.EachUnit {
			break
		}
		if l.PriceIsTotal || l.Per.Sign() != 0 {
			return &fault{fmt.Sprintf("discounts[%d].eachUnit", i), "true", "not allowed without the price of one unit: take it off the line"}
		}
		price, f := p.price(l)
		if f != nil {
			return f
		}
		off, percent, f := p.own(d)
		minor, whole := p.whole(price)
		switch {
		case f != nil:
		case whole:
			off, f = p.takenOff(d, off, percent, minor)
			l.Price, l.PriceMinor = decimal.Decimal{}, minor-off
		default:
			off, f = p.unitDiscount(d, off, percent, price)
			l.Price, l.PriceMinor = price.Sub(exact.Decimal(off, p.Rounding.Scale())), 0
		}
		if f != nil {
			f.field = fmt.Sprintf("discounts[%d].%s", i, f.field)
			return f
		}
		if offs != nil {
			*offs = append(*offs, off)
		}
	}
	return nil
}

// whole returns a price in minor units, if it is a whole number of them in 64 bits.
func (p *Policy) whole(price decimal.Decimal) (int64, bool) {
	c, ok := exact.Small(price)
	shift := int(price.Exponent() + p.Rounding.Scale())
	if !ok || shift < 0 {
		return 0, false
	}
	return exact.Shifted(c, shift)
}

// unitDiscount returns the amount that a discount takes off the price of one unit that has
// more decimals than the currency, in minor units. off is the amount of the discount.
func (p *Policy) unitDiscount(d *Discount, off int64, percent bool, price decimal.Decimal) (int64, *fault) {
	if percent {
		var ok bool
		if off, ok = p.percentOf(price, d.Percent); !ok {
			return 0, &fault{"percent", exact.Describe(d.Percent), beyondMinor}
		}
		if p.RoundReduced {
			if minor, f := p.minor("price", price); f == nil {
				off, _ = p.portionOff(minor, d.Percent)
			}
		}
	} else if price.Sign() < 0 {
		off = -off
	}
	// A percentage that is rounded up can take off more than a price of less than a unit.
	if reduced := price.Sub(exact.Decimal(off, p.Rounding.Scale())); reduced.Sign()*price.Sign() < 0 || price.Sign() == 0 && off != 0 {
		if percent {
			return p.cut(price), nil
		}
		return 0, &fault{"amount", exact.Format(d.Amount), "larger than the price of one unit"}
	}
	return off, nil
}

// percentOf returns a percentage of a price with any number of decimals, rounded to minor
// units.
func (p *Policy) percentOf(price, percent decimal.Decimal) (int64, bool) {
	shift := int(price.Exponent() + p.Rounding.Scale())
	if c, ok := exact.Small(price); ok {
		if r := exact.Percent(percent); r.Den != 0 {
			if units, ok := p.mode().Scaled(c, shift, r.Num, r.Den); ok {
				return units, true
			}
		}
	}
	w := exact.WidePercent(percent)
	units := p.mode().WideScaled(price.Coefficient(), shift, w.Num, w.Den)
	return units.Int64(), units.IsInt64()
}

// cut returns the whole minor units of a price that unitDiscount has found to be small.
func (p *Policy) cut(price decimal.Decimal) int64 {
	one := exact.Power(0)
	return exact.Down.WideScaled(price.Coefficient(), int(price.Exponent()+p.Rounding.Scale()), one, one).Int64()
}

// reduced takes a line's own discounts off its price, except those of each unit, and adds
// its charges.
func (p *Policy) reduced(l *Line, given int64) (int64, *fault) {
	units := true
	for d := range l.Discounts {
		if l.Discounts[d].EachUnit && units {
			continue
		}
		units = false
		off, f := p.lineDiscount(&l.Discounts[d], given)
		if f != nil {
			f.field = fmt.Sprintf("discounts[%d].%s", d, f.field)
			return 0, f
		}
		given -= off
	}
	left := given
	back := left < 0 || left == 0 && l.isBack()
	for c := range l.Charges {
		on, f := p.lineCharge(&l.Charges[c], left, back)
		ok := false
		if f == nil {
			if given, ok = exact.Add(given, on); !ok {
				f = &fault{"amount", exact.Describe(l.Charges[c].Amount), beyondMinor}
			}
		}
		if f != nil {
			f.field = fmt.Sprintf("charges[%d].%s", c, f.field)
			return 0, f
		}
	}
	return given, nil
}

// lineCharge returns the amount that a line's own charge adds. A percentage is one of
// what the discounts have left; back says that the line takes goods back.
func (p *Policy) lineCharge(c *Charge, left int64, back bool) (int64, *fault) {
	if c.Spread != ProRata || c.Class != "" || c.Assertion != (tax.Assertion{}) || c.Tax != nil || c.IncludesTax || c.Allowance {
		return 0, &fault{"spread", c.Spread.String(), "a line's own charge is taxed like the line, and includes tax if its price does: make it a charge of the basket"}
	}
	on, percent, f := p.amountOrPercent(c.Amount, c.Percent)
	switch {
	case f != nil:
		return 0, f
	case percent:
		return p.portion(left, c.Percent)
	case back:
		on = -on
	}
	return on, nil
}

// subtotal returns price times quantity, rounded to minor units.
func (p *Policy) subtotal(l *Line) (int64, *fault) {
	quantity, e1, ok1 := l.Count, int32(0), l.Quantity.Sign() == 0
	if quantity == 0 {
		quantity, ok1 = exact.Small(l.Quantity)
		e1 = l.Quantity.Exponent()
	}
	price, e2, ok2 := l.PriceMinor, -p.Rounding.Scale(), l.Price.Sign() == 0
	if price == 0 {
		price, ok2 = exact.Small(l.Price)
		e2 = l.Price.Exponent()
	}
	if ok1 && ok2 && quantity != 0 && !l.PriceIsTotal && uint32(e1+exact.MaxExponent) <= 2*exact.MaxExponent && uint32(e2+exact.MaxExponent) <= 2*exact.MaxExponent {
		if product, ok := exact.Mul(price, quantity); ok {
			shift := int(e1 + e2 + p.Rounding.Scale())
			if l.Per.Sign() != 0 {
				return p.perSubtotal(l, product, shift)
			}
			if shift == 0 {
				return product, nil
			}
			if units, ok := p.mode().Scaled(product, shift, 1, 1); ok {
				return units, nil
			}
		}
	}
	return p.wideSubtotal(l)
}

// wideSubtotal is subtotal for numbers of any size. It also finds the reason to
// refuse a line.
func (p *Policy) wideSubtotal(l *Line) (int64, *fault) {
	quantity, f := l.quantity()
	if f != nil {
		return 0, f
	}
	price, f := p.price(l)
	switch {
	case f != nil:
		return 0, f
	case !exact.Within(l.Per):
		return 0, &fault{"per", exact.Describe(l.Per), exact.Bounds}
	case l.Per.Sign() < 0:
		return 0, &fault{"per", exact.Format(l.Per), "negative: pass the number of units that the price is for"}
	case l.PriceIsTotal && l.Per.Sign() != 0:
		return 0, &fault{"per", exact.Format(l.Per), "given together with a total price: use one of them"}
	case l.PriceIsTotal:
		units, f := p.minor("price", price)
		if f != nil || quantity.Sign() > 0 {
			return units, f
		}
		if units == math.MinInt64 {
			return 0, &fault{"price", exact.Describe(price), beyondMinor}
		}
		return -units, nil
	}
	product := price.Coefficient()
	product.Mul(product, quantity.Coefficient())
	one, per, shift := exact.Power(0), exact.Power(0), price.Exponent()+quantity.Exponent()+p.Rounding.Scale()
	if l.Per.Sign() != 0 {
		per, shift = l.Per.Coefficient(), shift-l.Per.Exponent()
	}
	units := p.mode().WideScaled(product, int(shift), one, per)
	if !units.IsInt64() {
		return 0, &fault{"price", exact.Describe(price), beyondMinor}
	}
	return units.Int64(), nil
}

// perSubtotal returns product * 10^shift by the number of units of a line, rounded.
func (p *Policy) perSubtotal(l *Line, product int64, shift int) (int64, *fault) {
	n, ok := exact.Small(l.Per)
	if e := l.Per.Exponent(); ok && n > 0 && e >= -exact.MaxExponent && e <= exact.MaxExponent {
		if units, ok := p.mode().Scaled(product, shift-int(e), 1, uint64(n)); ok {
			return units, nil
		}
	}
	return p.wideSubtotal(l)
}

// quantity returns the quantity of a line, from Quantity or Count.
func (l *Line) quantity() (decimal.Decimal, *fault) {
	switch {
	case !exact.Within(l.Quantity):
		return l.Quantity, &fault{"quantity", exact.Describe(l.Quantity), exact.Bounds}
	case l.Quantity.Sign() != 0 && l.Count != 0:
		return l.Quantity, &fault{"count", itoa(l.Count), "given together with a quantity: use one of them"}
	case l.Count != 0:
		return decimal.New(l.Count, 0), nil
	case l.Quantity.Sign() == 0:
		return l.Quantity, &fault{"quantity", "0", "there is nothing to price: leave the line out"}
	}
	return l.Quantity, nil
}

// price returns the price of a line, from Price or PriceMinor.
func (p *Policy) price(l *Line) (decimal.Decimal, *fault) {
	switch {
	case !exact.Within(l.Price):
		return l.Price, &fault{"price", exact.Describe(l.Price), exact.Bounds}
	case l.Price.Sign() != 0 && l.PriceMinor != 0:
		return l.Price, &fault{"priceMinor", itoa(l.PriceMinor), "given together with a price: use one of them"}
	case l.PriceMinor != 0:
		return exact.Decimal(l.PriceMinor, p.Rounding.Scale()), nil
	}
	return l.Price, nil
}

// minor converts an amount, which must not have more decimals than the
// currency.
func (p *Policy) minor(field string, d decimal.Decimal) (int64, *fault) {
	units, err := p.Rounding.Minor(d)
	if input, ok := err.(*tax.InputError); ok {
		return 0, &fault{field, input.Value, input.Reason}
	}
	return units, nil
}

// portion returns a percentage of an amount, rounded.
func (p *Policy) portion(amount int64, percent decimal.Decimal) (int64, *fault) {
	r := exact.Percent(percent)
	if r.Den != 0 && r.Num <= r.Den {
		if units, ok := p.mode().MulDiv(amount, r.Num, r.Den); ok {
			return units, nil
		}
	}
	if !exact.Within(percent) {
		return 0, &fault{"percent", exact.Describe(percent), exact.Bounds}
	}
	if percent.Sign() < 0 || percent.GreaterThan(decimal.New(100, 0)) {
		return 0, &fault{"percent", exact.Format(percent), "out of range: 0 to 100"}
	}
	w := exact.WidePercent(percent)
	return p.mode().WideScaled(big.NewInt(amount), 0, w.Num, w.Den).Int64(), nil // no larger than the amount
}
