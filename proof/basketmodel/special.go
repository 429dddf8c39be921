package basketmodel

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/proof"
)

// exempt returns the components of a rate without those of an exemption.
func exempt(rate tax.Resolution, e basket.Exemption) ([]tax.Component, error) {
	all := rate.Components()
	if len(e.Components) == 0 {
		if (e.Code != "" || e.Reason != "") && rate.Treatment() == tax.Taxable {
			return nil, errors.New("a reason not to charge what is charged")
		}
		return all, nil
	}
	var left []tax.Component
	for _, c := range all {
		if !slices.Contains(e.Components, c.Code) {
			left = append(left, c)
		}
	}
	for _, code := range e.Components {
		if !slices.ContainsFunc(all, func(c tax.Component) bool { return c.Code == code }) {
			return nil, errors.New("no such component")
		}
	}
	if rate.OfGross() || len(left) == 0 {
		return nil, errors.New("components that cannot be taken away")
	}
	return left, nil
}

// explain returns the explanation of the rate of a slot.
func (s slot) explain() tax.Explanation {
	e := s.rate.Explain()
	if len(s.exemption.Components) == 0 {
		return e
	}
	percent := zero
	for _, part := range proof.Shares(s.charged) {
		percent = plus(percent, part.Share)
	}
	e.Percent, e.Components = shortest(percent), nil
	for _, c := range s.charged {
		e.Components = append(e.Components, tax.ComponentPart{Code: c.Code, Percent: text(c.Percent), Compound: c.Compound})
	}
	return e
}

// shortest returns a number without zeros at the end of its decimals.
func shortest(a *big.Rat) string {
	digits, _ := a.FloatPrec()
	return a.FloatString(digits)
}

// unitPrice takes the discounts of each unit off the price of a line.
func (p *pricing) unitPrice(l basket.Line, price *big.Rat, echo *basket.ResultLine) (*big.Rat, error) {
	for _, d := range l.Discounts {
		if !d.EachUnit {
			break
		}
		if l.PriceIsTotal || l.Per.Sign() != 0 {
			return nil, errors.New("no price of a unit")
		}
		if err := fit(d); err != nil {
			return nil, err
		}
		off, err := p.amount(d.Amount)
		if err != nil {
			return nil, err
		}
		taken := basket.LineDiscount{ID: d.ID, Reason: d.Reason, Code: d.Code, EachUnit: true}
		if d.Amount.Sign() == 0 {
			taken.Percent = text(d.Percent)
			off = p.round(over(times(price, proof.Exact(d.Percent)), hundred))
			if price.IsInt() {
				off = p.percentOff(price, proof.Exact(d.Percent))
			}
			if less(size(price), size(off)) {
				off = cut(price)
			}
		} else if price.Sign() < 0 {
			off = minus(zero, off)
		}
		if less(size(price), size(off)) {
			return nil, errors.New("more than a unit costs")
		}
		price = minus(price, off)
		taken.Amount = minor(off)
		echo.Discounts = append(echo.Discounts, taken)
	}
	return price, nil
}

// reductions takes the other discounts of a line off it, and adds its charges.
func (p *pricing) reductions(l basket.Line, given *big.Rat, echo *basket.ResultLine) (*big.Rat, error) {
	negative := given.Sign() < 0
	ofUnits := true
	for _, d := range l.Discounts {
		if d.EachUnit && ofUnits {
			continue
		}
		ofUnits = false
		if err := fit(d); err != nil || d.EachUnit {
			return nil, errors.New("no such discount of a line")
		}
		off, err := p.amount(d.Amount)
		if err != nil {
			return nil, err
		}
		taken := basket.LineDiscount{ID: d.ID, Reason: d.Reason, Code: d.Code}
		if d.Amount.Sign() == 0 {
			taken.Percent = text(d.Percent)
			off = p.percentOff(given, proof.Exact(d.Percent))
		} else if negative {
			off = minus(zero, off)
		}
		if less(size(given), size(off)) {
			return nil, errors.New("discount larger than the line")
		}
		given = minus(given, off)
		taken.Amount = minor(off)
		echo.Discounts = append(echo.Discounts, taken)
	}
	left := given
	for _, c := range l.Charges {
		if err := fit(basket.Discount{Amount: c.Amount, Percent: c.Percent}); err != nil {
			return nil, err
		}
		on, err := p.amount(c.Amount)
		if err != nil {
			return nil, err
		}
		added := basket.LineCharge{ID: c.ID, Reason: c.Reason, Code: c.Code}
		if c.Amount.Sign() == 0 {
			added.Percent = text(c.Percent)
			on = p.round(over(times(left, proof.Exact(c.Percent)), hundred))
		} else if takenBack(l, left) {
			on = minus(zero, on)
		}
		given = plus(given, on)
		added.Amount = minor(on)
		echo.Charges = append(echo.Charges, added)
	}
	return given, nil
}

