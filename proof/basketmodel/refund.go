package basketmodel

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/proof"
)

// sold is a position of a sale, and what has been paid back for it.
type sold struct {
	id       string
	rate     int
	line     bool
	sum      basket.Sum
	quantity *big.Rat // of a line

	gross, tax, units *big.Rat // paid back so far
	agreed, taxOnly   bool     // in this note
	untaxed           bool     // the tax was paid back alone
	shared            *big.Rat // of amounts of the whole sale, in this note
	before            basket.Sum
	unitsBefore       *big.Rat
}

func (s *sold) left() *big.Rat { return minus(whole(s.sum.Gross), s.gross) }

// pay pays back a gross amount.
func (s *sold) pay(amount *big.Rat) {
	s.gross = plus(s.gross, amount)
	switch all := whole(s.sum.Gross); {
	case s.untaxed:
		s.tax = whole(s.sum.Tax)
	case s.sum.Gross == 0:
	case s.gross.Cmp(all) == 0:
		s.tax = whole(s.sum.Tax)
	default:
		s.tax = round(over(times(whole(s.sum.Tax), s.gross), all), tax.HalfUp)
	}
}

// all pays back everything that is left, and takes back all goods.
func (s *sold) all() {
	s.pay(s.left())
	if s.line {
		s.units = s.quantity
	}
}

// goods takes back a quantity of goods and pays their price back.
func (s *sold) goods(quantity *big.Rat, agreed int64) error {
	if !s.line || quantity.Sign() != s.quantity.Sign() || less(size(minus(s.quantity, s.units)), size(quantity)) {
		return errors.New("no such goods are left")
	}
	price := func(units *big.Rat) *big.Rat {
		all := whole(s.sum.Gross)
		if s.untaxed {
			all = whole(s.sum.Net)
		}
		return round(over(times(all, units), s.quantity), tax.HalfUp)
	}
	amount := minus(price(plus(s.units, quantity)), price(s.units))
	if agreed != 0 {
		if amount = whole(agreed); amount.Sign() != s.left().Sign() {
			return errors.New("an amount of the other sign")
		}
		s.agreed = true
	}
	s.units = plus(s.units, quantity)
	if less(size(s.left()), size(amount)) {
		return errors.New("less is left than the goods cost")
	}
	s.pay(amount)
	return nil
}

// spread pays back an amount for several positions, in proportion to what is left of
// each. What was taken back has a negative part.
func spread(amount int64, positions []*sold, shared bool) error {
	left := zero
	for _, s := range positions {
		left = plus(left, s.left())
	}
	if left.Sign() != whole(amount).Sign() || less(size(left), size(whole(amount))) {
		return errors.New("more than is left")
	}
	parts := make([]*big.Rat, len(positions))
	for i, s := range positions {
		parts[i] = over(times(whole(amount), s.left()), left)
	}
	for i, part := range settle(whole(amount), parts) {
		positions[i].pay(part)
		if shared {
			positions[i].shared = plus(positions[i].shared, part)
		}
	}
	return nil
}

// spreadNet pays back a net amount and its tax.
func spreadNet(net int64, positions []*sold) error {
	left, rests := zero, make([]*big.Rat, len(positions))
	for i, s := range positions {
		rests[i] = minus(whole(s.sum.Net), minus(s.gross, s.tax))
		left = plus(left, rests[i])
	}
	if left.Sign() != whole(net).Sign() || less(size(left), size(whole(net))) {
		return errors.New("more than is left")
	}
	parts := make([]*big.Rat, len(positions))
	for i := range rests {
		parts[i] = over(times(whole(net), rests[i]), left)
	}
	for i, part := range settle(whole(net), parts) {
		s := positions[i]
		if part.Sign() == 0 {
			continue
		}
		so := plus(minus(s.gross, s.tax), part)
		taxed := whole(s.sum.Tax)
		if !s.untaxed {
			taxed = round(over(times(taxed, so), whole(s.sum.Net)), tax.HalfUp)
		}
		s.pay(minus(plus(so, taxed), s.gross))
	}
	return nil
}

