package basket

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// rowNets returns the net amounts of the lines by row. The tax is rounded by
// line whatever the policy says, so that the result can be checked by hand.
func (p *Priced) rowNets() ([]int64, error) {
	nets := make([]int64, p.goods)
	for i := range p.positions[:p.lines] {
		at := p.positions[i]
		row := p.rates.slots[at.slot].row
		if at.gross {
			var ok bool
			if at.tax, ok = p.lineTax(&at, p.base(i)); !ok {
				return nil, tooLarge(fmt.Sprintf("lines[%d]", i))
			}
		}
		net, ok := exact.Add(nets[row], at.sum().Net)
		if !ok {
			return nil, tooLarge("total")
		}
		nets[row] = net
	}
	return nets, nil
}

// leading returns the group that a spread selects, and the row of that group
// with the largest net amount; the first of equals wins. It considers the rows
// that nets has; there is at least one unless the basket has no lines.
func (r *rates) leading(spread Spread, nets []int64) (group, row int32) {
	sums := make([]decimal.Decimal, len(r.groups)) // 64 bits may be too few
	for i, net := range nets {
		g := r.rows[i].group
		sums[g] = sums[g].Add(decimal.New(net, 0))
	}
	row = -1
	for i := range nets {
		g := r.rows[i].group
		var better bool
		switch {
		case row < 0:
			better = true
		case g == group:
			better = nets[i] > nets[row]
		case spread == HighestRate:
			better = r.groups[g].higher(&r.groups[group])
		default:
			better = sums[g].GreaterThan(sums[group])
		}
		if better {
			group, row = g, int32(i)
		}
	}
	return group, row
}
