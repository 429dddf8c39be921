package basket

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// Law names what a result must satisfy. Its text is a short statement.
type Law string

// The laws that [Verify] checks.
const (
	// LawReadable: texts are numbers, indexes and names exist, and lists are as
	// long as they must be. What needs something that cannot be read is not
	// checked further.
	LawReadable Law = "readable"
	// LawSum: net + tax = gross, everywhere.
	LawSum Law = "net + tax = gross"
	// LawPrice: the subtotal is price times quantity, discounts take off what they
	// say, and what is left is the gross amount of a line, or the net amount when
	// its price does not include the tax.
	LawPrice Law = "price not moved"
	// LawDiscount: a discount of the basket takes off what it says, and is divided
	// among the lines in proportion to their prices.
	LawDiscount Law = "discount spread"
	// LawCharge: the parts of a charge sum to it, and go where its spread says.
	LawCharge Law = "charge spread"
	// LawTax: the tax of every line and part is that of its rate, rounded at the
	// level of the policy.
	LawTax Law = "tax of the level"
	// LawTotals: lines and parts of charges sum to the rows of the totals, and
	// these to the total.
	LawTotals Law = "lines = totals"
	// LawComponents: the tax of a row is divided among the components of its rate.
	LawComponents Law = "components = tax"
	// LawTreatments: every rate has a row, no two rows are of the same tax, class,
	// rate and treatment, and what is not taxable has no tax.
	LawTreatments Law = "treatments apart"
	// LawPayable: the total rounded as cash is.
	LawPayable Law = "payable"
	// LawRefund: no more of a line or part is paid back than there was.
	LawRefund Law = "refund <= sale"
	// LawRefundShare: the tax paid back so far is the whole tax in proportion to
	// the gross amount paid back so far, rounded half up; a quantity that comes
	// back brings its part of the price with it.
	LawRefundShare Law = "refund in proportion"
	// LawRefundAll: when everything was paid back, it is exactly the sale.
	LawRefundAll Law = "refund = sale"
)

// Violation is a law that is broken at one place.
type Violation struct {
	// Law is the one that is broken.
	Law Law `json:"law"`
	// At is the path of what breaks it: "lines[2].tax",
	// "totals[0].components[1].amount", "notes[0].total.gross".
	At string `json:"at"`
	// Want is what the law requires and Got what is there: minor units of the
	// policy; numbers of entries where At is a list or an entry of one; whole units
	// for a quantity. What 64 bits do not hold is the nearest number that they do.
	// Both are 0 for LawReadable.
	Want int64 `json:"want"`
	Got  int64 `json:"got"`
}

// String names the law, the place, both numbers and by how much they differ.
func (v Violation) String() string {
	text := string(v.Law) + ": " + v.At
	if v.Law == LawReadable {
		return text
	}
	by := new(big.Int).Sub(big.NewInt(v.Got), big.NewInt(v.Want))
	return fmt.Sprintf("%s: want %d, got %d (%+d)", text, v.Want, v.Got, by)
}

// Violations are what [Verify] found, in the order of the result, then of the
// notes: at most 100.
type Violations []Violation

// Error describes the first three violations and counts the others.
func (v Violations) Error() string {
	const shown = 3
	var text strings.Builder
	text.WriteString("tax: ")
	for i, violation := range v[:min(len(v), shown)] {
		if i > 0 {
			text.WriteString("; ")
		}
		text.WriteString(violation.String())
	}
	if more := len(v) - shown; more > 0 {
		text.WriteString("; and " + strconv.Itoa(more) + " more")
		if len(v) == maxViolations {
			text.WriteString(" at least")
		}
	}
	return text.String()
}

// maxViolations bounds what is found in a result that is broken everywhere.
const maxViolations = 100

// Verify checks a stored result, and the notes of what was paid back of it in
// the order in which they were made, against the laws of this package. It
// returns nil, or [Violations] that say which law is broken where and by how
// much.
//
// Everything is computed again from what the result itself says: prices,
// quantities and percentages as text, the explanations of the rates, the policy.
// No rates are read and nothing is trusted: a result may come from anywhere and
// hold anything. What follows from a number that is wrong is checked against the
// number that would be right, so that one mistake is not reported everywhere.
//
// It takes time in proportion to the size of the result, apart from sorting.
// Several goroutines may verify the same result; it is not changed.
func Verify(sale *Result, notes ...CreditNote) error {
	v := &audit{sale: sale}
	if sale == nil {
		v.unreadable("sale")
		return v.found
	}
	v.readPolicy()
	policy := !v.illegible
	v.readRates()
	v.readItems()
	readable := !v.illegible
	v.sums()
	if readable {
		v.prices()
		v.discounts()
		v.givens()
		v.charges()
		v.taxes()
		v.totals()
	}
	if policy {
		v.payable()
	}
	if readable {
		v.notes(notes)
	}
	if len(v.found) == 0 {
		return nil
	}
	return v.found
}

