package basket

import (
	"fmt"
	"slices"
	"strings"

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
	shares []int64
	// off are the shares of charges, in their order; nil if it reduces none.
	off []int64
}

// discount takes a discount of the basket off the lines and charges that it reduces.
func (p *Priced) discount(d *Discount, i int) error {
	c := coupon{Discount: *d, shares: make([]int64, p.lines)}
	f := d.fault()
	if f == nil && !d.AfterTax {
		eligible, err := p.eligible(&c, i)
		if err != nil {
			return err
		}
		f = p.take(&c, eligible)
	}
	if f != nil {
		return f.at("discounts", i)
	}
	p.coupons = append(p.coupons, c)
	return nil
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

// reducible is a line or a charge that a discount reduces. Its group is -1 for a charge that is
// taxed like the goods.
type reducible struct {
	given *int64
	gross bool
	group int32
}

// item returns the line or, behind the lines, the charge with a number.
func (p *Priced) item(n int) reducible {
	if n < p.lines {
		at := &p.positions[n]
		return reducible{&at.given, at.gross, p.rates.groupOf(at)}
	}
	c := &p.charges[n-p.lines]
	group := int32(-1)
	if c.Spread == FixedClass {
		group = p.rates.slots[c.slot].group
	}
	return reducible{&c.amount, c.IncludesTax, group}
}

// take computes the shares of a discount and takes them off.
func (p *Priced) take(c *coupon, eligible func(*position) bool) *fault {
	amount, percent, f := p.policy.amountOrPercent(c.Amount, c.Percent)
	if f != nil {
		return f
	}
	chosen, f := p.choose(c, eligible)
	if f != nil {
		return f
	}
	if !c.Optional && !slices.Contains(chosen, true) {
		return &fault{reason: "there is nothing to reduce: leave it out, or set Optional"}
	}
	shares := make([]int64, len(chosen))
	switch {
	case percent:
		f = p.takePercent(c, chosen, shares)
	case c.AmountTax == AsPriced:
		f = p.takeAmount(c, amount, chosen, shares)
	default:
		f = p.takeStated(c, amount, chosen, shares)
	}
	if f != nil {
		return f
	}
	for n, share := range shares {
		*p.item(n).given -= share
		c.amount += share
	}
	copy(c.shares, shares)
	if slices.Contains(chosen[p.lines:], true) {
		c.off = shares[p.lines:]
	}
	return nil
}

// takePercent takes a percentage off the prices of each kind, without tax and with tax.
func (p *Priced) takePercent(c *coupon, chosen []bool, shares []int64) *fault {
	for kind := range 2 {
		weights, sum, ok := p.weights(chosen, kind)
		if !ok {
			return &fault{field: "amount", reason: beyondMinor}
		}
		off, f := p.policy.portionOff(sum, c.Percent)
		if f != nil {
			return f
		}
		if off != 0 {
			spreadOff(off, weights, shares)
		}
	}
	return nil
}

// takeAmount takes an amount off prices of one kind.
func (p *Priced) takeAmount(c *coupon, amount int64, chosen []bool, shares []int64) *fault {
	net, nets, ok1 := p.weights(chosen, 0)
	gross, grosses, ok2 := p.weights(chosen, 1)
	switch {
	case !ok1 || !ok2:
		return &fault{field: "amount", reason: beyondMinor}
	case nets != 0 && grosses != 0:
		return &fault{"amount", exact.Format(c.Amount), "it reduces prices with and without tax: say AmountTax, or use a percentage"}
	case nets != 0:
		return c.spread(amount, nets, net, shares)
	}
	return c.spread(amount, grosses, gross, shares)
}

// spread divides an amount in proportion to prices, of which the sum is given.
func (c *coupon) spread(amount, sum int64, weights, shares []int64) *fault {
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
	if off != 0 {
		spreadOff(off, weights, shares)
	}
	return nil
}

// weights returns the prices of one kind that were chosen, and their sum.
func (p *Priced) weights(chosen []bool, kind int) (weights []int64, sum int64, ok bool) {
	weights = make([]int64, len(chosen))
	for n := range chosen {
		if !chosen[n] {
			continue
		}
		if it := p.item(n); kindOf(it.gross) == kind {
			weights[n] = *it.given
			if sum, ok = exact.Add(sum, *it.given); !ok {
				return nil, 0, false
			}
		}
	}
	return weights, sum, true
}

// spreadOff adds the parts of an amount to the shares.
func spreadOff(off int64, weights, shares []int64) {
	parts, _ := exact.Apportion(off, weights) // cannot overflow: the sum of the weights did not
	for n, part := range parts {
		shares[n] += part
	}
}

// takeStated takes an amount with or without tax off prices of any kind. The amount is
// divided in proportion to what the prices are in its kind; where a price is of the other
// kind, the tax of its part is taken out or added, rounded by itself.
func (p *Priced) takeStated(c *coupon, amount int64, chosen []bool, shares []int64) *fault {
	gross := c.AmountTax == WithTax
	values, sum := make([]int64, len(chosen)), int64(0)
	for n := range chosen {
		if !chosen[n] {
			continue
		}
		it := p.item(n)
		value, ok := p.inKind(*it.given, it, it.gross, gross)
		if ok {
			sum, ok = exact.Add(sum, value)
		}
		if !ok {
			return p.noKind(it, gross)
		}
		values[n] = value
	}
	parts := make([]int64, len(chosen))
	if f := c.spread(amount, sum, values, parts); f != nil {
		return f
	}
	if sum > 0 {
		c.stated, c.parts = amount, parts
	}
	for n, part := range parts {
		it := reducible{}
		if part != 0 {
			it = p.item(n)
		}
		switch {
		case part == 0:
		case part == values[n]:
			shares[n] = *it.given
		default:
			share, ok := p.inKind(part, it, gross, it.gross)
			if !ok {
				return p.noKind(it, gross)
			}
			shares[n] = min(share, *it.given)
		}
	}
	return nil
}

func (p *Priced) noKind(it reducible, gross bool) *fault {
	if it.group < 0 && it.gross != gross {
		return &fault{field: "amountTax", reason: "not allowed for a charge that is taxed like the goods: give the charge a class"}
	}
	return &fault{field: "amount", reason: beyondMinor}
}

// inKind returns an amount that includes tax or not as one that does or does not.
func (p *Priced) inKind(amount int64, it reducible, from, to bool) (int64, bool) {
	if from == to {
		return amount, true
	}
	if it.group < 0 {
		return 0, false
	}
	tax, ok := p.rates.groups[it.group].taxOf(p.policy.mode(), amount, from)
	if !ok {
		return 0, false
	}
	if to {
		return exact.Add(amount, tax)
	}
	return amount - tax, true
}

// choose returns the lines and charges that a discount reduces, prices aside. Those that
// take goods back are never reduced.
func (p *Priced) choose(c *coupon, eligible func(*position) bool) ([]bool, *fault) {
	named, f := p.named(c)
	if f != nil {
		return nil, f
	}
	chosen := make([]bool, p.lines+len(p.charges))
	for n := range chosen {
		ok := c.Charges
		switch {
		case named != nil && len(c.Only) > 0:
			ok = named[n]
		case n < p.lines:
			ok = named == nil || !named[n]
		case named != nil:
			ok = ok && !named[n]
		}
		if n < p.lines {
			ok = ok && eligible(&p.positions[n])
		}
		chosen[n] = ok && *p.item(n).given >= 0
		if chosen[n] && n >= p.lines && c.Spread != ProRata {
			return nil, &fault{field: "only", reason: "not allowed with a spread: charges are no goods of a rate"}
		}
	}
	return chosen, nil
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
		if id == "" && positions {
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

// eligible returns a predicate for the lines that the spread of a discount selects.
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
	return func(*position) bool { return true }, nil
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
