package basket

import (
	"math/big"
)

// priced is a line or a charge that discounts of the basket reduce.
type priced struct {
	given *big.Int
	gross bool
	group int // -1 for a charge that is taxed like the goods
}

// kind is 0 for prices without tax and 1 for prices with tax.
func (p *priced) kind() int { return kindOf(p.gross) }

// readPriced lists the lines, and behind them the charges before discounts.
func (v *audit) readPriced() {
	v.priced = make([]priced, 0, len(v.sale.Lines)+len(v.sale.Charges))
	for i := range v.sale.Lines {
		it := &v.items[i]
		v.priced = append(v.priced, priced{it.given, it.gross, v.rates[it.rate].group})
	}
	for c := range v.sale.Charges {
		charge := &v.sale.Charges[c]
		group := -1
		if charge.Spread == FixedClass && len(charge.Parts) == 1 {
			group = v.rates[charge.Parts[0].Rate].group
		}
		given := new(big.Int).Add(big.NewInt(charge.Amount), big.NewInt(charge.Shared))
		v.priced = append(v.priced, priced{given, charge.IncludesTax, group})
	}
}

// chosen returns the lines and charges that a discount reduces. ok is false if it names
// one that does not exist.
func (v *audit) chosen(d *ResultDiscount, n int, reduces func(*item) bool) (list []int, ok bool) {
	names := map[string]bool{} // false until it is found
	ids, field := d.Only, "only"
	if len(d.Except) > 0 {
		ids, field = d.Except, "except"
	}
	for _, id := range ids {
		names[id] = false
	}
	for k := range v.priced {
		line := k < len(v.sale.Lines)
		id := ""
		if line {
			id = v.sale.Lines[k].ID
		} else {
			id = v.sale.Charges[k-len(v.sale.Lines)].ID
		}
		_, named := names[id]
		if named {
			names[id] = true
		}
		in := line || d.Charges
		switch {
		case len(d.Only) > 0:
			in = named
		case named:
			in = false
		}
		if in && (!line || reduces(&v.items[k])) && v.priced[k].given.Sign() >= 0 {
			list = append(list, k)
		}
	}
	ok = len(d.Only) == 0 || len(d.Except) == 0
	for k, id := range ids {
		if !names[id] {
			v.unreadable("discounts[%d]."+field+"[%d]", n, k)
			ok = false
		}
	}
	return list, ok
}

// statedOff returns the amounts that a discount of a stated kind takes off each of the
// chosen.
func (v *audit) statedOff(d *ResultDiscount, n int, chosen []int) (want []*big.Int, ok bool) {
	gross := d.AmountTax == WithTax
	values, sum := make([]*big.Int, len(chosen)), new(big.Int)
	for i, k := range chosen {
		p := &v.priced[k]
		if p.group < 0 && p.gross != gross {
			v.unreadable("discounts[%d].amountTax", n)
			return nil, false
		}
		values[i] = v.inKind(p.given, p.group, p.gross, gross)
		sum.Add(sum, values[i])
	}
	off := v.atMost(d, n, sum)
	want = apportion(off, values)
	v.parts(d, n, want, chosen)
	for i, k := range chosen {
		switch p := &v.priced[k]; {
		case want[i].Sign() == 0:
		case want[i].Cmp(values[i]) == 0:
			want[i] = p.given
		default:
			if want[i] = v.inKind(want[i], p.group, gross, p.gross); want[i].Cmp(p.given) > 0 {
				want[i] = p.given
			}
		}
	}
	return want, true
}

// parts checks the parts of an amount of a stated kind. There are none if the prices are 0.
func (v *audit) parts(d *ResultDiscount, n int, want []*big.Int, chosen []int) {
	all := zeros(len(v.priced))
	for i, k := range chosen {
		all[k] = want[i]
	}
	for k := range all {
		part := int64(0)
		if k < len(d.Parts) {
			part = d.Parts[k]
		}
		v.expect(LawDiscount, all[k], part, "discounts[%d].parts[%d]", n, k)
	}
}

// atMost checks what is left of the amount of a discount, and returns what it takes off
// prices that sum to an amount.
func (v *audit) atMost(d *ResultDiscount, n int, sum *big.Int) *big.Int {
	stated := big.NewInt(d.Stated)
	off := within(stated, sum)
	left := new(big.Int)
	if d.AtMost {
		left.Sub(stated, off)
	} else if off.Cmp(stated) != 0 {
		v.expectBig(LawDiscount, off, stated, "discounts[%d].stated", n)
	}
	v.expect(LawDiscount, left, d.Left, "discounts[%d].left", n)
	return off
}

// inKind returns an amount that includes tax or not as one that does or does not.
func (v *audit) inKind(amount *big.Int, group int, from, to bool) *big.Int {
	if from == to {
		return amount
	}
	tax := v.groups[group].share[kindOf(from)].times(amount).rounded(v.sale.Policy.Rounding.Mode())
	if to {
		return tax.Add(amount, tax)
	}
	return tax.Sub(amount, tax)
}

// sameOff compares the shares of a discount with the amounts that it should take off, and
// takes those off.
func (v *audit) sameOff(d *ResultDiscount, n int, want []*big.Int, chosen []int) {
	full := zeros(len(v.priced))
	ofCharges := false
	for i, k := range chosen {
		full[k] = want[i]
		ofCharges = ofCharges || k >= len(v.sale.Lines)
	}
	if ofCharges != (d.OfCharges != nil) {
		v.unreadable("discounts[%d].ofCharges", n)
	}
	for k, off := range full {
		p := &v.priced[k]
		if c := k - len(v.sale.Lines); c < 0 {
			v.expect(LawDiscount, off, d.Shares[k], "discounts[%d].shares[%d]", n, k)
			v.shared[k].Add(v.shared[k], off)
		} else if d.OfCharges != nil {
			v.expect(LawDiscount, off, d.OfCharges[c], "discounts[%d].ofCharges[%d]", n, c)
			v.shared[k].Add(v.shared[k], off)
		}
		p.given = new(big.Int).Sub(p.given, off)
		if k < len(v.sale.Lines) {
			v.items[k].given = p.given
		}
	}
}

// sharedCharges checks what discounts took off each charge.
func (v *audit) sharedCharges() {
	for c := range v.sale.Charges {
		v.expect(LawDiscount, v.shared[len(v.sale.Lines)+c], v.sale.Charges[c].Shared, "charges[%d].shared", c)
	}
}
