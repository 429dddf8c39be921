// Convert moves a gross price from one country to another with real tax rates.
// It shows two ways: with the same net price for the seller, and with the same
// gross price for the customer. Next to them it shows the numbers of the
// Emporix Tax Service, which keeps the net price and does not round to the
// currency.
//
//	go run ./examples/convert
//	go run ./examples/convert -price 1.59 -from DE -to PL,HU,CH -class REDUCED
//	go run ./examples/convert -price 1000 -from DE -to JP -currency JPY -date 2019-09-30
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

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/rates"
)

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("convert", flag.ContinueOnError)
	flags.SetOutput(out)
	text := flags.String("price", "19.99", "gross price, including the tax of -from")
	from := flags.String("from", "DE", "country of the price, ISO 3166-1")
	to := flags.String("to", "PL,FR,HU,CH", "countries to convert it to, separated by commas")
	class := flags.String("class", "STANDARD", "tax class, in all countries")
	currency := flags.String("currency", "EUR", "currency of the price, ISO 4217")
	day := flags.String("date", "", "day of taxation, YYYY-MM-DD (default today at each place)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected %q: use the flags that -help lists", flags.Arg(0))
	}
	price, err := emporix.ParsePrice(*text)
	if err != nil {
		return err
	}
	rounding, err := tax.RoundingFor(*currency)
	if err != nil {
		return err
	}
	if _, err := rounding.Minor(price.Decimal()); err != nil {
		return fmt.Errorf("price in %s: %w", *currency, err)
	}
	var date tax.Date
	if *day != "" {
		if date, err = tax.ParseDate(*day); err != nil {
			return err
		}
	}

	r, err := tax.NewResolver(rates.World(), nil)
	if err != nil {
		return err
	}
	defer r.Close()
	calculator, err := emporix.NewCalculator(r, nil)
	if err != nil {
		return err
	}
	c := conversion{r, calculator, rounding, emporix.Command{
		Input: emporix.Input{SourceCountry: *from, TargetClass: *class, IncludesTax: true, Price: price},
		Date:  date,
	}}
	return c.print(ctx, out, strings.ToUpper(*currency), strings.Split(*to, ","))
}

// conversion holds the values that all rows of the table share.
type conversion struct {
	resolver   *tax.Resolver
	calculator *emporix.Calculator
	rounding   tax.Rounding
	command    emporix.Command
}

func (c conversion) print(ctx context.Context, out io.Writer, currency string, targets []string) error {
	input := c.command.Input
	source, err := c.rate(ctx, input.SourceCountry)
	if err != nil {
		return err
	}
	before, err := source.FromGross(input.Price.Decimal(), c.rounding)
	if err != nil {
		return err
	}
	// Print nothing before all amounts are computed.
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "to\trate\tkept\tnet\ttax\tgross\tEmporix net\tEmporix gross\t")
	c.row(w, source, "", before, "", "")
	for _, country := range targets {
		target, err := c.rate(ctx, country)
		if err != nil {
			return err
		}
		command := c.command
		command.Input.TargetCountry = country
		answer, err := c.calculator.Calculate(ctx, command)
		if err != nil {
			return err
		}
		net, gross := answer.Output.NetPrice.String(), answer.Output.GrossPrice.String()
		amounts, err := tax.Convert(input.Price.Decimal(), source, target, c.rounding)
		if err != nil {
			return err
		}
		c.row(w, target, "net", amounts, net, gross)
		if amounts, err = target.FromGross(input.Price.Decimal(), c.rounding); err != nil {
			return err
		}
		c.row(w, target, "gross", amounts, "", "")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s %s from %s on %s, class %s, rates as of %s\n\n%s",
		input.Price, currency, source.Location(), source.Date(), input.TargetClass, rates.AsOf(), &table)
	return err
}

func (c conversion) rate(ctx context.Context, country string) (tax.Resolution, error) {
	return c.resolver.Lookup(ctx, tax.Lookup{Country: country, Class: c.command.Input.TargetClass, Date: c.command.Date})
}

func (c conversion) row(w io.Writer, rate tax.Resolution, kept string, a tax.Amounts, net, gross string) {
	places := c.rounding.Scale()
	fmt.Fprintf(w, "%s\t%s %%\t%s\t%s\t%s\t%s\t%s\t%s\t\n", rate.Location(), rate.Explain().Percent, kept,
		a.Net().StringFixed(places), a.Tax().StringFixed(places), a.Gross().StringFixed(places), net, gross)
}
