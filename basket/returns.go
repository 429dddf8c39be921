package basket

import (
	"math/big"

	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax/internal/exact"
)

// take books one return.
func (l *ledger) take(r *Return) *fault {
	first, end := 0, len(l.entries)
	if r.ID != "" {
		o, ok := l.byID[r.ID]
		switch {
		case !ok:
			return &fault{"id", r.ID, "the sale has no such line or charge"}
		case o.several:
			return &fault{"id", r.ID, "several lines or charges have this ID: return an amount, or all of the sale"}
		}
		first, end = o.first, o.end
	}
	entries := l.entries[first:end]
	goods := !exact.Within(r.Quantity) || r.Quantity.Sign() != 0
	asked := 0
	for _, set := range []bool{r.All, r.TaxOnly, r.Net != 0, r.Amount != 0 && !goods, goods} {
		if set {
			asked++
		}
	}
	switch {
	case asked != 1:
		return &fault{"", r.ID, "ask for exactly one of Quantity, Amount, Net, TaxOnly and All; only a Quantity can have an Amount as well"}
	case r.TaxOnly:
		return takeTaxes(entries)
	case r.Net != 0:
		return l.takeNet(entries, r.Net)
	case r.All:
		for i := range entries {
			entries[i].takeRest()
		}
		return nil
	case r.Amount != 0 && !goods:
		return l.takeAmount(entries, r.Amount, r.ID == "")
	case !exact.Within(r.Quantity):
		return &fault{"quantity", exact.Describe(r.Quantity), exact.Bounds}
	case r.ID == "" || !entries[0].line:
		return &fault{"quantity", exact.Format(r.Quantity), "only a line has a quantity: pass the ID of a line, or return an amount"}
	}
	return l.takeQuantity(&entries[0], r.Quantity, r.Amount)
}

// takeAmount divides an amount among entries in proportion to the amounts left
// of them. Of those that are taken back, the part is negative.
func (l *ledger) takeAmount(entries []entry, amount int64, shared bool) *fault {
	parts, f := l.divide("amount", amount, len(entries), func(i int) int64 { return entries[i].left() })
	if f != nil {
		return f
	}
	for i, part := range parts {
		if part.Sign() == 0 {
			continue
		}
		entries[i].takeGross(part.Int64())
		if shared {
			entries[i].shared += part.Int64()
		}
	}
	if shared {
		l.asked += amount
	}
	return nil
}

// divide divides an amount in proportion to what is left, of which some is negative.
func (l *ledger) divide(field string, amount int64, n int, leftOf func(i int) int64) ([]*big.Int, *fault) {
	left, whole := new(big.Int), big.NewInt(amount)
	for i := range n {
		left.Add(left, big.NewInt(leftOf(i)))
	}
	if left.Sign() != whole.Sign() || left.CmpAbs(whole) < 0 {
		return nil, &fault{field, itoa(amount), "too large: " + l.amount(left) + " is left"}
	}
	parts := make([]*big.Rat, n)
	for i := range parts {
		parts[i] = new(big.Rat).SetFrac(new(big.Int).Mul(whole, big.NewInt(leftOf(i))), left)
	}
	return divide(whole, parts), nil
}

// takeNet divides a net amount among entries in proportion to the net amounts left of them.
func (l *ledger) takeNet(entries []entry, net int64) *fault {
	parts, f := l.divide("net", net, len(entries), func(i int) int64 { return entries[i].whole.Net - entries[i].now.Net })
	if f != nil {
		return f
	}
	for i, part := range parts {
		if part.Sign() == 0 {
			continue
		}
		e := &entries[i]
		so := e.now.Net + part.Int64()
		tax := e.whole.Tax
		if !e.untaxed {
			tax = partOf(tax, so, e.whole.Net, 1)
		}
		e.takeGross(so + tax - e.now.Gross)
	}
	return nil
}

// takeTaxes books the tax that is left of entries, and no net amount. What is paid back later
// has no tax.
func takeTaxes(entries []entry) *fault {
	for i := range entries {
		e := &entries[i]
		switch left := e.whole.Tax - e.now.Tax; {
		case left == 0:
		case !between(left, e.left()):
			// Components that are rounded up can be more than a price of one minor unit.
			return &fault{"taxOnly", e.id, "too large: the tax is more than the price: return all"}
		default:
			e.untaxed, e.taxOnly = true, true
			e.takeGross(left)
		}
	}
	return nil
}

// amount returns an amount in the currency for an error: "5.00", and EUR if it is known.
func (l *ledger) amount(minor *big.Int) string {
	text := exact.Format(decimal.NewFromBigInt(minor, -l.sale.Policy.Rounding.Scale()))
	if l.sale.Policy.Currency != "" {
		text = l.sale.Policy.Currency + " " + text
	}
	return text
}

// takeQuantity books a quantity at its part of the price, or at an agreed amount.
func (l *ledger) takeQuantity(e *entry, q decimal.Decimal, agreed int64) *fault {
	left := e.quantity.Sub(e.returned).Sub(e.returns)
	if q.Sign() != e.quantity.Sign() || q.Abs().GreaterThan(left.Abs()) {
		return &fault{"quantity", exact.Format(q), "not between 0 and the " + exact.Format(left) + " that are left"}
	}
	before := e.returned.Add(e.returns)
	gross := e.proportion(before.Add(q)) - e.proportion(before)
	if agreed != 0 {
		left := big.NewInt(e.left())
		if big.NewInt(agreed).Sign() != left.Sign() || exact.Magnitude(agreed) > exact.Magnitude(e.left()) {
			return &fault{"amount", itoa(agreed), "too large: " + l.amount(left) + " is left"}
		}
		gross, e.agreed = agreed, true
	}
	if exact.Magnitude(gross) > exact.Magnitude(e.left()) {
		// Amounts were paid back as well.
		return &fault{"quantity", exact.Format(q), "too large: it costs " + l.amount(big.NewInt(gross)) + ", and only " + l.amount(big.NewInt(e.left())) + " is left: return that amount, or all"}
	}
	e.returns, e.byQuantity = e.returns.Add(q), true
	e.takeGross(gross)
	return nil
}

// proportion returns the gross amount for a part of the quantity.
func (e *entry) proportion(q decimal.Decimal) int64 {
	exp := min(q.Exponent(), e.quantity.Exponent())
	part, whole := q.Shift(-exp).BigInt(), e.quantity.Shift(-exp).BigInt()
	price := e.whole.Gross
	if e.untaxed {
		price = e.whole.Net
	}
	part.Abs(part).Mul(part, big.NewInt(price))
	return exact.HalfUp.Quotient(part, whole.Abs(whole)).Int64()
}

func (e *entry) takeRest() {
	if rest := e.quantity.Sub(e.returned).Sub(e.returns); e.line && rest.Sign() != 0 {
		e.returns, e.byQuantity = e.returns.Add(rest), true
	}
	e.takeGross(e.left())
}

// takeGross books a gross amount and its tax.
func (e *entry) takeGross(gross int64) {
	e.touched = e.touched || gross != 0 || e.byQuantity
	e.now.Gross += gross
	switch {
	case e.untaxed:
		e.now.Tax = e.whole.Tax
	case e.whole.Gross != 0:
		e.now.Tax = exact.HalfUp.Quotient(
			new(big.Int).Mul(big.NewInt(e.whole.Tax), new(big.Int).Abs(big.NewInt(e.now.Gross))),
			new(big.Int).Abs(big.NewInt(e.whole.Gross))).Int64()
	}
	e.now.Net = e.now.Gross - e.now.Tax
}
