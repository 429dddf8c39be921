package tax

import (
	"math/big"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// Amounts are a net amount, the tax on it and the gross amount: net + tax =
// gross, exactly, and the components sum to the tax. They are immutable, and
// make a decimal only when asked for one.
type Amounts struct {
	// Seven words can be returned in registers beside an error.
	rate  *effective      // nil when no tax is charged
	given decimal.Decimal // the price
	// The price in units of 10^-scale, and the tax in units of 10^-taxScale, which
	// is at most scale; in wide when 64 bits do not hold them.
	price, tax int64
	wide       *wideAmounts
	form       form
}

// form says how the numbers of [Amounts] are to be read: the scale of the price
// in the lowest byte, that of the tax in the next, and flags.
type form uint32

const (
	formGross form = 1 << (16 + iota) // the price has the tax inside
	formFiner                         // it has more decimals than the currency
)

func formOf(scale, taxScale int, gross bool) form {
	f := form(scale) | form(taxScale)<<8
	if gross {
		f |= formGross
	}
	return f
}

func (f form) scale() int { return int(f & 0xff) }

func (f form) taxScale() int { return int(f >> 8 & 0xff) }

func (f form) gross() bool { return f&formGross != 0 }

// wideAmounts are the price and the tax of [Amounts] of any size.
type wideAmounts struct{ price, tax *big.Int }

// MinorAmounts are [Amounts] in minor units of the rounding: Net + Tax = Gross.
type MinorAmounts struct {
	// Net is the amount without tax.
	Net int64 `json:"net"`
	// Tax is the amount of the tax.
	Tax int64 `json:"tax"`
	// Gross is the amount with the tax inside.
	Gross int64 `json:"gross"`
}

// ComponentAmount is the share of one component in the tax.
type ComponentAmount struct {
	// Component is the part of the rate.
	Component Component
	// Amount is its share, with the decimals of the tax.
	Amount decimal.Decimal
}

// FromNet returns the amounts for a price without tax. The price is not moved:
// the tax is the percentage of it, rounded once, and the gross is their sum. For
// a percentage of the gross price, see [Resolution.OfGross], the tax is percent
// / (100 - percent) of the net price.
//
// An amount has at most 40 digits and an exponent from -20 to 20. It is an
// [InputError] to pass another, or a rounding that does not exist. Numbers that
// fit 64 bits take a way without big integers and allocate nothing.
func (r Resolution) FromNet(net decimal.Decimal, rounding Rounding) (Amounts, error) {
	return r.fromDecimal(net, rounding, false)
}

// FromGross returns the amounts for a price with the tax inside. The price is
// not moved: the tax is percent / (100 + percent) of it, rounded once, and the
// net is what remains; with Rounding.NetFirst the net is 100 / (100 + percent) of
// it, rounded once, and the tax is what remains. Of a percentage of the gross
// price the tax is simply percent / 100. Several components, compound or not,
// are taken out together: their sum is the percentage. Errors are those of
// FromNet.
func (r Resolution) FromGross(gross decimal.Decimal, rounding Rounding) (Amounts, error) {
	return r.fromDecimal(gross, rounding, true)
}

// FromNetMinor is FromNet in minor units: 1999 is 19.99 at scale 2. It is an
// [InputError] when 64 bits do not hold an amount. It allocates nothing.
func (r Resolution) FromNetMinor(net int64, rounding Rounding) (MinorAmounts, error) {
	return r.fromMinor(net, rounding, false)
}

// FromGrossMinor is FromGross in minor units, as FromNetMinor.
func (r Resolution) FromGrossMinor(gross int64, rounding Rounding) (MinorAmounts, error) {
	return r.fromMinor(gross, rounding, true)
}

// Net returns the amount without tax.
func (a Amounts) Net() decimal.Decimal { return (&a).side(false) }

// Tax returns the amount of the tax.
func (a Amounts) Tax() decimal.Decimal {
	if a.wide != nil {
		return decimal.NewFromBigInt(a.wide.tax, -int32(a.form.taxScale()))
	}
	return exact.Decimal(a.tax, int32(a.form.taxScale()))
}

// Gross returns the amount with the tax inside.
func (a Amounts) Gross() decimal.Decimal { return (&a).side(true) }

// Minor returns the amounts in minor units. ok is false when the price has more
// decimals than Rounding.Scale, or when 64 bits do not hold an amount. It
// allocates nothing.
func (a Amounts) Minor() (_ MinorAmounts, ok bool) {
	if a.wide != nil || a.form&formFiner != 0 {
		return MinorAmounts{}, false
	}
	return minorAmounts(a.price, a.tax, a.form.gross()), true
}

func minorAmounts(price, tax int64, gross bool) MinorAmounts {
	if gross {
		return MinorAmounts{price - tax, tax, price}
	}
	return MinorAmounts{price, tax, price + tax}
}

// Components returns the shares of the components in the tax, in the order of
// [Resolution.Components]; nil when the rate has none. Each gets its exact share
// of the rounded tax, rounded toward zero, and what is left goes, one minor unit
// each, to those with the largest remainders, the first listed winning ties.
func (a Amounts) Components() []ComponentAmount {
	if a.rate == nil || len(a.rate.components) == 0 {
		return nil
	}
	components := slices.Clone(a.rate.components)
	tax := a.Tax()
	parts := exact.WideApportion(tax.Coefficient(), exact.Weights(len(components), componentsOf(components)))
	list := make([]ComponentAmount, len(components))
	for i, c := range components {
		list[i] = ComponentAmount{c, decimal.NewFromBigInt(parts[i], tax.Exponent())}
	}
	return list
}

// MarshalJSON writes the amounts as text with all decimals: {"net":"100.00",
// "tax":"19.00","gross":"119.00"}, and the components, if there are any, by code
// and amount.
func (a Amounts) MarshalJSON() ([]byte, error) {
	w := strictjson.NewWriter(nil, inputError)
	components := a.Components()
	w.Object(func() {
		w.Text("net", exact.Format(a.Net()))
		w.Text("tax", exact.Format(a.Tax()))
		w.Text("gross", exact.Format(a.Gross()))
		w.ListOf("components", len(components), func(i int) {
			w.Object(func() {
				w.Text("code", components[i].Component.Code)
				w.Text("amount", exact.Format(components[i].Amount))
			})
		})
	})
	return w.Bytes()
}

// side is the net or the gross amount: the price as it was given, or what the
// tax makes of it.
func (a *Amounts) side(gross bool) decimal.Decimal {
	scale := a.form.scale()
	if a.form.gross() == gross {
		return a.given
	}
	finer := scale - a.form.taxScale()
	if a.wide == nil && finer == 0 { // the sum was found to fit
		if gross {
			return exact.Decimal(a.price+a.tax, int32(scale))
		}
		return exact.Decimal(a.price-a.tax, int32(scale))
	}
	if a.wide != nil {
		tax := new(big.Int).Mul(a.wide.tax, exact.Power(finer))
		if a.form.gross() {
			tax.Neg(tax)
		}
		return decimal.NewFromBigInt(tax.Add(tax, a.wide.price), -int32(scale))
	}
	other, _ := a.other(finer)
	return exact.Decimal(other, int32(scale))
}

// other is the price that was not given, of amounts in 64 bits.
func (a *Amounts) other(finer int) (_ int64, ok bool) {
	tax, ok := a.tax, true
	if finer > 0 {
		tax, ok = exact.Shifted(a.tax, finer)
	}
	if !ok {
		return 0, false
	}
	if a.form.gross() {
		return exact.Sub(a.price, tax)
	}
	return exact.Add(a.price, tax)
}

func (r Resolution) fromDecimal(given decimal.Decimal, rounding Rounding, gross bool) (Amounts, error) {
	if scale := rounding.Scale; given.Exponent() == -scale && rounding.valid() && r.h.c != nil {
		if c, ok := exact.Small(given); ok {
			if rate, tax, ok := r.quick(c, rounding, gross); ok {
				return Amounts{rate: rate, given: given, price: c, tax: tax, form: formOf(int(scale), int(scale), gross)}, nil
			}
		}
	}
	return r.fromOther(given, rounding, gross)
}

// fromOther is fromDecimal for whatever is not in minor units.
func (r Resolution) fromOther(given decimal.Decimal, rounding Rounding, gross bool) (Amounts, error) {
	if e := given.Exponent(); e >= -exact.MaxExponent && e <= exact.MaxExponent && rounding.valid() && r.h.c != nil {
		if c, ok := exact.Small(given); ok {
			a := Amounts{rate: r.taxed(), given: given, form: formOf(0, 0, gross)}
			if a.narrow(c, int(e), rounding) {
				return a, nil
			}
		}
	}
	return r.fromWide(given, rounding, gross)
}

func (r Resolution) fromMinor(given int64, rounding Rounding, gross bool) (MinorAmounts, error) {
	if rounding.valid() && r.h.c != nil {
		if _, tax, ok := r.quick(given, rounding, gross); ok {
			return minorAmounts(given, tax, gross), nil
		}
	}
	return r.fromOtherMinor(given, rounding, gross)
}

// fromOtherMinor is fromMinor where the tax is not the ordinary one, and says
// what is wrong with amounts that are refused.
func (r Resolution) fromOtherMinor(given int64, rounding Rounding, gross bool) (MinorAmounts, error) {
	if r.h.c != nil {
		if err := rounding.check(); err != nil { // its scale may be none
			return MinorAmounts{}, err
		}
		a := Amounts{rate: r.taxed(), form: formOf(0, 0, gross)}
		if a.narrow(given, -int(rounding.Scale), rounding) {
			return minorAmounts(a.price, a.tax, gross), nil
		}
	}
	a, err := r.fromWide(decimal.New(given, -rounding.Scale), rounding, gross)
	if err != nil {
		return MinorAmounts{}, err
	}
	m, ok := a.Minor()
	if !ok {
		return MinorAmounts{}, inputError(priceField(gross), itoa(given), "out of range: minor units have 64 bits")
	}
	return m, nil
}

// quick is the tax of a price in minor units in the ordinary case; narrow has
// all others. It is the whole time that a price takes.
func (r Resolution) quick(price int64, rounding Rounding, gross bool) (rate *effective, tax int64, ok bool) {
	e := r.h.c.segments[r.h.bits.index()].rate
	if !e.plain || r.h.c.asserted != nil || rounding.NetFirst {
		return nil, 0, false
	}
	ratio := exact.PlainPercent(e.percent.CoefficientInt64(), -int(e.percent.Exponent()))
	if gross { // the tax in it is smaller: what is left of it fits
		tax, ok = exact.Mode(rounding.Mode).MulDiv(price, ratio.Num, ratio.Den+ratio.Num)
		return e, tax, ok
	}
	if tax, ok = exact.Mode(rounding.Mode).MulDiv(price, ratio.Num, ratio.Den); ok {
		_, ok = exact.Add(price, tax)
	}
	return e, tax, ok
}

// taxed is the rate of a resolution that is charged; nil when none is.
func (r Resolution) taxed() *effective {
	if e := r.rate(); e != nil && r.Treatment() == Taxable {
		return e
	}
	return nil
}

// narrow computes the amounts of the price c * 10^exp in 64 bits. It reports
// whether they fit.
func (a *Amounts) narrow(c int64, exp int, rounding Rounding) (ok bool) {
	ratio := exact.Ratio{Num: 0, Den: 1}
	if e := a.rate; e != nil {
		if e.wide {
			return false
		}
		ratio = exact.PlainPercent(e.percent.CoefficientInt64(), -int(e.percent.Exponent()))
		if a.form.gross() {
			ratio = ratio.InGross(e.ofGross)
		} else {
			ratio = ratio.InNet(e.ofGross)
		}
	}
	netFirst := rounding.NetFirst && a.form.gross() && ratio.Num != 0 // without tax nothing is rounded
	if netFirst {
		ratio = ratio.Rest()
	}
	scale := int(rounding.Scale)
	taxScale, shift := scale, exp+scale
	a.tax, ok = exact.Mode(rounding.Mode).Scaled(c, shift, ratio.Num, ratio.Den)
	if !ok {
		return false
	}
	if shift >= 0 {
		a.price, ok = exact.Shifted(c, shift)
	} else if a.price, ok = exact.Unshifted(c, -shift); !ok {
		// There are decimals beyond the currency's; zeros at their end are none.
		for c%10 == 0 {
			c, exp = c/10, exp+1
		}
		a.price, scale, ok = c, -exp, true
		a.form |= formFiner
	}
	if !ok {
		return false
	}
	if netFirst {
		net, ok := exact.Shifted(a.tax, scale-taxScale)
		if !ok {
			return false
		}
		if a.tax, ok = exact.Sub(a.price, net); !ok {
			return false
		}
		taxScale = scale
	}
	a.form |= formOf(scale, taxScale, false)
	_, ok = a.other(scale - taxScale)
	return ok
}

// fromWide is narrow for numbers of any size, and says what is wrong with
// those that are refused.
func (r Resolution) fromWide(given decimal.Decimal, rounding Rounding, gross bool) (Amounts, error) {
	if r.h.c == nil {
		return Amounts{}, inputError("resolution", "", "empty: get it from a Resolver")
	}
	if !exact.Within(given) {
		return Amounts{}, inputError(priceField(gross), exact.Describe(given), exact.Bounds)
	}
	if err := rounding.check(); err != nil {
		return Amounts{}, err
	}
	ratio := exact.WidePercent(r.Percent())
	if gross {
		ratio = ratio.InGross(r.OfGross())
	} else {
		ratio = ratio.InNet(r.OfGross())
	}
	netFirst := rounding.NetFirst && gross && ratio.Num.Sign() != 0
	if netFirst {
		ratio = ratio.Rest()
	}
	c, exp := given.Coefficient(), int(given.Exponent())
	scale, taxScale := int(rounding.Scale), int(rounding.Scale)
	var finer form
	if trimmed := -int(exact.Trim(given).Exponent()); trimmed > scale {
		scale, finer = trimmed, formFiner
	}
	one := exact.Power(0)
	price := exact.Down.WideScaled(c, exp+scale, one, one) // exactly
	tax := exact.Mode(rounding.Mode).WideScaled(c, exp+taxScale, ratio.Num, ratio.Den)
	if netFirst {
		tax.Sub(price, tax.Mul(tax, exact.Power(scale-taxScale)))
		taxScale = scale
	}
	a := Amounts{rate: r.taxed(), given: given, form: formOf(scale, taxScale, gross) | finer}
	if price.IsInt64() && tax.IsInt64() {
		a.price, a.tax = price.Int64(), tax.Int64()
		if _, ok := a.other(scale - taxScale); ok {
			return a, nil
		}
	}
	a.wide = &wideAmounts{price, tax}
	return a, nil
}

func priceField(gross bool) string {
	if gross {
		return "gross"
	}
	return "net"
}
