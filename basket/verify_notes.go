package basket

import (
	"math/big"
	"slices"

	"github.com/taxresolve/tax"
)

// repaid is the part of an item that was paid back so far.
type repaid struct {
	gross, tax *big.Int
	quantity   number
	untaxed    bool // the tax was paid back alone
}

// refunds is the state of the audit of credit notes.
type refunds struct {
	*audit
	back       []repaid           // by item
	components map[int][]*big.Int // left to pay back, by row
	gross      *big.Int           // paid back so far, of all items
	sold       *big.Int           // the gross amount of all items
	rowsBack   []rowBack          // by row
	rowsGross  *big.Int           // paid back so far, of all rows
	total      bigSum             // as the notes say
	payable    *big.Int           // as the notes say
}

// notes checks the credit notes in their order.
func (v *audit) notes(notes []CreditNote) {
	if len(notes) == 0 {
		return
	}
	r := &refunds{
		audit: v, back: make([]repaid, len(v.items)), components: map[int][]*big.Int{},
		gross: new(big.Int), sold: new(big.Int), payable: new(big.Int),
		rowsBack: make([]rowBack, len(v.rows)), rowsGross: new(big.Int),
	}
	for i := range v.items {
		r.sold.Add(r.sold, big.NewInt(v.items[i].sum.Gross))
	}
	for i := range r.back {
		r.back[i] = repaid{gross: new(big.Int), tax: new(big.Int), quantity: number{coefficient: new(big.Int)}}
		r.rowsBack[r.rates[r.items[i].rate].row].open += r.isOpen(i)
	}
	for i := range notes {
		r.note(&notes[i], i)
	}
	r.end()
}

func (r *refunds) note(note *CreditNote, i int) {
	kept, before := r.repayable(r.rowsGross)
	r.amount(note, i)
	rows, earlier := map[int]*bigSum{}, map[int]*bigSum{}
	gross := new(big.Int)
	for n := range note.Lines {
		line := &note.Lines[n]
		r.adds(line.Sum, "notes[%d].lines[%d].gross", i, n)
		if !r.known(line, i, n) {
			continue
		}
		row := r.rates[line.Rate].row
		if rows[row] == nil {
			rows[row], earlier[row] = new(bigSum), r.rounded(row)
		}
		r.line(line, i, n)
		rows[row].add(line.Sum)
		gross.Add(gross, big.NewInt(line.Gross))
	}
	r.gross = new(big.Int).Add(r.gross, gross)
	wants := rows
	if r.sale.Policy.TotalStep > 1 {
		wants, gross = map[int]*bigSum{}, new(big.Int)
		for row, sum := range earlier {
			wants[row] = r.rounded(row).minus(sum)
			gross.Add(gross, &wants[row].gross)
		}
	}
	r.rowsOf(note, i, rows, wants)
	r.rowsGross = new(big.Int).Add(r.rowsGross, gross)
	deducted, payable := r.repayable(r.rowsGross)
	deducted.Sub(deducted, kept)
	payable = new(big.Int).Sub(payable, before)
	r.expect(LawPayable, deducted, note.Deducted, "notes[%d].deducted", i)
	r.expect(LawPayable, payable, note.Payable, "notes[%d].payable", i)
	payable.Sub(payable, gross)
	r.expect(LawPayable, payable.Add(payable, deducted), note.CashRounding, "notes[%d].cashRounding", i)
	r.payable.Add(r.payable, big.NewInt(note.Payable))
	r.total.add(note.Total)
}

// amount checks the part of a note that was asked for as an amount of the whole sale: it
// is the sum of its shares, and not more than was left of the sale. A note does not say
// which of its other parts were returned before: those of the other sign may have been.
func (r *refunds) amount(note *CreditNote, i int) {
	amount, shares, left := big.NewInt(note.Amount), new(big.Int), new(big.Int).Sub(r.sold, r.gross)
	for n := range note.Lines {
		shared := big.NewInt(note.Lines[n].Shared)
		shares.Add(shares, shared)
		if other := shared.Sub(big.NewInt(note.Lines[n].Gross), shared); other.Sign()*amount.Sign() < 0 {
			left.Sub(left, other)
		}
	}
	if r.expectBig(LawRefund, shares, amount, "notes[%d].amount", i); amount.Sign() != 0 {
		r.expectBig(LawRefund, within(amount, left), amount, "notes[%d].amount", i)
	}
}

