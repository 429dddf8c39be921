// Package tax answers which tax rate applies to a class of goods at an address on
// a day, exactly, and explains why. It runs inside your program: it is made for
// checkouts and pricing engines, which ask at every line and keystroke.
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
// [Resolver.Lookup] also takes an address, a day and a fallback: see [Lookup].
// [Resolver.Place] finds the address once for all lines of a basket, and
// [Place.Rate] then needs no context. The answer is a [Resolution]: the percentage
// and its components, the [Treatment], the interval in which it holds and its name
// in the customer's language. [Resolution.Explain] says what matched and from which
// documents, as plain data that can be stored with an order; [Resolver.Replay] asks
// the same question again later.
//
// A percentage is in percent of the net price: 19 means 19 %. A day is a civil
// [Date] at the place of taxation, never an instant. A rate holds from its first
// day on until the next entry of its class.
//
// # Sources and stores
//
// A [Source] returns the documents of one country of one tenant. Package rates has
// those of the world, package store keeps documents in memory, and a function is
// enough:
//
//	mine := tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
//		return myDatabase.Load(ctx, key.Tenant, key.Country)
//	})
//	src := tax.Overlay(rates.World(), mine) // my classes and names over those of the world
//
// A [Store] is a source that can be written to; an update names the version that it
// changes. Overrides that are written lie on a base in the stores of package store, which
// check them on top of it. [ReadConfiguration] reads a document from JSON, and [ReadPatch] a
// partial update. [Configuration.Validate] and [ValidateCountry] report every fault with its
// path. [Resolver.Tenant] returns a view for one tenant; all views share one memory.
//
// # How fresh an answer is
//
// A country is loaded at its first lookup, once however many callers wait for it,
// and then kept in memory. [Options] say for how long, how many countries, and what
// happens while the source fails:
//
//	r, err := tax.NewResolver(src, &tax.Options{
//		TTL:      time.Hour,      // refresh in the background before an hour is over
//		MaxStale: 24 * time.Hour, // while the source fails, answer with older data
//	})
//
// [Resolution.Stale] and [Resolution.LoadedAt] say how old an answer is. A source
// that is a [Notifier] invalidates what it writes, [Resolver.Watch] follows the
// changes of other processes, and [Resolver.Invalidate] is for everything else: no
// lookup that begins after it has returned sees older data. [Resolver.Warm] loads
// countries before the first lookup; [Resolver.Stats] and [Observer] are for
// metrics.
//
// # Places
//
// A [Location] is a country or one of its regions, by ISO 3166. [ParseLocation]
// reads codes as people and systems write them. A lookup finds its territory by
// postal code, then region, then country:
//
//	a, err := r.Lookup(ctx, tax.Lookup{Country: "AT", PostalCode: "6991"})
//	fmt.Println(a.Location()) // AT-X-MITTELBERG
//
// A region may also be the name of one: "Québec", "california". [Resolver.Country] says
// which regions a form can offer, and whether it needs a region or a postal code.
//
// A region inherits the classes that it does not list. For a class that it lists,
// it may replace its country's rate, add to it, or charge a tax on top of the
// country's tax: see [Effect].
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
// Matching follows BCP 47. It never returns a language that is not preferred, named
// as a fallback, or the default: Options.DefaultLanguage, or that of a tenant's
// [Languages]. [LocalizedText.In] returns a [Match], which says how well the
// language fits.
//
// # Lists
//
// A [Query] filters configurations, sorts them and asks for a page. [Select]
// answers it from any sequence of configurations, and a store that is a [Lister]
// from its own:
//
//	page, err := s.List(ctx, tenant, tax.Query{Class: "REDUCED", PageSize: 20})
//	next, err := s.List(ctx, tenant, tax.Query{Class: "REDUCED", PageSize: 20, Cursor: page.Next})
//
// # Money
//
// A resolution turns a net or a gross price into [Amounts], and never changes the
// price that was given:
//
//	rounding, err := tax.RoundingFor("EUR")
//	amounts, err := a.FromNet(price, rounding)
//
// Net + tax = gross, and the components sum to the tax, exactly. [RoundTo] returns a
// [Rounding] to any number of decimals; the zero Rounding is an error. Each has a [Mode]
// that is symmetric about zero, so that a refund mirrors its sale. [Convert]
// turns a gross price at one rate into one at another rate. Package basket calculates
// whole baskets with discounts, charges and refunds.
//
// # Errors
//
// Nothing is guessed. An unknown country, region or class, a day without a rate and
// an invalid document each have an error of their own; no answer is 0 % because
// something was missing, and 0 % never means exempt. Use [errors.Is] with the
// sentinels, such as [ErrUnknownClass], and [errors.As] for the details:
// [LookupError] carries the question, [InputError] the refused value,
// [InvalidError] the faults of documents, and [StoreError] the document of a write.
// Each of them has a method Code that names the reason for programs and translators;
// docs/errors.md lists the codes.
package tax
