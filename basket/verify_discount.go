package basket

import (
	"math/big"
)

// discounts checks the discounts of the basket in their order, and takes the
// right amounts off the lines.
func (v *audit) discounts() {
	v.shared = zeros(len(v.sale.Lines))
	for n := range v.sale.Discounts {
		d := &v.sale.Discounts[n]
		for i, want := range v.shares(d, n) {
			v.expect(LawDiscount, want, d.Shares[i], "discounts[%d].shares[%d]", n, i)
			if want.Sign() != 0 {
				v.shared[i].Add(v.shared[i], want)
				v.items[i].given = new(big.Int).Sub(v.items[i].given, want)
			}
		}
	}
}

// shares returns the amounts that a discount should take off each line. If they
// do not follow from the result, it returns the amounts in the result.
func (v *audit) shares(d *ResultDiscount, n int) []*big.Int {
	stated, sum := make([]*big.Int, len(d.Shares)), new(big.Int)
	for i, share := range d.Shares {
		stated[i] = big.NewInt(share)
		sum.Add(sum, stated[i])
	}
	var percent number
	if d.Percent != "" {
		var ok bool
		if percent, ok = readPortion(d.Percent); !ok {
			v.unreadable("discounts[%d].percent", n)
			return stated
		}
	}
	reduces, known := v.reduces(d)
	if d.Percent == "" || !known {
		v.expect(LawDiscount, sum, d.Amount, "discounts[%d].amount", n)
	}
	if !known {
		return stated
	}
	prices := v.reducedPrices(d, reduces)
	var offs [2]*big.Int
	if d.Percent != "" {
		offs = v.percentOff(d, n, percent, &prices)
	} else {
		var ok bool
		if offs, ok = v.amountOff(d, n, &prices); !ok {
			return stated
		}
	}
	want := zeros(len(d.Shares))
	for kind, p := range prices {
		for k, part := range apportion(offs[kind], p.prices) {
			want[p.lines[k]] = part
		}
	}
	return want
}

// reducedPrices are the prices of one kind, with or without tax, that a
// discount reduces. The two kinds cannot be added up.
type reducedPrices struct {
	lines  []int
	prices []*big.Int
	sum    *big.Int
}

// reducedPrices returns the prices that a discount reduces, by kind.
func (v *audit) reducedPrices(d *ResultDiscount, reduces func(*item) bool) [2]reducedPrices {
	list := [2]reducedPrices{{sum: new(big.Int)}, {sum: new(big.Int)}}
	for i := range d.Shares {
		it := &v.items[i]
		if it.given.Sign() > 0 && reduces(it) {
			p := &list[it.kind()]
			p.lines = append(p.lines, i)
			p.prices = append(p.prices, it.given)
			p.sum.Add(p.sum, it.given)
		}
	}
	return list
}

// percentOff returns the amounts that a percentage takes off the prices of each
// kind.
func (v *audit) percentOff(d *ResultDiscount, n int, percent number, prices *[2]reducedPrices) [2]*big.Int {
	var offs [2]*big.Int
	total := new(big.Int)
	for kind := range prices {
		offs[kind] = v.portion(percent, prices[kind].sum)
		total.Add(total, offs[kind])
	}
	v.expect(LawDiscount, total, d.Amount, "discounts[%d].amount", n)
	return offs
}

// amountOff returns the amounts that a discount of an amount takes off the
// prices of each kind. ok is false if it reduces both kinds, or less than its
// amount.
func (v *audit) amountOff(d *ResultDiscount, n int, prices *[2]reducedPrices) (offs [2]*big.Int, ok bool) {
	kind := 0
	if len(prices[1].lines) > 0 {
		kind = 1
	}
	amount := big.NewInt(d.Amount)
	most := within(amount, prices[kind].sum)
	if len(prices[0].lines) > 0 && len(prices[1].lines) > 0 {
		most = new(big.Int) // an amount cannot be of both kinds
	}
	if most.Cmp(amount) != 0 {
		v.expectBig(LawDiscount, most, amount, "discounts[%d].amount", n)
		return offs, false
	}
	offs = [2]*big.Int{new(big.Int), new(big.Int)}
	offs[kind] = amount
	return offs, true
}

// reduces returns a predicate for the lines that a discount reduces, prices
// aside. known is false if a rate is needed and there are no goods to find it.
func (v *audit) reduces(d *ResultDiscount) (reduces func(*item) bool, known bool) {
	switch d.Spread {
	case FixedClass:
		return func(it *item) bool { return v.sale.Rates[it.rate].Class == d.Class }, true
	case DominantRate, HighestRate:
		if len(v.goods) == 0 {
			return nil, false
		}
		first := v.goods[v.leading(d.Spread, v.goodNets())]
		return func(it *item) bool { return &v.groups[v.rates[it.rate].group] == first.rate }, true
	}
	return func(*item) bool { return true }, true
}

// goodNets returns the net amounts of the goods. The tax of each line is
// rounded by itself.
func (v *audit) goodNets() []*big.Int {
	nets := zeros(len(v.goods))
	for i := range v.sale.Lines {
		it := &v.items[i]
		net := nets[v.goodOf[v.rates[it.rate].row]-1]
		net.Add(net, it.given)
		if it.gross {
			net.Sub(net, v.taxByLine(it))
		}
	}
	return nets
}

// leading returns the good with the largest net amount in the group that a
// spread selects; the first of equals wins. There must be at least one good.
func (v *audit) leading(spread Spread, nets []*big.Int) (first int) {
	sums := make([]*big.Int, len(v.goods)) // by group
	for i, g := range v.goods {
		if sums[g.group] == nil {
			sums[g.group] = new(big.Int)
		}
		sums[g.group].Add(sums[g.group], nets[i])
	}
	for i, g := range v.goods {
		best := &v.goods[first]
		var better bool
		switch {
		case g.group == best.group:
			better = nets[i].Cmp(nets[first]) > 0
		case spread == HighestRate:
			better = g.rate.share[0].cmp(best.rate.share[0]) > 0
		default:
			better = sums[g.group].Cmp(sums[best.group]) > 0
		}
		if better {
			first = i
		}
	}
	return first
}
