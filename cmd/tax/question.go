package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

// question is the part of a lookup that flags say.
type question struct {
	region, postalCode string
	fallback           bool
}

func (q *question) flags(c *cobra.Command) {
	c.Flags().StringVar(&q.region, "region", "", "`region` of the address, by its code or name; COUNTRY-REGION says the same")
	c.Flags().StringVar(&q.postalCode, "postal-code", "", "`code` of the address")
}

// lookup returns the question for a place and a class, as they are in the arguments.
func (q *question) lookup(s *session, place, class string) (tax.Lookup, error) {
	day, err := s.date()
	if err != nil {
		return tax.Lookup{}, err
	}
	l := tax.Lookup{Country: place, Region: q.region, PostalCode: q.postalCode, Class: class, Date: day, FallbackToDefault: q.fallback}
	// CA-QC is how locations are written everywhere; a country code has two letters or three.
	if country, region, cut := strings.Cut(place, "-"); cut && (len(country) == 2 || len(country) == 3) {
		if q.region != "" {
			return l, &usageError{&tax.InputError{Field: "region", Value: q.region, Reason: "given twice: " + place + " has one, too"}}
		}
		l.Country, l.Region = country, region
	}
	return l, nil
}

// completePlaceAndClass completes the arguments COUNTRY and CLASS.
func (s *session) completePlaceAndClass(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return rates.Countries(), cobra.ShellCompDirectiveNoFileComp
	case 1:
		r, err := s.resolverOf(rates.World())
		if err != nil {
			break
		}
		l, err := new(question).lookup(&session{}, args[0], "")
		if err != nil {
			break
		}
		classes, _ := r.Classes(c.Context(), l) // completion cannot say what is wrong
		codes := make([]string, len(classes))
		for i := range classes {
			codes[i] = classes[i].Class()
		}
		return codes, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}
