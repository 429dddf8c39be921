// Checkout prices a basket for an address with real tax rates and says why each
// rate applies.
//
//	go run ./examples/checkout
//	go run ./examples/checkout -country CA -region QC -lang fr
//	go run ./examples/checkout -country AT -postal 6691 -gross
//	go run ./examples/checkout -item "Novel=12.90@REDUCED" -item "Desk=249@STANDARD"
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "checkout:", err)
		os.Exit(1)
	}
}

// item is a line of the basket.
type item struct {
	name  string
	price decimal.Decimal
	class string
}

type basket []item

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("checkout", flag.ContinueOnError)
	flags.SetOutput(out)
	country := flags.String("country", "DE", "country of the address, ISO 3166-1")
	region := flags.String("region", "", "region of the address, ISO 3166-2")
	postal := flags.String("postal", "", "postal code of the address")
	day := flags.String("date", "", "day of taxation, YYYY-MM-DD (default today at the address)")
	language := flags.String("lang", "en", "language of the customer, BCP 47")
	decimals := flags.Int("decimals", 2, "decimals of the currency")
	gross := flags.Bool("gross", false, "the prices include the tax")
	items := basket{}
	flags.Var(&items, "item", "`name=price@CLASS`; may be repeated; the class is optional")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected %q: use the flags that -help lists", flags.Arg(0))
	}
	if len(items) == 0 {
		items = basket{
			{"Desk lamp", decimal.New(4990, -2), "STANDARD"},
			{"Novel", decimal.New(1290, -2), "REDUCED"},
			{"Gift wrapping", decimal.New(350, -2), ""},
		}
	}
	if *decimals < 0 || *decimals > 12 {
		return fmt.Errorf("-decimals %d: use 0 to 12", *decimals)
	}
	prefs, err := tax.NewPreferences(*language)
	if err != nil {
		return err
	}
	lookup := tax.Lookup{Country: *country, Region: *region, PostalCode: *postal, FallbackToDefault: true}
	if *day != "" {
		if lookup.Date, err = tax.ParseDate(*day); err != nil {
			return err
		}
	}

	r, err := tax.NewResolver(rates.World(), &tax.Options{
		OnWarning: func(w tax.Warning) { fmt.Fprintf(out, "warning: %s: %s\n", w.Kind, w.Detail) },
	})
	if err != nil {
		return err
	}
	defer r.Close()
	place, err := r.Place(ctx, lookup)
	if err != nil {
		return err
	}
	return price(out, place, items, prefs, tax.RoundTo(*decimals, tax.HalfUp), *gross)
}

// price prints the basket with its amounts and the reason for each rate.
func price(out io.Writer, place tax.Place, items basket, prefs tax.Preferences, rounding tax.Rounding, gross bool) error {
	// Print nothing before all amounts are computed.
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "item\tclass\ttax\trate\tnet\ttax\tgross\twhy")
	var net, taxes, total decimal.Decimal
	for _, it := range items {
		rate, err := place.Rate(it.class)
		if err != nil {
			return err
		}
		from := rate.FromNet
		if gross {
			from = rate.FromGross
		}
		a, err := from(it.price, rounding)
		if err != nil {
			return err
		}
		money := func(d decimal.Decimal) string { return d.StringFixed(rounding.Scale()) }
		of := ""
		if rate.OfGross() {
			of = " of gross"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s %%%s\t%s\t%s\t%s\t%s\n",
			it.name, rate.Name(prefs), rate.TaxName(prefs), rate.Explain().Percent, of,
			money(a.Net()), money(a.Tax()), money(a.Gross()), why(rate))
		for i, part := range a.Components() {
			name := part.Component.Name.In(prefs).Text
			if name == "" {
				name = part.Component.Code
			}
			fmt.Fprintf(w, "\t  of which\t%s\t%s %%\t\t%s\t\t\n", name, rate.Explain().Components[i].Percent, money(part.Amount))
		}
		net, taxes, total = net.Add(a.Net()), taxes.Add(a.Tax()), total.Add(a.Gross())
	}
	fmt.Fprintf(w, "total\t\t\t\t%s\t%s\t%s\t\n", net.StringFixed(rounding.Scale()), taxes.StringFixed(rounding.Scale()), total.StringFixed(rounding.Scale()))
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Basket for %s on %s, rates as of %s\n\n%s", place.Location(), place.Date(), rates.AsOf(), &table)
	return err
}

// why says in a few words why a rate applies.
func why(r tax.Resolution) string {
	e := r.Explain()
	steps := make([]string, len(e.Steps))
	for i, s := range e.Steps {
		steps[i] = string(s)
	}
	text := fmt.Sprintf("%s by %s", e.Territory, strings.Join(steps, ", "))
	if e.Treatment != tax.Taxable {
		text += "; " + e.Treatment.String()
	}
	if !e.Since.IsZero() {
		text += "; since " + e.Since.String()
	}
	if !e.Until.IsZero() {
		text += "; until " + e.Until.String()
	}
	text += "; sources " + e.Status.String()
	if e.PostalCodeMatters {
		text += "; a postal code could change it"
	}
	return text
}

// String is part of flag.Value.
func (b *basket) String() string { return "" }

// Set reads "name=price@CLASS".
func (b *basket) Set(s string) error {
	name, rest, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return errors.New("write name=price@CLASS")
	}
	text, class, _ := strings.Cut(rest, "@")
	price, err := decimal.NewFromString(text)
	if err != nil {
		return fmt.Errorf("price %q: write a number such as 12.90", text)
	}
	*b = append(*b, item{name, price, class})
	return nil
}
