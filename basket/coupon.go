package basket

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// coupon is a discount of the basket with the amounts that it took off.
type coupon struct {
	Discount
	class  string  // the class to reduce, with FixedClass
	stated int64   // its amount, if it may take off less or is of a stated kind
	left   int64   // what is left of the amount
	parts  []int64 // its parts, if it is of a stated kind
	amount int64   // the sum of shares
	shares []int64 // nil after tax
	// off are the shares of charges, in their order; nil if it reduces none.
	off []int64
}

// discounts takes the discounts of the basket off, in their order.
func (p *Priced) discounts() error {
	list := p.basket.Discounts
	if len(list) == 0 {
		return nil
	}
	p.coupons = make([]coupon, len(list))
	p.work = spreadings.Get().(*spreading)
	p.work.resize(p.lines + len(p.charges))
	for i := range list {
		if err := p.discount(&p.coupons[i], &list[i], i); err != nil {
			return err
		}
	}
	return nil
}

// discount takes a discount of the basket off the lines and charges that it reduces.
func (p *Priced) discount(c *coupon, d *Discount, i int) error {
	c.Discount = *d
	f := d.fault()
	if f == nil && !d.AfterTax {
		shares := make([]int64, p.lines+len(p.charges))
		c.shares = shares[:p.lines:p.lines]
		eligible, err := p.eligible(c, i)
		if err != nil {
			return err
		}
		f = p.take(c, p.work, eligible, shares)
	}
	if f != nil {
		return f.at("discounts", i)
	}
	return nil
}

// spreading is what a discount is divided by: the lines and charges that it reduces, and
// their prices by kind. The discounts of a basket use the memory of it one after the other,
// and then the division of the tax.
type spreading struct {
	chosen []bool
	prices [2][]int64 // 0 for what is not chosen or of the other kind
	room   []uint64
}

// spreadings are those of baskets that have been priced.
var spreadings = sync.Pool{New: func() any { return new(spreading) }}

// resize makes a spreading one of n lines and charges, whose values do not matter.
func (s *spreading) resize(n int) {
	if cap(s.chosen) < n {
		prices := make([]int64, 2*n)
		s.chosen, s.prices, s.room = make([]bool, n), [2][]int64{prices, prices[n:]}, make([]uint64, 2*n)
	}
	s.chosen, s.prices[0], s.prices[1], s.room = s.chosen[:n], s.prices[0][:n], s.prices[1][:n], s.room[:2*n]
}

// remainders returns memory for the remainders of n positions and for their keys, whose
// values do not matter: that of the discounts, if there are any and it is enough.
func (s *spreading) remainders(n int) (rests []int64, keys []uint64) {
	if s == nil || cap(s.prices[0]) < n || cap(s.room) < n {
		return make([]int64, n), make([]uint64, n)
	}
	return s.prices[0][:n], s.room[:n]
}

// spread adds the parts of an amount to the shares, in proportion to weights.
func (s *spreading) spread(off int64, weights, shares []int64) {
	if off != 0 {
		exact.AddParts(shares, off, weights, s.room) // cannot overflow: the sum of the weights did not
	}
}

// fault returns the reason that there is no such discount of a basket.
func (d *Discount) fault() *fault {
	percent := d.Amount.Sign() == 0
	spread := d.Spread != ProRata || d.Class != ""
	switch {
	case d.EachUnit:
		return &fault{"eachUnit", "true", "only a line's own discount can be taken off each unit"}
	case int(d.Spread) >= len(spreadNames):
		return &fault{"spread", d.Spread.String(), noSuchSpread}
	case int(d.AmountTax) >= len(amountTaxNames):
		return &fault{"amountTax", d.AmountTax.String(), "no such kind: use AsPriced, WithTax or WithoutTax"}
	case d.Spread != FixedClass && d.Class != "":
		return &fault{"class", d.Class, onlyFixedClass}
	case len(d.Only) > 0 && len(d.Except) > 0:
		return &fault{field: "except", reason: "given together with only: use one of them"}
	case percent && d.AtMost:
		return &fault{"atMost", "true", "given with a percentage, which never is too large: leave it out"}
	case percent && d.AmountTax != AsPriced:
		return &fault{"amountTax", d.AmountTax.String(), "given with a percentage, which is one of any price: leave it out"}
	case d.AfterTax && (spread || d.Charges || len(d.Only)+len(d.Except) > 0 || d.AmountTax != AsPriced || d.Optional):
		return &fault{"afterTax", "true", "not allowed for a part of the basket: after tax, a discount reduces what is paid"}
	case spread && d.Charges:
		return &fault{"charges", "true", "not allowed with a spread: charges are no goods of a rate"}
	}
	return nil
}

