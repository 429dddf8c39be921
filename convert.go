package tax

import (
	"math/big"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// Hold says which side of a price stays when it moves to another place.
type Hold uint8

const (
	// HoldNet keeps what the seller earns: the gross price changes with the
	// tax.
	HoldNet Hold = iota
	// HoldGross keeps what the customer pays: the net changes with the tax.
	HoldGross
)

// Convert returns the amounts at the rate to of a price that has the tax of the
// rate from inside.
//
// With [HoldGross] they are those of to.FromGross. With [HoldNet] the new gross
// price is the old one without its tax and with the new one, rounded once: the
// net in between is exact, so that 1.59 with 19 % inside becomes 1.64 with 23 %
// and not, by way of a net price of 1.34, 1.65. The amounts are then those of
// the new gross price. Rounding.NetFirst has its meaning for a gross price.
//
// Errors are those of [Resolution.FromGross], for either resolution and for the
// new price; a value of Hold that does not exist is an [InputError].
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
	// The checks of FromGross, and what it refuses.
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