// takenBack reports whether a line of some price takes goods back.
func takenBack(l basket.Line, price *big.Rat) bool {
	return price.Sign() < 0 || price.Sign() == 0 && (l.Quantity.Sign() < 0 || l.Count < 0)
}

// timesQuantity returns price times quantity, rounded.
func (p *pricing) timesQuantity(l basket.Line, price *big.Rat) (*big.Rat, error) {
	quantity := proof.Exact(l.Quantity)
	switch {
	case quantity.Sign() == 0:
		return nil, errors.New("no quantity")
	case l.Per.Sign() < 0, l.Per.Sign() != 0 && l.PriceIsTotal:
		return nil, errors.New("no number of units")
	case l.PriceIsTotal && !price.IsInt():
		return nil, errors.New("too many decimals")
	case l.PriceIsTotal:
		return times(price, whole(int64(quantity.Sign()))), nil
	case l.Per.Sign() != 0:
		return p.round(over(times(price, quantity), proof.Exact(l.Per))), nil
	}
	return p.round(times(price, quantity)), nil
}

// classOf returns the class of a line, which may follow from its price.
func (p *pricing) classOf(l basket.Line) (string, error) {
	if l.Tax == nil || len(l.Tax.ClassByPrice) == 0 {
		return l.Class, nil
	}
	if l.Class != "" {
		return "", errors.New("two classes")
	}
	var echo basket.ResultLine
	price, err := p.unitPrice(l, p.units(l.Price), &echo)
	if err != nil {
		return "", err
	}
	given, err := p.timesQuantity(l, price)
	if err == nil {
		given, err = p.reductions(l, given, &echo)
	}
	if err != nil {
		return "", err
	}
	piece := size(over(given, proof.Exact(l.Quantity)))
	last, before := len(l.Tax.ClassByPrice)-1, zero
	for i, step := range l.Tax.ClassByPrice {
		upTo := p.units(step.UpTo)
		if (upTo.Sign() == 0) != (i == last) || i < last && !less(before, upTo) {
			return "", errors.New("no rule")
		}
		before = upTo
	}
	for _, step := range l.Tax.ClassByPrice[:last] {
		if !less(p.units(step.UpTo), piece) {
			return step.Class, nil
		}
	}
	return l.Tax.ClassByPrice[last].Class, nil
}

// base returns the amount of a line that is taxed.
func (p *pricing) base(l basket.Line, given *big.Rat) *big.Rat {
	if l.Tax == nil || (l.Tax.Base == basket.TaxBase{}) {
		return given
	}
	b, amount := l.Tax.Base, size(given)
	switch {
	case b.Less.Sign() != 0:
		if amount = minus(amount, p.units(b.Less)); amount.Sign() < 0 {
			amount = zero
		}
	case b.LessPercent.Sign() != 0:
		amount = minus(amount, p.round(over(times(amount, proof.Exact(b.LessPercent)), hundred)))
	case b.UpTo.Sign() != 0:
		if most := p.units(b.UpTo); less(most, amount) {
			amount = most
		}
	case b.Amount.Sign() != 0:
		amount = p.units(b.Amount)
	}
	if takenBack(l, given) {
		return minus(zero, amount)
	}
	return amount
}

// checkBase returns an error for a base that is none.
func (p *pricing) checkBase(b basket.TaxBase, includesTax bool) error {
	if includesTax && b.Amount.Sign() != 0 {
		return errors.New("a base without tax of a price with tax")
	}
	set := 0
	for _, d := range []decimal.Decimal{b.Less, b.UpTo, b.Amount, b.LessPercent} {
		if d.Sign() != 0 {
			set++
		}
		if d.Sign() < 0 {
			return errors.New("a negative base")
		}
	}
	for _, d := range []decimal.Decimal{b.Less, b.UpTo, b.Amount} {
		if _, err := p.amount(d); err != nil {
			return err
		}
	}
	if set > 1 || less(hundred, proof.Exact(b.LessPercent)) {
		return fmt.Errorf("%d bases", set)
	}
	return nil
}

// baseText returns a base as exact text.
func baseText(b basket.TaxBase) (r basket.ResultBase) {
	for _, f := range []struct {
		d  decimal.Decimal
		to *string
	}{{b.Less, &r.Less}, {b.LessPercent, &r.LessPercent}, {b.UpTo, &r.UpTo}, {b.Amount, &r.Amount}} {
		if f.d.Sign() != 0 {
			*f.to = text(f.d)
		}
	}
	return r
}