// known reports whether a line of a note belongs to the sale.
func (r *refunds) known(line *CreditLine, i, n int) bool {
	if uint(line.Position) >= uint(len(r.items)) {
		r.unreadable("notes[%d].lines[%d].position", i, n)
		return false
	}
	it := &r.items[line.Position]
	id := ""
	if it.charge < 0 {
		id = r.sale.Lines[it.part].ID
	} else {
		id = r.sale.Charges[it.charge].ID
	}
	if line.ID != id {
		r.unreadable("notes[%d].lines[%d].id", i, n)
		return false
	}
	if line.Rate != it.rate {
		r.unreadable("notes[%d].lines[%d].rate", i, n)
		return false
	}
	return true
}

// line books a line of a note and checks its amounts.
func (r *refunds) line(line *CreditLine, i, n int) {
	whole, paid := r.items[line.Position].sum, &r.back[line.Position]
	total := big.NewInt(whole.Gross)
	left := new(big.Int).Sub(total, paid.gross)
	gross := big.NewInt(line.Gross)
	r.expectBig(LawRefund, within(gross, left), gross, "notes[%d].lines[%d].gross", i, n)
	r.quantity(line, left, i, n)

	open, taxed := r.isOpen(line.Position), paid.tax
	paid.gross = new(big.Int).Add(paid.gross, gross)
	paid.untaxed = paid.untaxed || line.TaxOnly
	tax := big.NewInt(whole.Tax)
	if !paid.untaxed {
		tax = r.taxOf(whole, paid.gross)
	}
	law := LawRefundShare
	if paid.gross.Cmp(total) == 0 {
		law = LawRefundAll
	}
	r.expect(law, new(big.Int).Sub(tax, paid.tax), line.Tax, "notes[%d].lines[%d].tax", i, n)
	paid.tax = tax
	r.book(line.Position, gross, new(big.Int).Sub(tax, taxed), r.isOpen(line.Position)-open)
}

// taxOf returns the tax on a part of a gross amount.
func (r *refunds) taxOf(whole *Sum, gross *big.Int) *big.Int {
	return proportion(big.NewInt(whole.Tax), gross, big.NewInt(whole.Gross))
}

// proportion returns amount * part / whole, rounded half up; 0 if whole is 0.
func proportion(amount, part, whole *big.Int) *big.Int {
	if whole.Sign() == 0 {
		return new(big.Int)
	}
	product := new(big.Int).Mul(amount, part)
	if whole.Sign() < 0 {
		product.Neg(product)
	}
	return fraction{product, new(big.Int).Abs(whole)}.rounded(tax.HalfUp)
}

// quantity checks the returned quantity of a line of a note. left is the gross
// amount that was left of the line before the note.
func (r *refunds) quantity(line *CreditLine, left *big.Int, i, n int) {
	if line.TaxOnly && line.Tax == 0 || line.Agreed && line.Quantity == "" {
		r.unreadable("notes[%d].lines[%d]", i, n)
	}
	if line.Quantity == "" {
		return
	}
	it, paid := &r.items[line.Position], &r.back[line.Position]
	back, ok := readNumber(line.Quantity)
	if it.charge >= 0 || !ok {
		r.unreadable("notes[%d].lines[%d].quantity", i, n)
		return
	}
	sold, ok := readNumber(r.sale.Lines[it.part].Quantity)
	if !ok {
		return // reported with the line of the sale
	}
	// At one scale, all quantities are integers.
	scale := max(sold.scale, paid.quantity.scale, back.scale)
	all, before, now := sold.at(scale), paid.quantity.at(scale), back.at(scale)
	rest := new(big.Int).Sub(all, before)
	if within(now, rest).Cmp(now) != 0 {
		unit := number{bigOne, 0}.at(scale)
		r.violated(LawRefund, new(big.Int).Quo(rest, unit), new(big.Int).Quo(now, unit), "notes[%d].lines[%d].quantity", []int{i, n})
		return
	}
	paid.quantity = number{new(big.Int).Add(before, now), scale}
	// A note may pay back an amount on top of the quantity, so this is a minimum.
	if line.Agreed {
		return
	}
	whole, gross := big.NewInt(it.sum.Gross), big.NewInt(line.Gross)
	if paid.untaxed || line.TaxOnly {
		whole = big.NewInt(it.sum.Net)
	}
	least := new(big.Int).Sub(proportion(whole, paid.quantity.coefficient, all), proportion(whole, before, all))
	if least.CmpAbs(left) > 0 {
		least = left
	}
	if gross.CmpAbs(least) < 0 {
		r.expectBig(LawRefundShare, least, gross, "notes[%d].lines[%d].gross", i, n)
	}
}

