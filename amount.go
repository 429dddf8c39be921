package tax

import (
	"log/slog"
	"math/big"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// Amounts are a net amount, the tax on it and the gross amount, in units of the
// currency. Net + tax = gross, exactly, and the components sum to the tax. Amounts
// are immutable and safe for concurrent use, and make a decimal only when one is
// asked for.
type Amounts struct {
	// Seven words can be returned in registers together with an error.
	rate  *effective      // nil if no tax is charged
	given decimal.Decimal // the price
	// The price is in units of 10^-scale, and the tax in units of 10^-taxScale, which
	// is at most scale. Both are in wide instead if 64 bits do not hold one of them.
	price, tax int64
	wide       *wideAmounts
	form       form
}

// FromNet returns the amounts for a price without tax, in units of the currency.
// The price stays as it is: the tax is the percentage of it, rounded once, and the
// gross amount is their sum. If the percentage is one of the gross price (see
// [Resolution.OfGross]), the tax is percent / (100 - percent) of the net price.
//
// A price has at most 40 digits and an exponent from -20 to 20. Any other price, a
// rounding that does not exist, and the zero Resolution are an [InputError].
// Numbers that fit 64 bits are computed without big integers and allocate nothing.
func (r Resolution) FromNet(net decimal.Decimal, rounding Rounding) (Amounts, error) {
	return r.fromDecimal(net, rounding, false)
}

// FromGross returns the amounts for a price with the tax inside, in units of the
// currency. The price stays as it is: the tax is percent / (100 + percent) of it,
// rounded once, and the net amount is the rest. With [Rounding.WithNetFirst], the net
// amount is 100 / (100 + percent) of it, rounded once, and the tax is the rest. If
// the percentage is one of the gross price (see [Resolution.OfGross]), the tax is
// percent / 100 of it.
//
// Several components, compound or not, are taken out of the price together, because
// the percentage is that of all of them. The errors are those of
// [Resolution.FromNet].
func (r Resolution) FromGross(gross decimal.Decimal, rounding Rounding) (Amounts, error) {
	return r.fromDecimal(gross, rounding, true)
}

// Net returns the amount without tax, in units of the currency.
func (a Amounts) Net() decimal.Decimal { return (&a).side(false) }

// Tax returns the amount of the tax, in units of the currency.
func (a Amounts) Tax() decimal.Decimal {
	if a.wide != nil {
		return decimal.NewFromBigInt(a.wide.tax, -int32(a.form.taxScale()))
	}
	return exact.Decimal(a.tax, int32(a.form.taxScale()))
}

// Gross returns the amount with the tax inside, in units of the currency.
func (a Amounts) Gross() decimal.Decimal { return (&a).side(true) }

// ComponentAmount is the share of one component in the tax.
type ComponentAmount struct {
	// Component is the part of the rate.
	Component Component `json:"component"`
	// Amount is its share of the tax, in units of the currency, with as many decimals
	// as the tax.
	Amount decimal.Decimal `json:"amount"`
}

// Components returns the shares of the components in the tax, in the order of
// [Resolution.Components]; nil if the rate has no components. Each component gets
// its exact share of the rounded tax, rounded toward zero. The rest is handed out
// in minor units, one each, to the components with the largest remainders; among
// equal remainders, to those listed first.
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

// String returns the amounts in one line with all their decimals, for people and logs:
// "100.00 net + 19.00 tax = 119.00 gross".
func (a Amounts) String() string {
	return exact.Format(a.Net()) + " net + " + exact.Format(a.Tax()) + " tax = " + exact.Format(a.Gross()) + " gross"
}

// LogValue returns a group for log/slog: net, tax and gross as exact texts.
func (a Amounts) LogValue() slog.Value {
	return slog.GroupValue(slog.String("net", exact.Format(a.Net())), slog.String("tax", exact.Format(a.Tax())),
		slog.String("gross", exact.Format(a.Gross())))
}

// MarshalJSON returns the amounts as texts with all decimals:
// {"net":"100.00","tax":"19.00","gross":"119.00"}. If there are components, it adds
// their codes and amounts.
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

// UnmarshalJSON always returns an [InputError]: amounts keep the rate that they were
// computed with, which their JSON does not have. Store [MinorAmounts], or the
// [Explanation] of the rate together with the price.
func (a *Amounts) UnmarshalJSON([]byte) error {
	return noJSON("amounts", "store the MinorAmounts of Amounts.Minor, or the price and Resolution.Explain, and compute them again")
}

// MinorAmounts are [Amounts] in minor units, such as cents: Net + Tax = Gross. A
// minor unit is 10^-[Rounding.Scale] units of the currency.
type MinorAmounts struct {
	// Net is the amount without tax.
	Net int64 `json:"net"`
	// Tax is the amount of the tax.
	Tax int64 `json:"tax"`
	// Gross is the amount with the tax inside.
	Gross int64 `json:"gross"`
}

// FromNetMinor is [Resolution.FromNet] in minor units: 1999 is 19.99 at scale 2. An
// amount that 64 bits do not hold is an [InputError]. FromNetMinor allocates
// nothing unless there is an error or a step needs more than 64 bits.
func (r Resolution) FromNetMinor(net int64, rounding Rounding) (MinorAmounts, error) {
	return r.fromMinor(net, rounding, false)
}

// FromGrossMinor is [Resolution.FromGross] in minor units, as FromNetMinor is
// [Resolution.FromNet].
func (r Resolution) FromGrossMinor(gross int64, rounding Rounding) (MinorAmounts, error) {
	return r.fromMinor(gross, rounding, true)
}

// Minor returns the amounts in minor units. It returns false if the price has more
// decimals than the rounding, or if 64 bits do not hold an amount. It allocates
// nothing.
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

// form says how to read the numbers of [Amounts]: the scale of the price in the
// lowest byte, the scale of the tax in the next one, and flags.
type form uint32

const (
	formGross form = 1 << (16 + iota) // the price has the tax inside
	formFiner                         // the price has more decimals than the currency
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

// wideAmounts has the price and the tax of [Amounts] that 64 bits do not hold.
type wideAmounts struct{ price, tax *big.Int }

// side returns the net or the gross amount: the price as it was given, or the price
// with the tax added or taken out.
func (a *Amounts) side(gross bool) decimal.Decimal {
	scale := a.form.scale()
	if a.form.gross() == gross {
		return a.given
	}
	finer := scale - a.form.taxScale()
	if a.wide == nil && finer == 0 { // the other amount is known to fit
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

// other returns the amount that was not given, for a price and a tax in 64 bits.
// It reports whether that fits, too.
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

// fromDecimal is FromNet or FromGross. It computes a price that has the decimals of
// the currency, and leaves the others to fromOther.
func (r Resolution) fromDecimal(given decimal.Decimal, rounding Rounding, gross bool) (Amounts, error) {
	if given.Exponent() == -rounding.scale() {
		if rate, ratio := r.quick(rounding, gross); rate != nil {
			c, small := exact.Small(given)
			if tax, ok := exact.Mode(rounding.mode).MulDiv(c, ratio.Num, ratio.Den); small && ok && fits(c, tax, gross) {
				scale := -int(given.Exponent())
				return Amounts{rate: rate, given: given, price: c, tax: tax, form: formOf(scale, scale, gross)}, nil
			}
		}
	}
	return r.fromOther(given, rounding, gross)
}

// fromOther is fromDecimal for a price with other decimals, or with a tax that quick
// does not compute.
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

// fromMinor is FromNetMinor or FromGrossMinor.
func (r Resolution) fromMinor(given int64, rounding Rounding, gross bool) (MinorAmounts, error) {
	if rate, ratio := r.quick(rounding, gross); rate != nil {
		if tax, ok := exact.Mode(rounding.mode).MulDiv(given, ratio.Num, ratio.Den); ok && fits(given, tax, gross) {
			return minorAmounts(given, tax, gross), nil
		}
	}
	return r.fromOtherMinor(given, rounding, gross)
}

// fromOtherMinor is fromMinor for a tax that quick does not compute, and says why an
// amount is refused.
func (r Resolution) fromOtherMinor(given int64, rounding Rounding, gross bool) (MinorAmounts, error) {
	if r.h.c != nil {
		if err := rounding.check(); err != nil { // its scale may be out of range
			return MinorAmounts{}, err
		}
		a := Amounts{rate: r.taxed(), form: formOf(0, 0, gross)}
		if a.narrow(given, -int(rounding.scale()), rounding) {
			return minorAmounts(a.price, a.tax, gross), nil
		}
	}
	a, err := r.fromWide(decimal.New(given, -rounding.scale()), rounding, gross)
	if err != nil {
		return MinorAmounts{}, err
	}
	m, ok := a.Minor()
	if !ok {
		return MinorAmounts{}, inputError(priceField(gross), itoa(given), "out of range: minor units have 64 bits")
	}
	return m, nil
}

// quick returns the rate, and the ratio of the tax to the price, in the ordinary case, for
// which its time is all that counts; nil in all others, which narrow computes. It does not
// take the price and calls no function, because saving values for a call takes as long as
// finding the rate.
func (r Resolution) quick(rounding Rounding, gross bool) (*effective, exact.Ratio) {
	c := r.h.c
	if c == nil || c.asserted != nil || rounding.netFirst || !rounding.valid() {
		return nil, exact.Ratio{}
	}
	e := c.line(r.h.bits.index()).on(r.h.bits.day()).rate
	if !e.plain {
		return nil, exact.Ratio{}
	}
	ratio := e.ratio()
	if gross {
		ratio.Den += ratio.Num
	}
	return e, ratio
}

// fits reports whether the amount that was not given fits. The tax inside a gross price is
// smaller, so the rest always does.
func fits(price, tax int64, gross bool) bool {
	_, ok := exact.Add(price, tax)
	return ok || gross
}

// taxed returns the rate that is charged; nil if none is.
func (r Resolution) taxed() *effective {
	if e := r.rate(); e != nil && r.Treatment() == Taxable {
		return e
	}
	return nil
}

// narrow computes the amounts for the price c * 10^exp in 64 bits, and reports
// whether they fit.
func (a *Amounts) narrow(c int64, exp int, rounding Rounding) (ok bool) {
	ratio := exact.Ratio{Num: 0, Den: 1}
	if e := a.rate; e != nil {
		if e.wide {
			return false
		}
		ratio = e.ratio()
		if a.form.gross() {
			ratio = ratio.InGross(e.ofGross)
		} else {
			ratio = ratio.InNet(e.ofGross)
		}
	}
	netFirst := rounding.netFirst && a.form.gross() && ratio.Num != 0 // without tax nothing is rounded
	if netFirst {
		ratio = ratio.Rest()
	}
	scale := int(rounding.scale())
	taxScale, shift := scale, exp+scale
	a.tax, ok = exact.Mode(rounding.mode).Scaled(c, shift, ratio.Num, ratio.Den)
	if !ok {
		return false
	}
	if shift >= 0 {
		a.price, ok = exact.Shifted(c, shift)
	} else if a.price, ok = exact.Unshifted(c, -shift); !ok {
		// The price has more decimals than the currency. Zeros at their end do not
		// count.
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

// fromWide computes the amounts for numbers of any size, and says why an amount is
// refused.
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
	netFirst := rounding.netFirst && gross && ratio.Num.Sign() != 0
	if netFirst {
		ratio = ratio.Rest()
	}
	c, exp := given.Coefficient(), int(given.Exponent())
	scale, taxScale := int(rounding.scale()), int(rounding.scale())
	var finer form
	if trimmed := -int(exact.Trim(given).Exponent()); trimmed > scale {
		scale, finer = trimmed, formFiner
	}
	one := exact.Power(0)
	price := exact.Down.WideScaled(c, exp+scale, one, one) // exactly
	tax := exact.Mode(rounding.mode).WideScaled(c, exp+taxScale, ratio.Num, ratio.Den)
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
