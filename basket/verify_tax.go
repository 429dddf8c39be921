package basket

import (
	"math/big"
)

// maxEachComponents bounds the components that are rounded each by itself.
const maxEachComponents = 100

// taxes checks the tax of every item at the level of the policy.
func (v *audit) taxes() {
	most := 1
	if v.sale.Policy.EachComponent {
		for i := range v.rates {
			if most = max(most, len(v.rates[i].components)); most > maxEachComponents {
				v.unreadable("rates[%d].components", i)
				return
			}
		}
	}
	for i := range v.items {
		v.items[i].tax = new(big.Int)
	}
	for k := range most {
		if v.component = 0; v.sale.Policy.EachComponent {
			v.component = 1 + k
		}
		v.levelTaxes()
	}
	v.component = 0
	v.partSums = make([][]*big.Int, len(v.rows))
	for row := range v.partSums {
		v.partSums[row] = zeros(len(v.rates[v.first[row]].components))
	}
	for i := range v.items {
		it := &v.items[i]
		for k, sum := range v.partSums[v.rates[it.rate].row] {
			if k < len(it.parts) {
				sum.Add(sum, it.parts[k])
			}
		}
		v.expectItem(LawTax, it.tax, it.sum.Tax, it, "tax")
	}
}

// levelTaxes computes the tax of every item, or of one component of it.
func (v *audit) levelTaxes() {
	switch v.sale.Policy.Level {
	case ByRate, ByDocument:
		v.dividedTaxes()
		return
	case ByRunningTotal:
		v.runningTaxes()
		return
	}
	for i := range v.items {
		it := &v.items[i]
		want := v.taxByLine(it)
		if step := v.sale.Policy.TaxStep; step > 1 {
			by := big.NewInt(step)
			exact := v.share(it).times(v.base(it))
			want = fraction{exact.num, new(big.Int).Mul(exact.den, by)}.rounded(v.sale.Policy.Rounding.Mode())
			want = new(big.Int).Mul(want, by)
		}
		if v.sale.Policy.Level == ByUnit && it.charge < 0 {
			want = v.taxByUnit(it)
		}
		v.expectTax(it, want)
	}
}

// expectTax adds the right tax of an item, or of one of its components.
func (v *audit) expectTax(it *item, want *big.Int) {
	it.tax = new(big.Int).Add(it.tax, want)
	if v.component > 0 {
		it.parts = append(it.parts, want)
	}
}

// share returns the ratio of the tax, or of one of its components, to the price of an item.
func (v *audit) share(it *item) fraction {
	r := &v.rates[it.rate]
	whole := v.groups[r.group].share[it.kind()]
	if v.component == 0 {
		return whole
	}
	sum, k := sumOfInts(r.components), v.component-1
	switch {
	case sum.Sign() == 0 && k == 0:
		return whole
	case sum.Sign() == 0 || k >= len(r.components):
		return fraction{new(big.Int), bigOne}
	}
	return whole.product(fraction{r.components[k], sum})
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

// runningTaxes checks the tax of items that carry their remainder to the next one of their
// bunch.
func (v *audit) runningTaxes() {
	order, bunches := v.bunches()
	for _, g := range order {
		for _, b := range bunches[g] {
			given, before := new(big.Int), new(big.Int)
			for _, it := range b.items {
				given = new(big.Int).Add(given, v.base(it))
				after := v.roundedTax(fraction{given, bigOne}, it)
				v.expectTax(it, new(big.Int).Sub(after, before))
				before = after
			}
		}
	}
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
