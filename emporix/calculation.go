package emporix

import (
	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Calculation is the answer to a [Command].
type Calculation struct {
	// Command is the one that was answered, with a UUID.
	Command Command
	// Output is the result.
	Output Output
}

// Output is the result of a calculation.
type Output struct {
	// NetPrice and GrossPrice are not rounded to the decimals of a currency.
	NetPrice   decimal.Decimal
	GrossPrice decimal.Decimal
	// Source is the rate whose tax was taken out of the price; zero if the price
	// had none inside.
	Source tax.Resolution
	// Target is the rate whose tax was put on; zero if the price had the tax of
	// the same class of the same place inside.
	Target tax.Resolution
}

// quotientScale is the number of decimals of a quotient.
const quotientScale = 10

var oneHundred = decimal.New(100, 0)

// calculate takes the tax of the source out and puts that of the target on.
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

// quotient is the rounded product of a price and a ratio. Not by the amounts of
// package tax: they round a tax or a net price, and never without a tax.
func quotient(d decimal.Decimal, ratio exact.WideRatio) decimal.Decimal {
	c := exact.HalfUp.WideScaled(d.Coefficient(), int(d.Exponent())+quotientScale, ratio.Num, ratio.Den)
	return decimal.NewFromBigInt(c, -quotientScale)
}

// MarshalJSON writes the body of the answer on one line: commandUuid, the fields
// of input that were given, as they were, and output with netPrice, grossPrice,
// sourceTaxRate and targetTaxRate, the rates only where there are any. Rates are
// in percent. Numbers of the output have no exponent and no zeros at the end of
// their decimals.
//
// A calculation that no Calculator made is a [tax.InputError] when it has a text
// that is not UTF-8, no price, or an amount beyond 10^64.
func (c Calculation) MarshalJSON() ([]byte, error) {
	cmd, in, result := c.Command, c.Command.Input, c.Output
	if err := cmd.textFault(); err != nil {
		return nil, err
	}
	if in.Price.text == "" {
		return nil, inputError("input.price", "", "missing")
	}
	for _, d := range [...]decimal.Decimal{result.NetPrice, result.GrossPrice} {
		const bound = 64 // of a price, a quotient and products it is less
		if d.Exponent() < -bound || d.Exponent() > bound {
			return nil, inputError("output", "", "out of range")
		}
	}

	w := writer{make([]byte, 0, 512)}
	w.open('{')
	w.text("commandUuid", cmd.UUID)
	w.object("input")
	w.location("sourceLocation", in.SourceCountry)
	w.text("sourceTaxClass", in.SourceClass)
	w.location("targetLocation", in.TargetCountry)
	w.text("targetTaxClass", in.TargetClass)
	if in.IncludesTax {
		w.raw("includesTax", "true")
	} else {
		w.raw("includesTax", "false")
	}
	if in.Price.quoted {
		w.text("price", in.Price.text)
	} else {
		w.raw("price", in.Price.text)
	}
	w.close('}')
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
	w.close('}')
	w.close('}')
	return w.out, nil
}