// Refund returns the credit note for returns. Its errors only say that there must be
// an error, not which.
func Refund(sale *basket.Result, earlier []basket.CreditNote, returns ...basket.Return) (basket.CreditNote, error) {
	positions := positionsOf(sale)
	for _, note := range earlier {
		for _, l := range note.Lines {
			s := positions[l.Position]
			s.gross = plus(s.gross, whole(l.Gross))
			s.tax = plus(s.tax, whole(l.Tax))
			s.untaxed = s.untaxed || l.TaxOnly
			if l.Quantity != "" {
				s.units = plus(s.units, number(l.Quantity))
			}
			s.before = joined(s.before, l.Sum)
			s.unitsBefore = s.units
		}
	}
	if len(returns) == 0 {
		return basket.CreditNote{}, errors.New("no returns")
	}
	for _, r := range returns {
		if err := take(sale, positions, r); err != nil {
			return basket.CreditNote{}, err
		}
	}
	return note(sale, earlier, positions)
}

func positionsOf(sale *basket.Result) []*sold {
	var list []*sold
	for _, l := range sale.Lines {
		list = append(list, &sold{
			id: l.ID, rate: l.Rate, line: true, sum: l.Sum, quantity: number(l.Quantity),
			gross: zero, tax: zero, units: zero, unitsBefore: zero, shared: zero,
		})
	}
	for _, c := range sale.Charges {
		for _, p := range c.Parts {
			list = append(list, &sold{id: c.ID, rate: p.Rate, sum: p.Sum, gross: zero, tax: zero, units: zero, unitsBefore: zero, shared: zero})
		}
	}
	return list
}

// take applies one return.
func take(sale *basket.Result, all []*sold, r basket.Return) error {
	asked := 0
	for _, is := range []bool{r.Quantity.Sign() != 0, r.Amount != 0 && r.Quantity.Sign() == 0, r.Net != 0, r.TaxOnly, r.All} {
		if is {
			asked++
		}
	}
	if asked != 1 {
		return errors.New("ask for one thing")
	}
	concerned := all
	if r.ID != "" {
		named := 0
		for _, l := range sale.Lines {
			if l.ID == r.ID {
				named++
			}
		}
		for _, c := range sale.Charges {
			if c.ID == r.ID {
				named++
			}
		}
		if named != 1 {
			return fmt.Errorf("%d are named %q", named, r.ID)
		}
		concerned = slices.DeleteFunc(slices.Clone(all), func(s *sold) bool { return s.id != r.ID })
	}
	switch {
	case r.All:
		for _, s := range concerned {
			s.all()
		}
		return nil
	case r.TaxOnly:
		for _, s := range concerned {
			if left := minus(whole(s.sum.Tax), s.tax); left.Sign() != 0 {
				if less(size(s.left()), size(left)) || left.Sign() != s.left().Sign() {
					return errors.New("more tax than price")
				}
				s.untaxed, s.taxOnly = true, true
				s.pay(left)
			}
		}
		return nil
	case r.Net != 0:
		return spreadNet(r.Net, concerned)
	case r.Amount != 0 && r.Quantity.Sign() == 0:
		return spread(r.Amount, concerned, r.ID == "")
	case r.ID == "":
		return errors.New("a quantity without a line")
	}
	return concerned[0].goods(proof.Exact(r.Quantity), r.Amount)
}

