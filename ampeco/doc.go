// Package ampeco keeps the taxes of the AMPECO public API in process: a [Tax]
// is one percentage with an id and a display name in several languages, not a
// list of classes per country.
//
// [Memory] is a [Store] of taxes in memory; [Memory.Resolve] turns one into a
// [tax.Resolution], with which package tax computes amounts. A [Service] turns
// the bodies and parameters of requests into the bodies of answers, over any
// Store, and [ErrorFor] an error into a status and a body. There is no HTTP here.
//
// # Bodies
//
// Create and update take a JSON object (RFC 8259, UTF-8 without byte order mark)
// of at most 1 MiB with these fields and no others:
//
//	{
//	  "name": "VAT 20",                            // 1 to 255 characters
//	  "displayName": [                             // at most 100, in any order
//	    {"locale": "en", "translation": "VAT"}     // a locale at most once
//	  ],
//	  "percentage": 20,                            // percent: see tax.Percent
//	  "taxIdentificationNumberId": 3               // from 1
//	}
//
// A percentage is a number of digits and decimals, without sign and exponent,
// and kept as it is written: 7.70 has two decimals in answers. Locales are BCP 47
// tags; answers have them in canonical form ("iw" is "he"), and one locale by two
// names is given twice.
//
// Create requires name and percentage; null in one of the others is the same as
// leaving it out. In an update, what is left out keeps its value, null clears
// displayName and taxIdentificationNumberId, and a displayName replaces the whole
// list. An update that changes nothing, such as {}, leaves lastUpdatedAt as it is.
//
// All faults of a body are reported at once, by field: see [ValidationError].
//
// # Answers
//
// A tax has all six fields of the contract in its order. Without display names,
// displayName is []; without a registration, taxIdentificationNumberId is null.
// lastUpdatedAt is UTC in seconds: 2026-03-31T09:52:15+00:00.
//
// # Lists
//
// Lists are in order of ids. ?page=&per_page= numbers the pages. ?cursor=, empty,
// begins a list with cursors; every answer has those of the pages before and
// after. Pages by cursor skip and repeat no tax, whatever is created and deleted
// in between; numbered pages move when a tax is deleted. page and cursor together,
// a parameter given twice, an unknown one, and an empty page or per_page are
// refused.
//
// The contract leaves open what is in meta. It has the names of the envelopes that
// are usual where links are first, last, prev and next: current_page, from,
// last_page, path, per_page, to and total; with cursors path, per_page, next_cursor
// and prev_cursor, and no first and last link. Links are [ServiceOptions].Path and a
// query.
package ampeco
