// Package emporix stands in for the Emporix Tax Service, byte for byte and in
// process: its tax configurations and its calculation of prices. The package has
// no HTTP in it. It works on the bodies, parameters and headers of the contract,
// which a handler passes in and out.
//
// # Configurations
//
// A [Service] creates, lists, reads, updates and deletes the configurations of a
// [tax.Store], each with the JSON of the contract:
//
//	service, err := emporix.NewService(store.NewMemory(nil), nil)
//	// ...
//	_, err = service.Create(ctx, "acme", "en", []byte(`{
//		"location": {"countryCode": "DE"},
//		"taxClasses": [{"code": "STANDARD", "name": "Standard", "rate": 19, "isDefault": true}]
//	}`))
//	// ...
//	body, err := service.Retrieve(ctx, "acme", "DE", "en")
//
// [Service.List] takes the query parameters of the contract and returns a page,
// which is a [List].
//
// # History
//
// In the contract a class has one rate; a [tax.Class] has a timeline of rates. A
// Service shows the rate of one day, and a change holds from that day on. The
// day is today at each place, unless [Service.On] sets another:
//
//	err := service.On(tax.MustDate("2027-01-01")).Update(ctx, "acme", "DE", "en", body)
//
// A write never drops history. If a rate changes or a class is left out, the
// entries before the day stay, and so do entries that are scheduled after it.
// Data for which the contract has no fields is kept as well: components,
// aliases, the tax and its name, postal codes and the time zone.
//
// [Service.Format] imports documents of the contract into any store by the same rules, and
// [Service.Document] writes them for store.Export.
//
// # Languages
//
// [ServiceOptions] has the languages of each tenant. Texts are strings in one
// language, chosen by the headers Accept-Language and Content-Language, or maps
// of all translations if the header is "*".
//
// # Calculation
//
// A [Calculator] answers calculation commands with the rates of a
// [tax.Resolver], which may read from the same store. A command moves a price
// from net to gross, from gross to net, or from one gross price to another:
//
//	calculator, err := emporix.NewCalculator(resolver, nil)
//	// ...
//	answer, err := calculator.CalculateJSON(ctx, []byte(`{
//		"input": {
//			"targetLocation": {"countryCode": "DE"}, "targetTaxClass": "STANDARD",
//			"includesTax": true, "price": 1.59
//		}
//	}`))
//
// [Calculator.Calculate] does the same with a [Command] and a [Calculation],
// which are Go values.
//
// # Arithmetic
//
// A quotient is rounded to 10 decimals, halves away from zero. A product is
// exact. Nothing is rounded to cents.
//
//   - The net of a gross price is price / (1 + rate): 1.59 with 19 % inside is
//     1.3361344538 net. At 0 %, the quotient only shortens prices of more than
//     10 decimals.
//   - The gross of a net price is price * (1 + rate): 1.59 becomes 1.8921. From
//     one gross price to another, the rounded net price is multiplied:
//     1.643445378174 with 23 %.
//   - For a percentage of the gross price, see [tax.Resolution.OfGross], it is
//     the other way round: the net is the product gross * (1 - rate), the gross
//     is the quotient net / (1 - rate). The answer has the percentage as the law
//     states it.
//   - A treatment without tax, such as reverse charge or exempt, has a rate of
//     0. The JSON of the contract cannot tell it from 0 %, but the
//     [tax.Resolution] in [Output] can.
//
// For amounts of money, where net + tax = gross to the cent, use package tax.
//
// # Errors
//
// [ErrorFor] turns an error of a Service or a Calculator into an
// [ErrorDocument], the error body of the contract, with the HTTP status:
//
//	if err != nil {
//		document := emporix.ErrorFor(err)
//		w.WriteHeader(document.Code)
//		json.NewEncoder(w).Encode(document)
//		return
//	}
package emporix
