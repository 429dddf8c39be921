package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
)

func (s *session) historyCommand() *cobra.Command {
	q := new(question)
	c := &cobra.Command{
		Use:               "history COUNTRY CLASS",
		Short:             "All rates of a class at an address, with the days on which they hold",
		Long:              "history lists all rates of a class at an address, past, present and announced, the earliest\nfirst. Where there is none it says why. --date does not matter.",
		Example:           "  tax history DE STANDARD\n  tax history CA-QC STANDARD --json",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: s.completePlaceAndClass,
		RunE:              func(c *cobra.Command, args []string) error { return s.history(c.Context(), q, args[0], args[1]) },
	}
	q.flags(c)
	return c
}

func (s *session) history(ctx context.Context, q *question, place, class string) error {
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
		l.Date = spans[0].From
		if _, err := r.Lookup(ctx, l); err != nil {
			return err // with what was probably meant
		}
	}
	if s.json {
		return s.printJSON(spans, "  ")
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
