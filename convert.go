package tax

import (
	"math/big"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// Convert moves a gross price from one rate to another, and returns its amounts
// there, in units of the currency.
//
// With [HoldGross] the price stays the same: the amounts are those of to.FromGross.
// With [HoldNet] the old tax is taken out of the price and the new one added. The
// new price is rounded only once, because the net price in between is exact: 1.59
// with 19 % inside becomes 1.64 with 23 % inside, while rounding the net price to
// 1.34 would make it 1.65. The amounts are those of to.FromGross for the new price,
// and Rounding.NetFirst applies as it does there.
//
// The errors are those of [Resolution.FromGross], for either resolution and for the
// new price. A value of Hold that does not exist is an [InputError].
func Convert(gross decimal.Decimal, from, to Resolution, hold Hold, rounding Rounding) (Amounts, error) {
	if hold > HoldGross {
		return Amounts{}, inputError("hold", itoa(int64(hold)), "no such value: use HoldNet or HoldGross")
	}
	if hold == HoldGross {
		if from.h.c == nil {
			return from.fromWide(gross, rounding, true)
		}
		return to.FromGross(gross, rounding)
	}
	// FromGross checks the price and the rounding.
	if _, err := from.FromGross(gross, rounding); err != nil {
		return Amounts{}, err
	}
	net := exact.WidePercent(from.Percent()).InGross(from.OfGross()).Rest()
	tax := exact.WidePercent(to.Percent()).InNet(to.OfGross())
	num := new(big.Int).Mul(net.Num, new(big.Int).Add(tax.Den, tax.Num))
	den := new(big.Int).Mul(net.Den, tax.Den)
	shift := int(gross.Exponent() + rounding.Scale)
	units := exact.Mode(rounding.Mode).WideScaled(gross.Coefficient(), shift, num, den)
	return to.FromGross(decimal.NewFromBigInt(units, -rounding.Scale), rounding)
}

// Hold says which side of a price stays the same at another rate.
type Hold uint8

const (
	// HoldNet keeps the amount that the seller earns: the gross price changes with
	// the tax.
	HoldNet Hold = iota
	// HoldGross keeps the amount that the customer pays: the net price changes with
	// the tax.
	HoldGross
)
