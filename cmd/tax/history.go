package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/chart"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
)

func (s *session) historyCommand() *cobra.Command {
	q, format := new(question), ""
	c := &cobra.Command{
		Use:   "history COUNTRY CLASS",
		Short: "All rates of a class at an address, with the days on which they hold",
		Long: `history lists all rates of a class at an address, past, present and announced, the earliest
first. Where there is none it says why. With --format svg or png it draws them; --date is then the
day that is marked as today, and otherwise does not matter.`,
		Example:           "  tax history DE STANDARD\n  tax history CA-QC STANDARD --json\n  tax history CH STANDARD --format svg\n  tax history CH STANDARD --format png",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: s.completePlaceAndClass,
		RunE: func(c *cobra.Command, args []string) error {
			if s.json && !c.Flags().Changed("format") {
				format = "json"
			}
			return s.history(c.Context(), q, args[0], args[1], format)
		},
	}
	q.flags(c)
	c.Flags().StringVar(&format, "format", "text", "`form` of the output: text, json, svg or png")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(historyForms, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return c
}

var historyForms = []string{"text", "json", "svg", "png"}

func (s *session) history(ctx context.Context, q *question, place, class, format string) error {
	switch {
	case !slices.Contains(historyForms, format):
		return &usageError{&tax.InputError{Field: "format", Value: format, Reason: "no such form: pass text, json, svg or png"}}
	case format == "png" && s.terminal:
		return &usageError{&tax.InputError{Field: "format", Value: format, Reason: "not allowed on a terminal: write > FILE behind the command"}}
	}
	l, err := q.lookup(s, place, class)
	if err != nil {
		return err
	}
	b, err := s.backing(ctx)
	if err != nil {
		return err
	}
	r, err := s.resolverOf(b.source)
	if err != nil {
		return err
	}
	at, err := r.Place(ctx, l) // it may lie in another country than the one that was asked
	if err != nil {
		return err
	}
	set, err := b.source.Configurations(ctx, tax.Key{Tenant: s.tenant, Country: at.Location().Country})
	if err != nil {
		return err
	}
	spans, err := compare.Timeline(ctx, r, l, compare.Days(set))
	if err != nil {
		return err
	}
	if len(spans) == 1 && !spans[0].Known() {
		if _, err := r.Lookup(ctx, l); err != nil {
			return err // with what was probably meant
		}
	}
	switch format {
	case "json":
		return s.printJSON(spans, "  ")
	case "svg", "png":
		return s.draw(format, at.Location().String()+" "+class, spans)
	}
	rows := make([][]string, len(spans))
	for i, span := range spans {
		until := ""
		if !span.Until.IsZero() {
			until = span.Until.String()
		}
		rows[i] = []string{fromText(span.From), until, span.Answer.String(), span.Tax, span.Components}
	}
	return s.printTable([]string{"from", "until", "rate", "tax", "parts"}, rows)
}

// draw prints a drawing of spans, in which --date, or today, is marked.
func (s *session) draw(format, title string, spans []compare.Span) error {
	today, err := s.date()
	if err == nil && today.IsZero() {
		today, err = tax.DateIn(time.Now(), nil)
	}
	if err != nil {
		return err
	}
	if format == "png" {
		return chart.PNG(s.out, title, spans, today)
	}
	_, err = fmt.Fprint(s.out, chart.SVG(title, spans, today))
	return err
}
