package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
	"github.com/taxresolve/tax/rates"
)

func (s *session) simulateCommand() *cobra.Command {
	var days int
	var countries []string
	var orders pricedTwice
	c := &cobra.Command{
		Use:   "simulate [SIDE [AFTER]]",
		Short: "Which answers change in the next days, and what orders would cost",
		Long: `simulate lists the answers that change after today, or after --date, with the first day of
each new answer. SIDE is one of those of diff: a file, a folder or a store; without it, --store
or the embedded rates.

With --orders, it prices the lines of a CSV file twice: with SIDE and with AFTER, on their own
days and on that of --then, or both. It prints the totals by country and class, and the largest
differences. FILE may be - for standard input. The first line names the columns:

  country      and, where they are needed, region and postal_code
  class        the default class if it is empty
  net, gross   the amount without or with tax, such as 19.99: one of them in each line
  currency     a code such as EUR; that of --currency if it is empty
  date         YYYY-MM-DD; that of --date, or today, if it is empty

A line that cannot be priced is named with the reason, and makes the exit code 4.`,
		Example: "  tax simulate copy.json --date 2026-11-21 --days 90\n  tax simulate --days 365 --country DE,FR\n" +
			"  tax simulate embedded copy.json --orders orders.csv --currency EUR --date 2027-01-01",
		Args: cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if orders.file != "" || len(args) > 1 {
				if days := c.Flags().Lookup("days"); days.Changed || len(countries) > 0 {
					return &usageError{&tax.InputError{Field: "orders", Reason: "given with --days or --country: all lines of a file are priced"}}
				}
				return s.simulateOrders(c.Context(), args, orders)
			}
			for _, name := range []string{"then", "currency", "largest", "lines"} {
				if c.Flags().Changed(name) {
					return &usageError{&tax.InputError{Field: name, Reason: "only with --orders"}}
				}
			}
			if days < 1 || days > 36_600 {
				return &usageError{&tax.InputError{Field: "days", Value: fmt.Sprint(days), Reason: "out of range: pass 1 to 36600"}}
			}
			return s.simulate(c.Context(), s.named(args), days, countries)
		},
	}
	c.Flags().IntVar(&days, "days", 30, "`number` of days to look ahead")
	c.Flags().StringSliceVar(&countries, "country", nil, "`codes` of the countries, with commas between; all if not given")
	orders.flags(c)
	return c
}

// named returns the first argument, or else what is asked without one.
func (s *session) named(args []string) string {
	switch {
	case len(args) > 0:
		return args[0]
	case s.store != "":
		return s.store
	}
	return embedded
}

// ahead is what --json has.
type ahead struct {
	After   tax.Date      `json:"after"`
	Until   tax.Date      `json:"until"` // counts
	Changes []compare.Row `json:"changes"`
}

func (s *session) simulate(ctx context.Context, name string, days int, countries []string) error {
	of, err := s.side(ctx, name, false)
	if err != nil {
		return err
	}
	all := side{countries: rates.Countries()}
	if countries, err = compared(of, all, countries); err != nil {
		return err
	}
	found := ahead{Changes: []compare.Row{}}
	if found.After, err = s.date(); err == nil && found.After.IsZero() {
		found.After, err = tax.DateIn(time.Now(), nil)
	}
	if err != nil {
		return err
	}
	found.Until = found.After.AddDays(days)
	for _, country := range countries {
		rows, err := compare.Ahead(ctx, of.source, country, found.After, found.Until)
		if err != nil {
			return err
		}
		found.Changes = append(found.Changes, rows...)
	}
	if s.json {
		return s.printJSON(found, "  ")
	}
	if len(found.Changes) == 0 {
		_, err := fmt.Fprintf(s.out, "no answer changes after %s, up to %s\n", found.After, found.Until)
		return err
	}
	return s.printRows([]string{"country", "class", "for", "from", "before", "after"}, found.Changes, func(r compare.Row) []string {
		before, after := told(r.Change)
		return []string{placesText(r.Places), r.From.String(), before, after}
	})
}
