package basket

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Sum is a net amount, the tax on it and the gross amount: net + tax = gross.
// Amounts are in minor units of the policy.
type Sum struct {
	// Net is the amount without tax.
	Net int64 `json:"net"`
	// Tax is the amount of the tax.
	Tax int64 `json:"tax"`
	// Gross is the amount including tax.
	Gross int64 `json:"gross"`
}

// Result is a priced basket as plain data, to be stored with the order. It
// survives a round trip through JSON without loss. Amounts are integers in
// minor units of the policy.
type Result struct {
	// Format is the version of this form: [Format].
	Format int `json:"format"`
	// Policy is the policy that the basket was priced with.
	Policy Policy `json:"policy"`
	// Location and Date are the place and the day of taxation (BT-7).
	Location tax.Location `json:"location"`
	Date     tax.Date     `json:"date"`
	// Rates explain every rate that was used. Lines and parts of charges refer to
	// them by index.
	Rates []tax.Explanation `json:"rates"`
	// Labels are the names of the rates, in the languages that the basket asked for: all
	// rates in the first language, then all in the next.
	Labels []Label `json:"labels,omitempty"`
	// Lines are the lines of the basket, in their order (BG-25).
	Lines []ResultLine `json:"lines"`
	// Discounts are the discounts of the basket, with the amounts they took off
	// each line.
	Discounts []ResultDiscount `json:"discounts,omitempty"`
	// Charges are the charges of the basket (BG-21) and its allowances (BG-20), divided by rate.
	Charges []ResultCharge `json:"charges,omitempty"`
	// Exemptions are those of some rates.
	Exemptions []RateExemption `json:"exemptions,omitempty"`
	// Totals have one row for each combination of territory, tax, class, rate and
	// treatment, in the order of the first line of each.
	Totals []Total `json:"totals"`
	// Total is the sum of all lines and charges (BG-22): without tax (BT-109), the tax
	// (BT-110), and with tax (BT-112).
	Total Sum `json:"total"`
	// Withheld are the taxes that the buyer keeps back, and Borne is the tax of lines that
	// the seller bears.
	Withheld []ResultWithholding `json:"withheld,omitempty"`
	Borne    int64               `json:"borne,omitempty"`
	// Prepaid is what was paid before (BT-113).
	Prepaid int64 `json:"prepaid,omitempty"`
	// Accounting is the total tax in the accounting currency; nil if there is none.
	Accounting *ResultAccounting `json:"accounting,omitempty"`
	// Payable is the amount to pay (BT-115): the total gross amount less discounts after
	// tax, Withheld, Borne and Prepaid, and with CashRounding, which is the difference that
	// Policy.Cash makes (BT-114).
	CashRounding int64 `json:"cashRounding,omitempty"`
	Payable      int64 `json:"payable"`
}

// ResultLine is a line with its amounts.
type ResultLine struct {
	// ID is the ID of the line, or "line-" and its position (BT-126).
	ID string `json:"id"`
	// Rate is the index of its rate in Rates, which has the category and the rate (BG-30,
	// BT-151, BT-152).
	Rate int `json:"rate"`
	// Quantity (BT-129) and Price (BT-148, and less discounts of each unit BG-29, BT-146) are
	// those of the line, as exact text.
	Quantity string `json:"quantity"`
	Price    string `json:"price"`
	// Listed is the price that was given, if it includes another tax than the one
	// charged. Price follows from it.
	Listed ListPrice `json:"listed,omitzero"`
	// PriceIsTotal and IncludesTax are those of the line.
	PriceIsTotal bool `json:"priceIsTotal,omitempty"`
	IncludesTax  bool `json:"includesTax,omitempty"`
	// Per is the number of units that the price is for (BT-149), as exact text; empty for one.
	Per string `json:"per,omitempty"`
	// ClassByPrice is the rule that chose the class.
	ClassByPrice []ResultClassUpTo `json:"classByPrice,omitempty"`
	// Subtotal is the price, less the discounts of each unit, times the quantity, rounded
	// to minor units. Percentages are of what is left of it (BT-137, BT-142).
	Subtotal int64 `json:"subtotal"`
	// Discounts are the line's own discounts, in their order (BG-27), and Charges its own
	// charges (BG-28).
	Discounts []LineDiscount `json:"discounts,omitempty"`
	Charges   []LineCharge   `json:"charges,omitempty"`
	// Shared is the amount that discounts of the basket took off this line.
	Shared int64 `json:"shared,omitempty"`
	// Sum has the amounts of the line; its net amount is BT-131, and BT-106 the sum of those of
	// all lines. The subtotal less all discounts is the
	// gross amount if the price includes the tax, and the net amount otherwise.
	Sum
	// SellerBears says that the seller pays the tax of the line.
	SellerBears bool `json:"sellerBears,omitempty"`
	// Base is the amount that was taxed, if it was not that amount (part of BT-116).
	Base ResultBase `json:"base,omitzero"`
}

