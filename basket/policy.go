package basket

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Policy says how the amounts of a basket are rounded. It is stored with the
// result, together with the rounding that its currency stands for.
type Policy struct {
	// Currency is a code of ISO 4217 in any case (BT-5). It may be empty, or a code of your
	// own, if Rounding is set.
	Currency string `json:"currency,omitempty"`
	// Level says for which sums the tax is rounded.
	Level Level `json:"level"`
	// Rounding is the rule for rounding. Its scale defines the minor unit of all
	// amounts. The zero value stands for [tax.RoundingFor] of the currency; without a
	// currency it is an error. A scale finer than the minor unit of the currency is an
	// error as well, because no one can pay half a yen, unless TotalStep rounds the totals.
	Rounding tax.Rounding `json:"rounding,omitzero"`
	// EachComponent rounds the components of a tax each by itself at the Level, and the tax
	// is their sum. Otherwise the tax is rounded once and divided among them.
	EachComponent bool `json:"eachComponent,omitempty"`
	// TaxStep is the smallest amount of tax in minor units, if it is coarser than prices
	// are: 100 for whole rupees. Only ByLine can have one; NetFirst cannot.
	TaxStep int64 `json:"taxStep,omitempty"`
	// RoundReduced rounds what a percentage of a discount leaves of a price. Otherwise what
	// it takes off is rounded: the two differ in halves. Discounts of each unit of a price
	// with more decimals than the currency are rounded in any case.
	RoundReduced bool `json:"roundReduced,omitempty"`
	// TotalStep is the smallest amount of the totals in minor units, if lines have more
	// decimals than totals: 100 for totals in cents and lines with four decimals. The rows
	// of the totals are rounded to it, once, and [Total.Rounding] is the difference from
	// the lines. It needs ByRate, without EachComponent and NetFirst.
	TotalStep int64 `json:"totalStep,omitempty"`
	// RoundGross rounds the net and the gross amount of the totals, and the tax is the
	// rest: a net price that was computed from a round gross price leads back to it.
	// Otherwise the net amount and the tax are rounded. It needs a TotalStep.
	RoundGross bool `json:"roundGross,omitempty"`
	// Cash rounds the amount to pay (BT-114). The zero value does not round it.
	Cash Cash `json:"cash,omitzero"`
}

// Level says for which sums the tax is rounded: for each line, or for larger
// sums. The tax of a larger sum is divided among its parts, so that the parts
// still add up to it.
type Level uint8

const (
	// ByLine rounds the tax of each line and of each part of a charge.
	ByLine Level = iota
	// ByUnit rounds the tax of one unit of a line and multiplies it by the
	// quantity, which must be a whole number. Lines with discounts, lines with
	// PriceIsTotal, and charges are rounded by line.
	ByUnit
	// ByRate rounds the tax of the sum of everything with the same tax, rate and
	// treatment, as EN 16931 does.
	ByRate
	// ByDocument rounds the tax of the whole basket once.
	ByDocument
	// ByRunningTotal carries the rounding remainder of each line to the next: the tax of a
	// line is the rounded tax of everything so far less that of everything before it, each
	// of the same tax, rate and treatment, and apart for prices with and without tax.
	ByRunningTotal
)

var levelNames = [...]string{"line", "unit", "rate", "document", "runningTotal"}

// Cash is the rounding of a total that is paid in coins, for example to 0.05
// francs or 0.50 kroner. It changes no price and no tax: the result shows the
// difference separately.
type Cash struct {
	// Step is the smallest payable amount in minor units: 5 for 0.05. With 0,
	// nothing is rounded; a Mode without a Step is an error.
	Step int64 `json:"step"`
	// Mode is the direction of rounding.
	Mode tax.Mode `json:"mode"`
}

// resolve gives the policy the rounding of its currency if it has none. It refuses a
// policy without a rounding, and with one that is finer than the currency.
func (p *Policy) resolve() error {
	given := p.Rounding
	if p.Currency == "" {
		if given.IsZero() {
			return inputError("policy.rounding", "", "not given: set the currency, or use tax.RoundTo(2, tax.HalfUp)")
		}
		return p.check()
	}
	unit, err := tax.RoundingFor(p.Currency)
	switch {
	case given.IsZero() && err != nil:
		return at("policy.", err)
	case given.IsZero():
		p.Rounding = unit
	case err == nil && given.Scale() > unit.Scale() && given.Scale() <= maxScale && !p.roundsTo(given.Scale()-unit.Scale()):
		return inputError("policy.rounding.scale", itoa(int64(given.Scale())), "finer than "+p.Currency+
			", which has "+itoa(int64(unit.Scale()))+" decimals: leave the rounding out, round to no more decimals, or set TotalStep")
	}
	return p.check() // a currency of your own may have any scale
}

