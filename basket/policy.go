package basket

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Policy says how a basket is rounded. It is part of the result.
type Policy struct {
	// Currency is the ISO 4217 code, for the record; it may be empty.
	Currency string `json:"currency,omitempty"`
	// Level is what the tax is rounded for.
	Level Level `json:"level"`
	// Rounding is the rule; its scale makes the minor unit of all amounts.
	Rounding tax.Rounding `json:"rounding"`
	// Cash rounds what is to be paid; the zero value does not.
	Cash Cash `json:"cash,omitzero"`
}

// Level is what the tax is rounded for. Coarser levels compute the tax of a sum
// and divide it among its parts, so that the parts still sum to it.
type Level uint8

const (
	// ByLine rounds the tax of every line and of every part of a charge.
	ByLine Level = iota
	// ByUnit rounds the tax of one unit of a line and multiplies it by the
	// quantity, which must be a whole number. Lines with discounts, lines with
	// PerLine and charges are rounded by line.
	ByUnit
	// ByRate rounds the tax of everything that has the same tax, rate and
	// treatment, as EN 16931 does.
	ByRate
	// ByDocument rounds the tax of the whole basket once.
	ByDocument
)

var levelNames = [...]string{"line", "unit", "rate", "document"}

// Cash is the rounding of a total that is paid in coins: to 0.05 francs, 0.50
// kroner. It changes no amount and no tax: it is a difference of its own.
type Cash struct {
	// Step is the smallest payable amount in minor units: 5 for 0.05. 0 is none.
	Step int64 `json:"step"`
	// Mode is the rule.
	Mode tax.Mode `json:"mode"`
}

// EN16931 returns the policy of the European standard for electronic invoices:
// the tax of each category and rate is the rate times the sum of its net
// amounts, half up (BR-CO-17), with two decimals at most (BR-DEC). That is exact
// for prices without tax. A price with the tax inside is not moved, and there
// are some that are no net price with its tax: such a row can be one minor unit
// off the rule. The errors are those of [tax.RoundingFor].
func EN16931(currency string) (Policy, error) { return policy(currency, ByRate, 2) }

// PerLine returns the policy of platforms that round the tax of every line half
// up to the decimals of the currency. The errors are those of
// [tax.RoundingFor].
func PerLine(currency string) (Policy, error) { return policy(currency, ByLine, maxScale) }

// PerDocument returns the policy of platforms that round the tax of the whole
// document once, half up to the decimals of the currency. The errors are those
// of [tax.RoundingFor].
func PerDocument(currency string) (Policy, error) { return policy(currency, ByDocument, maxScale) }

// maxScale is the largest scale of a rounding.
const maxScale = 12

func policy(currency string, level Level, scale int32) (Policy, error) {
	rounding, err := tax.RoundingFor(currency)
	if err != nil {
		return Policy{}, err
	}
	rounding.Scale = min(rounding.Scale, scale)
	return Policy{Currency: strings.ToUpper(currency), Level: level, Rounding: rounding}, nil
}

// maxCashStep keeps the rounding of a total far from the bounds of 64 bits.
const maxCashStep = 1_000_000_000

func (p *Policy) check() error {
	// A sum that every rounding takes: what remains to be refused is the rounding.
	if _, err := p.Rounding.Minor(decimal.Decimal{}); err != nil {
		return at("policy.", err)
	}
	switch {
	case int(p.Level) >= len(levelNames):
		return inputError("policy.level", itoa(int64(p.Level)), "no such level: use ByLine, ByUnit, ByRate or ByDocument")
	case p.Rounding.NetFirst && p.Level == ByDocument:
		return inputError("policy.rounding.netFirst", "true", "a document of several rates has no net to round first: leave it out")
	case p.Cash.Step < 0 || p.Cash.Step > maxCashStep:
		return inputError("policy.cash.step", itoa(p.Cash.Step), "out of range: the smallest payable amount in minor units, 0 for none")
	case p.Cash.Mode == 0:
		return nil
	}
	if _, err := (tax.Rounding{Mode: p.Cash.Mode}).Minor(decimal.Decimal{}); err != nil {
		return at("policy.cash.", err)
	}
	return nil
}

// at gives an error about a rounding its path: "rounding mode" becomes
// "policy.rounding.mode", or "policy.cash.mode".
func at(path string, err error) error {
	input, ok := err.(*tax.InputError)
	if !ok {
		return err
	}
	field := strings.ReplaceAll(input.Field, " ", ".")
	if path == "policy.cash." {
		field = strings.TrimPrefix(field, "rounding.")
	}
	return inputError(path+field, input.Value, input.Reason)
}

// mode is the rule of the policy.
func (p *Policy) mode() exact.Mode { return exact.Mode(p.Rounding.Mode) }
