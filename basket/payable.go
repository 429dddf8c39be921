package basket

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Withholding is a tax that the buyer keeps back from what is paid, and pays to the state
// for the seller. It is no tax of the invoice and changes no other amount.
type Withholding struct {
	// ID names it in the result, such as "IRPF".
	ID string `json:"id,omitempty"`
	// Percent is the percentage of the total net amount that is kept back, 0 to 100. It is
	// rounded once.
	Percent decimal.Decimal `json:"percent"`
}

// ResultWithholding is a withholding and the amount that is kept back.
type ResultWithholding struct {
	// ID and Percent are those of the withholding; Percent is exact text.
	ID      string `json:"id,omitempty"`
	Percent string `json:"percent"`
	// Amount is the amount kept back.
	Amount int64 `json:"amount"`
}

// Accounting is the currency in which the seller accounts for the tax, if it is not that of
// the basket (BT-6).
type Accounting struct {
	// Currency is a code of ISO 4217 in any case (BT-6).
	Currency string
	// Rate is the amount of that currency for one unit of the currency of the basket. It is
	// larger than 0.
	Rate decimal.Decimal
}

// ResultAccounting is the total tax in the accounting currency.
type ResultAccounting struct {
	// Currency, in upper case (BT-6), and Rate are those of the basket; Rate is exact text.
	Currency string `json:"currency"`
	Rate     string `json:"rate"`
	// Rounding is that of the currency, with the mode of the policy.
	Rounding tax.Rounding `json:"rounding"`
	// Tax is the total tax in minor units of that currency (BT-111): the exact tax of all
	// lines and charges at the rate, rounded once.
	Tax int64 `json:"tax"`
}

// settle computes what is left to pay of the total: less discounts after tax, taxes that
// the buyer withholds or the seller bears, and what was paid before; rounded to coins.
func (p *Priced) settle() error {
	b := p.basket
	if len(p.coupons)+len(b.Withheld) == 0 && b.Prepaid.Sign() == 0 && b.Accounting == nil && !p.bearing {
		var ok bool
		if p.payable, ok = p.policy.Cash.round(p.total.Gross); !ok {
			return tooLarge("payable")
		}
		p.due = p.total.Gross
		return nil
	}
	if err := p.deduct(); err != nil {
		return err
	}
	prepaid, f := p.policy.minorOfTotal("prepaid", b.Prepaid)
	if f != nil {
		return inputError(f.field, f.value, f.reason)
	}
	due, ok := exact.Sub(p.total.Gross, p.deducted)
	if ok {
		due, ok = exact.Sub(due, prepaid)
	}
	if ok {
		p.due, p.prepaid = due, prepaid
		p.payable, ok = p.policy.Cash.round(due)
	}
	if !ok {
		return tooLarge("payable")
	}
	return p.account()
}

// deduct computes what is not paid of the total, apart from what was paid before.
func (p *Priced) deduct() error {
	left := p.total.Gross
	for i := range p.coupons {
		c := &p.coupons[i]
		if !c.AfterTax {
			continue
		}
		off, percent, f := p.policy.amountOrPercent(c.Amount, c.Percent)
		switch {
		case f != nil:
		case percent:
			off, f = p.policy.portionOfTotal(left, c.Percent)
		case off%p.policy.step() != 0:
			f = &fault{"amount", exact.Format(c.Amount), finerThanTotals}
		case c.AtMost:
			c.stated = off
			off = max(min(off, left), 0)
			c.left = c.stated - off
		case off > left:
			f = &fault{"amount", exact.Format(c.Amount), "larger than the " + itoa(left) + " minor units that it reduces: say AtMost, or take off less"}
		}
		if f != nil {
			return f.at("discounts", i)
		}
		c.amount = off
		left -= off
	}
	p.deducted = p.total.Gross - left
	for i := range p.basket.Withheld {
		off, f := p.policy.portionOfTotal(p.total.Net, p.basket.Withheld[i].Percent)
		if f != nil {
			return f.at("withheld", i)
		}
		var ok bool
		if p.deducted, ok = exact.Add(p.deducted, off); !ok {
			return tooLarge("payable")
		}
		p.withheld = append(p.withheld, off)
	}
	if !p.bearing {
		return nil
	}
	for i := range p.positions[:p.lines] {
		if t := p.basket.Lines[i].Tax; t == nil || !t.SellerBears {
			continue
		}
		var ok bool
		if p.borne, ok = exact.Add(p.borne, p.positions[i].tax); !ok {
			return tooLarge("payable")
		}
	}
	var ok1, ok2 bool
	p.borne, ok1 = p.policy.toStep(p.borne)
	p.deducted, ok2 = exact.Add(p.deducted, p.borne)
	if !ok1 || !ok2 {
		return tooLarge("payable")
	}
	return nil
}