// rowsOf checks the totals of a note. rows are the sums of its lines, and wants are those
// rounded to the step of the totals.
func (r *refunds) rowsOf(note *CreditNote, i int, rows, wants map[int]*bigSum) {
	seen := map[int]bool{}
	var total bigSum
	for n := range note.Totals {
		t := &note.Totals[n]
		total.add(t.Sum)
		r.adds(t.Sum, "notes[%d].totals[%d].gross", i, n)
		row, ok := r.rowOf(t)
		if !ok || rows[row] == nil {
			r.expectCount(LawTreatments, 0, 1, "notes[%d].totals[%d]", i, n)
			continue
		}
		if seen[row] {
			r.expectCount(LawTreatments, 1, 2, "notes[%d].totals[%d]", i, n)
			continue
		}
		seen[row] = true
		r.expectSum(LawTotals, wants[row], t.Sum, "notes[%d].totals[%d]", i, n)
		r.expectSum(LawTotals, wants[row].minus(rows[row]), t.Rounding, "notes[%d].totals[%d].rounding", i, n)
		r.rowComponents(row, t, i, n)
	}
	r.expectCount(LawTotals, len(rows), len(seen), "notes[%d].totals", i)
	r.adds(note.Total, "notes[%d].total.gross", i)
	r.expectSum(LawTotals, &total, note.Total, "notes[%d].total", i)
}

// rowComponents checks the components of a row of a note. Its tax is divided in
// proportion to the amounts left of each component; if nothing is left with the
// sign of the tax, the first component has all of it. Once all of the row is paid
// back, it is what is left of each.
func (r *refunds) rowComponents(row int, t *Total, i, n int) {
	if !r.sameComponents(row, t, "notes[%d].totals[%d].components", i, n) || len(t.Components) == 0 {
		return
	}
	left := r.left(row)
	if left == nil {
		return
	}
	tax := big.NewInt(t.Tax)
	weights, value := make([]*big.Int, len(left)), false
	for k := range left {
		weights[k] = new(big.Int)
		if left[k].Sign() != 0 && (left[k].Sign() < 0) == (tax.Sign() < 0) {
			weights[k].Abs(left[k])
			value = true
		}
	}
	if !value {
		weights[0].Set(bigOne)
	}
	wants := r.apportionSteps(tax, weights)
	if r.rowsBack[row].open == 0 {
		wants = slices.Clone(left)
	}
	for k, want := range wants {
		r.expect(LawComponents, want, t.Components[k].Amount, "notes[%d].totals[%d].components[%d].amount", i, n, k)
		left[k] = new(big.Int).Sub(left[k], want)
	}
}

// left returns the amounts of the components of a row that can still be paid
// back.
func (r *refunds) left(row int) []*big.Int {
	left, ok := r.components[row]
	if ok || r.rowAt[row] < 0 {
		return left
	}
	sold := r.sale.Totals[r.rowAt[row]].Components
	if len(sold) == len(r.rates[r.first[row]].components) {
		for _, c := range sold {
			left = append(left, big.NewInt(c.Amount))
		}
	}
	r.components[row] = left
	return left
}

// end checks that the notes sum to the sale if they pay everything back.
func (r *refunds) end() {
	for i := range r.back {
		if r.back[i].gross.Cmp(big.NewInt(r.items[i].sum.Gross)) != 0 {
			return
		}
	}
	sold := &r.sale.Total
	r.expectBig(LawRefundAll, big.NewInt(sold.Net), &r.total.net, "notes.total.net")
	r.expectBig(LawRefundAll, big.NewInt(sold.Tax), &r.total.tax, "notes.total.tax")
	r.expectBig(LawRefundAll, big.NewInt(sold.Gross), &r.total.gross, "notes.total.gross")
	_, payable := r.repayable(r.rowsGross)
	r.expectBig(LawRefundAll, payable, r.payable, "notes.payable")
	for row, i := range r.rowAt {
		for k, left := range r.components[row] {
			sold := big.NewInt(r.sale.Totals[i].Components[k].Amount)
			r.expectBig(LawRefundAll, sold, new(big.Int).Sub(sold, left), "notes.totals[%d].components[%d].amount", i, k)
		}
	}
}
