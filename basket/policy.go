package basket

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Policy says how the amounts of a basket are rounded. It is stored with the
// result.
type Policy struct {
	// Currency is the ISO 4217 code. It is only recorded, and may be empty.
	Currency string `json:"currency,omitempty"`
	// Level says for which sums the tax is rounded.
	Level Level `json:"level"`
	// Rounding is the rule for rounding. Its scale defines the minor unit of all
	// amounts.
	Rounding tax.Rounding `json:"rounding"`
	// Cash rounds the amount to pay. The zero value does not round it.
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
	// PerLine, and charges are rounded by line.
	ByUnit
	// ByRate rounds the tax of the sum of everything with the same tax, rate and
	// treatment, as EN 16931 does.
	ByRate
	// ByDocument rounds the tax of the whole basket once.
	ByDocument
)

var levelNames = [...]string{"line", "unit", "rate", "document"}

// Cash is the rounding of a total that is paid in coins, for example to 0.05
// francs or 0.50 kroner. It changes no price and no tax: the result shows the
// difference separately.
type Cash struct {
	// Step is the smallest payable amount in minor units: 5 for 0.05. With 0,
	// nothing is rounded.
	Step int64 `json:"step"`
	// Mode is the direction of rounding.
	Mode tax.Mode `json:"mode"`
}

// EN16931 returns the policy of the European standard for electronic invoices:
// the tax of each category and rate is the rate times the sum of its net
// amounts, rounded half up (BR-CO-17), with at most two decimals (BR-DEC).
// Prices without tax always satisfy this rule. A price that includes the tax is
// never changed, and some such prices are not the sum of any net amount and its
// tax, so their row can differ from the rule by one minor unit. Errors are
// those of [tax.RoundingFor].
func EN16931(currency string) (Policy, error) { return policy(currency, ByRate, 2) }

// PerLine returns the policy of platforms that round the tax of each line half
// up to the decimals of the currency. Errors are those of [tax.RoundingFor].
func PerLine(currency string) (Policy, error) { return policy(currency, ByLine, maxScale) }

// PerDocument returns the policy of platforms that round the tax of the whole
// document once, half up to the decimals of the currency. Errors are those of
// [tax.RoundingFor].
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

// maxCashStep keeps the rounded total far below the limit of 64 bits.
const maxCashStep = 1_000_000_000

func (p *Policy) check() error {
	// 0 fits every scale, so an error here is about the rounding itself.
	if _, err := p.Rounding.Minor(decimal.Decimal{}); err != nil {
		return at("policy.", err)
	}
	switch {
	case int(p.Level) >= len(levelNames):
		return inputError("policy.level", itoa(int64(p.Level)), "no such level: use ByLine, ByUnit, ByRate or ByDocument")
	case p.Rounding.NetFirst && p.Level == ByDocument:
		return inputError("policy.rounding.netFirst", "true", "a document with several rates has no net amount to round first: leave NetFirst out")
	case p.Cash.Step < 0 || p.Cash.Step > maxCashStep:
		return inputError("policy.cash.step", itoa(p.Cash.Step), "out of range: use the smallest payable amount in minor units, or 0 for no rounding")
	case p.Cash.Mode == 0:
		return nil
	}
	if _, err := (tax.Rounding{Mode: p.Cash.Mode}).Minor(decimal.Decimal{}); err != nil {
		return at("policy.cash.", err)
	}
	return nil
}

// at turns the field of an error about a rounding into a path: "rounding mode"
// becomes "policy.rounding.mode" or "policy.cash.mode".
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
func (p *Policy) mode() exact.Mode { return exact.Mode(p.Rounding.Mode) }
