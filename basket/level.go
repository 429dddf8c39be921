package basket

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/taxresolve/tax/internal/exact"
)

// computeTax computes the tax of every position.
func (p *Priced) computeTax() error {
	if p.policy.EachComponent {
		return p.eachComponent()
	}
	return p.levelTax()
}

// levelTax computes the tax of every position at the level of the policy.
func (p *Priced) levelTax() error {
	switch p.policy.Level {
	case ByRate, ByDocument:
		return p.divideTax()
	case ByRunningTotal:
		return p.runningTax()
	case ByUnit:
		for i := range p.positions {
			if i < p.lines && p.basket.Lines[i].hasUnit() {
				if err := p.unitTax(i); err != nil {
					return err
				}
			} else if err := p.positionTax(i); err != nil {
				return err
			}
		}
	default:
		for i := max(p.taxed, 0); i < len(p.positions); i++ {
			if err := p.positionTax(i); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Priced) positionTax(i int) (err error) {
	at := &p.positions[i]
	var ok bool
	if step := p.policy.TaxStep; step > 1 {
		at.tax, ok = p.rates.groups[p.rates.groupOf(at)].stepTax(p.policy.mode(), step, p.base(i), at.gross)
	} else {
		at.tax, ok = p.lineTax(at, p.base(i))
	}
	if !ok {
		err = tooLarge(p.path(i))
	}
	return err
}

// lineTax returns the tax of a position on an amount, rounded by itself.
func (p *Priced) lineTax(at *position, taxed int64) (int64, bool) {
	g := &p.rates.groups[p.rates.groupOf(at)]
	if at.gross && p.policy.Rounding.NetFirst() {
		return g.taxNetFirst(p.policy.mode(), taxed)
	}
	return g.taxOf(p.policy.mode(), taxed, at.gross)
}

// hasUnit reports whether a line has the price of one unit that is taxed.
func (l *Line) hasUnit() bool {
	return !l.PriceIsTotal && l.Per.Sign() == 0 && (l.Tax == nil || l.Tax.Base.isZero())
}

// unitTax computes the tax of a line as the tax of one unit times the quantity.
// After discounts, a line is no longer a multiple of one unit, so its tax is
// rounded by line.
func (p *Priced) unitTax(i int) error {
	l, at := &p.basket.Lines[i], &p.positions[i]
	if s := &p.rates.slots[at.slot]; !l.isPlain(s) {
		changed := *l
		_ = p.convertLine(&changed, s) // priceLines has done both without a fault
		_ = p.policy.reduceUnit(&changed, nil)
		l = &changed
	}
	if subtotal, f := p.policy.subtotal(l); f == nil && subtotal != at.given {
		return p.positionTax(i)
	}
	g, mode := &p.rates.groups[p.rates.groupOf(at)], p.policy.mode()
	units := l.Count
	if units == 0 {
		quantity := l.Quantity
		if quantity.Exponent() < 0 {
			quantity = exact.Trim(quantity)
		}
		if quantity.Exponent() < 0 {
			return inputError(p.path(i)+".quantity", exact.Format(quantity), "not a whole number, as rounding by unit requires: round by line")
		}
		var ok bool
		if units, ok = exact.Small(quantity); !ok || quantity.Exponent() != 0 {
			whole := quantity.BigInt()
			if units = whole.Int64(); !whole.IsInt64() {
				return tooLarge(p.path(i) + ".quantity")
			}
		}
	}
	unitPrice, _ := p.policy.price(l) // priceLines has read it without a fault
	var unit int64
	var ok bool
	if at.gross && p.policy.Rounding.NetFirst() {
		minor, f := p.policy.minor("price", unitPrice)
		if f != nil {
			f.reason = "the unit has no net price to round first: " + f.reason
			return f.at("lines", i)
		}
		unit, ok = g.taxNetFirst(mode, minor)
	} else {
		unit, ok = g.taxOfPrice(mode, unitPrice, p.policy.Rounding.Scale(), at.gross)
	}
	if ok {
		at.tax, ok = exact.Mul(unit, units)
	}
	if !ok {
		return tooLarge(p.path(i))
	}
	return nil
}

// runningTax computes the tax of every position as the rounded tax of everything so far in
// its cell less that of everything before.
func (p *Priced) runningTax() error {
	cells := make([][2]cell, len(p.rates.groups))
	for i := range p.positions {
		at, c, ok := &p.positions[i], p.cell(cells, i), false
		if c.given, ok = exact.Add(c.given, p.base(i)); !ok {
			return tooLarge("total")
		}
		so, ok := p.lineTax(at, c.given)
		if !ok {
			return tooLarge(p.path(i))
		}
		if at.tax, ok = exact.Sub(so, c.tax); !ok {
			return tooLarge(p.path(i))
		}
		c.tax = so
	}
	return nil
}

// cell holds the sums of one group and one kind of price, with or without tax.
type cell struct {
	given int64 // the sum of the prices that are taxed
	cut   int64 // the sum of the taxes, each cut off toward zero
	tax   int64
	count int
	// For findLargest and divideTax: the index of the first remainder of the cell,
	// and which positions get one more unit.
	first     int
	threshold uint64
	ties      int
	unit      int64
}

// divideTax rounds the tax of each group, or of the document, and divides it
// among the positions. Each position gets its exact tax, cut off toward zero;
// the units that are left go to the largest remainders. This takes time in
// proportion to the number of positions.
func (p *Priced) divideTax() error {
	cells := make([][2]cell, len(p.rates.groups))
	rests, keys := p.work.remainders(len(p.positions))
	if err := p.cutTaxes(cells, rests); err != nil {
		return err
	}
	if err := p.groupTaxes(cells); err != nil {
		return err
	}
	p.findLargest(cells, rests, keys)
	p.cells = cells
	for i := range p.positions {
		c := p.cell(cells, i)
		k := key(rests[i], c.unit)
		if k == c.threshold && c.ties > 0 {
			c.ties--
		} else if k <= c.threshold {
			continue
		}
		p.positions[i].tax += c.unit
	}
	return nil
}

// cutTaxes gives every position its exact tax, cut off toward zero, and adds up
// the cells. It stores the remainders in rests.
func (p *Priced) cutTaxes(cells [][2]cell, rests []int64) error {
	for i := range p.positions {
		at := &p.positions[i]
		g, kind := p.rates.groupOf(at), kindOf(at.gross)
		c := &cells[g][kind]
		var ok bool
		taxed := p.base(i)
		if c.given, ok = exact.Add(c.given, taxed); !ok {
			return tooLarge("total")
		}
		c.count++
		if r := p.rates.groups[g].share[kind]; r.Den != 0 {
			if at.tax, rests[i], ok = exact.Cut(taxed, r.Num, r.Den); !ok {
				return tooLarge(p.path(i))
			}
			if c.cut, ok = exact.Add(c.cut, at.tax); !ok {
				return tooLarge("total")
			}
		}
	}
	return nil
}

// findLargest decides which positions of each cell get one more unit. It
// collects the remainders cell by cell, so that one pass over each cell finds
// the largest. The values of keys do not matter.
func (p *Priced) findLargest(cells [][2]cell, rests []int64, keys []uint64) {
	first := 0
	for g := range cells {
		for kind := range cells[g] {
			cells[g][kind].first = first
			first += cells[g][kind].count
		}
	}
	for i := range p.positions {
		c := p.cell(cells, i)
		keys[c.first] = key(rests[i], c.tax-c.cut)
		c.first++
	}
	for g := range cells {
		for kind := range cells[g] {
			c := &cells[g][kind]
			if p.rates.groups[g].share[kind].Den == 0 {
				p.divideWide(int32(g), kind, c)
				continue
			}
			left := c.tax - c.cut
			c.unit = int64(cmp.Compare(left, 0))
			c.threshold, c.ties = exact.Largest(keys[c.first-c.count:c.first], int(left*c.unit))
		}
	}
}

// cell returns the cell of a position.
func (p *Priced) cell(cells [][2]cell, i int) *cell {
	at := &p.positions[i]
	return &cells[p.rates.groupOf(at)][kindOf(at.gross)]
}

// key returns the magnitude of a remainder, or 0 if its sign is not that of the
// tax that is left to divide.
func key(rest, left int64) uint64 {
	if (rest < 0) != (left < 0) {
		return 0
	}
	return exact.Magnitude(rest)
}

// groupTaxes rounds the tax of every group and divides it between the two kinds
// of price.
func (p *Priced) groupTaxes(cells [][2]cell) error {
	document := p.policy.Level == ByDocument
	var exactTaxes []*big.Rat // by number of the group
	for g := range cells {
		net, gross := &cells[g][0], &cells[g][1]
		group := &p.rates.groups[g]
		var ok bool
		switch {
		case document:
			exactTaxes = append(exactTaxes, new(big.Rat).Add(group.exactTax(net, 0), group.exactTax(gross, 1)))
			continue
		case gross.count == 0:
			net.tax, ok = group.taxOf(p.policy.mode(), net.given, false)
		case net.count == 0 && p.policy.Rounding.NetFirst():
			gross.tax, ok = group.taxNetFirst(p.policy.mode(), gross.given)
		case net.count == 0:
			gross.tax, ok = group.taxOf(p.policy.mode(), gross.given, true)
		default:
			if ok = p.bothKinds(int32(g), net, gross); ok {
				continue
			}
			taxes := []*big.Rat{group.exactTax(net, 0), group.exactTax(gross, 1)}
			whole := new(big.Rat).Add(taxes[0], taxes[1])
			ok = p.divideKinds(int32(g), net, gross, taxes, p.policy.mode().Quotient(whole.Num(), whole.Denom()))
		}
		if !ok {
			return tooLarge("total")
		}
	}
	if !document {
		return nil
	}
	whole := new(big.Rat)
	for _, t := range exactTaxes {
		whole.Add(whole, t)
	}
	taxes := divide(p.policy.mode().Quotient(whole.Num(), whole.Denom()), exactTaxes)
	for g := range cells {
		net, gross := &cells[g][0], &cells[g][1]
		kinds := []*big.Rat{p.rates.groups[g].exactTax(net, 0), p.rates.groups[g].exactTax(gross, 1)}
		if !p.divideKinds(int32(g), net, gross, kinds, taxes[g]) {
			return tooLarge("total")
		}
	}
	return nil
}

// bothKinds rounds the tax of a group with prices of both kinds and divides it, as
// divideKinds does, if 64 bits are enough for the two taxes with one denominator.
func (p *Priced) bothKinds(g int32, net, gross *cell) bool {
	a, b := p.rates.groups[g].share[0], p.rates.groups[g].share[1]
	den, ok := exact.Mul(int64(a.Den), int64(b.Den))
	first, ok1 := exact.Mul(int64(a.Num), int64(b.Den))
	second, ok2 := exact.Mul(int64(b.Num), int64(a.Den))
	first, ok3 := exact.Mul(first, net.given)
	second, ok4 := exact.Mul(second, gross.given)
	sum, ok5 := exact.Add(first, second)
	if max(a.Num, a.Den, b.Num, b.Den) > math.MaxInt64 || den == 0 || !ok || !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		return false
	}
	tax, _ := p.policy.mode().MulDiv(sum, 1, uint64(den))
	net.tax, gross.tax = first/den, second/den
	left, netRest, grossRest := tax-net.tax-gross.tax, first%den, second%den
	unit := int64(cmp.Compare(left, 0))
	netFirst := !p.positions[p.firstOf(g)].gross
	switch {
	case left == 2*unit:
		net.tax, gross.tax = net.tax+unit, gross.tax+unit
	case unit*netRest > unit*grossRest, netRest == grossRest && netFirst:
		net.tax += unit
	default:
		gross.tax += unit
	}
	return true
}

// firstOf returns the number of the first position of a group.
func (p *Priced) firstOf(g int32) int {
	return slices.IndexFunc(p.positions, func(at position) bool { return p.rates.groupOf(&at) == g })
}

// divideKinds divides the tax of a group between its prices with tax and those
// without. Equal remainders favor the kind that occurs first.
func (p *Priced) divideKinds(g int32, net, gross *cell, taxes []*big.Rat, tax *big.Int) bool {
	if !tax.IsInt64() {
		return false
	}
	switch {
	case gross.count == 0:
		net.tax = tax.Int64()
		return true
	case net.count == 0:
		gross.tax = tax.Int64()
		return true
	}
	cells := [2]*cell{net, gross}
	if p.positions[p.firstOf(g)].gross {
		cells[0], cells[1] = gross, net
		taxes[0], taxes[1] = taxes[1], taxes[0]
	}
	for i, part := range divide(tax, taxes) {
		if !part.IsInt64() {
			return false
		}
		cells[i].tax = part.Int64()
	}
	return true
}

// exactTax returns the tax of a cell, not rounded.
func (g *group) exactTax(c *cell, kind int) *big.Rat {
	if r := g.share[kind]; r.Den != 0 && r.Num <= math.MaxInt64 && r.Den <= math.MaxInt64 {
		if product, ok := exact.Mul(c.given, int64(r.Num)); ok {
			return new(big.Rat).SetFrac64(product, int64(r.Den))
		}
	}
	w := g.wide(kind)
	return new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(c.given), w.Num), w.Den)
}

