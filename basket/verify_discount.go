package basket

import (
	"math/big"
)

// discounts checks the discounts of the basket in their order, and takes the
// right amounts off the lines and charges.
func (v *audit) discounts() {
	v.readPriced()
	v.shared = zeros(len(v.priced))
	for n := range v.sale.Discounts {
		d := &v.sale.Discounts[n]
		if d.AfterTax {
			continue // see payable
		}
		reduces, known := v.reduces(d)
		var chosen []int
		if known {
			chosen, known = v.chosen(d, n, reduces)
		} else {
			v.atMost(d, n, new(big.Int))
		}
		var want []*big.Int
		if known {
			want, known = v.off(d, n, chosen)
		}
		if !known {
			chosen, want = v.statedShares(d, n)
		}
		v.sameOff(d, n, want, chosen)
	}
	v.sharedCharges()
}

// statedShares returns the amounts that stand in the result. It checks their sum.
func (v *audit) statedShares(d *ResultDiscount, n int) (all []int, stated []*big.Int) {
	sum := new(big.Int)
	for k := range v.priced {
		share := new(big.Int)
		if c := k - len(d.Shares); c < 0 {
			share.SetInt64(d.Shares[k])
		} else if d.OfCharges == nil {
			break
		} else {
			share.SetInt64(d.OfCharges[c])
		}
		all, stated = append(all, k), append(stated, share)
		sum.Add(sum, share)
	}
	v.expect(LawDiscount, sum, d.Amount, "discounts[%d].amount", n)
	return all, stated
}

// off returns the amounts that a discount should take off each of the chosen lines and
// charges. known is false if they do not follow from the result.
func (v *audit) off(d *ResultDiscount, n int, chosen []int) (want []*big.Int, known bool) {
	var percent number
	if d.Percent != "" {
		var ok bool
		if percent, ok = readPortion(d.Percent); !ok {
			v.unreadable("discounts[%d].percent", n)
			return nil, false
		}
	}
	if d.Percent != "" && (d.AtMost || d.AmountTax != AsPriced) {
		v.unreadable("discounts[%d].percent", n)
		return nil, false
	}
	if !d.AtMost && d.AmountTax == AsPriced {
		v.expect(LawDiscount, new(big.Int), d.Stated, "discounts[%d].stated", n)
		v.expect(LawDiscount, new(big.Int), d.Left, "discounts[%d].left", n)
	}
	if d.AmountTax != AsPriced {
		if want, known = v.statedOff(d, n, chosen); known {
			v.expect(LawDiscount, sumOfInts(want), d.Amount, "discounts[%d].amount", n)
		}
		return want, known
	}
	if d.Percent == "" {
		v.statedShares(d, n)
	}
	prices := v.reducedPrices(chosen)
	var offs [2]*big.Int
	if d.Percent != "" {
		offs = v.percentOff(d, n, percent, &prices)
	} else if offs, known = v.amountOff(d, n, &prices); !known {
		return nil, false
	}
	want = zeros(len(chosen))
	for kind, p := range prices {
		for k, part := range apportion(offs[kind], p.prices) {
			want[p.chosen[k]] = part
		}
	}
	return want, true
}

func sumOfInts(list []*big.Int) *big.Int {
	sum := new(big.Int)
	for _, n := range list {
		sum.Add(sum, n)
	}
	return sum
}

// reducedPrices are the prices of one kind, with or without tax, that a
// discount reduces. The two kinds cannot be added up.
type reducedPrices struct {
	chosen []int // indexes in the list of what was chosen
	prices []*big.Int
	sum    *big.Int
}

// reducedPrices returns the prices that a discount reduces, by kind.
func (v *audit) reducedPrices(chosen []int) [2]reducedPrices {
	list := [2]reducedPrices{{sum: new(big.Int)}, {sum: new(big.Int)}}
	for i, k := range chosen {
		if it := &v.priced[k]; it.given.Sign() > 0 {
			p := &list[it.kind()]
			p.chosen = append(p.chosen, i)
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
		offs[kind] = v.portionOff(percent, prices[kind].sum)
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
	if len(prices[1].chosen) > 0 {
		kind = 1
	}
	amount := big.NewInt(d.Amount)
	most := within(amount, prices[kind].sum)
	if len(prices[0].chosen) > 0 && len(prices[1].chosen) > 0 {
		most = new(big.Int) // an amount cannot be of both kinds
	}
	if most.Cmp(amount) != 0 {
		v.expectBig(LawDiscount, most, amount, "discounts[%d].amount", n)
		return offs, false
	}
	if d.AtMost {
		off := v.atMost(d, n, prices[kind].sum)
		v.expect(LawDiscount, off, d.Amount, "discounts[%d].amount", n)
		amount = off
	}
	offs = [2]*big.Int{new(big.Int), new(big.Int)}
	offs[kind] = amount
	return offs, true
}

// portionOff returns the amount that a percentage takes off a price.
func (v *audit) portionOff(percent number, amount *big.Int) *big.Int {
	if !v.sale.Policy.RoundReduced {
		return v.portion(percent, amount)
	}
	rest := number{new(big.Int).Neg(percent.coefficient), percent.scale}.plus(number{big.NewInt(100), 0})
	return new(big.Int).Sub(amount, v.portion(rest, amount))
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
