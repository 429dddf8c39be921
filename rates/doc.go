// Package rates has real tax rates of the world, embedded in the program: VAT,
// GST and sales taxes of countries and of territories with rates of their own,
// with history, names and sources.
//
// It is data, not tax advice. docs/rates.md in the repository tells how the
// facts were compiled and compared, what they cover, and what is missing.
//
// # Use
//
// [World] is a [tax.Source] for a resolver:
//
//	r, err := tax.NewResolver(rates.World(), nil)
//	// ...
//	rate, err := r.Resolve(ctx, "DE", "REDUCED")
//
// [Countries] lists the countries. Their classes have the codes STANDARD, which is
// the default, REDUCED, ZERO and some others, and a description that helps to
// choose one.
//
// # Your own data on top
//
// Use [tax.Overlay] to add classes, names or rates of your own, or to replace
// some of these:
//
//	r, err := tax.NewResolver(tax.Overlay(rates.World(), mine), nil)
//
// For changes that are written at run time, use a store with the rates as its base: see store.Options.
//
// # Age
//
// The facts are those known on the day [AsOf]. The data has all changes that
// were law by then, even those that take effect later. A resolver can warn once
// the data is too old:
//
//	r, err := tax.NewResolver(rates.World(), &tax.Options{
//		MaxDataAge: 180 * 24 * time.Hour,
//		OnWarning:  func(w tax.Warning) { log.Print(w) },
//	})
//
// # Evidence
//
// Every rate has a [tax.Evidence]: whether its sources agree, and the ids of the
// sources. [Source] describes a source by its id:
//
//	for _, id := range rate.Evidence().Sources {
//		source, _ := rates.Source(id)
//		fmt.Println(source.Name, source.Address, source.Date)
//	}
//
// A resolver can refuse rates on which sources disagree:
//
//	r, err := tax.NewResolver(rates.World(), &tax.Options{Refuse: tax.RefuseDisputed})
//
// # Names
//
// Regions have their names in English and in the official languages of their country, so
// that lookups find them by name.
//
// # Time zones
//
// Time zones decide which day it is. Countries with several time zones have one
// for each region. The zone data itself is not embedded; on a system without it,
// import time/tzdata.
//
// # Cost
//
// A program that does not import this package does not contain the data. One
// that does decodes a country only when it is requested, and runs nothing of the
// package at start.
package rates
