package basket

import (
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// EN16931 returns the policy of the European standard for electronic invoices:
// the tax of each category and rate is the rate times the sum of its net
// amounts, rounded half up (BR-CO-17), with at most two decimals (BR-DEC): those of the
// currency in ISO 4217. For invoices in whole forints, as the example of the standard has
// them, set the Rounding to tax.RoundTo(0, tax.HalfUp).
// Prices without tax always satisfy this rule. A price that includes the tax is
// never changed, and some such prices are not the sum of any net amount and its
// tax, so their row can differ from the rule by one minor unit. Errors are
// those of [tax.RoundingFor].
func EN16931(currency string) (Policy, error) { return policy(currency, ByRate, 2) }

// LinePolicy returns the policy of platforms that round the tax of each line half
// up to the decimals of the currency. Errors are those of [tax.RoundingFor].
func LinePolicy(currency string) (Policy, error) { return policy(currency, ByLine, maxScale) }

// DocumentPolicy returns the policy of platforms that round the tax of the whole
// document once, half up to the decimals of the currency. Errors are those of
// [tax.RoundingFor].
func DocumentPolicy(currency string) (Policy, error) { return policy(currency, ByDocument, maxScale) }

// UnitPolicy returns the policy of platforms that round the tax of one unit half up and
// multiply it by the quantity. Errors are those of [tax.RoundingFor].
func UnitPolicy(currency string) (Policy, error) { return policy(currency, ByUnit, maxScale) }

// RunningTotalPolicy returns the policy of platforms that carry the rounding remainder of a
// line to the next line of the same rate, half up. Errors are those of [tax.RoundingFor].
func RunningTotalPolicy(currency string) (Policy, error) {
	return policy(currency, ByRunningTotal, maxScale)
}

// ComponentPolicy returns the policy of countries that round each component of a tax by
// itself, for each line and half up, such as the CGST and SGST of India. Errors are those of
// [tax.RoundingFor].
func ComponentPolicy(currency string) (Policy, error) {
	p, err := policy(currency, ByLine, maxScale)
	p.EachComponent = err == nil
	return p, err
}

// WholeTaxPolicy returns the [ComponentPolicy] with taxes in whole units of the currency,
// whatever the prices are: in rupees, not in paise. Errors are those of [tax.RoundingFor].
func WholeTaxPolicy(currency string) (Policy, error) {
	p, err := ComponentPolicy(currency)
	if err != nil {
		return Policy{}, err
	}
	if decimals := int(p.Rounding.Scale()); decimals > 0 {
		p.TaxStep = exact.Power(decimals).Int64()
	}
	return p, nil
}

// ReducedPricePolicy returns the [LinePolicy] of shops that round what a percentage leaves of
// a price, not what it takes off. Errors are those of [tax.RoundingFor].
func ReducedPricePolicy(currency string) (Policy, error) {
	p, err := policy(currency, ByLine, maxScale)
	p.RoundReduced = err == nil
	return p, err
}

// RoundGrossPolicy returns the [FineLines] of shops whose net prices were computed from
// round gross prices: the net and the gross amount of the totals are rounded, and the tax is
// the rest. Errors are those of FineLines.
func RoundGrossPolicy(currency string, decimals int) (Policy, error) {
	p, err := FineLines(currency, decimals)
	p.RoundGross = err == nil
	return p, err
}

// FineLines returns the policy of platforms whose lines have more decimals than the
// currency, such as those that bill usage: lines are rounded half up to the given number of
// decimals, and totals to the currency. The tax of each rate is rounded once. Errors are
// those of [tax.RoundingFor], and a [tax.InputError] for decimals that are not more than
// those of the currency or more than 12.
func FineLines(currency string, decimals int) (Policy, error) {
	p, err := policy(currency, ByRate, maxScale)
	if err != nil {
		return Policy{}, err
	}
	more := decimals - int(p.Rounding.Scale())
	if more < 1 || decimals > maxScale || more > maxFiner {
		return Policy{}, inputError("decimals", itoa(int64(decimals)), "out of range: lines have 1 to 9 decimals more than "+p.Currency+", and at most 12")
	}
	p.Rounding, p.TotalStep = tax.RoundTo(decimals, p.Rounding.Mode()), exact.Power(more).Int64()
	return p, nil
}

// maxFiner is the largest number of decimals that a TotalStep can round away.
const maxFiner = 9

// maxScale is the largest scale of a rounding.
const maxScale = 12

func policy(currency string, level Level, scale int32) (Policy, error) {
	rounding, err := tax.RoundingFor(currency)
	if err != nil {
		return Policy{}, err
	}
	if rounding.Scale() > scale {
		rounding = tax.RoundTo(int(scale), rounding.Mode())
	}
	return Policy{Currency: strings.ToUpper(currency), Level: level, Rounding: rounding}, nil
}
