package basket

import (
	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
)

// Basket is everything that is priced together.
type Basket struct {
	// Lines are the goods and services (BG-25).
	Lines []Line
	// Discounts reduce the lines, in this order, after the lines' own discounts.
	Discounts []Discount
	// Languages are those in which the result has the names of classes, taxes and
	// components, such as "de" or "fr-CH", so that it can be printed later.
	Languages []string `json:",omitempty"`
	// Charges are shipping, wrapping and the like (BG-21), and allowances (BG-20).
	Charges []Charge
	// Prepaid is what was paid before, or by other means than in cash (BT-113). It has no
	// more decimals than the currency. Policy.Cash rounds what is left to pay.
	Prepaid decimal.Decimal `json:",omitzero"`
	// Withheld are taxes that the buyer keeps back from the payment.
	Withheld []Withholding `json:",omitempty"`
	// Accounting is the currency in which the tax is stated as well; nil if there is none.
	Accounting *Accounting `json:",omitempty"`
}

// Line is a quantity of one thing at one price.
type Line struct {
	// ID names the line in the result and in refunds (BT-126). It defaults to the position
	// of the line: "line-1".
	ID string
	// Class is the code of the tax class, which has the category and the rate (BG-30, BT-151,
	// BT-152); empty means the default class of the place.
	Class string
	// Quantity must not be 0 (BT-129). A negative quantity takes goods back.
	Quantity decimal.Decimal
	// Count is a whole quantity (BT-129). It replaces Quantity where no decimal is needed.
	Count int64
	// Price is the price of one unit, with any number of decimals: before discounts of each
	// unit (BT-148), and less them the net price (BG-29, BT-146). With PriceIsTotal it is the
	// price of the whole quantity, with no more decimals than the currency has. The line has
	// the sign of the price times the quantity in both cases: goods taken back have a negative
	// quantity and a positive price.
	Price        decimal.Decimal
	PriceIsTotal bool
	// Per is the number of units that the price is for, if it is not one (BT-149). The
	// line is price times quantity by Per, rounded once.
	Per decimal.Decimal `json:",omitzero"`
	// PriceMinor is the price in minor units (BT-148). It replaces Price.
	PriceMinor int64
	// IncludesTax says that the price includes the tax. The price times the
	// quantity, less discounts, is then the gross amount of the line; otherwise it
	// is the net amount.
	IncludesTax bool
	// Discounts reduce the line, in this order (BG-27). A percentage applies to the
	// amount that the earlier discounts have left.
	Discounts []Discount
	// Charges are added to the line after its discounts (BG-28), and include tax if its
	// price does. A percentage is one of what the discounts have left.
	Charges []Charge `json:",omitempty"`
	// Assertion is a treatment that the seller knows to apply (BT-118), and its reason
	// (BT-120), such as reverse charge, export or an exempt buyer: see [tax.Resolution.As]. The zero value
	// asserts nothing. A treatment that does not exist is an error. If the price
	// includes the tax that is then not charged, the net price is kept.
	Assertion tax.Assertion
	// Tax is what is special about the tax of the line; nil if nothing is.
	Tax *Taxation `json:",omitempty"`
}

