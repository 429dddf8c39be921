package basket

import (
	"fmt"
	"slices"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Sum is a net amount, the tax on it and the gross amount, in minor units of
// the policy: net + tax = gross.
type Sum struct {
	// Net is the amount without tax.
	Net int64 `json:"net"`
	// Tax is the amount of the tax.
	Tax int64 `json:"tax"`
	// Gross is the amount with the tax.
	Gross int64 `json:"gross"`
}

// Result is a priced basket as plain data. It marshals to JSON and back without
// loss; amounts are integers, in minor units of the policy.
type Result struct {
	// Policy is the one the basket was priced with.
	Policy Policy `json:"policy"`
	// Location and Date are the place of taxation and its day.
	Location tax.Location `json:"location"`
	Date     tax.Date     `json:"date"`
	// Rates explain every rate that was used. Lines, parts of charges and totals
	// name theirs by its index.
	Rates []tax.Explanation `json:"rates"`
	// Lines are those of the basket, in their order.
	Lines []ResultLine `json:"lines"`
	// Discounts are those of the basket, with what they took off each line.
	Discounts []ResultDiscount `json:"discounts,omitempty"`
	// Charges are those of the basket, by rate.
	Charges []ResultCharge `json:"charges,omitempty"`
	// Totals have a row for each tax, class, rate and treatment, in the order of
	// their first line.
	Totals []Total `json:"totals"`
	// Total is the sum of everything.
	Total Sum `json:"total"`
	// CashRounding is what Policy.Cash adds, and Payable what is then to be
	// paid.
	CashRounding int64 `json:"cashRounding,omitempty"`
	Payable      int64 `json:"payable"`
}

// ResultLine is a line with its amounts.
type ResultLine struct {
	// ID is that of the line, or "line-" and its position.
	ID string `json:"id"`
	// Rate is the index of its rate.
	Rate int `json:"rate"`
	// Quantity and Price are those of the line, as exact text.
	Quantity string `json:"quantity"`
	Price    string `json:"price"`
	// PerLine and IncludesTax are those of the line.
	PerLine     bool `json:"perLine,omitempty"`
	IncludesTax bool `json:"includesTax,omitempty"`
	// Subtotal is price times quantity, rounded to minor units.
	Subtotal int64 `json:"subtotal"`
	// Discounts are the line's own, in their order.
	Discounts []LineDiscount `json:"discounts,omitempty"`
	// Shared is what discounts of the basket took off this line.
	Shared int64 `json:"shared,omitempty"`
	// Sum are the amounts of the line: the gross, or the net when the price does
	// not include the tax, is the subtotal less all discounts.
	Sum
}

// LineDiscount is what a line's own discount took off.
type LineDiscount struct {
	// ID and Percent are those of the discount; Percent, as exact text, is empty
	// when an amount was given.
	ID      string `json:"id,omitempty"`
	Percent string `json:"percent,omitempty"`
	// Amount was taken off; of a line that takes goods back, it is negative.
	Amount int64 `json:"amount"`
}

// ResultDiscount is what a discount of the basket took off. With a percentage it
// may reduce prices with and without tax; an amount reduces prices of one kind.
type ResultDiscount struct {
	// ID, Percent and Spread are those of the discount; Percent, as exact text, is
	// empty when an amount was given.
	ID      string `json:"id,omitempty"`
	Percent string `json:"percent,omitempty"`
	Spread  Spread `json:"spread"`
	// Class is the code of the class that is reduced, with FixedClass.
	Class string `json:"class,omitempty"`
	// Amount is the sum of Shares.
	Amount int64 `json:"amount"`
	// Shares are the parts of the lines, in the order of the lines; 0 for those
	// that were not reduced.
	Shares []int64 `json:"shares"`
}

// ResultCharge is a charge with its amounts.
type ResultCharge struct {
	// ID is that of the charge, or "charge-" and its position.
	ID string `json:"id"`
	// Amount, IncludesTax and Spread are those of the charge.
	Amount      int64  `json:"amount"`
	IncludesTax bool   `json:"includesTax,omitempty"`
	Spread      Spread `json:"spread"`
	// Parts are the amounts by rate. Their gross amounts, or the net ones when
	// the amount does not include the tax, sum to Amount.
	Parts []ChargePart `json:"parts"`
	// Sum is the sum of the parts.
	Sum
}

// ChargePart is the part of a charge that is taxed at one rate.
type ChargePart struct {
	// Rate is the index of the rate.
	Rate int `json:"rate"`
	// Sum are the amounts of the part.
	Sum
}

// Total is the sum of everything with the same tax, class, rate and treatment.
type Total struct {
	// TaxCode and Class are codes. Class is empty in a row of [Result.ByRate].
	TaxCode string `json:"taxCode,omitempty"`
	Class   string `json:"class,omitempty"`
	// Percent is exact, as text; OfGross tells that it is of the gross price.
	Percent string `json:"percent"`
	OfGross bool   `json:"ofGross,omitempty"`
	// Treatment is never merged with another, whatever the percentage.
	Treatment tax.Treatment `json:"treatment"`
	// Sum are the amounts of the row.
	Sum
	// Components divide the tax among the components of the rate, in their
	// order.
	Components []ComponentSum `json:"components,omitempty"`
}

// ComponentSum is the share of a component in the tax of a row.
type ComponentSum struct {
	// Code is that of the [tax.Component].
	Code string `json:"code"`
	// Amount is its share, in minor units.
	Amount int64 `json:"amount"`
}

// ByRate returns the totals with one row for each tax, rate and treatment, as
// the VAT breakdown of EN 16931 has them, in the order of their first line.
func (r *Result) ByRate() []Total {
	var list []Total
	for _, t := range r.Totals {
		t.Class, t.Components = "", slices.Clone(t.Components)
		i := slices.IndexFunc(list, func(o Total) bool {
			return o.TaxCode == t.TaxCode && o.Percent == t.Percent && o.OfGross == t.OfGross && o.Treatment == t.Treatment
		})
		if i < 0 {
			list = append(list, t)
			continue
		}
		list[i].Sum = list[i].Sum.plus(t.Sum)
		for _, c := range t.Components {
			n := slices.IndexFunc(list[i].Components, func(o ComponentSum) bool { return o.Code == c.Code })
			if n < 0 {
				list[i].Components = append(list[i].Components, c)
			} else {
				list[i].Components[n].Amount += c.Amount
			}
		}
	}
	return list
}

// rows are the rows of the totals that the rates belong to.
func (r *Result) rows() ([]int, error) {
	rows := make([]int, len(r.Rates))
	for i := range r.Rates {
		e := &r.Rates[i]
		rows[i] = r.row(rowOf(e))
		if rows[i] < 0 {
			return nil, inputError(fmt.Sprintf("sale.rates[%d]", i), e.Class, "the totals have no row for it: pass the result as it was stored")
		}
	}
	return rows, nil
}

// rowOf is the row of the totals that a rate belongs to, without its amounts.
func rowOf(e *tax.Explanation) *Total {
	return &Total{TaxCode: e.Tax, Class: e.Class, Percent: e.Percent, OfGross: e.OfGross, Treatment: e.Treatment}
}

// row finds the row of the totals with the same tax, class, rate and treatment;
// -1 when there is none.
func (r *Result) row(t *Total) int {
	return slices.IndexFunc(r.Totals, func(o Total) bool {
		return o.TaxCode == t.TaxCode && o.Class == t.Class && o.OfGross == t.OfGross && o.Treatment == t.Treatment &&
			(o.Percent == t.Percent || sameNumber(o.Percent, t.Percent))
	})
}

func sameNumber(a, b string) bool {
	x, reason1 := exact.Parse(a)
	y, reason2 := exact.Parse(b)
	return reason1 == "" && reason2 == "" && x.Equal(y)
}

func (s Sum) minus(o Sum) Sum { return Sum{s.Net - o.Net, s.Tax - o.Tax, s.Gross - o.Gross} }

// add is plus with a check that the sums fit.
func (s Sum) add(o Sum) (_ Sum, ok bool) {
	net, ok1 := exact.Add(s.Net, o.Net)
	tax, ok2 := exact.Add(s.Tax, o.Tax)
	gross, ok3 := exact.Add(s.Gross, o.Gross)
	return Sum{net, tax, gross}, ok1 && ok2 && ok3
}

// adds reports whether net + tax = gross.
func (s Sum) adds() bool {
	gross, ok := exact.Add(s.Net, s.Tax)
	return ok && gross == s.Gross
}

func (s Sum) plus(o Sum) Sum { return Sum{s.Net + o.Net, s.Tax + o.Tax, s.Gross + o.Gross} }
