package emporix

import (
	"github.com/shopspring/decimal"
	"log/slog"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// Calculation is the answer to a [Command].
type Calculation struct {
	// Command is the command that was answered. It always has a UUID.
	Command Command
	// Output is the result.
	Output Output
}

// Output is the result of a calculation.
type Output struct {
	// NetPrice and GrossPrice are not rounded to the decimals of a currency.
	NetPrice   decimal.Decimal
	GrossPrice decimal.Decimal
	// Source is the rate whose tax was taken out of the price. It is zero if the
	// price included no tax.
	Source tax.Resolution
	// Target is the rate whose tax was added. It is zero if the price already
	// included the tax of the same class at the same place.
	Target tax.Resolution
}

// String returns the prices, exactly, and the rates in one line, for people and logs.
func (o Output) String() string {
	return exact.Describe(o.NetPrice) + " net, " + exact.Describe(o.GrossPrice) + " gross; source " + o.Source.String() + "; target " + o.Target.String()
}

// LogValue returns a group for log/slog: netPrice and grossPrice as exact texts, and
// source and target.
func (o Output) LogValue() slog.Value {
	return slog.GroupValue(slog.String("netPrice", exact.Describe(o.NetPrice)), slog.String("grossPrice", exact.Describe(o.GrossPrice)),
		slog.Any("source", o.Source), slog.Any("target", o.Target))
}

// quotientScale is the number of decimals of a quotient.
const quotientScale = 10

var oneHundred = decimal.New(100, 0)

// calculate takes the tax of the source out of a price and adds the tax of the
// target.
func calculate(in Input, source, target tax.Resolution) Output {
	var none tax.Resolution
	out := Output{NetPrice: in.Price.value, GrossPrice: in.Price.value, Source: source, Target: target}
	if source != none {
		out.NetPrice = netOf(in.Price.value, source)
	}
	if target != none {
		out.GrossPrice = grossOf(out.NetPrice, target)
	}
	out.NetPrice, out.GrossPrice = exact.Trim(out.NetPrice), exact.Trim(out.GrossPrice)
	return out
}

func netOf(gross decimal.Decimal, rate tax.Resolution) decimal.Decimal {
	if rate.OfGross() {
		return gross.Mul(oneHundred.Sub(rate.Percent())).Shift(-2)
	}
	return quotient(gross, exact.WidePercent(rate.Percent()).InGross(false).Rest())
}

func grossOf(net decimal.Decimal, rate tax.Resolution) decimal.Decimal {
	if rate.OfGross() {
		rest := exact.WidePercent(rate.Percent()).Rest()
		return quotient(net, exact.WideRatio{Num: rest.Den, Den: rest.Num})
	}
	return net.Mul(oneHundred.Add(rate.Percent())).Shift(-2)
}

// quotient returns the product of a price and a ratio, rounded to 10 decimals.
// tax.Amounts cannot be used here: they round a tax or a net price, and round
// nothing if there is no tax.
func quotient(d decimal.Decimal, ratio exact.WideRatio) decimal.Decimal {
	c := exact.HalfUp.WideScaled(d.Coefficient(), int(d.Exponent())+quotientScale, ratio.Num, ratio.Den)
	return decimal.NewFromBigInt(c, -quotientScale)
}

// MarshalJSON returns the body of the answer on one line. It has commandUuid,
// input with the given fields exactly as they were given, and output with
// netPrice, grossPrice and, if there is such a rate, sourceTaxRate and
// targetTaxRate. Rates are in percent. Numbers in output have no exponent and
// no trailing zeros after the decimal point.
//
// A Calculation that was not made by a Calculator is a [tax.InputError] if it
// has a text that is not UTF-8, no price, or an amount out of range.
func (c Calculation) MarshalJSON() ([]byte, error) {
	cmd, result := c.Command, c.Output
	if err := cmd.textFault(); err != nil {
		return nil, err
	}
	if cmd.Input.Price.text == "" {
		return nil, inputError("input.price", "", "missing")
	}
	for _, d := range [...]decimal.Decimal{result.NetPrice, result.GrossPrice} {
		const bound = 64 // a Calculator's amounts stay below it
		if d.Exponent() < -bound || d.Exponent() > bound {
			return nil, inputError("output", "", "out of range")
		}
	}

	w := writer{strictjson.NewBuilder(make([]byte, 0, 512))}
	w.Open('{')
	w.text("commandUuid", cmd.UUID)
	w.Name("input")
	w.input(cmd.Input)
	w.object("output")
	w.number("netPrice", result.NetPrice)
	w.number("grossPrice", result.GrossPrice)
	var none tax.Resolution
	if result.Source != none {
		w.number("sourceTaxRate", result.Source.Percent())
	}
	if result.Target != none {
		w.number("targetTaxRate", result.Target.Percent())
	}
	w.Close('}')
	w.Close('}')
	return w.Bytes(), nil
}

// UnmarshalJSON always returns a [tax.InputError]: the JSON of a calculation has the
// percentages of its rates, and not the rates.
func (*Calculation) UnmarshalJSON([]byte) error {
	return inputError("calculation", "", "cannot be read back: calculate the Command again")
}
