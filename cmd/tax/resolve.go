package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
)

func (s *session) resolveCommand() *cobra.Command {
	q, explain := new(question), false
	c := &cobra.Command{
		Use:   "resolve COUNTRY [CLASS]",
		Short: "The rate of a class at an address on a day",
		Long: `resolve answers with the rate of a class at an address on a day; without CLASS, with
that of the default class. COUNTRY is a code of ISO 3166-1, or with its region such as CA-QC.
If COUNTRY is -, each line of standard input is a question of its own: COUNTRY [CLASS]. A line
without an answer is reported with its number, and the others are answered.`,
		Example:           "  tax resolve DE REDUCED\n  tax resolve CA-QC --date 2026-11-21 --explain\n  tax resolve AT --postal-code 6991 --json",
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: s.completePlaceAndClass,
		RunE: func(c *cobra.Command, args []string) error {
			r, err := s.resolver(c.Context())
			if err != nil {
				return err
			}
			if args[0] == "-" {
				return s.resolveLines(c.Context(), r, q, explain)
			}
			return s.resolve(c.Context(), r, q, explain, args, "  ")
		},
	}
	q.flags(c)
	c.Flags().BoolVar(&q.fallback, "fallback", false, "answer with the default class if the place does not have CLASS")
	c.Flags().BoolVar(&explain, "explain", false, "say how the answer was found, and on what evidence")
	return c
}

func (s *session) resolve(ctx context.Context, r *tax.Resolver, q *question, explain bool, args []string, indent string) error {
	class := ""
	if len(args) > 1 {
		class = args[1]
	}
	l, err := q.lookup(s, args[0], class)
	if err != nil {
		return err
	}
	found, err := r.Lookup(ctx, l)
	switch {
	case err != nil:
		return err
	case s.json && explain:
		return s.printJSON(found.Explain(), indent)
	case s.json:
		return s.printJSON(s.rate(found), indent)
	case explain:
		return s.tell(found)
	}
	_, err = fmt.Fprintln(s.out, s.summary(found))
	return err
}

// summary is the answer on one line.
func (s *session) summary(r tax.Resolution) string {
	a := s.rate(r)
	return printable(fmt.Sprintf("%s %s on %s: %s, %s, %s, %s", a.Location, a.Class, a.Date, a.percentage(), a.TaxName, a.Name, a.period()))
}

// resolveLines answers a question for each line of standard input.
func (s *session) resolveLines(ctx context.Context, r *tax.Resolver, q *question, explain bool) error {
	const longest = 64 << 10
	in, err := s.input()
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longest)
	var worst error
	for number := 1; lines.Scan(); number++ {
		text := lines.Text()
		if number == 1 {
			text = strings.TrimPrefix(text, "\ufeff") // as editors of Windows write it
		}
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		var err error
		if len(fields) > 2 {
			err = &readingError{&tax.InputError{Field: "line", Value: lines.Text(), Reason: "too many words: write COUNTRY [CLASS]"}}
		} else {
			err = s.resolve(ctx, r, q, explain, fields, "")
		}
		switch {
		case err == nil:
		case ctx.Err() != nil, s.outFailed():
			return err
		default:
			err = fmt.Errorf("line %d: %w", number, err)
			s.report(err)
			if exitCode(err) > exitCode(worst) {
				worst = err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return &readingError{fmt.Errorf("standard input: %w", err)}
	}
	if worst != nil {
		return &reportedError{worst}
	}
	return nil
}
