// Package basketmodel is a second pricing of baskets. It was written from the rules
// alone and aims to be obviously right: every number is a rational, every rule is
// spelled out where it is used, and nothing is fast.
package basketmodel

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/proof"
)

// slot is a class as it was asked for, with an assertion. The result has an
// explanation for each.
type slot struct {
	class     string
	assertion tax.Assertion
	place     tax.Place
	exemption basket.Exemption
	charged   []tax.Component
	rate      tax.Resolution
	row       int
}

// row is a line of the totals.
type row struct {
	key   string
	group int
	slot  int // the first of the row
}

// group is everything at one rate: at the level of rates, its tax is rounded once.
type group struct {
	key     string
	percent *big.Rat
	ofGross bool
}

// position is a line, or a part of a charge.
type position struct {
	slot  int
	gross bool       // given includes the tax
	given *big.Rat   // the price after discounts
	taxed *big.Rat   // the amount that is taxed
	exact *big.Rat   // its tax, not rounded
	tax   *big.Rat   // its tax, rounded
	parts []*big.Rat // its components, if they are rounded each by itself
}

// line is a line of the basket, from which discounts are taken off.
type line struct {
	position
	id              string
	asked           basket.Line // as it was asked for
	quantity, price *big.Rat    // price in minor units
	subtotal        *big.Rat
	shared          *big.Rat // its share of the discounts of the basket
}

type pricing struct {
	place     tax.Place
	policy    basket.Policy
	slots     []slot
	rows      []row
	groups    []group
	lines     []line
	parts     []position
	charges   []*asked
	component int // 1 for the first component, if one is computed by itself; or 0
}

// Price prices a basket. Apart from [ErrRange], its errors only say that there must be
// an error, not which.
func Price(place tax.Place, b *basket.Basket, policy basket.Policy) (_ *basket.Result, err error) {
	defer ranged(&err)
	p := &pricing{place: place, policy: policy}
	if policy.EachComponent && policy.Rounding.NetFirst() || policy.TaxStep > 1 && (policy.Level != basket.ByLine || policy.Rounding.NetFirst()) {
		return nil, errors.New("no such policy")
	}
	if step := policy.TotalStep; step != 0 && (policy.Level != basket.ByRate || policy.EachComponent || policy.Rounding.NetFirst() || policy.Cash.Step%step != 0) || policy.RoundGross && step == 0 {
		return nil, errors.New("no such rounding of totals")
	}
	if policy.Rounding.NetFirst() && policy.Level == basket.ByDocument {
		return nil, errors.New("net first by document")
	}
	r := &basket.Result{
		Format: 1,
		Policy: policy, Location: place.Location(), Date: place.Date(),
		Rates: []tax.Explanation{}, Lines: []basket.ResultLine{}, Totals: []basket.Total{},
	}
	for i, l := range b.Lines {
		echo, err := p.line(i, l)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i, err)
		}
		r.Lines = append(r.Lines, echo)
	}
	for i, c := range b.Charges {
		if err := p.charge(i, c); err != nil {
			return nil, fmt.Errorf("charge %d: %w", i, err)
		}
	}
	for i, d := range b.Discounts {
		echo, err := p.discount(d)
		if err != nil {
			return nil, fmt.Errorf("discount %d: %w", i, err)
		}
		r.Discounts = append(r.Discounts, echo)
	}
	first := make([]int, len(b.Charges)) // number of the first part of every charge
	for i, c := range p.charges {
		first[i] = len(p.parts)
		p.divideCharge(c)
		r.Charges = append(r.Charges, c.echo)
	}
	if err := p.tax(); err != nil {
		return nil, err
	}
	for _, s := range p.slots {
		r.Rates = append(r.Rates, s.explain())
		if e := s.exemption; len(e.Components) > 0 || e.Code != "" || e.Reason != "" {
			r.Exemptions = append(r.Exemptions, basket.RateExemption{Rate: len(r.Rates) - 1, Exemption: e})
		}
	}
	for i, l := range p.lines {
		r.Lines[i].Sum = l.sum()
		r.Lines[i].Shared = minor(l.shared)
		if t := l.asked.Tax; t != nil && (t.Base != basket.TaxBase{}) {
			r.Lines[i].Base = baseText(t.Base)
			r.Lines[i].Base.Taxed = minor(l.taxed)
		}
	}
	for i := range r.Charges {
		c := &r.Charges[i]
		for j := range c.Parts {
			c.Parts[j].Sum = p.parts[first[i]+j].sum()
			c.Sum = joined(c.Sum, c.Parts[j].Sum)
		}
	}
	p.total(r)
	return r, p.settle(b, r)
}