// LineDiscount is a line's own discount and the amount it took off (BG-27).
type LineDiscount struct {
	// ID, Reason (BT-139), Code (BT-140) and Percent (BT-138) are those of the discount.
	// Percent is exact text, empty if the discount was an amount.
	ID      string `json:"id,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Code    string `json:"code,omitempty"`
	Percent string `json:"percent,omitempty"`
	// EachUnit says that Amount was taken off the price of each unit (BT-147), and is no part of
	// the difference between Subtotal and the amount of the line.
	EachUnit bool `json:"eachUnit,omitempty"`
	// Amount is the amount taken off (BT-136). It is negative for a line that takes goods
	// back.
	Amount int64 `json:"amount"`
}

// LineCharge is a line's own charge and the amount it added (BG-28).
type LineCharge struct {
	// ID, Reason (BT-144), Code (BT-145) and Percent (BT-143) are those of the charge. Percent
	// is exact text, empty if the charge was an amount.
	ID      string `json:"id,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Code    string `json:"code,omitempty"`
	Percent string `json:"percent,omitempty"`
	// Amount is the amount added (BT-141). It is negative for a line that takes goods back.
	Amount int64 `json:"amount"`
}

// ResultDiscount is a discount of the basket and the amounts it took off. A
// percentage may reduce prices with and without tax; an amount only reduces
// prices of one kind.
type ResultDiscount struct {
	// ID, Reason, Code, Percent and Spread are those of the discount. Percent is exact
	// text, empty if the discount was an amount.
	ID      string `json:"id,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Code    string `json:"code,omitempty"`
	Percent string `json:"percent,omitempty"`
	Spread  Spread `json:"spread"`
	// Class is the code of the reduced class, with FixedClass.
	Class string `json:"class,omitempty"`
	// Only, Except, Charges, AmountTax, AtMost and AfterTax are those of the discount.
	Only      []string  `json:"only,omitempty"`
	Except    []string  `json:"except,omitempty"`
	Charges   bool      `json:"charges,omitempty"`
	AmountTax AmountTax `json:"amountTax,omitempty"`
	AtMost    bool      `json:"atMost,omitempty"`
	AfterTax  bool      `json:"afterTax,omitempty"`
	// Stated is the amount of a discount with AtMost or AmountTax, and Left what is left
	// of it.
	Stated int64 `json:"stated,omitempty"`
	Left   int64 `json:"left,omitempty"`
	// Parts are the parts of an amount with AmountTax, with or without tax as it is, by
	// line and then by charge. Shares are the same as the prices are.
	Parts []int64 `json:"parts,omitempty"`
	// Amount is the sum of Shares and OfCharges, or with AfterTax what was taken off the
	// payable amount.
	Amount int64 `json:"amount"`
	// Shares are the amounts taken off each line, in the order of the lines; 0 for
	// a line that was not reduced.
	Shares []int64 `json:"shares"`
	// OfCharges are the amounts taken off each charge, if it reduces charges.
	OfCharges []int64 `json:"ofCharges,omitempty"`
}

// ResultCharge is a charge with its amounts.
type ResultCharge struct {
	// ID is the ID of the charge, or "charge-" and its position.
	ID string `json:"id"`
	// Reason (BT-104), Code (BT-105) and Allowance (BG-20) are those of the charge. The reason
	// of an allowance is BT-97, and its code BT-98; its amounts are negative.
	Reason    string `json:"reason,omitempty"`
	Code      string `json:"code,omitempty"`
	Allowance bool   `json:"allowance,omitempty"`
	// Amount, IncludesTax and Spread are those of the charge; Amount (BT-99, of an allowance
	// BT-92) is what discounts have left of it, and Shared what they took off. Listed is the
	// amount that was given, if it includes another tax than the one charged.
	Amount      int64     `json:"amount"`
	Shared      int64     `json:"shared,omitempty"`
	Listed      ListPrice `json:"listed,omitzero"`
	IncludesTax bool      `json:"includesTax,omitempty"`
	Spread      Spread    `json:"spread"`
	// Parts are the amounts by rate. Amount is the sum of their gross amounts if
	// it includes the tax, and of their net amounts otherwise.
	Parts []ChargePart `json:"parts"`
	// Sum is the sum of the parts. The net amounts of all charges are BT-108, those of all
	// allowances BT-107.
	Sum
}

// ChargePart is the part of a charge that is taxed at one rate.
type ChargePart struct {
	// Rate is the index of its rate in Rates, which has the category and the rate (BT-102,
	// BT-103, of an allowance BT-95, BT-96).
	Rate int `json:"rate"`
	// Sum has the amounts of the part.
	Sum
}

// Total is the sum of everything with the same territory, tax, class, rate and treatment.
type Total struct {
	// Location is the territory, if it is not that of the result.
	Location tax.Location `json:"location,omitzero"`
	// TaxCode and Class are the codes of the tax and the class. Class is empty in
	// the rows of [Result.ByRate].
	TaxCode string `json:"taxCode,omitempty"`
	Class   string `json:"class,omitempty"`
	// Percent is exact text (BT-119). OfGross says that it is a percentage of the gross
	// price.
	Percent string `json:"percent"`
	OfGross bool   `json:"ofGross,omitempty"`
	// Without are the codes of components that are not charged, sorted and separated by
	// commas.
	Without string `json:"without,omitempty"`
	// Treatment is the treatment of the row, which has its category (BT-118). Different treatments are never
	// merged, whatever the percentage.
	Treatment tax.Treatment `json:"treatment"`
	// Sum has the amounts of the row (BT-116, BT-117).
	Sum
	// Rounding is the part of the amounts that is in no line or charge: the difference that
	// rounding to Policy.TotalStep makes.
	Rounding Sum `json:"rounding,omitzero"`
	// Components are the shares of the rate's components in the tax, in their
	// order.
	Components []ComponentSum `json:"components,omitempty"`
}

// ComponentSum is the share of one component in the tax of a row.
type ComponentSum struct {
	// Code is the code of the [tax.Component].
	Code string `json:"code"`
	// Amount is its share, in minor units.
	Amount int64 `json:"amount"`
}

// ByRate returns the totals with one row for each combination of tax, rate and
// treatment, like the VAT breakdown of EN 16931 (BG-23), in the order of the first line
// of each.
func (r *Result) ByRate() []Total {
	var list []Total
	seen := make(map[groupKey]int, len(r.Totals)) // a stored result can have any number of rows
	for _, t := range r.Totals {
		t.Class, t.Components = "", slices.Clone(t.Components)
		key := groupKey{t.Location, t.TaxCode, t.Percent, t.OfGross, t.Treatment}
		i, ok := seen[key]
		if !ok {
			seen[key] = len(list)
			list = append(list, t)
			continue
		}
		list[i].Sum = list[i].Sum.plus(t.Sum)
		list[i].Rounding = list[i].Rounding.plus(t.Rounding)
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

// rows returns, for each rate, the index of its row in the totals.
func (r *Result) rows() ([]int, error) {
	rows, totals, without := make([]int, len(r.Rates)), r.index(), r.without()
	for i := range r.Rates {
		e := &r.Rates[i]
		var ok bool
		if rows[i], ok = totals[keyOfRow(r.rowOf(i, without[i]))]; !ok {
			return nil, inputError(fmt.Sprintf("sale.rates[%d]", i), e.Class, "the totals have no row for it: pass the Result as it was stored")
		}
	}
	return rows, nil
}

// without returns, by rate, the components that are exempt.
func (r *Result) without() map[int]string {
	list := make(map[int]string, len(r.Exemptions))
	for i := range r.Exemptions {
		list[r.Exemptions[i].Rate] = r.Exemptions[i].without()
	}
	return list
}

// rowOf returns the row of the totals that a rate belongs to, without amounts.
func (r *Result) rowOf(rate int, without string) *Total {
	e := &r.Rates[rate]
	location := e.Territory
	if location == r.Location {
		location = tax.Location{}
	}
	return &Total{Location: location, TaxCode: e.Tax, Class: e.Class, Percent: e.Percent, OfGross: e.OfGross, Treatment: e.Treatment, Without: without}
}

// index finds the rows of the totals by tax, class, rate and treatment.
func (r *Result) index() map[rowKey]int {
	rows := make(map[rowKey]int, len(r.Totals))
	for i := range r.Totals {
		key := keyOfRow(&r.Totals[i])
		if _, ok := rows[key]; !ok {
			rows[key] = i
		}
	}
	return rows
}

// keyOfRow returns the key of a row. A percentage that is no number only equals itself.
func keyOfRow(t *Total) rowKey {
	if key, _, ok := keyOf(t); ok {
		return key
	}
	return rowKey{groupKey{t.Location, t.TaxCode, "text " + t.Percent, t.OfGross, t.Treatment}, t.Class, t.Without}
}

func (s Sum) minus(o Sum) Sum { return Sum{s.Net - o.Net, s.Tax - o.Tax, s.Gross - o.Gross} }

// add is plus with a check for overflow.
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

// checkTexts refuses the texts of a basket in its result if JSON cannot hold them.
func (r *Result) checkTexts() error {
	for i := range r.Rates {
		if a := r.Rates[i].Asserted; a != nil && !utf8.ValidString(a.Reason) {
			return notUTF8(a.Reason, "rates[%d].asserted.reason", i)
		}
	}
	for i := range r.Exemptions {
		if e := &r.Exemptions[i]; !utf8.ValidString(e.Code + e.Reason) {
			return notUTF8(e.Code+e.Reason, "exemptions[%d]", i)
		}
	}
	for i := range r.Withheld {
		if id := r.Withheld[i].ID; !utf8.ValidString(id) {
			return notUTF8(id, "withheld[%d].id", i)
		}
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		if !utf8.ValidString(l.ID) {
			return notUTF8(l.ID, "lines[%d].id", i)
		}
		for n := range l.Discounts {
			d := &l.Discounts[n]
			if text, field := invalid(d.ID, d.Reason, d.Code); field != "" {
				return notUTF8(text, "lines[%d].discounts[%d].%s", i, n, field)
			}
		}
		for n := range l.Charges {
			c := &l.Charges[n]
			if text, field := invalid(c.ID, c.Reason, c.Code); field != "" {
				return notUTF8(text, "lines[%d].charges[%d].%s", i, n, field)
			}
		}
	}
	for i := range r.Discounts {
		d := &r.Discounts[i]
		if text, field := invalid(d.ID, d.Reason, d.Code); field != "" {
			return notUTF8(text, "discounts[%d].%s", i, field)
		}
	}
	for i := range r.Charges {
		c := &r.Charges[i]
		if text, field := invalid(c.ID, c.Reason, c.Code); field != "" {
			return notUTF8(text, "charges[%d].%s", i, field)
		}
	}
	return nil
}

// invalid returns the first of an ID, a reason and a code that is not UTF-8, and its field.
func invalid(id, reason, code string) (text, field string) {
	switch {
	case !utf8.ValidString(id):
		return id, "id"
	case !utf8.ValidString(reason):
		return reason, "reason"
	case !utf8.ValidString(code):
		return code, "code"
	}
	return "", ""
}

func notUTF8(value, path string, at ...any) error {
	return inputError(fmt.Sprintf(path, at...), value, "not valid UTF-8")
}
