package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
	"github.com/taxresolve/tax/rates"
)

func (s *session) diffCommand() *cobra.Command {
	var alone bool
	var countries []string
	c := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Which answers differ, for whom, from which day",
		Long: `diff compares the answers of two sides, not their texts. A side is

  embedded                       the embedded rates
  FILE or FOLDER                 documents, on the embedded rates unless --alone says otherwise
  file:FOLDER, sqlite:FILE, ...  a store, for --tenant
  STORE@2026-11-21               a store as it was when that day began in UTC, or at a time
                                 such as 2026-11-21T12:00:00Z
  DE@3, CA-QC@3                  --store with version 3 of a document

With --date, only answers for that day and later ones count. The exit code is 1 if answers or
addresses differ.`,
		Example: "  tax diff embedded copy.json # exit code 1\n  tax diff rates/FR.json embedded --json --date 2030-01-01 # exit code 1",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return s.diff(c.Context(), args[0], args[1], countries, alone)
		},
	}
	c.Flags().BoolVar(&alone, "alone", false, "documents in files do not lie on the embedded rates")
	c.Flags().StringSliceVar(&countries, "country", nil, "`codes` of the countries to compare, with commas between; all if not given")
	return c
}

// difference is what --json has.
type difference struct {
	Answers   []compare.Row       `json:"answers"`
	Addresses []compare.Addresses `json:"addresses"`
}

func (s *session) diff(ctx context.Context, before, after string, countries []string, alone bool) error {
	a, err := s.side(ctx, before, alone)
	if err != nil {
		return err
	}
	b, err := s.side(ctx, after, alone)
	if err != nil {
		return err
	}
	if countries, err = compared(a, b, countries); err != nil {
		return err
	}
	from, err := s.date()
	if err != nil {
		return err
	}
	found := difference{[]compare.Row{}, []compare.Addresses{}}
	for _, country := range countries {
		rows, addresses, err := compare.Country(ctx, a.source, b.source, country)
		if err != nil {
			return err
		}
		found.Answers = append(found.Answers, since(rows, from)...)
		found.Addresses = append(found.Addresses, addresses...)
	}
	if s.json {
		err = s.printJSON(found, "  ")
	} else {
		err = s.printDifference(found)
	}
	if err == nil && len(found.Answers)+len(found.Addresses) > 0 {
		return errFound
	}
	return err
}

// compared returns the countries in which two sides can differ, or those that were asked for.
func compared(a, b side, asked []string) ([]string, error) {
	var codes []string
	for _, code := range asked {
		l, err := tax.ParseLocation(code, "")
		if err != nil {
			return nil, &usageError{err}
		}
		codes = append(codes, l.Country)
	}
	if len(asked) == 0 {
		codes = slices.Concat(a.countries, b.countries)
		if a.whole != b.whole {
			codes = append(codes, rates.Countries()...)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes), nil
}

// since returns the rows that hold on a day or later.
func since(rows []compare.Row, day tax.Date) []compare.Row {
	return slices.DeleteFunc(rows, func(r compare.Row) bool {
		return !day.IsZero() && !r.Until.IsZero() && !r.Until.After(day)
	})
}

func (s *session) printDifference(d difference) error {
	if len(d.Answers)+len(d.Addresses) == 0 {
		_, err := fmt.Fprintln(s.out, "no answer differs")
		return err
	}
	if len(d.Answers) > 0 {
		err := s.printRows([]string{"country", "class", "for", "from", "until", "before", "after"}, d.Answers, func(r compare.Row) []string {
			before, after := told(r.Change)
			until := ""
			if !r.Until.IsZero() {
				until = r.Until.String()
			}
			return []string{placesText(r.Places), fromText(r.From), until, before, after}
		})
		if err != nil {
			return err
		}
	}
	for _, a := range d.Addresses {
		if _, err := fmt.Fprintf(s.out, "%s %s: %s, before %s\n", a.Location, a.Field, jsonText(a.After), jsonText(a.Before)); err != nil {
			return err
		}
	}
	return nil
}

// printRows prints rows, those of a country and of a class as a group.
func (s *session) printRows(header []string, list []compare.Row, cells func(compare.Row) []string) error {
	rows := make([][]string, len(list))
	for i, r := range list {
		country, class := r.Country, className(r.Class)
		if i > 0 && list[i-1].Country == r.Country {
			country = ""
			if list[i-1].Class == r.Class {
				class = ""
			}
		}
		rows[i] = append([]string{country, class}, cells(r)...)
	}
	return s.printTable(header, rows)
}

func className(class string) string {
	if class == "" {
		return "(default class)"
	}
	return class
}

func fromText(day tax.Date) string {
	if day.Year() == 1 {
		return "ever"
	}
	return day.String()
}

// placesText names the places of a change, or the first of many.
func placesText(places []tax.Location) string {
	const most = 3
	if places[0].Region == "" && len(places) > 1 {
		return places[0].String() + " and " + counted(len(places)-1, "region")
	}
	names := make([]string, 0, most)
	for _, p := range places[:min(most, len(places))] {
		names = append(names, p.String())
	}
	text := strings.Join(names, ", ")
	if more := len(places) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// told returns both answers, with as much as is needed to tell them apart.
func told(c compare.Change) (before, after string) {
	before, after = c.Before.String(), c.After.String()
	if before == after {
		before, after = before+" "+c.Before.Tax, after+" "+c.After.Tax
	}
	if before == after {
		before, after = before+" = "+c.Before.Components, after+" = "+c.After.Components
	}
	return before, after
}

func jsonText(text []byte) string {
	const most = 60
	switch r := []rune(string(text)); {
	case len(r) == 0:
		return "none"
	case len(r) > most:
		return printable(string(r[:most])) + "..."
	}
	return printable(string(text))
}
