package basket

import (
	"math/big"
)

// good is a row of the totals that has lines. Goods are in the order of their
// first line. Discounts and charges look at goods instead of rows, so that
// rates without lines cost no time.
type good struct {
	row   int
	group int // number of its group among the groups of goods
	rate  *auditGroup
}

// prices checks the price of each line before discounts of the basket.
func (v *audit) prices() {
	v.goodOf = make([]int, len(v.rows))
	v.subtotals = make([]*big.Int, len(v.sale.Lines))
	groups := map[int]int{}
	for i := range v.sale.Lines {
		it := &v.items[i]
		it.given = v.price(i)
		rate := &v.rates[it.rate]
		if v.goodOf[rate.row] > 0 {
			continue
		}
		group, ok := groups[rate.group]
		if !ok {
			group = len(groups)
			groups[rate.group] = group
		}
		v.goods = append(v.goods, good{rate.row, group, &v.groups[rate.group]})
		v.goodOf[rate.row] = len(v.goods)
	}
}

// price returns price times quantity, less the line's own discounts, and with its charges.
func (v *audit) price(i int) *big.Int {
	l := &v.sale.Lines[i]
	left := v.subtotal(l, i)
	v.subtotals[i] = left
	v.expect(LawPrice, left, l.Subtotal, "lines[%d].subtotal", i)
	left = v.lineCharges(l, v.lineDiscounts(l, left, i), i)
	v.classByPrice(l, left, i)
	return left
}

// subtotal returns price times quantity. If one of them is unreadable, it
// returns the subtotal in the result.
func (v *audit) subtotal(l *ResultLine, i int) *big.Int {
	quantity, ok := readNumber(l.Quantity)
	if !ok || quantity.cmp(0) == 0 {
		v.unreadable("lines[%d].quantity", i)
		return big.NewInt(l.Subtotal)
	}
	price, ok := readNumber(l.Price)
	if !ok || l.PriceIsTotal && price.scale > int(v.sale.Policy.Rounding.Scale()) {
		v.unreadable("lines[%d].price", i)
		return big.NewInt(l.Subtotal)
	}
	if l.Listed != (ListPrice{}) && price.scale > int(v.sale.Policy.Rounding.Scale()) {
		v.unreadable("lines[%d].price", i)
	} else if l.Listed != (ListPrice{}) {
		v.listed(&l.Listed, v.minor(price).rounded(v.sale.Policy.Rounding.Mode()), l.Rate, "lines[%d].listed", i)
	}
	price = v.unitDiscounts(l, price, i)
	if l.Per != "" {
		per, ok := readNumber(l.Per)
		if !ok || per.cmp(0) <= 0 || l.PriceIsTotal {
			v.unreadable("lines[%d].per", i)
			return big.NewInt(l.Subtotal)
		}
		units := v.minor(price.times(quantity)).shifted(per.scale)
		return fraction{units.num, new(big.Int).Mul(units.den, per.coefficient)}.rounded(v.sale.Policy.Rounding.Mode())
	}
	switch {
	case !l.PriceIsTotal:
		price = price.times(quantity)
	case quantity.cmp(0) < 0:
		price.coefficient = new(big.Int).Neg(price.coefficient)
	}
	return v.minor(price).rounded(v.sale.Policy.Rounding.Mode())
}

// listed checks a price against the one that it was computed from: the tax that the list
// price includes is replaced by that of the rate.
func (v *audit) listed(list *ListPrice, price *big.Int, rate int, path string, at ...int) {
	given, ok1 := readNumber(list.Price)
	percent, ok2 := readNumber(list.Percent)
	if !ok1 || !ok2 || percent.cmp(0) < 0 || list.OfGross && percent.cmp(100) >= 0 {
		v.unreadable(path, at...)
		return
	}
	from, to := newAuditGroup(percent, list.OfGross).share[1].rest(), v.groups[v.rates[rate].group].share[0]
	markup := fraction{new(big.Int).Add(to.num, to.den), to.den}
	want := v.minor(given).product(from).product(markup).rounded(v.sale.Policy.Rounding.Mode())
	v.expectBig(LawPrice, want, price, path, at...)
}

// portion returns a percentage of an amount, rounded.
func (v *audit) portion(percent number, amount *big.Int) *big.Int {
	return percent.fraction(-2).times(amount).rounded(v.sale.Policy.Rounding.Mode())
}

// minor converts an amount to minor units.
func (v *audit) minor(n number) fraction { return n.fraction(int(v.sale.Policy.Rounding.Scale())) }

// within returns the number between 0 and limit that is nearest to n. The limit
// may be negative.
func within(n, limit *big.Int) *big.Int {
	zero := new(big.Int)
	low, high := zero, limit
	if limit.Sign() < 0 {
		low, high = limit, zero
	}
	switch {
	case n.Cmp(low) < 0:
		return low
	case n.Cmp(high) > 0:
		return high
	}
	return n
}

// givens checks the prices of the lines after all discounts.
func (v *audit) givens() {
	for i := range v.sale.Lines {
		it := &v.items[i]
		v.expect(LawDiscount, v.shared[i], v.sale.Lines[i].Shared, "lines[%d].shared", i)
		v.expectItem(LawPrice, it.given, it.stated(), it, it.field())
	}
}