// item returns the price of the line or, behind the lines, of the charge with a number, and
// whether it includes tax.
func (p *Priced) item(n int) (price *int64, gross bool) {
	if n < p.lines {
		at := &p.positions[n]
		return &at.given, at.gross
	}
	c := &p.charges[n-p.lines]
	return &c.amount, c.IncludesTax
}

// groupOf returns the group of the line or charge with a number; nil for a charge that is
// taxed like the goods.
func (p *Priced) groupOf(n int) *group {
	if n < p.lines {
		return &p.rates.groups[p.rates.groupOf(&p.positions[n])]
	}
	c := &p.charges[n-p.lines]
	if c.Spread != FixedClass {
		return nil
	}
	return &p.rates.groups[p.rates.slots[c.slot].group]
}

// take computes the shares of a discount and takes them off.
func (p *Priced) take(c *coupon, s *spreading, eligible func(*position) bool, shares []int64) *fault {
	amount, percent, f := p.policy.amountOrPercent(c.Amount, c.Percent)
	if f != nil {
		return f
	}
	if f := p.choose(c, s.chosen, eligible); f != nil {
		return f
	}
	if !c.Optional && !slices.Contains(s.chosen, true) {
		return &fault{reason: "there is nothing to reduce: leave it out, or set Optional"}
	}
	switch {
	case percent:
		f = p.takePercent(c, s, shares)
	case c.AmountTax == AsPriced:
		f = p.takeAmount(c, amount, s, shares)
	default:
		f = p.takeStated(c, amount, s, shares)
	}
	if f != nil {
		return f
	}
	for n, share := range shares {
		if share != 0 {
			price, _ := p.item(n)
			*price -= share
			c.amount += share
		}
	}
	if slices.Contains(s.chosen[p.lines:], true) {
		c.off = shares[p.lines:]
	}
	return nil
}

// takePercent takes a percentage off the prices of each kind, without tax and with tax.
func (p *Priced) takePercent(c *coupon, s *spreading, shares []int64) *fault {
	sums, ok := p.readPrices(s)
	if !ok {
		return &fault{field: "amount", reason: beyondMinor}
	}
	for kind, sum := range sums {
		off, f := p.policy.portionOff(sum, c.Percent)
		if f != nil {
			return f
		}
		s.spread(off, s.prices[kind], shares)
	}
	return nil
}

// takeAmount takes an amount off prices of one kind.
func (p *Priced) takeAmount(c *coupon, amount int64, s *spreading, shares []int64) *fault {
	sums, ok := p.readPrices(s)
	switch {
	case !ok:
		return &fault{field: "amount", reason: beyondMinor}
	case sums[0] != 0 && sums[1] != 0:
		return &fault{"amount", exact.Format(c.Amount), "it reduces prices with and without tax: say AmountTax, or use a percentage"}
	case sums[0] != 0:
		return c.spread(amount, sums[0], s, s.prices[0], shares)
	}
	return c.spread(amount, sums[1], s, s.prices[1], shares)
}

// spread divides an amount in proportion to prices, of which the sum is given.
func (c *coupon) spread(amount, sum int64, s *spreading, weights, shares []int64) *fault {
	off := amount
	switch {
	case c.AtMost:
		off = min(amount, sum)
		c.stated, c.left = amount, amount-off
	case sum == 0 && c.Optional:
		off = 0
	case sum == 0:
		return &fault{"amount", exact.Format(c.Amount), "there is nothing to reduce, as the lines cost nothing: leave it out, or set Optional"}
	case off > sum:
		return &fault{"amount", exact.Format(c.Amount), "larger than the " + itoa(sum) + " minor units that it reduces: say AtMost, or take off less"}
	}
	s.spread(off, weights, shares)
	return nil
}

// readPrices reads the prices that were chosen, and returns the sum of each kind.
func (p *Priced) readPrices(s *spreading) (sums [2]int64, ok bool) {
	clear(s.prices[0])
	clear(s.prices[1])
	for n, in := range s.chosen {
		if !in {
			continue
		}
		price, gross := p.item(n)
		kind := kindOf(gross)
		s.prices[kind][n] = *price
		if sums[kind], ok = exact.Add(sums[kind], *price); !ok {
			return sums, false
		}
	}
	return sums, true
}

// takeStated takes an amount with or without tax off prices of any kind. The amount is
// divided in proportion to what the prices are in its kind; where a price is of the other
// kind, the tax of its part is taken out or added, rounded by itself.
func (p *Priced) takeStated(c *coupon, amount int64, s *spreading, shares []int64) *fault {
	gross, values, sum := c.AmountTax == WithTax, s.prices[0], int64(0)
	clear(values)
	for n, in := range s.chosen {
		if !in {
			continue
		}
		price, includes := p.item(n)
		value, ok := p.inKind(*price, n, includes, gross)
		if ok {
			sum, ok = exact.Add(sum, value)
		}
		if !ok {
			return p.noKind(n, gross)
		}
		values[n] = value
	}
	parts := make([]int64, len(values))
	if f := c.spread(amount, sum, s, values, parts); f != nil {
		return f
	}
	if sum > 0 {
		c.stated, c.parts = amount, parts
	}
	for n, part := range parts {
		if part == 0 {
			continue
		}
		price, includes := p.item(n)
		if part == values[n] {
			shares[n] = *price
			continue
		}
		share, ok := p.inKind(part, n, gross, includes)
		if !ok {
			return p.noKind(n, gross)
		}
		shares[n] = min(share, *price)
	}
	return nil
}

