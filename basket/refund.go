package basket

import (
	"github.com/shopspring/decimal"
)

// Return says what part of a sale to pay back. Exactly one of Quantity, Amount, Net,
// TaxOnly and All is set; a Quantity can have an Amount as well.
type Return struct {
	// ID names a line or a charge of the sale; empty means the whole sale.
	ID string
	// Quantity is the quantity of the line that comes back. It is paid back at its part of
	// the price, or at the Amount that was agreed on.
	Quantity decimal.Decimal
	// Amount is the amount to pay back, in minor units, including tax. Without an
	// ID it is divided among all lines and charges in proportion to the amounts
	// left to pay back; lines that took goods back have a negative part.
	Amount int64
	// Net is the net amount to pay back, in minor units. Its tax is paid back as well.
	// Without an ID it is divided in proportion to the net amounts left.
	Net int64 `json:",omitempty"`
	// TaxOnly pays back the tax that is left and nothing else, such as for a buyer who shows
	// a tax number later. What is paid back after that has no tax.
	TaxOnly bool `json:",omitempty"`
	// All pays back everything that is left.
	All bool
}

// CreditNote records one refund as plain data, in minor units of the sale's
// policy. Amounts have the same sign as in the sale: 119 paid back is 119.
type CreditNote struct {
	// Amount is the part that was asked for as an amount of the whole sale, without
	// an ID; 0 if there is none. It is the sum of Shared of the lines.
	Amount int64 `json:"amount,omitempty"`
	// Lines are the parts of lines and charges that were paid back.
	Lines []CreditLine `json:"lines"`
	// Totals are the rows of the sale's totals, with the amounts that were paid
	// back.
	Totals []Total `json:"totals"`
	// Total is the sum of all rows.
	Total Sum `json:"total"`
	// Deducted is the part of discounts after tax, of taxes withheld and of taxes borne by
	// the seller, in proportion to the gross amount: it was not paid, and is not paid back.
	Deducted int64 `json:"deducted,omitempty"`
	// Payable is the amount to pay back: the gross amount less Deducted, with CashRounding.
	// What was prepaid is paid back as well.
	CashRounding int64 `json:"cashRounding,omitempty"`
	Payable      int64 `json:"payable"`
}

// CreditLine is the refund for one line, or for one part of a charge.
type CreditLine struct {
	// Position is the position in the sale: lines count from 0, parts of charges
	// follow.
	Position int `json:"position"`
	// ID and Rate are copied from the line or charge.
	ID   string `json:"id"`
	Rate int    `json:"rate"`
	// Quantity is the returned quantity as exact text. It is empty if an amount
	// was paid back.
	Quantity string `json:"quantity,omitempty"`
	// Shared is its part of an amount of the whole sale.
	Shared int64 `json:"shared,omitempty"`
	// Agreed says that the amount of the quantity was agreed on, whatever it cost.
	Agreed bool `json:"agreed,omitempty"`
	// TaxOnly says that the tax was paid back alone.
	TaxOnly bool `json:"taxOnly,omitempty"`
	Sum
}

// Refund computes the credit note for returns from a stored sale. Pass all
// earlier credit notes of the sale, in any order. Refund reads no rates: a
// refund has the tax of its sale, whatever the rates are today. The returns are
// applied in the given order.
//
// The tax paid back for a line so far is its whole tax in proportion to the
// gross amount paid back so far, rounded half up; a note has the difference
// from the earlier notes. So any sequence of refunds that returns everything
// returns exactly the tax that was charged.
//
// Refund returns a [tax.InputError] if an ID names no line or several, if a
// return asks for more than one thing or for more than is left, if nothing is
// left, if a quantity costs more than is left of its line, if a sum does not fit 64 bits because only lines of one sign are left,
// or if the sale or a note was not made by this package.
func Refund(sale *Result, earlier []CreditNote, returns ...Return) (CreditNote, error) {
	l, err := newLedger(sale, earlier)
	if err != nil {
		return CreditNote{}, err
	}
	if len(returns) == 0 {
		return CreditNote{}, inputError("returns", "", "empty: say what comes back, or pass Return{All: true}")
	}
	for i := range returns {
		if f := l.take(&returns[i]); f != nil {
			return CreditNote{}, f.at("returns", i)
		}
	}
	return l.note()
}
