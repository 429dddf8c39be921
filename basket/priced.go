package basket

import (
	"log/slog"
	"math/big"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Priced is a basket with its amounts, in minor units of the policy. Get one
// from [Price]. Its methods are safe for concurrent use.
type Priced struct {
	place  tax.Place
	basket *Basket
	policy Policy

	// positions are the lines, then the parts of the charges.
	positions []position
	lines     int
	taxed     int // number of positions whose tax priceLines computes; -1 if it must not
	summed    int // number of positions that priceLines has added to the sums
	rates     rates
	goods     int        // number of rows that have lines
	cells     [][2]cell  // by group and kind of price, if the tax of sums was divided; nil once priced
	work      *spreading // nil without discounts, and once priced
	coupons   []coupon
	charges   []spreadCharge
	total     Sum
	payable   int64
	// due is what is left to pay before it is rounded to coins, after what was deducted
	// and prepaid.
	due, deducted, prepaid int64
	withheld               []int64
	bearing                bool // the seller bears the tax of a line
	borne                  int64
	accounting             *ResultAccounting
	rounding               []Sum     // by row, what rounding to the step of the totals makes of it
	parts                  [][]int64 // by component and position, if components are rounded each by itself

	// room holds the rates of most baskets, which saves allocations.
	room struct {
		slots  [4]slot
		rows   [4]row
		groups [4]group
	}
}

// position is a line or a part of a charge: the unit for which a tax is
// computed.
type position struct {
	given, tax int64
	slot       int32
	gross      bool // given includes the tax
	based      bool // another amount than given is taxed
}

func (p *position) sum() Sum {
	if p.gross {
		return Sum{p.given - p.tax, p.tax, p.given}
	}
	return Sum{p.given, p.tax, p.given + p.tax}
}

// Total returns the sum of all lines and charges.
func (p *Priced) Total() Sum { return p.total }

// Payable returns the total gross amount after cash rounding.
func (p *Priced) Payable() int64 { return p.payable }

// Line returns the amounts of line i of the basket, or the zero Sum if there is
// no such line.
func (p *Priced) Line(i int) Sum {
	if uint(i) >= uint(p.lines) {
		return Sum{}
	}
	return p.positions[i].sum()
}

// String returns the total in minor units, for people and logs: "10000 net + 1900 tax =
// 11900 gross, payable 11900, in minor units".
func (p *Priced) String() string {
	if p == nil || p.basket == nil {
		return "no basket"
	}
	return itoa(p.total.Net) + " net + " + itoa(p.total.Tax) + " tax = " + itoa(p.total.Gross) + " gross, payable " + itoa(p.payable) + ", in minor units"
}

// LogValue returns a group for log/slog, in minor units: net, tax, gross, payable and the
// number of lines. For an empty value, it returns the text of String.
func (p *Priced) LogValue() slog.Value {
	if p == nil || p.basket == nil {
		return slog.StringValue(p.String())
	}
	return slog.GroupValue(slog.Int64("net", p.total.Net), slog.Int64("tax", p.total.Tax), slog.Int64("gross", p.total.Gross),
		slog.Int64("payable", p.payable), slog.Int("lines", p.lines))
}

// MarshalJSON always returns a [tax.InputError]: store [Priced.Result].
func (*Priced) MarshalJSON() ([]byte, error) {
	return nil, inputError("priced basket", "", "not data that JSON can hold: store Priced.Result")
}

// Result returns the priced basket as plain data. It reads the lines of the
// basket again, and returns a [tax.InputError] if they have changed since they
// were priced, and for an ID or a reason that is not UTF-8, which JSON cannot hold.
func (p *Priced) Result() (*Result, error) {
	if p == nil || p.basket == nil {
		return nil, inputError("priced basket", "", "empty: get one from Price")
	}
	labels, err := p.labels()
	if err != nil {
		return nil, err
	}
	r := &Result{
		Format:       Format,
		Labels:       labels,
		Policy:       p.policy,
		Location:     p.place.Location(),
		Date:         p.place.Date(),
		Rates:        make([]tax.Explanation, len(p.rates.slots)),
		Lines:        make([]ResultLine, p.lines),
		Totals:       make([]Total, len(p.rates.rows)),
		Total:        p.total,
		Payable:      p.payable,
		CashRounding: p.payable - p.due,
		Prepaid:      p.prepaid,
		Borne:        p.borne,
		Accounting:   p.accounting,
		Withheld:     p.resultWithheld(),
	}
	for i := range p.rates.slots {
		s := &p.rates.slots[i]
		r.Rates[i] = s.explain()
		if e := s.exemption(); e != nil {
			r.Exemptions = append(r.Exemptions, RateExemption{i, *e})
		}
	}
	if len(p.basket.Lines) != p.lines {
		return nil, changed("lines")
	}
	for i := range r.Lines {
		if !p.resultLine(&r.Lines[i], i) {
			return nil, changed(p.path(i))
		}
	}
	p.resultCoupons(r)
	p.resultCharges(r)
	for i := range p.rates.rows {
		r.Totals[i] = p.rates.total(&p.rates.rows[i], &p.policy)
		if p.rounding != nil {
			r.Totals[i].Rounding = p.rounding[i]
		}
		if r.Totals[i].Location == r.Location {
			r.Totals[i].Location = tax.Location{}
		}
	}
	if p.parts != nil {
		p.rowComponents(r.Totals)
	}
	if err := r.checkTexts(); err != nil {
		return nil, err
	}
	return r, nil
}

// resultCoupons fills in the discounts of the basket.
func (p *Priced) resultCoupons(r *Result) {
	for i := range p.coupons {
		d := &p.coupons[i]
		shares := make([]int64, p.lines)
		copy(shares, d.shares)
		r.Discounts = append(r.Discounts, ResultDiscount{
			ID: d.ID, Reason: d.Reason, Code: d.Code, Percent: d.percentText(), Spread: d.Spread, Class: d.class,
			Only: slices.Clone(d.Only), Except: slices.Clone(d.Except), Charges: d.Charges, AmountTax: d.AmountTax, AtMost: d.AtMost,
			Stated: d.stated, Left: d.left, AfterTax: d.AfterTax,
			Parts: slices.Clone(d.parts), Amount: d.amount, Shares: shares, OfCharges: slices.Clone(d.off),
		})
	}
}

// resultCharges fills in the charges.
func (p *Priced) resultCharges(r *Result) {
	for i := range p.charges {
		c := &p.charges[i]
		rc := ResultCharge{ID: idOr(c.ID, "charge-", i), Reason: c.Reason, Code: c.Code, Allowance: c.Allowance, Amount: c.amount, Shared: c.shared, Listed: c.listed, IncludesTax: c.IncludesTax, Spread: c.Spread}
		for _, at := range p.positions[c.first:c.end] {
			s := at.sum()
			rc.Parts = append(rc.Parts, ChargePart{Rate: int(at.slot), Sum: s})
			rc.Sum = rc.Sum.plus(s)
		}
		r.Charges = append(r.Charges, rc)
	}
}

// resultLine fills in a line. It reports whether the line is still as it was
// priced.
func (p *Priced) resultLine(r *ResultLine, i int) (same bool) {
	l, at := &p.basket.Lines[i], &p.positions[i]
	s := &p.rates.slots[at.slot]
	if l.IncludesTax != at.gross || !p.isSlotOf(l, s) {
		return false
	}
	changed := *l
	if f := p.convertLine(&changed, s); f != nil {
		return false
	}
	listed := p.listed(l, s)
	l = &changed
	price, f := p.policy.price(l)
	if f != nil {
		return false
	}
	var units []int64
	if f := p.policy.reduceUnit(&changed, &units); f != nil {
		return false
	}
	subtotal, f := p.policy.subtotal(l)
	if f != nil {
		return false
	}
	quantity, _ := l.quantity() // subtotal has read both without a fault
	*r = ResultLine{
		ID:           idOr(l.ID, "line-", i),
		Rate:         int(at.slot),
		Quantity:     exact.Format(quantity),
		Price:        exact.Format(price),
		Listed:       listed,
		PriceIsTotal: l.PriceIsTotal,
		IncludesTax:  l.IncludesTax,
		Subtotal:     subtotal,
		Sum:          at.sum(),
	}
	if l.Per.Sign() != 0 {
		r.Per = exact.Format(l.Per)
	}
	if at.based {
		r.Base = l.Tax.Base.result(p.base(i))
	}
	if l.Tax != nil {
		r.SellerBears = l.Tax.SellerBears
		r.ClassByPrice = resultSteps(l.Tax.ClassByPrice)
	}
	left, f := p.resultReductions(r, l, units)
	if f != nil {
		return false
	}
	for c := range p.coupons {
		if shares := p.coupons[c].shares; shares != nil {
			r.Shared += shares[i]
		}
	}
	return left-r.Shared == at.given
}

// resultReductions fills in the discounts and charges of a line, and returns what is left
// of it. units are the amounts off each unit.
func (p *Priced) resultReductions(r *ResultLine, l *Line, units []int64) (left int64, f *fault) {
	left = r.Subtotal
	for n := range l.Discounts {
		d := &l.Discounts[n]
		off := int64(0)
		if n < len(units) {
			off = units[n]
		} else if off, f = p.policy.lineDiscount(d, left); f != nil {
			return 0, f
		} else {
			left -= off
		}
		r.Discounts = append(r.Discounts, LineDiscount{ID: d.ID, Reason: d.Reason, Code: d.Code, Percent: d.percentText(), EachUnit: d.EachUnit, Amount: off})
	}
	reduced := left
	back := left < 0 || left == 0 && l.isBack()
	for n := range l.Charges {
		c := &l.Charges[n]
		on, f := p.policy.lineCharge(c, reduced, back)
		if f != nil {
			return 0, f
		}
		left += on
		r.Charges = append(r.Charges, LineCharge{ID: c.ID, Reason: c.Reason, Code: c.Code, Percent: percentText(c.Amount, c.Percent), Amount: on})
	}
	return left, nil
}

// percentText returns the percentage for a result. It is empty if the discount
// is an amount.
func (d *Discount) percentText() string { return percentText(d.Amount, d.Percent) }

func percentText(amount, percent decimal.Decimal) string {
	if amount.Sign() != 0 {
		return ""
	}
	return exact.Format(percent)
}

// total returns a row with its tax divided among the components of the rate.
func (r *rates) total(row *row, policy *Policy) Total {
	g := &r.groups[row.group]
	t := Total{
		Location:  r.slots[row.slot].rate.Location(),
		TaxCode:   g.tax,
		Class:     row.class,
		Without:   r.slots[row.slot].without(),
		Percent:   exact.Format(g.percent),
		OfGross:   g.ofGross,
		Treatment: g.treatment,
		Sum:       row.sum,
	}
	components := r.slots[row.slot].charged()
	if len(components) == 0 {
		return t
	}
	weights := exact.Weights(len(components), func(i int) (decimal.Decimal, bool) {
		return components[i].Percent, components[i].Compound
	})
	for i, part := range exact.WideApportion(big.NewInt(row.sum.Tax/policy.step()), weights) {
		t.Components = append(t.Components, ComponentSum{components[i].Code, part.Int64() * policy.step()})
	}
	return t
}

func idOr(id, prefix string, i int) string {
	if id != "" {
		return id
	}
	return prefix + strconv.Itoa(i+1)
}

func changed(path string) error {
	return inputError(path, "", "changed since it was priced: price the basket again")
}
