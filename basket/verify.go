package basket

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// Law names a rule that every result satisfies. Its text is a short statement
// of the rule.
type Law string

// The laws that [Verify] checks.
const (
	// LawReadable: numbers can be read, indexes and names exist, and lists have
	// the right length. Checks that need an unreadable value are skipped.
	LawReadable Law = "readable"
	// LawSum: net + tax = gross, everywhere.
	LawSum Law = "net + tax = gross"
	// LawPrice: the subtotal of a line is price times quantity, its own discounts
	// take off the amounts that they say, and the rest, after all discounts, is
	// the gross amount of the line if its price includes the tax, and the net
	// amount otherwise.
	LawPrice Law = "price not moved"
	// LawDiscount: a discount of the basket takes off the amount that it says,
	// divided among the lines in proportion to their prices.
	LawDiscount Law = "discount spread"
	// LawCharge: the parts of a charge sum to its amount, and are distributed as
	// its spread says.
	LawCharge Law = "charge spread"
	// LawTax: every line and part of a charge has the tax of its rate, rounded at
	// the level of the policy.
	LawTax Law = "tax of the level"
	// LawTotals: lines and parts of charges sum to the rows of the totals, and the
	// rows to the total.
	LawTotals Law = "lines = totals"
	// LawComponents: the tax of a row is divided among the components of its rate.
	LawComponents Law = "components = tax"
	// LawTreatments: every rate has a row, no two rows have the same tax, class,
	// rate and treatment, and only taxable rows have tax.
	LawTreatments Law = "treatments apart"
	// LawPayable: the payable amount is the total gross amount less what is deducted and
	// prepaid, after cash rounding.
	LawPayable Law = "payable"
	// LawAccounting: the tax in the accounting currency is the exact tax at the rate,
	// rounded once.
	LawAccounting Law = "tax in the accounting currency"
	// LawRefund: no more is paid back of a line or part than was sold.
	LawRefund Law = "refund <= sale"
	// LawRefundShare: the tax paid back so far is the whole tax in proportion to
	// the gross amount paid back so far, rounded half up, and for a returned
	// quantity at least its part of the price is paid back.
	LawRefundShare Law = "refund in proportion"
	// LawRefundAll: once everything is paid back, the notes sum exactly to the
	// sale.
	LawRefundAll Law = "refund = sale"
)

// Violation is a breach of a law at one place of a result.
type Violation struct {
	// Law is the law that is broken.
	Law Law `json:"law"`
	// At is the path of the value that breaks it: "lines[2].tax",
	// "totals[0].components[1].amount", "notes[0].total.gross".
	At string `json:"at"`
	// Want is the number that the law requires, and Got the number found. They are
	// minor units of the policy for an amount, counts of entries if At is a list
	// or an entry of a list, and whole units for a quantity. A number that does
	// not fit 64 bits is replaced by the nearest that does. Both are 0 for
	// LawReadable.
	Want int64 `json:"want"`
	Got  int64 `json:"got"`
}

// String returns the law, the place, both numbers and their difference.
func (v Violation) String() string {
	text := string(v.Law) + ": " + v.At
	if v.Law == LawReadable {
		return text
	}
	by := new(big.Int).Sub(big.NewInt(v.Got), big.NewInt(v.Want))
	return fmt.Sprintf("%s: want %d, got %d (%+d)", text, v.Want, v.Got, by)
}

// Violations are the findings of [Verify], at most 100: those of the result
// first, then those of the notes.
type Violations []Violation

// Error describes the first three violations and counts the rest.
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

// maxViolations bounds the report on a result that is broken everywhere.
const maxViolations = 100

// Verify checks a stored result against the laws of this package, and with it
// the credit notes of the sale, in the order in which they were made. It
// returns nil, or [Violations] that say which law is broken, where, and by how
// much.
//
// Verify computes everything again from the result itself: from its prices,
// quantities and percentages, the explanations of its rates, and its policy. It
// reads no other rates and trusts nothing: a result may come from anywhere and
// contain anything. Where a number is wrong, the numbers that depend on it are
// checked against the right one, so that one mistake is not reported
// everywhere.
//
// Apart from sorting, Verify takes time in proportion to the size of the
// result. It does not change the result, which several goroutines may verify at
// the same time.
func Verify(sale *Result, notes ...CreditNote) error {
	v := &audit{sale: sale}
	if sale == nil {
		v.unreadable("sale")
		return v.found
	}
	if sale.Format != Format {
		v.unreadable("format")
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
		v.bases()
		v.exemptions()
		v.labels()
		v.charges()
		v.taxes()
		v.totals()
	}
	if policy {
		v.payable()
	}
	if readable {
		v.accounting()
	}
	if readable {
		v.notes(notes)
	}
	if len(v.found) == 0 {
		return nil
	}
	return v.found
}

