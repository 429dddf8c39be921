// History lists the rates of one class over time and can draw them.
//
//	go run ./examples/history
//	go run ./examples/history -country CA -region QC -svg quebec.svg
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdout, tax.Date{})
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "history:", err)
		os.Exit(1)
	}
}

// period is a period with one rate or without any.
type period struct {
	from, until tax.Date // until is the first day after the period; zero if it has no known end
	percent     float64  // for drawing only
	text        string
}

// run prints the history, including announced changes, and draws it up to
// today. today is a parameter for tests; the zero Date takes it from the clock.
func run(ctx context.Context, args []string, out io.Writer, today tax.Date) error {
	flags := flag.NewFlagSet("history", flag.ContinueOnError)
	flags.SetOutput(out)
	country := flags.String("country", "DE", "country, ISO 3166-1")
	region := flags.String("region", "", "region, ISO 3166-2")
	class := flags.String("class", "", "class code (default: the default class)")
	svg := flags.String("svg", "", "`file` for a drawing of the history")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected %q: use the flags that -help lists", flags.Arg(0))
	}
	lookup := tax.Lookup{Country: *country, Region: *region, Class: *class, Date: today}

	r, err := tax.NewResolver(rates.World(), nil)
	if err != nil {
		return err
	}
	defer r.Close()
	periods, now, err := history(ctx, r, lookup)
	if err != nil {
		return err
	}
	title := fmt.Sprintf("%s of %s, %s", now.Class(), now.Location(), now.Tax().Code)
	fmt.Fprintln(out, title)
	for _, p := range periods {
		from := p.from.String()
		if p.from.IsZero() {
			from = "(not known)"
		}
		fmt.Fprintf(out, "  %-11s  %s\n", from, p.text)
	}
	if *svg == "" {
		return nil
	}
	file, err := os.Create(*svg)
	if err != nil {
		return err
	}
	if err := draw(file, title, periods, now.Date()); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// history resolves the class on each day on which a document of the country has
// a new entry, and merges periods with the same rate.
func history(ctx context.Context, r *tax.Resolver, l tax.Lookup) (list []period, now tax.Resolution, err error) {
	now, err = r.Lookup(ctx, l)
	if err != nil {
		return nil, now, err
	}
	set, err := rates.World().Configurations(ctx, tax.Key{Country: now.Location().Country})
	if err != nil {
		return nil, now, err
	}
	days := []tax.Date{tax.MustDate("0001-01-01")}
	for _, c := range set {
		for _, class := range c.Classes {
			for _, rate := range class.Rates {
				days = append(days, rate.From)
			}
		}
	}
	slices.SortFunc(days, tax.Date.Compare)
	for _, day := range slices.Compact(days) {
		if day.IsZero() {
			continue
		}
		l.Date = day
		p := period{from: day, text: "no rate"}
		switch a, err := r.Lookup(ctx, l); {
		case err == nil:
			e := a.Explain()
			p.from, p.text = e.Since, e.Percent+" % "+e.Tax
			if e.Treatment != tax.Taxable {
				p.text = e.Treatment.String()
			}
			if p.percent, err = strconv.ParseFloat(e.Percent, 64); err != nil {
				return nil, now, err
			}
		case !errors.Is(err, tax.ErrNoRate):
			return nil, now, err
		case len(list) == 0:
			continue // before the first entry
		}
		if n := len(list); n > 0 {
			if list[n-1].text == p.text {
				continue
			}
			list[n-1].until = day
		}
		list = append(list, p)
	}
	return list, now, nil
}
