// Package basket prices baskets of goods in one place on one day: lines with
// discounts, shipping and other charges, the totals by tax rate, and refunds.
//
// All amounts add up. Every net, tax and gross amount satisfies net + tax =
// gross, lines and charges sum to the totals, and a price that was shown to the
// customer is never changed. docs/rounding.md in the repository has every rule
// of rounding, with examples.
//
// # Pricing
//
// A [Basket] holds [Line] values, each with a quantity, a price and the code of
// a tax class. [Price] takes the rates from a [tax.Place], which is one snapshot
// of the tax data:
//
//	place, err := resolver.Place(ctx, tax.Lookup{Country: "DE"})
//	// ...
//	policy, err := basket.EN16931("EUR")
//	// ...
//	priced, err := basket.Price(place, &basket.Basket{
//		Lines: []basket.Line{
//			{ID: "lamp", Class: "STANDARD", Count: 2, PriceMinor: 4990, IncludesTax: true},
//			{ID: "novel", Class: "REDUCED", Count: 1, PriceMinor: 1290, IncludesTax: true},
//		},
//	}, policy)
//	// ...
//	fmt.Println(priced.Line(0).Tax, priced.Total().Gross)
//
// [Priced] has all amounts in minor units, such as cents, as integers. To show
// amounts while a customer edits the basket, [Priced.Line], [Priced.Total] and
// [Priced.Payable] are enough, and they allocate nothing.
//
// # Rounding
//
// A [Policy] says how amounts are rounded. Its [Level] is the most important
// choice: the tax can be rounded for each unit, for each line, for each rate,
// once for the document, or as a running total, and the totals differ by some cents. [EN16931],
// [LinePolicy] and [DocumentPolicy] return the usual policies for a currency. A policy
// with a currency and no rounding has that of the currency; with neither, it is an
// error. Cash rounding is a separate step, which changes no tax:
//
//	policy, err := basket.LinePolicy("CHF")
//	// ...
//	policy.Cash = basket.Cash{Step: 5} // 0.05 francs
//
// # Discounts and charges
//
// A [Discount] takes a percentage or an amount off one line or off the basket. A
// [Charge] adds an amount, such as shipping. A [Spread] decides which goods a
// discount of the basket reduces, and at which rates a charge is taxed:
//
//	b.Discounts = []basket.Discount{{ID: "WELCOME", Percent: decimal.New(10, 0)}}
//	b.Charges = []basket.Charge{{ID: "shipping", Amount: decimal.New(490, -2), IncludesTax: true}}
//
// By default both are spread over all goods in proportion ([ProRata]).
//
// # Results
//
// [Priced.Result] returns a [Result]: plain data with every amount and the
// explanation of every rate. Store it as JSON with the order. [Result.ByRate]
// merges its totals into the rows of a VAT breakdown, and [Verify] checks a
// result, wherever it comes from, by computing it again:
//
//	result, err := priced.Result()
//	// ...
//	if err := basket.Verify(result); err != nil {
//		return err // a list of Violations
//	}
//
// # Refunds
//
// [Refund] makes a [CreditNote] for a stored result. It needs no rates, only the
// earlier notes of the sale:
//
//	note, err := basket.Refund(sale, notes, basket.Return{ID: "lamp", Quantity: decimal.New(1, 0)})
//	// ...
//	notes = append(notes, note)
//
// In the end the refunds of a sale sum exactly to the sale, tax included,
// however it was split up.
//
// # Dividing amounts
//
// [Allocate] and [Split] divide an amount so that the parts sum to it. They
// follow the same rule as the package itself:
//
//	parts, err := basket.Allocate(100, 70, 0, 30) // 70, 0, 30
//
// # Errors
//
// An input that cannot be priced or refunded is a [tax.InputError]. Its Field is
// the path of the value, such as lines[2].price. A class without a rate is a
// [RateError], which unwraps to the error of the lookup. The findings of
// [Verify] are [Violations].
package basket
