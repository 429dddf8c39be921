package tax

import (
	"math/big"
	"slices"

	"github.com/shopspring/decimal"
)

// Amounts are a net amount, the tax on it and the gross amount: net + tax =
// gross, exactly, and the components sum to the tax. They are immutable.
type Amounts struct {
	net, tax, gross decimal.Decimal
	parts           []ComponentAmount
}

// ComponentAmount is the share of one component in the tax.
type ComponentAmount struct {
	// Component is the part of the rate.
	Component Component
	// Amount is its share, at the scale of the rounding.
	Amount decimal.Decimal
}

// Net returns the amount without tax.
func (a Amounts) Net() decimal.Decimal { return a.net }

// Tax returns the amount of the tax.
func (a Amounts) Tax() decimal.Decimal { return a.tax }

// Gross returns the amount with the tax inside.
func (a Amounts) Gross() decimal.Decimal { return a.gross }

// Components returns the shares of the components in the tax, in the order of
// [Resolution.Components], as a copy; nil when the rate has none.
func (a Amounts) Components() []ComponentAmount { return slices.Clone(a.parts) }

// FromNet returns the amounts for a price without tax. The price is not moved:
// the tax is the percentage of it, rounded once, and the gross is their sum.
//
// The components share the rounded tax: each gets its exact share rounded
// toward zero, and what is left goes, one unit each, to those with the largest
// remainders, the first listed winning ties.
//
// Amounts have at most 40 digits and an exponent from -20 to 20. It is an
// [InputError] to pass another or a rounding that does not exist; [ErrOfGross]
// when the percentage is of the gross price.
func (r Resolution) FromNet(net decimal.Decimal, rounding Rounding) (Amounts, error) {
	return r.amounts("net", net, rounding, false)
}

// FromGross returns the amounts for a price with the tax inside. The price is
// not moved: the tax is percent / (100 + percent) of it, rounded once, and the
// net is what remains. Components and errors are those of FromNet.
func (r Resolution) FromGross(gross decimal.Decimal, rounding Rounding) (Amounts, error) {
	return r.amounts("gross", gross, rounding, true)
}

const (
	maxAmountDigits   = 40
	maxAmountExponent = 20
)

func (r Resolution) amounts(field string, given decimal.Decimal, rounding Rounding, gross bool) (Amounts, error) {
	if r.h.c == nil {
		return Amounts{}, inputError("resolution", "", "empty: get it from a Resolver")
	}
	if reason := amountFault(given); reason != "" {
		return Amounts{}, inputError(field, describe(given), reason)
	}
	if err := rounding.check(); err != nil {
		return Amounts{}, err
	}
	if r.OfGross() {
		l := r.h.lookup(r.territory())
		l.Class = r.Class()
		return Amounts{}, r.h.c.fail(ErrOfGross, &l, l.Date, r.Location(),
			formatDecimal(r.Percent())+" % of the price with the tax inside cannot be computed yet: use the percentage itself", nil)
	}
	percent := r.Percent()
	// tax = given * percent / base, with base 100 for a net price and 100 +
	// percent for a gross price; all as integers, at the scale of the rounding.
	base := decimal.New(100, 0)
	if gross {
		base = base.Add(percent)
	}
	num, den := ratio(given.Mul(percent), base, rounding.Scale)
	units := rounding.Mode.quotient(num, den)
	a := Amounts{tax: decimal.NewFromBigInt(units, -rounding.Scale)}
	if gross {
		a.gross, a.net = given, given.Sub(a.tax)
	} else {
		a.net, a.gross = given, given.Add(a.tax)
	}
	if components := r.Components(); len(components) > 0 {
		a.parts = share(units, components, rounding.Scale)
	}
	return a, nil
}

// amountFault tells what is wrong with a decimal as an amount, or "". The
// exponent comes first: see percentFault.
func amountFault(d decimal.Decimal) string {
	if d.Exponent() < -maxAmountExponent || d.Exponent() > maxAmountExponent ||
		d.Coefficient().BitLen() > 4*maxAmountDigits || d.NumDigits() > maxAmountDigits {
		return "out of range: an amount has at most 40 digits and an exponent from -20 to 20"
	}
	return ""
}

// describe names a decimal that may be too large to write out.
func describe(d decimal.Decimal) string {
	if d.Coefficient().BitLen() > 4*maxAmountDigits {
		return "a number of more than " + itoa(maxAmountDigits) + " digits"
	}
	return d.Coefficient().String() + "e" + itoa(int64(d.Exponent()))
}

// ratio returns x/y * 10^scale as a ratio of integers with a positive
// denominator. y is positive.
func ratio(x, y decimal.Decimal, scale int32) (num, den *big.Int) {
	num, den = x.Coefficient(), y.Coefficient()
	shift := x.Exponent() - y.Exponent() + scale
	ten := big.NewInt(10)
	if shift >= 0 {
		num.Mul(num, ten.Exp(ten, big.NewInt(int64(shift)), nil))
	} else {
		den.Mul(den, ten.Exp(ten, big.NewInt(int64(-shift)), nil))
	}
	return num, den
}

// share splits the tax, in units of the scale, by the shares of the components
// in the percentage: largest remainder, ties to the first.
func share(units *big.Int, components []Component, scale int32) []ComponentAmount {
	weights, total := weights(components)
	parts := make([]*big.Int, len(components))
	rests := make([]*big.Int, len(components))
	left := new(big.Int).Set(units)
	for i, w := range weights {
		parts[i], rests[i] = new(big.Int), new(big.Int)
		if total.Sign() != 0 {
			parts[i].QuoRem(w.Mul(w, units), total, rests[i])
		}
		left.Sub(left, parts[i])
	}
	one := big.NewInt(int64(units.Sign()))
	for left.Sign() != 0 {
		best := 0
		for i := range rests {
			if rests[i].CmpAbs(rests[best]) > 0 {
				best = i
			}
		}
		parts[best].Add(parts[best], one)
		rests[best].SetInt64(0)
		left.Sub(left, one)
	}
	list := make([]ComponentAmount, len(components))
	for i := range components {
		list[i] = ComponentAmount{components[i], decimal.NewFromBigInt(parts[i], -scale)}
	}
	return list
}

// weights are the percentages of the net price that the components come to, as
// integers at one scale, and their sum.
func weights(components []Component) (list []*big.Int, total *big.Int) {
	percents := netPercents(components)
	var scale int32
	for _, p := range percents {
		scale = min(scale, p.Exponent())
	}
	total = new(big.Int)
	for _, p := range percents {
		w := p.Shift(-scale).BigInt()
		list = append(list, w)
		total.Add(total, w)
	}
	return list, total
}