// audit is the state of one call of Verify.
type audit struct {
	sale      *Result
	found     Violations
	illegible bool // a violation of LawReadable was found

	rates  []auditRate // by index in the sale
	groups []auditGroup
	rows   map[rowKey]int
	first  []int // by row: the first rate with that row

	items     []item     // the lines, then the parts of charges
	subtotals []*big.Int // by line: the right price times quantity
	priced    []priced   // the lines, then the charges, while discounts reduce them
	// shared is the amount that discounts of the basket should take off each of priced.
	shared    []*big.Int
	partSums  [][]*big.Int // by row and component, if components are rounded each by itself
	component int          // 1 + the component that is computed, or 0 for all together
	deducted  *big.Int     // what is not paid of the total, apart from what was prepaid
	goods     []good
	goodOf    []int // by row: 1 + the index of its good, or 0
	// rowAt is, by row, its index in the totals, or -1.
	rowAt []int
}

// item is a line or a part of a charge: the unit for which a tax is computed.
type item struct {
	charge, part int // for a line, charge is -1 and part its index
	rate         int
	gross        bool // the price includes the tax
	// given is the price after all discounts: the right one where it is known,
	// otherwise the one in the result.
	given *big.Int
	sum   *Sum // as it stands in the result
	// tax is the right tax, and parts those of its components if they are rounded each.
	tax   *big.Int
	parts []*big.Int
}

// kind is 0 for prices without tax and 1 for prices with tax.
func (it *item) kind() int { return kindOf(it.gross) }

// stated returns the price that stands in the result.
func (it *item) stated() int64 {
	if it.gross {
		return it.sum.Gross
	}
	return it.sum.Net
}

// field returns the name of that price.
func (it *item) field() string {
	if it.gross {
		return "gross"
	}
	return "net"
}

// expect compares a number with the one that a law requires. The path is only
// formatted if they differ.
func (v *audit) expect(law Law, want *big.Int, got int64, path string, at ...int) {
	if !want.IsInt64() || want.Int64() != got {
		v.violated(law, want, big.NewInt(got), path, at)
	}
}

// expectBig is expect for a sum of numbers in the result, which may not fit 64
// bits.
func (v *audit) expectBig(law Law, want, got *big.Int, path string, at ...int) {
	if want.Cmp(got) != 0 {
		v.violated(law, want, got, path, at)
	}
}

// expectCount is expect for counts of entries.
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

// clamp returns the nearest number that fits 64 bits.
func clamp(n *big.Int) int64 {
	switch {
	case n.IsInt64():
		return n.Int64()
	case n.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

// readPolicy checks that the policy has only defined values.
func (v *audit) readPolicy() {
	p := &v.sale.Policy
	if int(p.Level) >= len(levelNames) {
		v.unreadable("policy.level")
	}
	if _, err := p.Rounding.Decimal(0); err != nil {
		v.unreadable(at("policy.", err).(*tax.InputError).Field)
	}
	if p.Rounding.NetFirst() && p.Level == ByDocument {
		v.unreadable("policy.rounding.netFirst")
	}
	if p.EachComponent && p.Rounding.NetFirst() {
		v.unreadable("policy.eachComponent")
	}
	if p.TaxStep < 0 || p.TaxStep > maxCashStep || p.TaxStep > 1 && (p.Level != ByLine || p.Rounding.NetFirst()) {
		v.unreadable("policy.taxStep")
	}
	if p.TotalStep < 0 || p.TotalStep == 1 || p.TotalStep > maxCashStep || p.TotalStep > 1 && (p.Level != ByRate || p.EachComponent || p.Rounding.NetFirst()) {
		v.unreadable("policy.totalStep")
	}
	if p.RoundGross && p.TotalStep <= 1 {
		v.unreadable("policy.roundGross")
	}
	if p.Cash.Step < 0 || p.TotalStep > 1 && p.Cash.Step%p.TotalStep != 0 || p.Cash.Step > maxCashStep || p.Cash.Step == 0 && p.Cash.Mode != 0 {
		v.unreadable("policy.cash.step")
	}
	if p.Cash.Mode > tax.Down {
		v.unreadable("policy.cash.mode")
	}
}

// readItems lists the lines and the parts of charges. It checks that their
// rates exist and that discounts have a share for every line.
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
		if charge.Allowance && charge.Amount > 0 || charge.Amount < 0 && charge.Shared != 0 {
			v.unreadable("charges[%d].amount", c)
		}
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
		if int(d.AmountTax) >= len(amountTaxNames) {
			v.unreadable("discounts[%d].amountTax", n)
		}
		if len(d.Shares) != len(v.sale.Lines) {
			v.unreadable("discounts[%d].shares", n)
		}
		if len(d.Parts) > len(v.sale.Lines)+len(v.sale.Charges) || len(d.Parts) > 0 && d.AmountTax == AsPriced {
			v.unreadable("discounts[%d].parts", n)
		}
		if d.OfCharges != nil && len(d.OfCharges) != len(v.sale.Charges) {
			v.unreadable("discounts[%d].ofCharges", n)
		}
	}
}