// use returns the number of the slot of a class with an assertion, which it makes if
// there is none.
func (p *pricing) use(class string, assertion tax.Assertion, special *basket.Taxation) (int, error) {
	place, exemption := p.place, basket.Exemption{}
	if special != nil {
		exemption = special.Exemption
		if (special.Place != tax.Place{}) {
			place = special.Place
		}
	}
	for i, s := range p.slots {
		if s.class == class && s.assertion == assertion && s.place == place && fmt.Sprint(s.exemption) == fmt.Sprint(exemption) {
			return i, nil
		}
	}
	rate, err := place.Rate(class)
	if err != nil {
		return 0, err
	}
	if assertion != (tax.Assertion{}) {
		rate = rate.As(assertion.Treatment, assertion.Reason)
	}
	charged, err := exempt(rate, exemption)
	if err != nil {
		return 0, err
	}
	percent := proof.Exact(rate.Percent())
	if len(exemption.Components) > 0 {
		percent = zero
		for _, part := range proof.Shares(charged) {
			percent = plus(percent, part.Share)
		}
	}
	groupKey := fmt.Sprintf("%v %q %s %v %v", rate.Location(), rate.Tax().Code, percent.RatString(), rate.OfGross(), rate.Treatment())
	if p.policy.EachComponent {
		for _, c := range charged {
			groupKey += fmt.Sprintf(" %q %s %v", c.Code, proof.Exact(c.Percent).RatString(), c.Compound)
		}
	}
	g := indexOf(p.groups, func(g group) bool { return g.key == groupKey })
	if g == len(p.groups) {
		p.groups = append(p.groups, group{groupKey, percent, rate.OfGross()})
	}
	without := slices.Sorted(slices.Values(exemption.Components))
	rowKey := fmt.Sprintf("%s %q %q", groupKey, rate.Class(), without)
	r := indexOf(p.rows, func(r row) bool { return r.key == rowKey })
	if r == len(p.rows) {
		p.rows = append(p.rows, row{rowKey, g, len(p.slots)})
	}
	p.slots = append(p.slots, slot{class, assertion, place, exemption, charged, rate, r})
	return len(p.slots) - 1, nil
}

func indexOf[E any](list []E, is func(E) bool) int {
	for i, e := range list {
		if is(e) {
			return i
		}
	}
	return len(list)
}

func (p *pricing) group(slot int) int { return p.rows[p.slots[slot].row].group }

// exactTax returns the tax of an amount, not rounded.
func (p *pricing) exactTax(slot int, gross bool, amount *big.Rat) *big.Rat {
	g := p.groups[p.group(slot)]
	base := hundred
	switch {
	case g.ofGross && !gross:
		base = minus(hundred, g.percent)
	case !g.ofGross && gross:
		base = plus(hundred, g.percent)
	}
	return times(over(times(amount, g.percent), base), p.share(slot))
}

// share returns the share of the component that is computed in the tax.
func (p *pricing) share(slot int) *big.Rat {
	parts := proof.Shares(p.slots[slot].charged)
	all := zero
	for _, part := range parts {
		all = plus(all, part.Share)
	}
	switch {
	case p.component == 0 || all.Sign() == 0 && p.component == 1:
		return whole(1)
	case all.Sign() == 0 || p.component > len(parts):
		return zero
	}
	return over(parts[p.component-1].Share, all)
}

