package basket

import (
	"math/big"
)

// taxes checks the tax of every item at the level of the policy.
func (v *audit) taxes() {
	switch v.sale.Policy.Level {
	case ByRate, ByDocument:
		v.dividedTaxes()
		return
	}
	for i := range v.items {
		it := &v.items[i]
		want := v.taxByLine(it)
		if v.sale.Policy.Level == ByUnit && it.charge < 0 {
			want = v.taxByUnit(it)
		}
		v.expectTax(it, want)
	}
}

func (v *audit) expectTax(it *item, want *big.Int) {
	v.expectItem(LawTax, want, it.sum.Tax, it, "tax")
}

// share returns the ratio of the tax to the price of an item.
func (v *audit) share(it *item) fraction {
	return v.groups[v.rates[it.rate].group].share[it.kind()]
}

// taxByLine returns the tax of an item, rounded by itself.
func (v *audit) taxByLine(it *item) *big.Int {
	return v.roundedTax(fraction{v.base(it), bigOne}, it)
}

// taxByUnit returns the tax of one unit of a line times its quantity. A line
// with discounts or with PriceIsTotal has no unit, so its tax is rounded by line.
func (v *audit) taxByUnit(it *item) *big.Int {
	l := &v.sale.Lines[it.part]
	price, ok1 := readNumber(l.Price)
	quantity, ok2 := readNumber(l.Quantity)
	if l.PriceIsTotal || l.Per != "" || l.Base != (ResultBase{}) || !ok1 || !ok2 || v.subtotals[it.part].Cmp(it.given) != 0 {
		return v.taxByLine(it)
	}
	if quantity.scale > 0 {
		v.unreadable("lines[%d].quantity", it.part)
		return v.taxByLine(it)
	}
	price = v.unitPrice(l, price)
	if it.gross && v.sale.Policy.Rounding.NetFirst() && price.scale > int(v.sale.Policy.Rounding.Scale()) {
		v.unreadable("lines[%d].price", it.part)
		return v.taxByLine(it)
	}
	unit := v.roundedTax(v.minor(price), it)
	return unit.Mul(unit, quantity.coefficient)
}

// roundedTax returns the rounded tax of a price at the rate of an item. With
// NetFirst, the tax of a gross price, which is then in whole minor units, is
// the price less the rounded net amount.
func (v *audit) roundedTax(price fraction, it *item) *big.Int {
	mode := v.sale.Policy.Rounding.Mode()
	if it.gross && v.sale.Policy.Rounding.NetFirst() {
		net := price.product(v.share(it).rest()).rounded(mode)
		return net.Sub(price.rounded(mode), net)
	}
	return price.product(v.share(it)).rounded(mode)
}

// bunch holds the items of one group and kind.
type bunch struct {
	items []*item
	given *big.Int
	exact fraction // the tax of all items, not rounded
}

// dividedTaxes checks the tax at levels above lines. It is rounded for each
// group, or for the whole document and divided among the groups; then it is
// divided between prices without and with tax, and finally among items.
func (v *audit) dividedTaxes() {
	order, bunches := v.bunches()
	rounding := v.sale.Policy.Rounding
	exact, totals := make([]fraction, len(order)), make([]*big.Int, len(order))
	for i, g := range order {
		list := make([]fraction, len(bunches[g]))
		for k, b := range bunches[g] {
			list[k] = b.exact
		}
		exact[i] = sumOf(list)
		if b := bunches[g][0]; rounding.NetFirst() && len(bunches[g]) == 1 && b.items[0].gross {
			net := fraction{b.given, bigOne}.product(v.share(b.items[0]).rest()).rounded(rounding.Mode())
			totals[i] = net.Sub(b.given, net)
		} else {
			totals[i] = exact[i].rounded(rounding.Mode())
		}
	}
	if v.sale.Policy.Level == ByDocument {
		totals = settle(sumOf(exact).rounded(rounding.Mode()), exact)
	}
	for i, g := range order {
		list := make([]fraction, len(bunches[g]))
		for k, b := range bunches[g] {
			list[k] = b.exact
		}
		for k, total := range settle(totals[i], list) {
			b := bunches[g][k]
			taxes := make([]fraction, len(b.items))
			for n, it := range b.items {
				taxes[n] = v.share(it).times(v.base(it))
			}
			for n, want := range settle(total, taxes) {
				v.expectTax(b.items[n], want)
			}
		}
	}
}

// bunches returns the items by group and kind. order lists the groups; groups,
// and kinds within a group, are in the order of their first items.
func (v *audit) bunches() (order []int, bunches [][]*bunch) {
	bunches = make([][]*bunch, len(v.groups))
	for i := range v.items {
		it := &v.items[i]
		g := v.rates[it.rate].group
		if len(bunches[g]) == 0 {
			order = append(order, g)
		}
		var b *bunch
		for _, other := range bunches[g] {
			if other.items[0].gross == it.gross {
				b = other
			}
		}
		if b == nil {
			b = &bunch{given: new(big.Int)}
			bunches[g] = append(bunches[g], b)
		}
		b.items = append(b.items, it)
		b.given.Add(b.given, v.base(it))
	}
	for _, list := range bunches {
		for _, b := range list {
			b.exact = v.share(b.items[0]).times(b.given)
		}
	}
	return order, bunches
}
