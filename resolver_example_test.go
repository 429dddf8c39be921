package tax_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// exampleClock pins the day, so that the output of the examples stays true.
func exampleClock() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// exampleSource has Germany with Heligoland, and Canada with Quebec.
func exampleSource() tax.Source {
	day, percent, text := tax.MustDate, tax.MustPercent, tax.MustLocalizedText
	germany := tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Tax:      tax.Tax{Code: "VAT", Name: text(map[string]string{"en": "VAT", "de": "MwSt"})},
		Classes: []tax.Class{
			{
				Code: "STANDARD", Default: true, Order: 1,
				Name: text(map[string]string{"en": "Standard rate", "de": "Regelsatz"}),
				Rates: []tax.Rate{
					{From: day("2021-01-01"), Percent: percent("19")},
					{From: day("2020-07-01"), Percent: percent("16")},
					{From: day("2007-01-01"), Percent: percent("19")},
				},
			},
			{
				Code: "REDUCED", Aliases: []string{"BOOKS"}, Order: 2,
				Name: text(map[string]string{"en": "Reduced rate", "de": "Erm\u00e4\u00dfigter Satz"}),
				Rates: []tax.Rate{
					{From: day("2021-01-01"), Percent: percent("7")},
					{From: day("2020-07-01"), Percent: percent("5")},
					{From: day("1983-07-01"), Percent: percent("7")},
				},
			},
		},
	}
	heligoland := tax.Configuration{
		Location:    tax.Location{Country: "DE", Region: "X-HELGOLAND"},
		PostalCodes: []tax.PostalRange{{From: "27498"}},
		Classes: []tax.Class{{
			Code:  "STANDARD",
			Rates: []tax.Rate{{From: day("2007-01-01"), Treatment: tax.OutsideScope}},
		}},
	}
	canada := tax.Configuration{
		Location: tax.Location{Country: "CA"},
		Regions:  tax.RegionsRequired,
		Tax:      tax.Tax{Code: "GST"},
		Classes: []tax.Class{{
			Code: "STANDARD", Default: true,
			Rates: []tax.Rate{{From: day("2008-01-01"), Percent: percent("5")}},
		}},
		Metadata: tax.Metadata{Version: 2},
	}
	quebec := tax.Configuration{
		Location: tax.Location{Country: "CA", Region: "QC"},
		Tax:      tax.Tax{Code: "QST"},
		Classes: []tax.Class{{
			Code:  "STANDARD",
			Rates: []tax.Rate{{From: day("2013-01-01"), Effect: tax.Add, Percent: percent("9.975")}},
		}},
		Metadata: tax.Metadata{Version: 7},
	}
	documents := map[string][]tax.Configuration{"DE": {germany, heligoland}, "CA": {canada, quebec}}
	return tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		return documents[key.Country], nil
	})
}

