package basket

import (
	"errors"
	"fmt"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Price computes the amounts of a basket. All rates come from one place, and so
// from one snapshot of the tax data. It takes time in proportion to the number
// of lines, and makes no decimals. The lines are not copied: do not change them
// before the last call of [Priced.Result].
//
// A basket that cannot be priced is a [tax.InputError] whose Field is a path,
// such as "lines[2].price". Reasons are a quantity of 0, an amount with more
// decimals than the currency, more than 40 digits or an exponent outside -20 to
// 20, a discount larger than the price it reduces, an amount that 64 bits of
// minor units cannot hold, and an invalid policy. A class without a rate is a
// [RateError].
func Price(place tax.Place, b *Basket, policy Policy) (*Priced, error) {
	if b == nil {
		return nil, inputError("basket", "", "nil: pass a Basket; it may be empty")
	}
	if err := policy.resolve(); err != nil {
		return nil, err
	}
	p := &Priced{place: place, basket: b, policy: policy, lines: len(b.Lines)}
	p.positions = make([]position, p.lines, p.lines+8*len(b.Charges))
	p.rates = rates{slots: p.room.slots[:0], rows: p.room.rows[:0], groups: p.room.groups[:0], each: policy.EachComponent}
	if err := p.price(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Priced) price() error {
	b := p.basket
	if len(b.Discounts) > 0 || p.policy.Level != ByLine || p.policy.Rounding.NetFirst() || p.policy.EachComponent || p.policy.TaxStep > 1 {
		p.taxed = -1
	}
	if err := p.priceLines(b.Lines); err != nil {
		return err
	}
	p.goods = len(p.rates.rows)
	if err := p.readCharges(); err != nil {
		return err
	}
	if err := p.discounts(); err != nil {
		return err
	}
	if err := p.spreadCharges(); err != nil {
		return err
	}
	if err := p.computeTax(); err != nil {
		return err
	}
	if err := p.sumUp(); err != nil {
		return err
	}
	if p.work != nil {
		spreadings.Put(p.work)
	}
	p.cells, p.work = nil, nil
	return nil
}

// priceLines computes the amounts of the lines. Where no later step can change
// them, it computes the tax and the sums in the same pass, because this pass
// takes most of the time of pricing.
func (p *Priced) priceLines(lines []Line) (err error) {
	mode, direct := p.policy.mode(), p.taxed == 0
	positions := p.positions[:len(lines)]
	for i := range lines {
		l := &lines[i]
		n, known := int32(0), false
		if i > 0 && l.Tax == nil {
			n, known = p.rates.recentSlot(l.Class, &l.Assertion)
		}
		if !known {
			if n, err = p.lineSlot(l, i); err != nil {
				return err
			}
		}
		s := &p.rates.slots[n]
		var given int64
		whole := l.Count != 0 && l.PriceMinor != 0 && !l.PriceIsTotal && l.Per.Sign() == 0 && l.isPlain(s)
		if whole {
			given, whole = l.whole()
		}
		if !whole {
			var f *fault
			if given, f = p.subtotal(l, s); f != nil {
				return f.at("lines", i)
			}
		}
		if len(l.Discounts)+len(l.Charges) > 0 {
			var f *fault
			if given, f = p.policy.reduced(l, given); f != nil {
				return f.at("lines", i)
			}
		}
		at := &positions[i]
		at.given, at.slot, at.gross = given, n, l.IncludesTax
		at.based = l.Tax != nil && !l.Tax.Base.isZero()
		if !direct {
			continue
		}
		share, ok := &s.share[kindOf(at.gross)], false
		if share.Den != 0 && !at.based {
			at.tax, ok = mode.MulDiv(given, share.Num, share.Den)
		}
		if !ok {
			if err := p.positionTax(i); err != nil {
				return err
			}
		}
		if i < manyLines && at.isSmall() {
			s.add(at)
		} else if !p.rates.rows[s.row].add(at) {
			return tooLarge(p.path(i))
		}
	}
	if !direct {
		return nil
	}
	p.taxed, p.summed = len(lines), len(lines)
	return p.sumSlots()
}

// lineSlot returns the number of the slot of a line.
func (p *Priced) lineSlot(l *Line, i int) (int32, error) {
	class := l.Class
	if l.Tax != nil {
		p.bearing = p.bearing || l.Tax.SellerBears
		f := l.Tax.Base.check(&p.policy, l.IncludesTax)
		if f == nil && len(l.Tax.ClassByPrice) > 0 {
			class, f = p.policy.chosen(l)
		}
		if f != nil {
			return 0, f.at("lines", i)
		}
	}
	n, err := p.rates.slot(&p.place, class, &l.Assertion, l.Tax)
	if err != nil {
		return 0, rateError("lines", i, err)
	}
	return n, nil
}

// isSlotOf reports whether a line still has the slot.
func (p *Priced) isSlotOf(l *Line, s *slot) bool {
	class, n := l.Class, int32(0)
	if l.Tax != nil {
		if f := l.Tax.Base.check(&p.policy, l.IncludesTax); f != nil {
			return false
		}
		if len(l.Tax.ClassByPrice) > 0 {
			var f *fault
			if class, f = p.policy.chosen(l); f != nil {
				return false
			}
		}
		n = p.rates.specials[l.Tax.special(&p.place)]
	}
	return s.slotKey == slotKey{class, l.Assertion, n}
}

// sumSlots adds the sums that were kept by slot to the rows.
func (p *Priced) sumSlots() error {
	for i := range p.rates.slots {
		s := &p.rates.slots[i]
		if !p.rates.rows[s.row].add(&position{given: s.net, tax: s.tax}) {
			return tooLarge("total")
		}
	}
	return nil
}

// The sum of up to manyLines small amounts fits in 64 bits and needs no checks.
const (
	manyLines   = 1 << 20
	smallAmount = 1 << 40
)

func isSmall(n int64) bool { return uint64(n+smallAmount) < 2*smallAmount }

func (p *position) isSmall() bool { return isSmall(p.given) && isSmall(p.tax) }

// add adds a small position to the sums of its slot.
func (s *slot) add(at *position) {
	net := at.given
	if at.gross {
		net -= at.tax
	}
	s.net, s.tax = s.net+net, s.tax+at.tax
}

// whole returns the subtotal of a line that is given in integers. It needs no
// rounding.
func (l *Line) whole() (int64, bool) {
	if l.Quantity.Sign() != 0 || l.Price.Sign() != 0 {
		return 0, false
	}
	if price, count := l.PriceMinor, l.Count; price == int64(int32(price)) && count == int64(int32(count)) {
		return price * count, true // as nearly always
	}
	return exact.Mul(l.PriceMinor, l.Count)
}

// add adds a position to the sums of its row. It reports whether they fit.
func (r *row) add(at *position) bool {
	net, ok1 := at.given, true
	if at.gross {
		net, ok1 = exact.Sub(at.given, at.tax)
	}
	var ok2, ok3 bool
	r.sum.Net, ok2 = exact.Add(r.sum.Net, net)
	r.sum.Tax, ok3 = exact.Add(r.sum.Tax, at.tax)
	_, ok4 := exact.Add(net, at.tax)
	return ok1 && ok2 && ok3 && ok4
}

// sumUp adds the positions to their rows, and the rows to the total.
func (p *Priced) sumUp() error {
	for i := p.summed; i < len(p.positions); i++ {
		at := &p.positions[i]
		if !p.rates.rows[p.rates.slots[at.slot].row].add(at) {
			return tooLarge(p.path(i))
		}
	}
	if p.policy.TotalStep > 1 {
		if !p.roundRows() {
			return tooLarge("total")
		}
	}
	rows := p.rates.rows
	for i := range rows {
		row := &rows[i].sum
		gross, ok1 := exact.Add(row.Net, row.Tax)
		net, ok2 := exact.Add(p.total.Net, row.Net)
		tax, ok3 := exact.Add(p.total.Tax, row.Tax)
		if !ok1 || !ok2 || !ok3 {
			return tooLarge("total")
		}
		row.Gross, p.total.Net, p.total.Tax = gross, net, tax
	}
	var ok bool
	if p.total.Gross, ok = exact.Add(p.total.Net, p.total.Tax); !ok {
		return tooLarge("total")
	}
	return p.settle()
}

// round returns the payable amount for a gross total.
func (c Cash) round(gross int64) (payable int64, ok bool) {
	if c.Step == 0 {
		return gross, true
	}
	steps, ok := exact.Mode(c.Mode).MulDiv(gross, 1, uint64(c.Step))
	if !ok {
		return 0, false
	}
	return exact.Mul(steps, c.Step)
}

// fault says what is wrong with a field. The path to the field is added by at.
type fault struct{ field, value, reason string }

func (f *fault) at(list string, i int) error {
	path := fmt.Sprintf("%s[%d]", list, i)
	if f.field != "" {
		path += "." + f.field
	}
	return inputError(path, f.value, f.reason)
}

// beyondMinor is the reason to refuse an amount that minor units cannot hold.
const beyondMinor = "out of range: minor units have 64 bits"

func tooLarge(field string) error {
	return inputError(field, "", beyondMinor)
}

// assertionError is the error for an asserted treatment that does not exist.
type assertionError struct{ error }

// exemptionError is the error for an exemption that the rate does not have.
type exemptionError struct{ *fault }

func (e exemptionError) Error() string { return e.reason }

// rateError says which part of a basket has no rate.
func rateError(list string, i int, err error) error {
	if a, ok := err.(assertionError); ok {
		input := a.error.(*tax.InputError) // as Treatment.MarshalText returns it
		return (&fault{"assertion", input.Value, input.Reason}).at(list, i)
	}
	if e, ok := err.(exemptionError); ok {
		return e.at(list, i)
	}
	return &RateError{Path: fmt.Sprintf("%s[%d].class", list, i), Err: err}
}

// RateError says which part of a basket has no rate. It unwraps to the error of
// [tax.Place.Rate].
type RateError struct {
	// Path names the part: "lines[2].class".
	Path string
	// Err is the reason.
	Err error
}

// Error names the part and the reason.
func (e *RateError) Error() string {
	if e.Err == nil {
		return "tax: " + e.Path + ": no rate"
	}
	return "tax: " + e.Path + ": " + strings.TrimPrefix(e.Err.Error(), "tax: ")
}

// Code returns the code of Err, such as unknown_class, or "error" if it has none.
func (e *RateError) Code() string {
	var coded interface{ Code() string }
	if errors.As(e.Err, &coded) {
		return coded.Code()
	}
	return "error"
}

// Unwrap returns Err.
func (e *RateError) Unwrap() error { return e.Err }

// MarshalText returns the text of Error. JSON has the error as this text.
func (e *RateError) MarshalText() ([]byte, error) {
	return []byte(strings.ToValidUTF8(e.Error(), "\ufffd")), nil
}
