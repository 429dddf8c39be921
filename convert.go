package tax

import (
	"math/big"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
)

// Convert moves a gross price from one rate to another, keeps the net in it, and
// returns its amounts there, in units of the currency. To keep the gross price itself,
// use to.FromGross.
//
// The old tax is taken out of the price and the new one added. The new price is
// rounded only once, because the net price in between is exact: 1.59 with 19 % inside
// becomes 1.64 with 23 % inside, while rounding the net price to 1.34 would make it
// 1.65. The amounts are those of to.FromGross for the new price, and [Rounding.WithNetFirst]
// applies as it does there.
//
// The errors are those of [Resolution.FromGross], for either resolution and for the
// new price.
func Convert(gross decimal.Decimal, from, to Resolution, rounding Rounding) (Amounts, error) {
	// FromGross checks the price and the rounding.
	if _, err := from.FromGross(gross, rounding); err != nil {
		return Amounts{}, err
	}
	net := exact.WidePercent(from.Percent()).InGross(from.OfGross()).Rest()
	tax := exact.WidePercent(to.Percent()).InNet(to.OfGross())
	num := new(big.Int).Mul(net.Num, new(big.Int).Add(tax.Den, tax.Num))
	den := new(big.Int).Mul(net.Den, tax.Den)
	shift := int(gross.Exponent() + rounding.scale())
	units := exact.Mode(rounding.mode).WideScaled(gross.Coefficient(), shift, num, den)
	return to.FromGross(decimal.NewFromBigInt(units, -rounding.scale()), rounding)
}