func ExampleNewResolver() {
	r, err := tax.NewResolver(exampleSource(), &tax.Options{
		DefaultLanguage: "de",
		Clock:           exampleClock,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()

	a, err := r.Resolve(context.Background(), "DE", "REDUCED")
	fmt.Println(a.Percent(), a.Name(tax.Preferences{}), err)

	_, err = tax.NewResolver(nil, nil)
	fmt.Println(err)
	// Output:
	// 7 Ermäßigter Satz <nil>
	// tax: source "nil": pass a Source, such as rates.World()
}

func ExampleResolver_Resolve() {
	r, _ := tax.NewResolver(exampleSource(), &tax.Options{Clock: exampleClock})
	defer r.Close()
	ctx := context.Background()

	for _, class := range []string{"STANDARD", "BOOKS", ""} {
		a, err := r.Resolve(ctx, "de", class)
		fmt.Println(a.Class(), a.Percent(), a.Treatment(), err)
	}

	_, err := r.Resolve(ctx, "CA", "STANDARD")
	fmt.Println(errors.Is(err, tax.ErrRegionRequired))
	// Output:
	// STANDARD 19 taxable <nil>
	// REDUCED 7 taxable <nil>
	// STANDARD 19 taxable <nil>
	// true
}

func ExampleResolver_Lookup() {
	r, _ := tax.NewResolver(exampleSource(), nil)
	defer r.Close()

	for _, l := range []tax.Lookup{
		{Country: "DE", Class: "STANDARD", Date: tax.MustDate("2020-06-30")},
		{Country: "DE", Class: "STANDARD", Date: tax.MustDate("2020-07-01")},
		{Country: "DE", PostalCode: "10115", Class: "STANDARD", Date: tax.MustDate("2026-11-21")},
		{Country: "DE", PostalCode: "27498", Class: "STANDARD", Date: tax.MustDate("2026-11-21")},
		{Country: "CA", Region: "ca-qc", Class: "GIFTS", FallbackToDefault: true, Date: tax.MustDate("2026-11-21")},
	} {
		a, err := r.Lookup(context.Background(), l)
		fmt.Println(a.Location(), a.Class(), a.Percent(), a.Treatment(), err)
	}
	// Output:
	// DE STANDARD 19 taxable <nil>
	// DE STANDARD 16 taxable <nil>
	// DE STANDARD 19 taxable <nil>
	// DE-X-HELGOLAND STANDARD 0 outsideScope <nil>
	// CA-QC STANDARD 14.975 taxable <nil>
}

func ExampleResolver_Place() {
	r, _ := tax.NewResolver(exampleSource(), nil)
	defer r.Close()

	// One place and one day for a whole basket.
	p, err := r.Place(context.Background(), tax.Lookup{Country: "DE", PostalCode: "10115", Date: tax.MustDate("2026-11-21")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Location(), p.Date())
	for _, class := range []string{"STANDARD", "BOOKS"} {
		a, err := p.Rate(class)
		fmt.Println(a.Class(), a.Percent(), err)
	}
	// Output:
	// DE 2026-11-21
	// STANDARD 19 <nil>
	// REDUCED 7 <nil>
}

func ExampleResolver_Classes() {
	r, _ := tax.NewResolver(exampleSource(), nil)
	defer r.Close()

	list, err := r.Classes(context.Background(), tax.Lookup{Country: "DE", Date: tax.MustDate("2020-12-31")})
	if err != nil {
		fmt.Println(err)
		return
	}
	german := tax.MustPreferences("de-AT")
	for _, a := range list {
		fmt.Printf("%s %s %s until %s\n", a.Name(german), a.Percent(), a.TaxName(german), a.Until())
	}
	// Output:
	// Regelsatz 16 MwSt until 2021-01-01
	// Ermäßigter Satz 5 MwSt until 2021-01-01
}

func ExampleResolver_Tenant() {
	shops := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		percent := map[string]string{"shop-1": "19", "shop-2": "16"}[key.Tenant]
		if percent == "" {
			return nil, nil
		}
		return []tax.Configuration{{
			Location: tax.Location{Country: key.Country},
			Classes:  []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent(percent)}}}},
		}}, nil
	})
	r, _ := tax.NewResolver(shops, nil)
	defer r.Close()

	for _, id := range []string{"shop-1", "shop-2", "shop-3"} {
		a, err := r.Tenant(id).Resolve(context.Background(), "DE", "STANDARD")
		fmt.Println(a.Percent(), errors.Is(err, tax.ErrUnknownCountry))
	}
	// Output:
	// 19 false
	// 16 false
	// 0 true
}

func ExampleResolver_Invalidate() {
	percent := "19"
	src := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		return []tax.Configuration{{
			Location: tax.Location{Country: key.Country},
			Classes:  []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent(percent)}}}},
		}}, nil
	})
	r, _ := tax.NewResolver(src, nil)
	defer r.Close()
	show := func() {
		a, _ := r.Resolve(context.Background(), "DE", "STANDARD")
		fmt.Println(a.Percent())
	}

	show()
	percent = "16"
	show() // still in memory
	r.Invalidate("DE")
	show()
	// Output:
	// 19
	// 19
	// 16
}

