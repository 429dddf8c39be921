package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

// onlyOurs is a stretch of days on which the other set does not have a rate of ours.
type onlyOurs struct {
	place       tax.Location
	class, rate string
	first, last tax.Date
}

// noPlace is said of a place of ours that the other set does not have.
const noPlace = "no such place"

// compareOurs prints the rates of ours that the other set lacks in the countries that it
// has, and reports whether there are any. It follows compare.
func (c *comparison) compareOurs(list []foreign, out io.Writer) (lacking bool, err error) {
	byPlace, countries := map[tax.Location][]*foreign{}, map[string]bool{}
	for i := range list {
		f := &list[i]
		at := c.placeOf(f)
		byPlace[at] = append(byPlace[at], f)
		countries[f.country] = true
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nonly in the embedded rates:\nplace\tclass\tfirst day\tlast day\tours")
	n := 0
	for _, country := range slices.Sorted(maps.Keys(countries)) {
		documents, err := rates.World().Configurations(context.Background(), tax.Key{Country: country})
		if err != nil {
			return false, err
		}
		for i := range documents {
			found, err := c.oursAlone(&documents[i], byPlace[documents[i].Location])
			if err != nil {
				return false, err
			}
			for _, o := range found {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", o.place, o.class, o.first, o.last, o.rate)
			}
			n += len(found)
		}
	}
	if err := w.Flush(); err != nil {
		return false, err
	}
	others := slices.DeleteFunc(rates.Countries(), func(code string) bool { return countries[code] })
	_, err = fmt.Fprintf(out, "%d rates that the file lacks; %d countries are not in it: %s\n", n, len(others), strings.Join(others, " "))
	return n > 0, err
}

// placeOf returns the place here that a rate of the other set is about.
func (c *comparison) placeOf(f *foreign) tax.Location {
	p, err := c.resolver.Place(context.Background(), tax.Lookup{Country: f.country, Region: f.region, PostalCode: f.postalCode, Date: c.on})
	if err != nil {
		return tax.Location{Country: f.country, Region: f.region}
	}
	return p.Location()
}

// oursAlone returns what the other set lacks of a document, given its rates of the place.
func (c *comparison) oursAlone(d *tax.Configuration, theirs []*foreign) ([]onlyOurs, error) {
	if len(d.Classes) == 0 {
		return nil, nil
	}
	if len(theirs) == 0 {
		return []onlyOurs{{d.Location, "all", noPlace, c.since, c.on}}, nil
	}
	changes, err := c.changes(d.Location.Country)
	if err != nil {
		return nil, err
	}
	days := append(slices.Clone(changes), c.since)
	for _, f := range theirs {
		days = append(days, f.from, f.to)
	}
	slices.SortFunc(days, tax.Date.Compare)
	days = slices.DeleteFunc(slices.Compact(days), func(day tax.Date) bool { return day.Before(c.since) || c.on.Before(day) })
	var list []onlyOurs
	for _, class := range d.Classes {
		var open *onlyOurs
		for _, day := range days {
			rate := c.lacks(d.Location, class, day, theirs)
			if open != nil && open.rate != rate {
				open.last = day.AddDays(-1)
				list, open = append(list, *open), nil
			}
			if open == nil && rate != "" {
				open = &onlyOurs{place: d.Location, class: class.Code, rate: rate, first: day, last: c.on}
			}
		}
		if open != nil {
			list = append(list, *open)
		}
	}
	return list, nil
}

// lacks returns what we say of a class on a day, if the other set has neither the class
// nor, under a name of its own, the percentage; "" otherwise.
func (c *comparison) lacks(at tax.Location, class tax.Class, day tax.Date, theirs []*foreign) string {
	answer, err := c.resolver.Lookup(context.Background(), tax.Lookup{Country: at.Country, Region: at.Region, Class: class.Code, Date: day})
	switch {
	case err != nil: // no rate on that day
		return ""
	case answer.Treatment() == tax.OutsideScope && !class.Default: // as the default class is
		return ""
	}
	for _, f := range theirs {
		holds := !day.Before(f.from) && (f.to.IsZero() || day.Before(f.to))
		if holds && (!f.loose && f.class == class.Code || f.loose && answer.Percent().Equal(f.percent)) {
			return ""
		}
	}
	return said(answer)
}
