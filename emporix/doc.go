// Package emporix answers the Emporix Tax Service in process, byte for byte:
// its tax configurations and its calculation. There is no HTTP here: what comes
// in and goes out are the bodies, the parameters and the headers of the contract.
//
// A [Service] creates, lists, reads, updates and deletes the configurations of a
// [tax.Store]. A [Calculator] answers calculation commands with the rates of a
// [tax.Resolver], which may read from the same store. [ErrorFor] turns an error
// of either into the error document of the contract.
//
// # Configurations
//
// The contract knows one rate for a class, a [tax.Class] has a timeline. What is
// read is the rate of a day, and what is written holds from that day on: today at
// the place, or the day of [Service.On]. A rate that changes, and a class that is
// left out, end no history: the entries before the day stay, and so do those that
// are scheduled after it. What the contract has no fields for, such as components,
// aliases, the tax and its name, postal codes, the time zone, is kept.
//
// Texts are read and written in the languages that [ServiceOptions] allows, as
// strings in one language or as maps of all translations.
//
// # Arithmetic
//
// The calculation moves a price from net to gross, from gross to net, or from one
// gross price to another by way of its net. A quotient is rounded to 10 decimals,
// halves away from zero; a product is exact; nothing else is rounded, and nothing
// to cents:
//
//   - the net of a gross price is price / (1 + rate): 1.59 with 19 % inside is
//     1.3361344538 net. The quotient is rounded at 0 % too, where it only cuts
//     prices of more than 10 decimals.
//   - the gross of a net price is price * (1 + rate): 1.59 becomes 1.8921. From
//     gross to gross the rounded net is multiplied: 1.643445378174 with 23 %.
//   - a percentage that the law states of the gross price, see
//     [tax.Resolution.OfGross], turns the two around: the net is the product
//     gross * (1 - rate), the gross the quotient net / (1 - rate). The rate in the
//     answer is the percentage as the law states it.
//   - a treatment without tax, such as reverse charge or exempt, is a rate of 0.
//     The answer of the contract has no field that tells it from 0 %;
//     [Output] has the [tax.Resolution].
//
// For amounts of money, where net + tax = gross to the cent, use package tax.
package emporix