// account computes the total tax in the accounting currency.
func (p *Priced) account() error {
	a := p.basket.Accounting
	if a == nil {
		return nil
	}
	rounding, err := tax.RoundingFor(a.Currency)
	if err != nil {
		return at("accounting.", err)
	}
	if !exact.Within(a.Rate) || a.Rate.Sign() <= 0 {
		return inputError("accounting.rate", exact.Describe(a.Rate), "out of range: pass the amount of the currency for one unit of that of the basket")
	}
	rounding = rounding.WithMode(p.policy.Rounding.Mode())
	cells, ok := p.taxedCells()
	if !ok {
		return tooLarge("accounting")
	}
	var sum exact.Fraction
	for kind := range 2 { // prices without tax have few denominators, and come first
		for g := range cells {
			p.rates.groups[g].addTax(&sum, cells[g][kind].given, kind)
		}
	}
	units := sum.Scaled(p.policy.mode(), a.Rate.Coefficient(), int(a.Rate.Exponent()+rounding.Scale()-p.policy.Rounding.Scale()))
	if !units.IsInt64() {
		return inputError("accounting.rate", exact.Describe(a.Rate), beyondMinor)
	}
	p.accounting = &ResultAccounting{strings.ToUpper(a.Currency), exact.Format(a.Rate), rounding, units.Int64()}
	return nil
}

// taxedCells returns the sums of what is taxed. Where the tax of sums was divided, they are
// known.
func (p *Priced) taxedCells() (_ [][2]cell, ok bool) {
	if p.cells != nil {
		return p.cells, true
	}
	cells := make([][2]cell, len(p.rates.groups))
	for i := range p.positions {
		c := p.cell(cells, i)
		if c.given, ok = exact.Add(c.given, p.base(i)); !ok {
			return nil, false
		}
	}
	return cells, true
}

// resultWithheld returns the withholdings as data.
func (p *Priced) resultWithheld() []ResultWithholding {
	var list []ResultWithholding
	for i, off := range p.withheld {
		w := &p.basket.Withheld[i]
		list = append(list, ResultWithholding{w.ID, exact.Format(w.Percent), off})
	}
	return list
}

// String returns the currency and the rate, for people and logs.
func (a Accounting) String() string {
	return fmt.Sprintf("%s at %s", a.Currency, exact.Describe(a.Rate))
}

// String returns the tax in minor units and the currency, for people and logs.
func (a ResultAccounting) String() string {
	return fmt.Sprintf("%d minor units of %s at %s", a.Tax, a.Currency, a.Rate)
}

// repayable returns how much of what was deducted belongs to a gross amount that is paid
// back, and what is paid back for it: what was deducted and what was prepaid are divided in
// proportion to the gross amount, rounded half up, and the rest is rounded to coins.
func (r *Result) repayable(gross int64) (deducted, payable int64, ok bool) {
	deducted = partOf(r.deducted(), gross, r.Total.Gross, r.Policy.step())
	prepaid := partOf(r.Prepaid, gross, r.Total.Gross, r.Policy.step())
	rest, ok1 := exact.Sub(gross, deducted)
	rest, ok2 := exact.Sub(rest, prepaid)
	coins, ok3 := r.Policy.Cash.round(rest)
	payable, ok4 := exact.Add(coins, prepaid)
	return deducted, payable, ok1 && ok2 && ok3 && ok4
}

// deducted returns what is not paid of the total, apart from what was paid before.
func (r *Result) deducted() int64 {
	sum := r.Borne
	for i := range r.Withheld {
		sum += r.Withheld[i].Amount
	}
	for i := range r.Discounts {
		if r.Discounts[i].AfterTax {
			sum += r.Discounts[i].Amount
		}
	}
	return sum
}

// partOf returns amount x part / whole, rounded half up to a step; 0 if whole is 0.
func partOf(amount, part, whole, step int64) int64 {
	if whole == 0 || amount == 0 {
		return 0
	}
	product := new(big.Int).Mul(big.NewInt(amount), big.NewInt(part))
	if whole < 0 {
		product.Neg(product)
	}
	by := big.NewInt(step)
	den := new(big.Int).Mul(by, new(big.Int).Abs(big.NewInt(whole)))
	return by.Mul(by, exact.HalfUp.Quotient(product, den)).Int64()
}
