package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (s *session) classesCommand() *cobra.Command {
	q := new(question)
	c := &cobra.Command{
		Use:               "classes COUNTRY",
		Short:             "All classes of an address, with their rates on a day",
		Long:              "classes lists the classes of an address that have a rate on the day, in the order in which\nforms show them. The default class has a star.",
		Example:           "  tax classes FR --lang fr\n  tax classes CA-QC --date 2026-11-21",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: s.completePlaceAndClass,
		RunE:              func(c *cobra.Command, args []string) error { return s.classes(c, q, args[0]) },
	}
	q.flags(c)
	return c
}

func (s *session) classes(c *cobra.Command, q *question, place string) error {
	l, err := q.lookup(s, place, "")
	if err != nil {
		return err
	}
	r, err := s.resolver(c.Context())
	if err != nil {
		return err
	}
	at, err := r.Place(c.Context(), l)
	if err != nil {
		return err
	}
	classes := at.Classes()
	if s.json {
		list := make([]rate, len(classes))
		for i := range classes {
			list[i] = s.rate(classes[i])
		}
		return s.printJSON(list, "  ")
	}
	if len(classes) == 0 {
		_, err := fmt.Fprintf(s.out, "no class of %s has a rate on %s\n", at.Location(), at.Date())
		return err
	}
	rows := make([][]string, len(classes))
	for i, class := range classes {
		a, code := s.rate(class), class.Class()
		if class.IsDefault() {
			code += " *"
		}
		rows[i] = []string{code, a.percentage(), a.TaxName, a.period(), a.Name}
	}
	return s.printTable([]string{"class", "rate", "tax", "period", "name"}, rows)
}
