package basket

import (
	"math/big"

	"github.com/taxresolve/tax"
)

// payable checks what is left to pay, and how it is rounded to coins.
func (v *audit) payable() {
	gross := big.NewInt(v.sale.Total.Gross)
	v.deducted = v.afterTax(gross)
	for i := range v.sale.Withheld {
		w := &v.sale.Withheld[i]
		percent, ok := readPortion(w.Percent)
		if !ok {
			v.unreadable("withheld[%d].percent", i)
			continue
		}
		off := v.portionOfTotal(percent, big.NewInt(v.sale.Total.Net))
		v.expect(LawPayable, off, w.Amount, "withheld[%d].amount", i)
		v.deducted = new(big.Int).Add(v.deducted, off)
	}
	v.deducted = new(big.Int).Add(v.deducted, v.borne())
	due := new(big.Int).Sub(gross, v.deducted)
	due.Sub(due, big.NewInt(v.sale.Prepaid))
	if new(big.Int).Rem(big.NewInt(v.sale.Prepaid), v.step()).Sign() != 0 {
		v.unreadable("prepaid")
	}
	want := v.cash(due)
	v.expect(LawPayable, want, v.sale.Payable, "payable")
	v.expect(LawPayable, new(big.Int).Sub(want, due), v.sale.CashRounding, "cashRounding")
}

// afterTax checks the discounts after tax, and returns their sum.
func (v *audit) afterTax(gross *big.Int) *big.Int {
	sum := new(big.Int)
	for n := range v.sale.Discounts {
		d := &v.sale.Discounts[n]
		if !d.AfterTax {
			continue
		}
		left := new(big.Int).Sub(gross, sum)
		off := big.NewInt(d.Amount)
		most := within(off, left)
		if left.Sign() < 0 {
			most = new(big.Int)
		}
		switch {
		case d.Percent != "":
			percent, ok := readPortion(d.Percent)
			if !ok {
				v.unreadable("discounts[%d].percent", n)
				continue
			}
			most = v.portionOfTotal(percent, left)
		case d.AtMost:
			stated := big.NewInt(d.Stated)
			if most = new(big.Int); left.Sign() > 0 {
				most = within(stated, left)
			}
			v.expect(LawDiscount, new(big.Int).Sub(stated, most), d.Left, "discounts[%d].left", n)
		}
		if !d.AtMost {
			v.expect(LawDiscount, new(big.Int), d.Stated, "discounts[%d].stated", n)
			v.expect(LawDiscount, new(big.Int), d.Left, "discounts[%d].left", n)
		}
		if most = v.toStep(fraction{most, bigOne}, tax.Down); d.AtMost && new(big.Int).Rem(big.NewInt(d.Stated), v.step()).Sign() != 0 {
			v.unreadable("discounts[%d].stated", n)
		}
		v.expectBig(LawDiscount, most, off, "discounts[%d].amount", n)
		for i, share := range d.Shares {
			v.expect(LawDiscount, new(big.Int), share, "discounts[%d].shares[%d]", n, i)
		}
		if len(d.OfCharges)+len(d.Parts) > 0 {
			v.unreadable("discounts[%d].afterTax", n)
		}
		sum.Add(sum, most)
	}
	return sum
}

// borne checks the tax that the seller bears.
func (v *audit) borne() *big.Int {
	sum := new(big.Int)
	for i := range v.sale.Lines {
		if l := &v.sale.Lines[i]; l.SellerBears {
			sum.Add(sum, big.NewInt(l.Tax))
		}
	}
	sum = v.toStep(fraction{sum, bigOne}, v.sale.Policy.Rounding.Mode())
	v.expect(LawPayable, sum, v.sale.Borne, "borne")
	return sum
}

// accounting checks the tax in the accounting currency.
func (v *audit) accounting() {
	a := v.sale.Accounting
	if a == nil {
		return
	}
	rate, ok := readNumber(a.Rate)
	if _, err := a.Rounding.Decimal(0); err != nil || !ok || rate.cmp(0) <= 0 || a.Currency == "" {
		v.unreadable("accounting")
		return
	}
	list := make([]fraction, len(v.items))
	for i := range v.items {
		list[i] = v.share(&v.items[i]).times(v.base(&v.items[i]))
	}
	shift := int(a.Rounding.Scale()) - int(v.sale.Policy.Rounding.Scale())
	want := sumOf(list).product(rate.fraction(shift)).rounded(a.Rounding.Mode())
	v.expect(LawAccounting, want, a.Tax, "accounting.tax")
	if a.Rounding.Mode() != v.sale.Policy.Rounding.Mode() {
		v.unreadable("accounting.rounding.mode")
	}
}

// repayable returns how much of what was deducted belongs to a gross amount that is paid
// back, and what is paid back for it.
func (v *audit) repayable(gross *big.Int) (deducted, payable *big.Int) {
	whole := big.NewInt(v.sale.Total.Gross)
	deducted = v.proportionOfTotal(v.deducted, gross, whole)
	prepaid := v.proportionOfTotal(big.NewInt(v.sale.Prepaid), gross, whole)
	rest := new(big.Int).Sub(gross, deducted)
	payable = v.cash(rest.Sub(rest, prepaid))
	return deducted, new(big.Int).Add(payable, prepaid)
}