// Discount reduces the price of one line or of the whole basket.
type Discount struct {
	// ID names the discount in the result, such as a coupon or a campaign.
	ID string
	// Reason is the reason in words (BT-139), and Code that of UNTDID 5189 (BT-140).
	Reason string `json:",omitempty"`
	Code   string `json:",omitempty"`
	// Percent is the percentage of the price to take off (BT-138), 0 to 100. A discount has
	// either a Percent or an Amount.
	Percent decimal.Decimal
	// Amount is the amount to take off (BT-136). It is not negative and has no more
	// decimals than the currency. It includes the tax if the prices that it
	// reduces do; see AmountTax. An amount larger than those prices is an error.
	Amount decimal.Decimal
	// Optional says that a discount of the basket may find nothing to reduce, and
	// then takes off nothing. Without it, that is an error. It must be false on a
	// line's own discount.
	Optional bool `json:",omitempty"`
	// EachUnit takes a line's own discount off the price of one unit instead, rounded,
	// before it is multiplied by the quantity (BT-147). Such discounts come first.
	EachUnit bool `json:",omitempty"`
	// AmountTax says whether Amount includes tax, whatever the prices do. Lines with other
	// prices are then reduced by their part without the tax, or with it.
	AmountTax AmountTax `json:",omitempty"`
	// AtMost says that Amount is the most that is taken off: if the prices are less, they
	// become 0, and the result says how much of the amount is left.
	AtMost bool `json:",omitempty"`
	// AfterTax takes a discount of the basket off what is paid, after tax: no price and no
	// tax changes. The amount includes tax, and a percentage is one of the total.
	AfterTax bool `json:",omitempty"`
	// Only are the IDs of the lines and charges that a discount of the basket reduces;
	// without them, it reduces lines. Except are IDs that it does not reduce.
	Only   []string `json:",omitempty"`
	Except []string `json:",omitempty"`
	// Charges says that it reduces the charges of the basket as well.
	Charges bool `json:",omitempty"`
	// Spread selects the lines that a discount of the basket reduces; each is
	// reduced in proportion to its price. It must be zero on a line's own
	// discount.
	Spread Spread
	// Class is the class to reduce with FixedClass.
	Class string
}

// Charge is an amount on top of the goods, such as shipping, wrapping or a fee.
type Charge struct {
	// ID names the charge. It defaults to the position of the charge: "charge-1".
	ID string
	// Reason is the reason in words (BT-104, of a line BT-144), and Code that of UNTDID
	// 7161 (BT-105, of a line BT-145), or of an allowance 5189 (BT-97, BT-98).
	Reason string `json:",omitempty"`
	Code   string `json:",omitempty"`
	// Percent is the percentage of the line that the charge adds (BT-143), 0 to 100. Only a
	// line's own charge can have one, instead of an Amount.
	Percent decimal.Decimal `json:",omitzero"`
	// Amount has no more decimals than the currency (BT-99, of an allowance BT-92, of a line
	// BT-141).
	Amount decimal.Decimal
	// Allowance takes the amount off the total instead (BG-20, otherwise BG-21). Lines keep
	// their prices, and the amount has a rate of its own. It must be false on a line.
	Allowance bool `json:",omitempty"`
	// IncludesTax says that Amount includes the tax.
	IncludesTax bool
	// Spread selects the rates at which the charge is taxed.
	Spread Spread
	// Class is the class of the charge with FixedClass, which has the category and the rate
	// (BT-102, BT-103, of an allowance BT-95, BT-96); empty means the default class.
	Class string
	// Assertion is a treatment that the seller knows to apply, with FixedClass
	// only. With any other Spread, the charge has the treatments of the goods.
	Assertion tax.Assertion
	// Tax is what is special about the tax of the charge, with FixedClass only.
	Tax *Taxation `json:",omitempty"`
}

// AmountTax says whether the amount of a discount includes tax.
type AmountTax uint8

const (
	// AsPriced is an amount that includes tax if the prices that it reduces do.
	AsPriced AmountTax = iota
	// WithTax is an amount that includes tax.
	WithTax
	// WithoutTax is an amount without tax.
	WithoutTax
)

var amountTaxNames = [...]string{"asPriced", "withTax", "withoutTax"}

// Spread says how a discount or a charge of the whole basket is distributed.
type Spread uint8

const (
	// ProRata distributes over everything in proportion: a discount over the lines
	// by their prices, a charge over the rows of the totals by their net amounts.
	ProRata Spread = iota
	// DominantRate selects the goods of the rate with the largest net amount.
	DominantRate
	// HighestRate selects the goods of the highest rate.
	HighestRate
	// FixedClass selects one class.
	FixedClass
)

// Reasons to refuse the spread of a discount or of a charge.
const (
	noSuchSpread   = "no such spread: use ProRata, DominantRate, HighestRate or FixedClass"
	onlyFixedClass = "only FixedClass has a class"
)

var spreadNames = [...]string{"proRata", "dominantRate", "highestRate", "fixedClass"}