func ExampleResolver_Replay() {
	ctx := context.Background()
	m := store.NewMemory(nil)
	r, _ := tax.NewResolver(m, nil)
	defer r.Close()
	c, _ := m.Create(ctx, "", tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Classes:  []tax.Class{{Code: "STANDARD", Rates: []tax.Rate{{Percent: tax.MustPercent("16")}}}},
	})

	a, _ := r.Lookup(ctx, tax.Lookup{Country: "DE", Class: "STANDARD", Date: tax.MustDate("2026-11-21")})
	order := a.Explain() // stored with the order

	c.Classes[0].Rates[0].Percent = tax.MustPercent("19")
	_, _ = m.Update(ctx, "", c)

	now, differences, err := r.Replay(ctx, order)
	fmt.Println(now.Percent(), err)
	for _, d := range differences {
		fmt.Printf("%s: %q became %q\n", d.Field, d.Then, d.Now)
	}
	// Output:
	// 19 <nil>
	// percent: "16" became "19"
	// documents: "DE  version 1" became "DE  version 2"
}

func ExampleResolution_As() {
	r, _ := tax.NewResolver(exampleSource(), &tax.Options{Clock: exampleClock})
	defer r.Close()
	a, _ := r.Resolve(context.Background(), "DE", "STANDARD")

	// The buyer is a business in another member state and owes the tax.
	b := a.As(tax.ReverseCharge, "ATU12345678")
	fmt.Println(a.Percent(), a.Treatment(), a.Treatment().Category())
	fmt.Println(b.Percent(), b.Treatment(), b.Treatment().Category(), b.Explain().Asserted.Reason)
	// Output:
	// 19 taxable S
	// 0 reverseCharge AE ATU12345678
}

func ExampleResolution_Explain() {
	r, _ := tax.NewResolver(exampleSource(), nil)
	defer r.Close()
	a, err := r.Lookup(context.Background(), tax.Lookup{Country: "CA", Region: "qc", Date: tax.MustDate("2026-11-21")})
	if err != nil {
		fmt.Println(err)
		return
	}

	e := a.Explain()
	fmt.Println("asked: ", e.Input.Country, e.Input.Region, "on", e.Input.Date)
	fmt.Println("found: ", e.Territory, e.Steps, e.Class)
	fmt.Println("charge:", e.Percent, "%", e.Tax, "since", e.Since)
	for _, c := range e.Components {
		fmt.Println("  ", c.Code, c.Percent)
	}
	for _, d := range e.Documents {
		fmt.Println("from:  ", d.Location, "version", d.Version)
	}
	// Output:
	// asked:  CA QC on 2026-11-21
	// found:  CA-QC [region default class] STANDARD
	// charge: 14.975 % GST+QST since 2013-01-01
	//    GST 5
	//    QST 9.975
	// from:   CA-QC version 7
	// from:   CA version 2
}

func ExampleResolution_Name() {
	r, _ := tax.NewResolver(exampleSource(), &tax.Options{Clock: exampleClock})
	defer r.Close()
	a, _ := r.Resolve(context.Background(), "DE", "STANDARD")

	for _, language := range []string{"de-CH", "en-GB", "ja"} {
		p := tax.MustPreferences(language)
		fmt.Println(language, a.Name(p), a.TaxName(p))
	}
	// Output:
	// de-CH Regelsatz MwSt
	// en-GB Standard rate VAT
	// ja Standard rate VAT
}

func ExampleOverlay() {
	mine := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		if key.Country != "DE" {
			return nil, nil
		}
		return []tax.Configuration{{
			Location: tax.Location{Country: "DE"},
			Classes: []tax.Class{
				// A name and another code for a class of the base, whose rates stay.
				{Code: "REDUCED", Aliases: []string{"FOOD"}, Name: tax.MustLocalizedText(map[string]string{"en": "Food and books"})},
				// A class of its own.
				{Code: "DEPOSIT", Rates: []tax.Rate{{Treatment: tax.OutsideScope}}},
			},
		}}, nil
	})
	r, _ := tax.NewResolver(tax.Overlay(exampleSource(), mine), &tax.Options{Clock: exampleClock})
	defer r.Close()

	for _, class := range []string{"FOOD", "DEPOSIT", "STANDARD"} {
		a, err := r.Resolve(context.Background(), "DE", class)
		fmt.Println(a.Name(tax.Preferences{}), a.Percent(), a.Treatment(), err)
	}
	// Output:
	// Food and books 7 taxable <nil>
	// DEPOSIT 0 outsideScope <nil>
	// Standard rate 19 taxable <nil>
}

