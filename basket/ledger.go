package basket

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// ledger keeps account of a sale: what was paid back earlier, and what is paid
// back now.
type ledger struct {
	sale    *Result
	entries []entry
	// byID finds the entries of a line or charge by its ID.
	byID map[string]owner
	// components are the amounts paid back earlier, by row and component.
	components [][]int64
	rows       map[rowKey]int // the row of the totals, by its key
	gross      int64          // paid back earlier, of the whole sale
	asked      int64          // amounts of the whole sale that are paid back now
}

// owner is the line or charge with an ID. Its entries are entries[first:end].
// If several lines or charges have the ID, it names none of them.
type owner struct {
	first, end int
	several    bool
}

// entry is a line or a part of a charge.
type entry struct {
	id       string
	rate     int
	row      int
	whole    Sum
	quantity decimal.Decimal // of a line
	line     bool
	// Amounts and quantities paid back: before and returned are those of earlier
	// notes, now includes this refund, and returns is the quantity of this refund
	// alone.
	before, now       Sum
	returned, returns decimal.Decimal
	shared            int64 // the part of this refund that is a share of an amount of the sale
	byQuantity        bool
	agreed            bool // the quantity has an amount of its own
	taxOnly           bool // this refund pays back the tax alone
	untaxed           bool // the tax was paid back alone, now or earlier
	touched           bool
}

// left returns the gross amount that can still be paid back.
func (e *entry) left() int64 { return e.whole.Gross - e.now.Gross }