// audit is a result while it is verified.
type audit struct {
	sale      *Result
	found     Violations
	illegible bool // there is a violation of LawReadable

	rates  []auditRate // of the sale
	groups []auditGroup
	rows   map[rowKey]int
	first  []int // by row: the first rate that has it

	items []item // the lines, then the parts of charges
	// shared is, by line, what the discounts of the basket should take off.
	shared []*big.Int
	goods  []good
	goodOf []int // by row: one more than the index of its good, or 0
	// rowAt is where a row is in the totals, or -1.
	rowAt []int
}

// item is what one tax is computed for: a line or a part of a charge.
type item struct {
	charge, part int // charge is -1 for a line, and part then its number
	rate         int
	gross        bool // the price has the tax inside
	// given is the price after all discounts: what it should be, as far as that is
	// known, otherwise what is there.
	given *big.Int
	sum   *Sum // as it is there
}

// kind is 0 for prices without the tax and 1 for those with it.
func (it *item) kind() int { return kindOf(it.gross) }

// there is the price that is there.
func (it *item) there() int64 {
	if it.gross {
		return it.sum.Gross
	}
	return it.sum.Net
}

// field is the name of that price.
func (it *item) field() string {
	if it.gross {
		return "gross"
	}
	return "net"
}

// expect compares a number with what a law requires. The path is written only
// when they differ.
func (v *audit) expect(law Law, want *big.Int, got int64, path string, at ...int) {
	if !want.IsInt64() || want.Int64() != got {
		v.violated(law, want, big.NewInt(got), path, at)
	}
}

// expectBig is expect for a sum of what is there.
func (v *audit) expectBig(law Law, want, got *big.Int, path string, at ...int) {
	if want.Cmp(got) != 0 {
		v.violated(law, want, got, path, at)
	}
}

// expectCount is expect for numbers of entries.
func (v *audit) expectCount(law Law, want, got int, path string, at ...int) {
	v.expect(law, big.NewInt(int64(want)), int64(got), path, at...)
}

// expectItem is expect for a field of an item.
func (v *audit) expectItem(law Law, want *big.Int, got int64, it *item, field string) {
	switch {
	case want.IsInt64() && want.Int64() == got:
	case it.charge < 0:
		v.expect(law, want, got, "lines[%d]."+field, it.part)
	default:
		v.expect(law, want, got, "charges[%d].parts[%d]."+field, it.charge, it.part)
	}
}

func (v *audit) unreadable(path string, at ...int) {
	v.illegible = true
	v.violated(LawReadable, new(big.Int), new(big.Int), path, at)
}

func (v *audit) violated(law Law, want, got *big.Int, path string, at []int) {
	if len(v.found) >= maxViolations {
		return
	}
	numbers := make([]any, len(at))
	for i, n := range at {
		numbers[i] = n
	}
	v.found = append(v.found, Violation{law, fmt.Sprintf(path, numbers...), clamp(want), clamp(got)})
}

// clamp is the nearest number that 64 bits hold.
func clamp(n *big.Int) int64 {
	switch {
	case n.IsInt64():
		return n.Int64()
	case n.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

// readPolicy checks that the policy exists.
func (v *audit) readPolicy() {
	p := &v.sale.Policy
	if int(p.Level) >= len(levelNames) {
		v.unreadable("policy.level")
	}
	if p.Rounding.Mode > tax.Down {
		v.unreadable("policy.rounding.mode")
	}
	if p.Rounding.Scale < 0 || p.Rounding.Scale > maxScale {
		v.unreadable("policy.rounding.scale")
	}
	if p.Rounding.NetFirst && p.Level == ByDocument {
		v.unreadable("policy.rounding.netFirst")
	}
	if p.Cash.Step < 0 || p.Cash.Step > maxCashStep {
		v.unreadable("policy.cash.step")
	}
	if p.Cash.Mode > tax.Down {
		v.unreadable("policy.cash.mode")
	}
}

// readItems lists the lines and the parts of charges, and checks that their
// rates exist, and that discounts have a share for every line.
func (v *audit) readItems() {
	v.items = make([]item, 0, len(v.sale.Lines))
	for i := range v.sale.Lines {
		l := &v.sale.Lines[i]
		v.items = append(v.items, item{charge: -1, part: i, rate: l.Rate, gross: l.IncludesTax, sum: &l.Sum})
		if uint(l.Rate) >= uint(len(v.rates)) {
			v.unreadable("lines[%d].rate", i)
		}
	}
	for c := range v.sale.Charges {
		charge := &v.sale.Charges[c]
		if int(charge.Spread) >= len(spreadNames) {
			v.unreadable("charges[%d].spread", c)
		}
		for n := range charge.Parts {
			p := &charge.Parts[n]
			v.items = append(v.items, item{charge: c, part: n, rate: p.Rate, gross: charge.IncludesTax, sum: &p.Sum})
			if uint(p.Rate) >= uint(len(v.rates)) {
				v.unreadable("charges[%d].parts[%d].rate", c, n)
			}
		}
	}
	for n := range v.sale.Discounts {
		d := &v.sale.Discounts[n]
		if int(d.Spread) >= len(spreadNames) {
			v.unreadable("discounts[%d].spread", n)
		}
		if len(d.Shares) != len(v.sale.Lines) {
			v.unreadable("discounts[%d].shares", n)
		}
	}
}