func ExampleSourceFunc() {
	src := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		if key.Country != "LI" {
			return nil, nil // none: lookups answer ErrUnknownCountry
		}
		return []tax.Configuration{{
			Location: tax.Location{Country: "LI"},
			Tax:      tax.Tax{Code: "VAT"},
			Classes: []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{
				{From: tax.MustDate("2024-01-01"), Percent: tax.MustPercent("8.1")},
				{From: tax.MustDate("2018-01-01"), Percent: tax.MustPercent("7.7")},
			}}},
		}}, nil
	})
	r, _ := tax.NewResolver(src, nil)
	defer r.Close()

	a, err := r.Lookup(context.Background(), tax.Lookup{Country: "LI", Date: tax.MustDate("2023-12-31")})
	fmt.Println(a.Percent(), a.Tax().Code, "until", a.Until(), err)
	// Output:
	// 7.7 VAT until 2024-01-01 <nil>
}

func ExampleLookupError_Code() {
	r, _ := tax.NewResolver(exampleSource(), &tax.Options{Clock: exampleClock})
	defer r.Close()

	messages := map[string]string{
		"unknown_class":     "Den Steuersatz %s gibt es nicht.",
		"class_not_started": "Den Steuersatz %s gibt es erst sp\u00e4ter.",
	}
	for _, l := range []tax.Lookup{{Country: "DE", Class: "LUXURY"}, {Country: "DE", Class: "REDUCED", Date: tax.MustDate("1980-01-01")}} {
		_, err := r.Lookup(context.Background(), l)
		var coded interface {
			error
			Code() string // every error of the package has it
		}
		if errors.As(err, &coded) {
			fmt.Printf(messages[coded.Code()]+"\n", l.Class)
		}
	}
	// Output:
	// Den Steuersatz LUXURY gibt es nicht.
	// Den Steuersatz REDUCED gibt es erst später.
}

func ExampleLookupError_Suggestion() {
	r, _ := tax.NewResolver(exampleSource(), &tax.Options{Clock: exampleClock})
	defer r.Close()

	_, err := r.Resolve(context.Background(), "DE", "reduced")
	fmt.Println(err)

	var refused *tax.LookupError
	if errors.As(err, &refused) {
		fmt.Println(refused.Suggestion())
	}
	// Output:
	// tax: unknown class: country "DE" class "reduced" on 2026-11-21: did you mean "REDUCED"? pass a class that the place has, see Resolver.Classes, or set FallbackToDefault
	// REDUCED
}

func ExampleResolution_String() {
	r, _ := tax.NewResolver(exampleSource(), &tax.Options{Clock: exampleClock})
	defer r.Close()

	rate, _ := r.Resolve(context.Background(), "DE", "REDUCED")
	fmt.Println(rate)
	fmt.Println(rate.As(tax.ReverseCharge, "VAT ID checked"))
	fmt.Println(tax.Resolution{})
	// Output:
	// DE REDUCED 7 % VAT since 2021-01-01
	// DE REDUCED reverseCharge VAT since 2021-01-01
	// no resolution
}

func ExampleResolution_LogValue() {
	r, _ := tax.NewResolver(exampleSource(), &tax.Options{Clock: exampleClock})
	defer r.Close()
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{} // differs from run to run
		}
		return a
	}}))

	rate, _ := r.Resolve(context.Background(), "DE", "REDUCED")
	log.Info("priced", "rate", rate)
	// Output:
	// level=INFO msg=priced rate.location=DE rate.class=REDUCED rate.percent=7 rate.treatment=taxable rate.tax=VAT rate.date=2026-11-21 rate.since=2021-01-01
}