// lineTax returns the tax of an amount, rounded as at the level of lines.
func (p *pricing) lineTax(slot int, gross bool, amount *big.Rat) *big.Rat {
	exact := p.exactTax(slot, gross, amount)
	if gross && p.policy.Rounding.NetFirst() {
		return minus(amount, p.round(minus(amount, exact)))
	}
	return p.round(exact)
}

func (p *pricing) lineNet(l line) *big.Rat {
	if !l.gross {
		return l.given
	}
	return minus(l.given, p.lineTax(l.slot, true, p.base(l.asked, l.given)))
}

func (p *pricing) round(a *big.Rat) *big.Rat { return round(a, p.policy.Rounding.Mode()) }

// units returns a decimal in minor units.
func (p *pricing) units(d decimal.Decimal) *big.Rat {
	return times(proof.Exact(d), power(p.policy.Rounding.Scale()))
}

// amount returns a decimal in minor units, or an error if it has more decimals than
// the currency.
func (p *pricing) amount(d decimal.Decimal) (*big.Rat, error) {
	units := p.units(d)
	if !units.IsInt() {
		return nil, errors.New("too many decimals")
	}
	return units, nil
}

func (p *pricing) line(i int, l basket.Line) (basket.ResultLine, error) {
	var echo basket.ResultLine
	if l.Count != 0 {
		l.Quantity = decimal.New(l.Count, 0)
	}
	if l.PriceMinor != 0 {
		l.Price = decimal.New(l.PriceMinor, -p.policy.Rounding.Scale())
	}
	if l.Tax != nil {
		if err := p.checkBase(l.Tax.Base, l.IncludesTax); err != nil {
			return echo, err
		}
	}
	class, err := p.classOf(l)
	if err != nil {
		return echo, err
	}
	s, err := p.use(class, l.Assertion, l.Tax)
	if err != nil {
		return echo, err
	}
	if echo.Listed, err = p.converted(&l, s); err != nil {
		return echo, err
	}
	price, err := p.unitPrice(l, p.units(l.Price), &echo)
	if err != nil {
		return echo, err
	}
	subtotal, err := p.timesQuantity(l, price)
	if err != nil {
		return echo, err
	}
	echo.ID, echo.Rate, echo.Quantity, echo.Price = l.ID, s, text(l.Quantity), text(l.Price)
	echo.PriceIsTotal, echo.IncludesTax, echo.Subtotal = l.PriceIsTotal, l.IncludesTax, minor(subtotal)
	if l.ID == "" {
		echo.ID = fmt.Sprintf("line-%d", i+1)
	}
	if l.Per.Sign() != 0 {
		echo.Per = text(l.Per)
	}
	if l.Tax != nil {
		for _, step := range l.Tax.ClassByPrice {
			said := basket.ResultClassUpTo{Class: step.Class}
			if step.UpTo.Sign() != 0 {
				said.UpTo = text(step.UpTo)
			}
			echo.ClassByPrice = append(echo.ClassByPrice, said)
		}
	}
	given, err := p.reductions(l, subtotal, &echo)
	if err != nil {
		return echo, err
	}
	p.lines = append(p.lines, line{
		position: position{slot: s, gross: l.IncludesTax, given: given}, id: echo.ID, asked: l,
		quantity: proof.Exact(l.Quantity), price: price, subtotal: subtotal, shared: zero,
	})
	return echo, nil
}

// positions returns the lines, then the parts of charges.
func (p *pricing) positions() []*position {
	var list []*position
	for i := range p.lines {
		list = append(list, &p.lines[i].position)
	}
	for i := range p.parts {
		list = append(list, &p.parts[i])
	}
	return list
}
