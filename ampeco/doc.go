// Package ampeco stands in for the taxes resource of the AMPECO public API, in
// process. There, a tax is one percentage with an id and a display name in
// several languages, not a list of classes for each country.
//
// The package has no HTTP in it. It works on the bodies and parameters of the
// contract, which a handler passes in and out.
//
// # Taxes
//
// A [Store] keeps the taxes; [Memory] is one in memory. [Draft] and [Patch] are
// the inputs of its Create and Update, and [Tax] is what it returns:
//
//	taxes := ampeco.NewMemory(nil)
//	created, err := taxes.Create(ctx, ampeco.Draft{Name: "VAT 20", Percentage: tax.MustPercent("20")})
//	// ...
//	_, err = taxes.Update(ctx, created.ID, ampeco.Patch{Percentage: ampeco.Set(tax.MustPercent("21"))})
//
// # Amounts
//
// [Memory.Resolve] and [Tax.Resolution] turn a tax into a [tax.Resolution], with
// which package tax computes amounts:
//
//	resolution, err := taxes.Resolve(ctx, created.ID, tax.Date{})
//	// ...
//	amounts, err := resolution.FromNet(decimal.New(1999, -2), tax.RoundTo(2, tax.HalfUp))
//
// [Tax.In] returns the display name in the customer's language.
//
// # Requests
//
// A [Service] answers the requests of the contract over any Store:
//
//	service, err := ampeco.NewService(taxes, nil)
//	// ...
//	answer, err := service.Update(ctx, "1", []byte(`{"percentage": 21.5}`))
//
// [ErrorFor] turns its errors into an [ErrorDocument] with the HTTP status.
//
// # Bodies
//
// Create and update take a JSON object (RFC 8259, UTF-8 without a byte order
// mark) of at most 1 MiB with these fields:
//
//	{
//	  "name": "VAT 20",                            // 1 to 255 characters
//	  "displayName": [                             // at most 100, in any order
//	    {"locale": "en", "translation": "VAT"}     // each locale at most once
//	  ],
//	  "percentage": 20,                            // in percent: see tax.Percent
//	  "taxIdentificationNumberId": 3               // at least 1
//	}
//
// The fields id and lastUpdatedAt of an answer are ignored, so that a tax can be sent
// back as it was read. Other fields are ignored too, as the contract permits, unless
// [ServiceOptions].Strict is set; one that differs from a field above in case alone is
// refused.
//
// A percentage is a number without a sign. It keeps its notation: 7.70 has two decimals
// in answers; an exponent is resolved. Locales are BCP 47 tags.
// Answers have them in canonical form ("iw" becomes "he"), and two names of one
// locale count as the same locale.
//
// A create needs name and percentage; null for another field is the same as
// leaving it out. In an update, a field that is left out keeps its value, null
// clears displayName and taxIdentificationNumberId, and a displayName replaces
// the whole list. An update that changes nothing, such as {}, keeps
// lastUpdatedAt. [ParseDraft] and [ParsePatch] read these bodies.
//
// All faults of a body are reported together, by field: see [ValidationError].
//
// # Answers
//
// A tax has all six fields of the contract, in its order. Without display names,
// displayName is []; without a registration, taxIdentificationNumberId is null.
// lastUpdatedAt is in UTC and whole seconds: 2026-03-31T09:52:15+00:00.
//
// # Lists
//
// Lists are in order of ids. ?page=&per_page= returns numbered pages. An empty
// ?cursor= begins a list with cursors, and every answer has the cursors of the
// previous and the next page:
//
//	first, err := service.List(ctx, url.Values{"cursor": {""}, "per_page": {"50"}})
//
// Pages by cursor neither skip nor repeat a tax, whatever is created and deleted
// in between; numbered pages shift when a tax is deleted. The cursor null is an empty
// one, and beside a page, an empty one is none. A query is refused if it has both page
// and another cursor, a repeated or unknown parameter, or an empty page or per_page.
//
// With numbered pages, meta has current_page, from, last_page, links, path, per_page, to
// and total. Its links lead to the first two, the last two and the neighbouring pages;
// url is null where no page is. With cursors, meta has path, per_page,
// next_cursor and prev_cursor, and the links first and last are null. Links
// consist of [ServiceOptions].Path and a query.
package ampeco
