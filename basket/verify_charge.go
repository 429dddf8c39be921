package basket

import (
	"cmp"
	"math/big"
	"slices"
	"sort"
)

// charges checks how charges are distributed.
func (v *audit) charges() {
	if len(v.sale.Charges) == 0 {
		return
	}
	nets := v.goodNets()
	// The goods with a positive net amount, the largest first.
	order, sum := []int{}, new(big.Int)
	for i, net := range nets {
		if net.Sign() > 0 {
			order = append(order, i)
			sum.Add(sum, net)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(nets[b].Cmp(nets[a]), a-b) })
	weights := make([]*big.Int, len(order))
	for i, n := range order {
		weights[i] = nets[n]
	}
	var leading [FixedClass]int // by spread
	if len(v.goods) > 0 {
		leading[DominantRate], leading[HighestRate] = v.leading(DominantRate, nets), v.leading(HighestRate, nets)
	}
	items := v.items[len(v.sale.Lines):]
	for c := range v.sale.Charges {
		charge := &v.sale.Charges[c]
		parts := items[:len(charge.Parts)]
		items = items[len(charge.Parts):]
		stated := new(big.Int)
		for i := range parts {
			parts[i].given = big.NewInt(parts[i].stated())
			stated.Add(stated, parts[i].given)
		}
		amount := big.NewInt(charge.Amount)
		v.expectBig(LawCharge, stated, amount, "charges[%d].amount", c)
		switch {
		case charge.Spread == FixedClass:
			if charge.Listed != (ListPrice{}) && len(parts) == 1 {
				v.listed(&charge.Listed, new(big.Int).Add(amount, big.NewInt(charge.Shared)), parts[0].rate, "charges[%d].listed", c)
			}
			v.part(c, parts, -1, amount)
		case charge.Listed != (ListPrice{}):
			v.unreadable("charges[%d].listed", c)
		case len(v.goods) == 0:
			v.expectCount(LawCharge, 0, len(parts), "charges[%d].parts", c)
		case charge.Spread != ProRata:
			v.part(c, parts, v.goods[leading[charge.Spread]].row, amount)
		case amount.Sign() == 0 || len(order) == 0:
			v.part(c, parts, v.goods[0].row, amount)
		default:
			v.proRata(c, parts, order, weights, sum)
		}
	}
}

// part checks a charge that belongs to one row as a whole; -1 stands for any
// row.
func (v *audit) part(c int, parts []item, row int, amount *big.Int) {
	if len(parts) != 1 {
		v.expectCount(LawCharge, 1, len(parts), "charges[%d].parts", c)
		return
	}
	it := &parts[0]
	if row >= 0 && v.rates[it.rate].row != row {
		v.expectCount(LawCharge, v.first[row], it.rate, "charges[%d].parts[0].rate", c)
	}
	v.expectItem(LawCharge, amount, it.stated(), it, it.field())
	it.given = amount
}

// proRata checks a charge that is divided among the goods. order lists the
// goods by weight, the heaviest first, and sum is the sum of weights. To stay
// linear, proRata looks at about as many rows as the charge has parts.
func (v *audit) proRata(c int, parts []item, order []int, weights []*big.Int, sum *big.Int) {
	amount := big.NewInt(v.sale.Charges[c].Amount)
	share := func(i int) fraction { return fraction{new(big.Int).Mul(amount, weights[i]), sum} }
	// The rows that are sure to have a part, however the remainders fall.
	sure := sort.Search(len(weights), func(i int) bool { return share(i).num.CmpAbs(sum) < 0 })
	if sure > len(parts) {
		v.expectCount(LawCharge, sure, len(parts), "charges[%d].parts", c)
		return
	}
	// Of the other rows, the heavier ones have the larger remainders.
	candidates := make([]int, min(len(weights), sure+len(parts)+1))
	for i := range candidates {
		candidates[i] = i
	}
	slices.SortFunc(candidates, func(a, b int) int { return order[a] - order[b] })
	list := make([]fraction, len(candidates))
	for i, n := range candidates {
		list[i] = share(n)
	}
	type portion struct {
		row    int
		amount *big.Int
	}
	var want []portion
	for i, part := range settle(amount, list) {
		if part.Sign() != 0 {
			want = append(want, portion{v.goods[order[candidates[i]]].row, part})
		}
	}
	if len(want) != len(parts) {
		v.expectCount(LawCharge, len(want), len(parts), "charges[%d].parts", c)
		return
	}
	for i := range parts {
		it := &parts[i]
		if v.rates[it.rate].row != want[i].row {
			v.expectCount(LawCharge, v.first[want[i].row], it.rate, "charges[%d].parts[%d].rate", c, i)
			continue
		}
		v.expectItem(LawCharge, want[i].amount, it.stated(), it, it.field())
		it.given = want[i].amount
	}
}