// addTax adds the exact tax of an amount to a sum.
func (g *group) addTax(sum *exact.Fraction, given int64, kind int) {
	switch r := g.share[kind]; {
	case given == 0:
	case r.Den != 0:
		sum.Add(given, r)
	default:
		sum.AddWide(given, g.wide(kind))
	}
}

// divideWide does the work of divideTax for a cell whose ratio does not fit 64
// bits.
func (p *Priced) divideWide(group int32, kind int, c *cell) {
	g := &p.rates.groups[group]
	var members []*position
	var taxes []*big.Rat
	for i := range p.positions {
		if at := &p.positions[i]; kindOf(at.gross) == kind && p.rates.groupOf(at) == group {
			members = append(members, at)
			taxes = append(taxes, g.exactTax(&cell{given: p.base(i)}, kind))
		}
	}
	for i, tax := range divide(big.NewInt(c.tax), taxes) {
		members[i].tax = tax.Int64()
	}
}

// divide makes integers of exact parts, so that they sum to a total. The total
// differs from the sum of the exact parts by less than one unit. Each part is
// cut off toward zero; the units that are left go one each to the largest
// remainders of their sign, the first of equals first.
func divide(total *big.Int, parts []*big.Rat) []*big.Int {
	whole := make([]*big.Int, len(parts))
	rests := make([]*big.Rat, len(parts))
	left := new(big.Int).Set(total)
	for i, part := range parts {
		whole[i] = new(big.Int).Quo(part.Num(), part.Denom())
		rests[i] = new(big.Rat).Sub(part, new(big.Rat).SetInt(whole[i]))
		left.Sub(left, whole[i])
	}
	sign := left.Sign()
	left.Abs(left)
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return sign * rests[j].Cmp(rests[i]) })
	for _, i := range order[:left.Int64()] {
		whole[i].Add(whole[i], big.NewInt(int64(sign)))
	}
	return whole
}

// path returns the path of a position for error messages.
func (p *Priced) path(i int) string {
	if i < p.lines {
		return fmt.Sprintf("lines[%d]", i)
	}
	for c, spread := range p.charges {
		if i < spread.end {
			return fmt.Sprintf("charges[%d].amount", c)
		}
	}
	return "charges"
}
