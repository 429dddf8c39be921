// Package basket prices baskets: lines with discounts, shipping and other
// charges, in one place on one day, so that everything adds up. Every net, tax
// and gross amount satisfies net + tax = gross, lines and charges sum to the
// totals, and a price that the customer was shown is never moved.
//
// [Price] computes; [Priced] answers in minor units without making decimals;
// [Priced.Result] is the outcome as plain data with the explanation of every
// rate, to be stored with the order. [Refund] takes back from a stored result,
// [Verify] checks one. What remains after rounding goes where docs/rounding.md
// says.
package basket

import (
	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
)

// Basket is what is priced.
type Basket struct {
	// Lines are the goods and services.
	Lines []Line
	// Discounts reduce the lines, in this order, after the discounts of the
	// lines themselves.
	Discounts []Discount
	// Charges are shipping, wrapping and the like.
	Charges []Charge
}

// Line is a quantity of one thing at one price.
type Line struct {
	// ID names the line in the result and in refunds; without one it is its
	// position: "line-1".
	ID string
	// Class is the code of the class; empty for the default class of the place.
	Class string
	// Quantity must not be 0. A negative one takes goods back.
	Quantity decimal.Decimal
	// Count is a whole quantity, in place of Quantity: it needs no decimal.
	Count int64
	// Price is that of one unit, with any number of decimals, or with PerLine
	// that of the whole quantity, with those of the currency at most.
	Price   decimal.Decimal
	PerLine bool
	// PriceMinor is the price in minor units, in place of Price.
	PriceMinor int64
	// IncludesTax tells that the price has the tax inside. The price times the
	// quantity, less discounts, is then the gross amount of the line; otherwise
	// it is the net amount.
	IncludesTax bool
	// Discounts reduce the line, in this order. Each is of what the ones before
	// have left.
	Discounts []Discount
	// Assertion is a treatment that the seller knows, as of [tax.Resolution.As]:
	// reverse charge, export, an exempt buyer. The zero value is none.
	Assertion tax.Assertion
}

// Discount is a reduction, of a line or of the basket.
type Discount struct {
	// ID names the discount in the result: a coupon, a campaign.
	ID string
	// Percent of the price that is reduced, 0 to 100; or
	Percent decimal.Decimal
	// Amount to take off, not negative, with the decimals of the currency at
	// most. It has the tax inside where the prices it reduces have. One that is
	// larger than these is an error; where there are none to reduce, it takes off
	// nothing, as the result then says.
	Amount decimal.Decimal
	// Spread says which lines a discount of the basket reduces, in proportion to
	// their prices. It must be zero on a line's own discount.
	Spread Spread
	// Class is the class that is reduced with FixedClass.
	Class string
}

// Charge is an amount beside the goods: shipping, wrapping, a fee.
type Charge struct {
	// ID names the charge; without one it is its position: "charge-1".
	ID string
	// Amount has the decimals of the currency at most.
	Amount decimal.Decimal
	// IncludesTax tells that Amount has the tax inside.
	IncludesTax bool
	// Spread says at which rates the charge is taxed.
	Spread Spread
	// Class is the class of the charge with FixedClass; empty for the default
	// class.
	Class string
	// Assertion is a treatment that the seller knows, with FixedClass only; the
	// other ways take the treatments of the goods.
	Assertion tax.Assertion
}

// Spread says where a discount or a charge of the whole basket goes.
type Spread uint8

const (
	// ProRata: to everything, in proportion. A charge is divided among the rows
	// of the totals by their net amounts.
	ProRata Spread = iota
	// DominantRate: to the goods of the rate with the largest net amount.
	DominantRate
	// HighestRate: to the goods of the highest rate.
	HighestRate
	// FixedClass: to one class.
	FixedClass
)

// Reasons to refuse a spread, of a discount and of a charge.
const (
	noSuchSpread   = "no such spread: use ProRata, DominantRate, HighestRate or FixedClass"
	onlyFixedClass = "only FixedClass has a class"
)

var spreadNames = [...]string{"proRata", "dominantRate", "highestRate", "fixedClass"}
