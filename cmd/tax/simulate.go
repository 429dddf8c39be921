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
	c := &cobra.Command{
		Use:   "simulate [SIDE]",
		Short: "Which answers change in the next days",
		Long: `simulate lists the answers that change after today, or after --date, with the first day of
each new answer. SIDE is one of those of diff: a file, a folder or a store; without it, --store
or the embedded rates.`,
		Example: "  tax simulate copy.json --date 2026-11-21 --days 90\n  tax simulate --days 365 --country DE,FR",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if days < 1 || days > 36_600 {
				return &usageError{&tax.InputError{Field: "days", Value: fmt.Sprint(days), Reason: "out of range: pass 1 to 36600"}}
			}
			name := s.store
			if len(args) > 0 {
				name = args[0]
			}
			if name == "" {
				name = embedded
			}
			return s.simulate(c.Context(), name, days, countries)
		},
	}
	c.Flags().IntVar(&days, "days", 30, "`number` of days to look ahead")
	c.Flags().StringSliceVar(&countries, "country", nil, "`codes` of the countries, with commas between; all if not given")
	return c
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