func (p *Priced) noKind(n int, gross bool) *fault {
	if _, includes := p.item(n); includes != gross && p.groupOf(n) == nil {
		return &fault{field: "amountTax", reason: "not allowed for a charge that is taxed like the goods: give the charge a class"}
	}
	return &fault{field: "amount", reason: beyondMinor}
}

// inKind returns an amount of a line or charge that includes tax or not as one that does or
// does not.
func (p *Priced) inKind(amount int64, n int, from, to bool) (int64, bool) {
	if from == to {
		return amount, true
	}
	g := p.groupOf(n)
	if g == nil {
		return 0, false
	}
	tax, ok := g.taxOf(p.policy.mode(), amount, from)
	if !ok {
		return 0, false
	}
	if to {
		return exact.Add(amount, tax)
	}
	return amount - tax, true
}

// choose says which lines and charges a discount reduces, prices aside. Those that take
// goods back are never reduced. eligible is nil if every line is.
func (p *Priced) choose(c *coupon, chosen []bool, eligible func(*position) bool) *fault {
	named, f := p.named(c)
	if f != nil {
		return f
	}
	only := len(c.Only) > 0
	for n := range p.lines {
		at := &p.positions[n]
		chosen[n] = at.given >= 0 && (named == nil || named[n] == only) && (eligible == nil || eligible(at))
	}
	for i := range p.charges {
		n := p.lines + i
		chosen[n] = p.charges[i].amount >= 0 && (c.Charges || only) && (named == nil || named[n] == only)
		if chosen[n] && c.Spread != ProRata {
			return &fault{field: "only", reason: "not allowed with a spread: charges are no goods of a rate"}
		}
	}
	return nil
}

// named returns which lines and charges have an ID of Only or Except; nil if there is
// neither.
func (p *Priced) named(c *coupon) ([]bool, *fault) {
	ids, field := c.Only, "only"
	if len(c.Except) > 0 {
		ids, field = c.Except, "except"
	}
	if len(ids) == 0 {
		return nil, nil
	}
	numbers, positions := make(map[string]int, len(ids)), false
	for k, id := range ids {
		numbers[id] = k
		positions = positions || id == "" || strings.HasPrefix(id, "line-") || strings.HasPrefix(id, "charge-")
	}
	found := make([]bool, len(ids))
	named := make([]bool, p.lines+len(p.charges))
	for n := range named {
		id, prefix, at := "", "line-", n
		if n < p.lines {
			id = p.basket.Lines[n].ID
		} else {
			prefix, at = "charge-", n-p.lines
			id = p.charges[at].ID
		}
		if id == "" {
			if !positions {
				continue
			}
			id = idOr(id, prefix, at)
		}
		if k, ok := numbers[id]; ok {
			named[n], found[k] = true, true
		}
	}
	for k := range ids {
		if !found[numbers[ids[k]]] {
			return nil, &fault{fmt.Sprintf("%s[%d]", field, k), ids[k], "no such line or charge in the basket"}
		}
	}
	return named, nil
}

// eligible returns a predicate for the lines that the spread of a discount selects; nil if
// it selects all.
func (p *Priced) eligible(c *coupon, i int) (func(*position) bool, error) {
	switch c.Spread {
	case FixedClass:
		rate, err := p.place.Rate(c.Class)
		if err != nil {
			return nil, rateError("discounts", i, err)
		}
		c.class = rate.Class()
		return func(at *position) bool { return p.rates.rows[p.rates.slots[at.slot].row].class == c.class }, nil
	case DominantRate, HighestRate:
		nets, err := p.rowNets()
		if err != nil {
			return nil, err
		}
		group, _ := p.rates.leading(c.Spread, nets)
		return func(at *position) bool { return p.rates.groupOf(at) == group }, nil
	}
	return nil, nil
}

// portionOff returns the amount that a percentage takes off a price.
func (p *Policy) portionOff(amount int64, percent decimal.Decimal) (int64, *fault) {
	off, f := p.portion(amount, percent)
	if f != nil || !p.RoundReduced {
		return off, f
	}
	left, f := p.portion(amount, decimal.New(100, 0).Sub(percent))
	return amount - left, f
}