// roundsTo reports whether the totals are rounded to a number of decimals less than lines.
func (p *Policy) roundsTo(fewer int32) bool {
	return p.TotalStep > 0 && fewer <= maxFiner && p.TotalStep%exact.Power(int(fewer)).Int64() == 0
}

// maxCashStep keeps the rounded total far below the limit of 64 bits.
const maxCashStep = 1_000_000_000

// check refuses a policy whose values do not exist. It does not ask for the currency: a
// stored sale keeps its rounding, whatever the table of currencies says later.
func (p *Policy) check() error {
	// 0 fits every scale, so an error here is about the rounding itself.
	if _, err := p.Rounding.Minor(decimal.Decimal{}); err != nil {
		return at("policy.", err)
	}
	switch {
	case int(p.Level) >= len(levelNames):
		return inputError("policy.level", itoa(int64(p.Level)), "no such level: use ByLine, ByUnit, ByRate, ByDocument or ByRunningTotal")
	case p.Rounding.NetFirst() && p.Level == ByDocument:
		return inputError("policy.rounding.netFirst", "true", "a document with several rates has no net amount to round first: leave NetFirst out")
	case p.EachComponent && p.Rounding.NetFirst():
		return inputError("policy.eachComponent", "true", "given with netFirst, which rounds no tax: use one of them")
	case p.TaxStep < 0 || p.TaxStep > maxCashStep:
		return inputError("policy.taxStep", itoa(p.TaxStep), "out of range: use the smallest amount of tax in minor units, or 0")
	case p.TaxStep > 1 && (p.Level != ByLine || p.Rounding.NetFirst()):
		return inputError("policy.taxStep", itoa(p.TaxStep), "not allowed with this level or netFirst: round by line")
	case p.TotalStep < 0 || p.TotalStep == 1 || p.TotalStep > maxCashStep:
		return inputError("policy.totalStep", itoa(p.TotalStep), "out of range: use the smallest amount of the totals in minor units, or 0 if lines have the same")
	case p.TotalStep > 1 && (p.Level != ByRate || p.EachComponent || p.Rounding.NetFirst()):
		return inputError("policy.totalStep", itoa(p.TotalStep), "not allowed with this level, eachComponent or netFirst: round by rate")
	case p.RoundGross && p.TotalStep <= 1:
		return inputError("policy.roundGross", "true", "given without a total step: use FineLines")
	case p.TotalStep > 1 && p.Cash.Step%p.TotalStep != 0:
		return inputError("policy.cash.step", itoa(p.Cash.Step), "not a multiple of the total step")
	case p.Cash.Step < 0 || p.Cash.Step > maxCashStep:
		return inputError("policy.cash.step", itoa(p.Cash.Step), "out of range: use the smallest payable amount in minor units, or 0 for no rounding")
	case p.Cash.Mode == 0:
		return nil
	}
	if _, err := p.Rounding.WithMode(p.Cash.Mode).Minor(decimal.Decimal{}); err != nil {
		return at("policy.cash.", err)
	}
	if p.Cash.Step == 0 {
		return inputError("policy.cash.step", "0", "given with a mode: set the smallest payable amount in minor units, or leave both out")
	}
	return nil
}

// at turns the field of an error about a rounding or a currency into a path: "rounding
// mode" becomes "policy.rounding.mode" or "policy.cash.mode".
func at(path string, err error) error {
	input, ok := err.(*tax.InputError)
	if !ok {
		return err
	}
	field := strings.ReplaceAll(input.Field, " ", ".")
	if path == "policy.cash." {
		field = strings.TrimPrefix(field, "rounding.")
	}
	return input.At(path + field)
}

// mode returns the rounding mode of the policy.
func (p *Policy) mode() exact.Mode { return exact.Mode(p.Rounding.Mode()) }