func newLedger(sale *Result, earlier []CreditNote) (*ledger, error) {
	if sale == nil {
		return nil, inputError("sale", "", "nil: pass the stored Result")
	}
	if err := sale.Policy.check(); err != nil {
		return nil, err
	}
	l := &ledger{sale: sale, byID: map[string]owner{}, rows: sale.index()}
	rows, err := sale.rows()
	if err != nil {
		return nil, err
	}
	add := func(id string, rate int, whole Sum, path string, at ...any) error {
		if rate < 0 || rate >= len(rows) {
			return inputError(fmt.Sprintf(path, at...)+".rate", itoa(int64(rate)), "the sale has no such rate: pass the Result as it was stored")
		}
		if !whole.adds() {
			return inputError(fmt.Sprintf(path, at...), id, "net + tax is not gross: pass the Result as it was stored")
		}
		l.entries = append(l.entries, entry{id: id, rate: rate, row: rows[rate], whole: whole})
		return nil
	}
	for i := range sale.Lines {
		line := &sale.Lines[i]
		if err := add(line.ID, line.Rate, line.Sum, "sale.lines[%d]", i); err != nil {
			return nil, err
		}
		e := &l.entries[len(l.entries)-1]
		var reason string
		if e.quantity, reason = exact.Parse(line.Quantity); reason != "" || e.quantity.Sign() == 0 {
			return nil, inputError(fmt.Sprintf("sale.lines[%d].quantity", i), line.Quantity, "not a quantity: pass the Result as it was stored")
		}
		e.line = true
		l.identify(line.ID, len(l.entries)-1)
	}
	for i := range sale.Charges {
		c := &sale.Charges[i]
		first := len(l.entries)
		for n := range c.Parts {
			if err := add(c.ID, c.Parts[n].Rate, c.Parts[n].Sum, "sale.charges[%d].parts[%d]", i, n); err != nil {
				return nil, err
			}
		}
		l.identify(c.ID, first)
	}
	for _, t := range sale.Totals {
		l.components = append(l.components, make([]int64, len(t.Components)))
	}
	for i := range earlier {
		if err := l.enter(&earlier[i], i); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// identify records that an ID names the entries from first on.
func (l *ledger) identify(id string, first int) {
	_, several := l.byID[id]
	l.byID[id] = owner{first, len(l.entries), several}
}

// enter books an earlier credit note.
func (l *ledger) enter(note *CreditNote, i int) error {
	foreign := func(at string, n int, reason string) error {
		return inputError(fmt.Sprintf("earlier[%d].%s[%d]", i, at, n), "", reason+": pass the notes of this sale")
	}
	for n := range note.Lines {
		line := &note.Lines[n]
		if uint(line.Position) >= uint(len(l.entries)) {
			return foreign("lines", n, "the sale has no such position")
		}
		e := &l.entries[line.Position]
		booked, ok := e.before.add(line.Sum)
		if e.id != line.ID || e.rate != line.Rate || !ok || !line.adds() {
			return foreign("lines", n, "not what the sale has at this position")
		}
		e.before, e.now = booked, booked
		e.untaxed = e.untaxed || line.TaxOnly
		if line.Quantity != "" {
			q, reason := exact.Parse(line.Quantity)
			if reason != "" {
				return foreign("lines", n, "not a quantity")
			}
			e.returned = e.returned.Add(q)
		}
		if !between(e.now.Gross, e.whole.Gross) || !between(e.now.Tax, e.whole.Tax) ||
			e.returned.Abs().GreaterThan(e.quantity.Abs()) {
			return foreign("lines", n, "more than was sold")
		}
		if l.gross, ok = exact.Add(l.gross, line.Gross); !ok {
			return tooLarge("earlier")
		}
	}
	for n := range note.Totals {
		t := &note.Totals[n]
		row, ok := l.rows[keyOfRow(t)]
		if !ok || len(t.Components) != len(l.components[row]) {
			return foreign("totals", n, "the sale has no such row")
		}
		for k, c := range t.Components {
			l.components[row][k] += c.Amount
		}
	}
	return nil
}

// note returns the credit note for the returns that were taken.
func (l *ledger) note() (CreditNote, error) {
	var n CreditNote
	totals := make([]Sum, len(l.sale.Totals))
	used, open := make([]bool, len(totals)), make([]bool, len(totals))
	for i := range l.entries {
		e := &l.entries[i]
		open[e.row] = open[e.row] || e.now != e.whole
		if !e.touched {
			continue
		}
		line := CreditLine{Position: i, ID: e.id, Rate: e.rate, Shared: e.shared, Agreed: e.agreed, TaxOnly: e.taxOnly, Sum: e.now.minus(e.before)}
		if e.byQuantity {
			line.Quantity = exact.Format(exact.Trim(e.returns))
		}
		n.Lines = append(n.Lines, line)
		// The sums can overflow even though those of the sale did not: a refund of
		// part of a sale may leave out its negative lines.
		var ok1, ok2 bool
		totals[e.row], ok1 = totals[e.row].add(line.Sum)
		n.Total, ok2 = n.Total.add(line.Sum)
		if !ok1 || !ok2 {
			return CreditNote{}, tooLarge("returns")
		}
		used[e.row] = true
	}
	if len(n.Lines) == 0 {
		return CreditNote{}, inputError("returns", "", "there is nothing left to pay back")
	}
	before, rounding, ok := l.gross, []Sum(nil), true
	if l.sale.Policy.TotalStep > 1 {
		rounding = slices.Clone(totals)
		if before, ok = l.roundRows(totals); !ok {
			return CreditNote{}, tooLarge("returns")
		}
		n.Total = Sum{}
	}
	for row, t := range l.sale.Totals {
		if !used[row] {
			continue
		}
		t.Sum, t.Rounding = totals[row], Sum{}
		if rounding != nil {
			t.Rounding = totals[row].minus(rounding[row])
			n.Total = n.Total.plus(t.Sum)
		}
		t.Components = componentsOf(&l.sale.Totals[row], l.components[row], t.Sum.Tax, l.sale.Policy.step(), !open[row])
		n.Totals = append(n.Totals, t)
	}
	n.Amount = l.asked
	return l.settle(n, before)
}

// settle computes what is paid back of a note, after a gross amount that was paid back
// before.
func (l *ledger) settle(n CreditNote, paid int64) (CreditNote, error) {
	gross, ok := exact.Add(paid, n.Total.Gross)
	kept, before, ok1 := l.sale.repayable(paid)
	deducted, after, ok2 := l.sale.repayable(gross)
	if !ok || !ok1 || !ok2 {
		return CreditNote{}, tooLarge("payable")
	}
	if n.Payable, ok = exact.Sub(after, before); !ok {
		return CreditNote{}, tooLarge("payable")
	}
	n.Deducted = deducted - kept
	n.CashRounding = n.Payable - n.Total.Gross + n.Deducted
	return n, nil
}

// roundRows replaces what is paid back now of each row by the difference of two rounded sums:
// all that was paid back after this note, and before it. It returns the latter's gross sum.
func (l *ledger) roundRows(totals []Sum) (gross int64, ok bool) {
	type sums struct {
		before, now Sum
		was, is     bool // something of the row is left: before this note, and after it
	}
	rows := make([]sums, len(totals))
	ok = true
	for i := range l.entries {
		e := &l.entries[i]
		s := &rows[e.row]
		var ok1, ok2 bool
		s.before, ok1 = s.before.add(e.before)
		s.now, ok2 = s.now.add(e.now)
		s.was, s.is = s.was || e.before != e.whole, s.is || e.now != e.whole
		ok = ok && ok1 && ok2
	}
	for row := range rows {
		s := &rows[row]
		before, ok1 := l.sale.repaidRow(row, s.before, !s.was)
		now, ok2 := l.sale.repaidRow(row, s.now, !s.is)
		totals[row] = now.minus(before)
		var ok3 bool
		gross, ok3 = exact.Add(gross, before.Gross)
		ok = ok && ok1 && ok2 && ok3
	}
	return gross, ok
}

// componentsOf divides the tax that is paid back now among the components of a
// row, in proportion to the amounts left of each. Once all of the row is paid back, it is
// what is left of each: two of them can have other signs.
func componentsOf(row *Total, before []int64, tax, step int64, all bool) []ComponentSum {
	if len(row.Components) == 0 {
		return nil
	}
	list := make([]ComponentSum, len(row.Components))
	for i, c := range row.Components {
		list[i].Code = c.Code
		if all {
			list[i].Amount = c.Amount - before[i]
		}
	}
	if all {
		return list
	}
	weights, sum := weightsOf(len(list), tax, func(i int) int64 { return row.Components[i].Amount - before[i] })
	if sum.Sign() == 0 {
		list[0].Amount = tax
		return list
	}
	for i, part := range exact.WideApportion(big.NewInt(tax/step), weights) {
		list[i].Amount = part.Int64() * step
	}
	return list
}

// weightsOf returns the weights for dividing an amount among n parts: the
// amount left of each part, or 0 if that has the other sign.
func weightsOf(n int, amount int64, left func(i int) int64) (weights []*big.Int, sum *big.Int) {
	weights, sum = make([]*big.Int, n), new(big.Int)
	for i := range weights {
		weights[i] = new(big.Int)
		if l := left(i); (l < 0) == (amount < 0) {
			weights[i].SetUint64(exact.Magnitude(l))
		}
		sum.Add(sum, weights[i])
	}
	return weights, sum
}

// between reports whether a lies between 0 and whole.
func between(a, whole int64) bool {
	if whole < 0 {
		return whole <= a && a <= 0
	}
	return 0 <= a && a <= whole
}
