package basket

import (
	"github.com/shopspring/decimal"
)

// Return asks for something of a sale to be paid back: exactly one of Quantity,
// Amount and All.
type Return struct {
	// ID names a line or a charge of the sale; empty means everything.
	ID string
	// Quantity of a line that comes back.
	Quantity decimal.Decimal
	// Amount to pay back, in minor units, tax included. Without ID it is divided
	// among everything in proportion to what is left to pay back.
	Amount int64
	// All that is left.
	All bool
}

// CreditNote is what was paid back, as plain data in minor units of the sale's
// policy. Amounts have the sign of the sale: 119 paid back is 119.
type CreditNote struct {
	// Lines are the parts of lines and charges that were paid back.
	Lines []CreditLine `json:"lines"`
	// Totals have the rows of the sale's totals that were paid back.
	Totals []Total `json:"totals"`
	// Total is the sum of everything.
	Total Sum `json:"total"`
	// CashRounding and Payable are those of [Result].
	CashRounding int64 `json:"cashRounding,omitempty"`
	Payable      int64 `json:"payable"`
}

// CreditLine is the part of a line, or of a part of a charge, that was paid
// back.
type CreditLine struct {
	// Position is that in the sale: the lines from 0 on, then the parts of the
	// charges.
	Position int `json:"position"`
	// ID and Rate are those of the line or charge.
	ID   string `json:"id"`
	Rate int    `json:"rate"`
	// Quantity is exact, as text; empty when an amount was paid back.
	Quantity string `json:"quantity,omitempty"`
	Sum
}

// Refund computes what is paid back for a stored sale. It reads the sale and
// the notes of what was paid back earlier, in any order, and no rates: a refund
// has the tax of its sale, whatever is charged today. The returns are applied in
// their order.
//
// The tax paid back for a line is always what its whole tax is in proportion to
// the gross amount paid back so far, rounded half up, less what was paid back
// before. So any sequence of refunds that returns everything returns exactly the
// tax that was charged.
//
// It is a [tax.InputError] when an ID names nothing or several lines, when a
// return asks for several things or for more than is left, when nothing is left,
// when 64 bits do not hold what is left of lines of both signs, or when the sale
// or a note is not one that this package made.
func Refund(sale *Result, earlier []CreditNote, returns ...Return) (CreditNote, error) {
	l, err := newLedger(sale, earlier)
	if err != nil {
		return CreditNote{}, err
	}
	if len(returns) == 0 {
		return CreditNote{}, inputError("returns", "", "nothing asked for: pass what comes back, or Return{All: true}")
	}
	for i := range returns {
		if f := l.take(&returns[i]); f != nil {
			return CreditNote{}, f.at("returns", i)
		}
	}
	return l.note()
}
