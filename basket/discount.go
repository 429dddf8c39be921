package basket

import (
	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// lineDiscount returns the amount that a line's own discount takes off the
// amount left of the line.
func (p *Policy) lineDiscount(d *Discount, left int64) (int64, *fault) {
	off, percent, f := p.own(d)
	switch {
	case d.EachUnit:
		return 0, &fault{"eachUnit", "true", "not allowed after a discount of the line: list the discounts of each unit first"}
	case f != nil:
		return 0, f
	}
	return p.takenOff(d, off, percent, left)
}

// takenOff returns what a discount takes off a price: its amount with the sign of the price,
// or a percentage.
func (p *Policy) takenOff(d *Discount, off int64, percent bool, price int64) (int64, *fault) {
	switch {
	case percent:
		return p.portionOff(price, d.Percent)
	case price < 0:
		off = -off
	}
	if exact.Magnitude(off) > exact.Magnitude(price) {
		return 0, &fault{"amount", itoa(off), "larger than the " + itoa(price) + " minor units that it reduces"}
	}
	return off, nil
}

// own returns the amount of a line's own discount, or reports that it is a percentage.
func (p *Policy) own(d *Discount) (amount int64, percent bool, f *fault) {
	if d.Spread != ProRata || d.Class != "" {
		return 0, false, &fault{"spread", d.Spread.String(), "a line's own discount cannot be spread: make it a discount of the basket"}
	}
	if d.AfterTax || d.Charges || len(d.Only)+len(d.Except) > 0 || d.AtMost || d.AmountTax != AsPriced {
		return 0, false, &fault{field: "spread", reason: "a line's own discount reduces the price of its line, before tax: make it a discount of the basket"}
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