// note returns the difference between what was paid back before and what is paid back
// now.
func note(sale *basket.Result, earlier []basket.CreditNote, positions []*sold) (basket.CreditNote, error) {
	n := basket.CreditNote{}
	rows := make([]*basket.Total, len(sale.Totals))
	for i, s := range positions {
		now := basket.Sum{Tax: minor(s.tax) - s.before.Tax, Gross: minor(s.gross) - s.before.Gross}
		now.Net = now.Gross - now.Tax
		units := minus(s.units, s.unitsBefore)
		if now == (basket.Sum{}) && units.Sign() == 0 {
			continue
		}
		l := basket.CreditLine{Position: i, ID: s.id, Rate: s.rate, Shared: minor(s.shared), Agreed: s.agreed, TaxOnly: s.taxOnly, Sum: now}
		n.Amount += l.Shared
		if units.Sign() != 0 {
			l.Quantity = units.RatString()
		}
		n.Lines = append(n.Lines, l)
		n.Total = joined(n.Total, now)
		r := rowOf(sale, s.rate)
		if rows[r] == nil {
			row := sale.Totals[r]
			row.Sum, row.Components = basket.Sum{}, nil
			rows[r] = &row
		}
		rows[r].Sum = joined(rows[r].Sum, now)
	}
	if n.Total == (basket.Sum{}) && len(n.Lines) == 0 {
		return n, errors.New("nothing left")
	}
	roundNote(sale, &n, rows, positions)
	for i, row := range rows {
		if row == nil {
			continue
		}
		everything := true
		for _, s := range positions {
			if rowOf(sale, s.rate) == i {
				everything = everything && minor(s.gross) == s.sum.Gross && minor(s.tax) == s.sum.Tax
			}
		}
		row.Components = shares(sale.Totals[i], earlier, row.Sum.Tax, stepOf(sale.Policy), everything)
		n.Totals = append(n.Totals, *row)
	}
	var gross, paid int64
	for _, e := range earlier {
		gross, paid = gross+e.Total.Gross, paid+e.Payable
	}
	kept, _ := repaid(sale, gross)
	deducted, back := repaid(sale, gross+n.Total.Gross)
	n.Deducted, n.Payable = deducted-kept, back-paid
	n.CashRounding = n.Payable - n.Total.Gross + n.Deducted
	return n, nil
}

// repaid returns what belongs to a gross amount that is paid back: what was not paid in
// the first place, and what is paid back.
func repaid(sale *basket.Result, gross int64) (deducted, back int64) {
	all := sale.Borne
	for _, w := range sale.Withheld {
		all += w.Amount
	}
	for _, d := range sale.Discounts {
		if d.AfterTax {
			all += d.Amount
		}
	}
	part := func(amount int64) *big.Rat {
		if sale.Total.Gross == 0 {
			return zero
		}
		return roundTo(over(times(whole(amount), whole(gross)), whole(sale.Total.Gross)), sale.Policy, tax.HalfUp)
	}
	rest := minus(minus(whole(gross), part(all)), part(sale.Prepaid))
	return minor(part(all)), minor(plus(payable(sale.Policy.Cash, rest), part(sale.Prepaid)))
}

// rowOf returns the number of the row of the totals that a rate belongs to.
func rowOf(sale *basket.Result, rate int) int {
	e, without := sale.Rates[rate], ""
	for _, x := range sale.Exemptions {
		if x.Rate == rate {
			without = strings.Join(slices.Sorted(slices.Values(x.Components)), ", ")
		}
	}
	return slices.IndexFunc(sale.Totals, func(t basket.Total) bool {
		return t.Without == without && t.Location == elsewhere(e.Territory, sale.Location) && t.TaxCode == e.Tax && t.Class == e.Class && number(t.Percent).Cmp(number(e.Percent)) == 0 &&
			t.OfGross == e.OfGross && t.Treatment == e.Treatment
	})
}

// shares divides the tax paid back now among the components of a row, in proportion to what
// is left of those with its sign. When everything of the row is paid back, it is all that is
// left of each.
func shares(row basket.Total, earlier []basket.CreditNote, amount int64, step *big.Rat, everything bool) []basket.ComponentSum {
	list := slices.Clone(row.Components)
	for _, e := range earlier {
		for _, t := range e.Totals {
			if !same(t, row) {
				continue
			}
			for i, c := range t.Components {
				list[i].Amount -= c.Amount
			}
		}
	}
	if everything || len(list) == 0 {
		return list
	}
	weights, some := make([]*big.Rat, len(list)), false
	for i, c := range list {
		weights[i] = zero
		if whole(c.Amount).Sign()*whole(amount).Sign() > 0 {
			weights[i], some = size(whole(c.Amount)), true
		}
	}
	if !some {
		for i := range list {
			list[i].Amount = 0
		}
		list[0].Amount = amount
		return list
	}
	for i, part := range allocate(over(whole(amount), step), weights) {
		list[i].Amount = minor(times(part, step))
	}
	return list
}

func same(a, b basket.Total) bool {
	return a.Without == b.Without && a.Location == b.Location && a.TaxCode == b.TaxCode && a.Class == b.Class && a.Percent == b.Percent && a.OfGross == b.OfGross && a.Treatment == b.Treatment
}

// number reads a decimal that this package or package basket wrote.
func number(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic("no number: " + text) // unreachable: package basket writes numbers
	}
	return r
}
