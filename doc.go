// Package tax answers which tax rate applies to a class of goods at an address on
// a day, exactly, and says why. It works inside the program: it is made for
// checkouts and pricing engines that ask for every line and keystroke.
//
// # Asking
//
// A [Resolver] reads [Configuration] documents from a [Source], compiles each
// country once, and answers from memory:
//
//	r, err := tax.NewResolver(rates.World(), nil)
//	a, err := r.Resolve(ctx, "DE", "REDUCED") // today
//	fmt.Println(a.Class(), a.Treatment())     // REDUCED taxable
//
// [Resolver.Lookup] takes an address, a day and a fallback as well, see [Lookup].
// [Resolver.Place] finds the address once for all lines of a basket, and
// [Place.Rate] then needs no context. The answer is a [Resolution]: the percentage
// and its components, the [Treatment], the interval in which it holds, its name in
// the customer's language, and [Resolution.Explain], which says what matched and
// from which documents, as plain data that can be stored with an order and asked
// again later with [Resolver.Replay].
//
// A percentage is in percent of the net price: 19 means 19 %. A day is a civil
// [Date] at the place of taxation, never an instant. A rate holds from its first
// day on until the next entry of its class.
//
// # Sources and stores
//
// A [Source] returns the documents of one country of one tenant. Package rates has
// those of the world, package store keeps documents in memory, and a function will
// do:
//
//	src := tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
//		return myDatabase.Load(ctx, key.Tenant, key.Country)
//	})
//	src = tax.Overlay(rates.World(), src) // my classes and names on top of the world's
//
// A [Store] is a source that can be written; updates name the version they are
// for. [ReadConfiguration] reads a document from JSON, [ReadPatch] a partial update,
// [Configuration.Validate] and [ValidateCountry] report every fault with its path.
// [Resolver.Tenant] is a view for one tenant; all views share one memory.
//
// # How fresh an answer is
//
// A country is loaded when it is first asked for, once however many callers wait,
// and then kept. [Options] say for how long, how much of it, and what happens while
// the source fails:
//
//	r, err := tax.NewResolver(src, &tax.Options{
//		TTL:      time.Hour,      // load again, in the background, before that
//		MaxStale: 24 * time.Hour, // answer with older data while the source fails
//	})
//
// [Resolution.Stale] and [Resolution.LoadedAt] tell the age of an answer. A source
// that is a [Notifier] invalidates what it writes, [Resolver.Watch] follows the
// changes of other processes, and [Resolver.Invalidate] is for everything else: no
// lookup that begins after it returned sees older data. [Resolver.Warm] loads
// countries ahead of the first lookup; [Resolver.Stats] and [Observer] are for
// metrics.
//
// # Places
//
// A [Location] is a country or a region of it, by ISO 3166. [ParseLocation] reads
// codes as people and systems write them. A lookup finds its territory by postal
// code, then region, then country:
//
//	a, err := r.Lookup(ctx, tax.Lookup{Country: "AT", PostalCode: "6991"})
//	fmt.Println(a.Location()) // AT-X-MITTELBERG
//
// A region inherits the classes that it does not list, and may replace its
// country's rate, add to it, or charge a tax on it: see [Effect].
//
// # Languages
//
// A [LocalizedText] is one text in several languages. [Preferences] say what a
// reader understands, in order, and [ParseAcceptLanguage] reads them from an HTTP
// header:
//
//	p, err := tax.NewPreferences("de-AT", "en")
//	fmt.Println(a.TaxName(p)) // USt
//
// Matching follows BCP 47 and never returns another language than those preferred,
// named as fallbacks, or declared the default of a tenant with [NewLanguages].
// [LocalizedText.In] returns a [Match], which says how well the language suits.
//
// # Lists
//
// A [Query] filters configurations, sorts them and asks for a page; [Select]
// answers it from any sequence, and a store that is a [Lister] from what it holds:
//
//	page, err := s.List(ctx, tenant, tax.Query{Class: "REDUCED", PageSize: 20})
//	next, err := s.List(ctx, tenant, tax.Query{Class: "REDUCED", PageSize: 20, Cursor: page.Next})
//
// # Money
//
// A resolution turns a net price into [Amounts] and a gross price back, without
// moving the price that was given:
//
//	rounding, err := tax.RoundingFor("EUR")
//	amounts, err := a.FromNet(price, rounding)
//
// Net + tax = gross, and components sum to the tax, exactly. [Rounding] is a value
// with a [Mode] that is symmetric about zero, so that a refund mirrors its sale.
// [Convert] moves a gross price to another rate. Package basket does the same for
// whole baskets with discounts, charges and refunds.
//
// # Errors
//
// Nothing is guessed. An unknown country, region or class, a day without a rate and
// an invalid document are errors with a name; no answer is ever 0 % because
// something was missing, and 0 % never means exempt. Use [errors.Is] with the
// sentinels, such as [ErrUnknownClass], and [errors.As] for the input:
// [LookupError] carries the question, [InputError] the refused value,
// [InvalidError] the faults of documents, and [StoreError] the document of a write.
package tax
