package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/rates"
)

// comparison compares on the days from since to on, inclusive.
type comparison struct {
	since, on tax.Date
	resolver  *tax.Resolver
	// These are of the countries that were met: the days on which anything changes here,
	// ascending, and the codes of the classes, sorted.
	days    map[string][]tax.Date
	classes map[string][]string
}

// difference is a stretch of days on which a rate of the other set is not ours.
type difference struct {
	rate        *foreign
	first, last tax.Date
	ours        string
}

// compare prints the differences, and reports whether there are any.
func (c *comparison) compare(list []foreign, out io.Writer) (different bool, err error) {
	if c.resolver, err = tax.NewResolver(rates.World(), nil); err != nil {
		return false, err
	}
	c.days, c.classes = map[string][]tax.Date{}, map[string][]string{}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "place\tclass\tfirst day\tlast day\ttheirs\tours")
	n := 0
	for i := range list {
		found, err := c.differences(&list[i])
		if err != nil {
			return false, err
		}
		for _, d := range found {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.rate.place(), d.rate.class, d.first, d.last, exact.Format(d.rate.percent), d.ours)
		}
		n += len(found)
	}
	if err := w.Flush(); err != nil {
		return false, err
	}
	_, err = fmt.Fprintf(out, "%d rates compared from %s to %s, %d differences\n", len(list), c.since, c.on, n)
	return n > 0, err
}

func (c *comparison) close() {
	if c.resolver != nil {
		c.resolver.Close()
	}
}

// differences returns the stretches of days on which a rate is not ours.
func (c *comparison) differences(f *foreign) ([]difference, error) {
	last := c.on
	if !f.to.IsZero() && !last.Before(f.to) {
		last = f.to.AddDays(-1)
	}
	first := f.from
	switch {
	case first.IsZero():
		first = last // nobody says since when
	case first.Before(c.since):
		first = c.since
	}
	if last.Before(first) {
		return nil, nil
	}
	changes, err := c.changes(f.country)
	if err != nil {
		return nil, err
	}
	var list []difference
	for i := -1; i < len(changes); i++ {
		day := first
		if i >= 0 {
			if day = changes[i]; !first.Before(day) || last.Before(day) {
				continue
			}
		}
		ours := c.ours(f, day)
		if n := len(list); n > 0 && list[n-1].last.IsZero() {
			if list[n-1].ours == ours {
				continue
			}
			list[n-1].last = day.AddDays(-1)
		}
		if ours != "" {
			list = append(list, difference{rate: f, first: day, ours: ours})
		}
	}
	if n := len(list); n > 0 && list[n-1].last.IsZero() {
		list[n-1].last = last
	}
	return list, nil
}

// changes returns the days on which anything changes in a country, ascending.
func (c *comparison) changes(country string) ([]tax.Date, error) {
	if days, ok := c.days[country]; ok {
		return days, nil
	}
	documents, err := rates.World().Configurations(context.Background(), tax.Key{Country: country})
	if err != nil {
		return nil, err
	}
	var days []tax.Date
	var codes []string
	for _, d := range documents {
		for _, class := range d.Classes {
			codes = append(codes, class.Code)
			for _, r := range class.Rates {
				if !r.From.IsZero() {
					days = append(days, r.From)
				}
			}
		}
	}
	slices.SortFunc(days, tax.Date.Compare)
	slices.Sort(codes)
	c.days[country], c.classes[country] = slices.Compact(days), slices.Compact(codes)
	return c.days[country], nil
}

// ours returns what is said here on a day in place of a rate; "" if it is the same.
func (c *comparison) ours(f *foreign, day tax.Date) string {
	l := tax.Lookup{Country: f.country, Region: f.region, PostalCode: f.postalCode, Date: day, Class: f.class}
	if f.loose {
		return c.anyOfOurs(f, l)
	}
	switch answer, err := c.resolver.Lookup(context.Background(), l); {
	case err != nil:
		return reason(err)
	case answer.Percent().Equal(f.percent):
		return ""
	default:
		return said(answer)
	}
}

// anyOfOurs is ours for a class that has another name here, or none.
func (c *comparison) anyOfOurs(f *foreign, l tax.Lookup) string {
	place, err := c.resolver.Place(context.Background(), l)
	if err != nil {
		return reason(err)
	}
	var others []string
	for _, code := range c.classes[f.country] {
		r, err := place.Rate(code)
		switch {
		case err != nil: // the class is not here, or not on that day
		case r.Percent().Equal(f.percent):
			return ""
		default:
			others = append(others, code+" "+said(r))
		}
	}
	return strings.Join(append([]string{"no such rate"}, others...), ", ")
}

// said returns what an answer says in a few words.
func said(r tax.Resolution) string {
	text := exact.Format(r.Percent())
	if r.OfGross() {
		text += " of gross"
	}
	if r.Treatment() != tax.Taxable {
		text = r.Treatment().String()
	}
	if status := r.Evidence().Status; status != tax.Agreed {
		text += " (" + status.String() + ")"
	}
	return text
}

// reason returns the code of an error.
func reason(err error) string {
	var refused *tax.LookupError
	if errors.As(err, &refused) {
		return refused.Code()
	}
	return err.Error()
}
